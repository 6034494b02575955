#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../support/recorded.h"
#include "tui/format.h"
#include "tui/model.h"
#include "tui/row_fields.h"
#include "tui/widget/list.h"

struct stage {
	struct recorded *recorded;
	struct model *model;
};

static void refresh(struct stage *stage)
{
	struct world *world = recorded_world(stage->recorded);
	struct container *rows;
	struct err err;
	size_t count;

	assert_int_equal(world->ops->containers(world, &rows, &count, &err), 0);
	assert_int_equal(model_take_containers(stage->model, rows, count), 0);
}

static void narrow(struct stage *stage, const char *text)
{
	model_filter(stage->model, filter_new(&container_fields, text, NULL));
}

static int open_stage(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	stage->recorded = recorded_new();
	recorded_set_now(stage->recorded, 1000);
	stage->model = model_new();
	recorded_tell(stage->recorded, "shop");
	refresh(stage);
	*state = stage;
	return 0;
}

static int close_stage(void **state)
{
	struct stage *stage = *state;

	model_free(stage->model);
	recorded_free(stage->recorded);
	free(stage);
	return 0;
}

static const char *names(const struct model *model)
{
	static char text[1000];
	size_t count, used = 0;
	struct row *const *rows = model_rows(model, &count);

	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s ", rows[i]->c.name);
	return text;
}

static struct row *named(const struct model *model, const char *name)
{
	size_t count;
	struct row *const *rows = model_rows(model, &count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i]->c.name, name) == 0)
			return rows[i];
	return NULL;
}

static void words_narrow_and_a_dash_excludes(void **state)
{
	struct stage *stage = *state;

	narrow(stage, "shop -db run");
	assert_string_equal(names(stage->model), "shop/api shop/web shop/worker ");
	narrow(stage, "-");
	assert_string_equal(names(stage->model), "");
	narrow(stage, "exited");
	assert_string_equal(names(stage->model), "edge/tls ml/train old/api ");
}

static void a_field_narrows_to_that_field(void **state)
{
	struct stage *stage = *state;

	narrow(stage, "image:shop");
	assert_string_equal(names(stage->model), "shop/api shop/web shop/worker old/api ");
	narrow(stage, "name:api -name:old");
	assert_string_equal(names(stage->model), "shop/api ");
	narrow(stage, "state:paus");
	assert_string_equal(names(stage->model), "batch/etl ");
	narrow(stage, "shop/api:1.9");
	assert_string_equal(names(stage->model), "shop/api ");
	narrow(stage, "name:api -state:");
	assert_string_equal(names(stage->model), "shop/api old/api ");
}

static void what_a_health_check_says_is_the_state_of_what_runs(void **state)
{
	struct stage *stage = *state;
	struct row *web = named(stage->model, "shop/web");

	web->c.health = CONTAINER_HEALTH_HEALTHY;
	assert_string_equal(format_state(web, 1000).word, "healthy");
	web->c.health = CONTAINER_HEALTH_UNHEALTHY;
	assert_string_equal(format_state(web, 1000).word, "unhealthy");
	assert_int_equal(format_state(web, 1000).role, ROLE_BAD);
	narrow(stage, "state:unhealthy");
	assert_string_equal(names(stage->model), "shop/web ");
	web->c.state = CONTAINER_PAUSED;
	assert_string_equal(format_state(web, 1000).word, "paused");
	narrow(stage, "state:unhealthy");
	assert_string_equal(names(stage->model), "");
}

static void an_order_by_figures_follows_the_figures(void **state)
{
	struct stage *stage = *state;

	narrow(stage, "name:shop");
	named(stage->model, "shop/db")->cpu = 50;
	model_sort(stage->model, SORT_CPU, false);
	assert_string_equal(names(stage->model), "shop/db shop/api shop/web shop/worker ");
	named(stage->model, "shop/web")->cpu = 70;
	model_arrange(stage->model);
	assert_string_equal(names(stage->model), "shop/web shop/db shop/api shop/worker ");
}

static void events_read_again_are_taken_once(void **state)
{
	struct stage *stage = *state;
	struct event_attr name = {"name", "web"};
	struct event event = {.seq = 5, .type = EVENT_CONTAINER, .action = "start", .id = "0"};

	event.attrs = &name, event.attr_count = 1;
	model_take_event(stage->model, &event);
	model_take_event(stage->model, &event);
	event.seq = 4;
	model_take_event(stage->model, &event);
	assert_string_equal(model_happening(stage->model, 0)->text, "container start web");
	assert_null(model_happening(stage->model, 1));
	model_forget_events(stage->model);
	assert_null(model_happening(stage->model, 0));
}

static void a_mark_and_a_measurement_survive_a_snapshot(void **state)
{
	struct stage *stage = *state;
	struct world *world = recorded_world(stage->recorded);
	struct container_stats stats;

	named(stage->model, "shop/web")->marked = true;
	for (int i = 1; i <= 2; i++) {
		recorded_set_now(stage->recorded, 1000 * i);
		world->ops->stats(world, named(stage->model, "shop/web")->c.id, &stats);
		model_take_stats(named(stage->model, "shop/web"), &stats);
	}
	recorded_tell(stage->recorded, "container a/new running");
	refresh(stage);
	assert_true(named(stage->model, "shop/web")->marked);
	assert_in_range((int)(named(stage->model, "shop/web")->cpu * 10), 875, 885);
}

static void a_restart_is_measured_anew(void **state)
{
	struct stage *stage = *state;

	named(stage->model, "shop/web")->measured = true;
	recorded_tell(stage->recorded, "container shop/web running up=1");
	refresh(stage);
	assert_false(named(stage->model, "shop/web")->measured);
}

static void what_is_gone_is_not_found(void **state)
{
	struct stage *stage = *state;
	char id[65];

	memcpy(id, named(stage->model, "new/job")->c.id, sizeof(id));
	assert_non_null(model_row(stage->model, id));
	recorded_tell(stage->recorded, "container new/job gone");
	refresh(stage);
	assert_null(model_row(stage->model, id));
	assert_null(model_row(stage->model, ""));
}

static void a_figure_that_hardly_moves_stands_still(void **state)
{
	struct row row = {0};
	struct container_stats stats = {.valid = true, .processors = 1, .memory = 1000000};
	double first;

	(void)state;
	model_take_stats(&row, &stats);
	stats.cpu_ns += 500, stats.system_ns += 1000, stats.memory += 5000;
	model_take_stats(&row, &stats);
	first = row.cpu;
	stats.cpu_ns += 505, stats.system_ns += 1000;
	model_take_stats(&row, &stats);
	assert_true(row.cpu == first && row.memory == 1000000);
	stats.cpu_ns += 900, stats.system_ns += 1000;
	model_take_stats(&row, &stats);
	assert_true(row.cpu > first + 30);
}

static void a_list_keeps_its_selection_in_view(void **state)
{
	struct list list = {0};

	(void)state;
	list_fit(&list, 100, 10);
	list_move(&list, ACTION_DOWN, 25);
	assert_int_equal(list.selected, 25);
	assert_int_equal(list.top, 16);
	list_fit(&list, 5, 10);
	assert_int_equal(list.selected, 4);
	assert_int_equal(list.top, 0);
	list_fit(&list, 0, 0);
	list_move(&list, ACTION_LAST, 0);
	assert_int_equal(list.selected, 0);
}

static void of_more_events_than_are_kept_the_newest_are_there_whole(void **state)
{
	struct stage *stage = *state;
	struct event_attr attrs[] = {{"name", "web"}, {"exitCode", "137"}};
	struct event event = {.type = EVENT_CONTAINER,
		.action = "die",
		.id = "0123",
		.attrs = attrs,
		.attr_count = array_len(attrs)};

	for (event.seq = 1; event.seq <= EVENTS_KEPT + 3; event.seq++)
		model_take_event(stage->model, &event);
	assert_int_equal(model_happened(stage->model), EVENTS_KEPT + 3);
	assert_int_equal(model_happening(stage->model, 0)->seq, EVENTS_KEPT + 3);
	assert_int_equal(model_happening(stage->model, EVENTS_KEPT - 1)->seq, 4);
	assert_null(model_happening(stage->model, EVENTS_KEPT));
	assert_string_equal(model_happening(stage->model, 0)->code, "137");
	assert_string_equal(model_happening(stage->model, 0)->text, "container die web, exit 137");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			words_narrow_and_a_dash_excludes, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(
			a_field_narrows_to_that_field, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(what_a_health_check_says_is_the_state_of_what_runs,
			open_stage, close_stage),
		cmocka_unit_test_setup_teardown(
			an_order_by_figures_follows_the_figures, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(
			events_read_again_are_taken_once, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(
			of_more_events_than_are_kept_the_newest_are_there_whole, open_stage,
			close_stage),
		cmocka_unit_test_setup_teardown(
			a_mark_and_a_measurement_survive_a_snapshot, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(
			a_restart_is_measured_anew, open_stage, close_stage),
		cmocka_unit_test_setup_teardown(what_is_gone_is_not_found, open_stage, close_stage),
		cmocka_unit_test(a_figure_that_hardly_moves_stands_still),
		cmocka_unit_test(a_list_keeps_its_selection_in_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
