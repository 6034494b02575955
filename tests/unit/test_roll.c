#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../support/recorded.h"
#include "tui/format.h"
#include "tui/roll.h"
#include "tui/trail.h"

struct stage {
	struct recorded *recorded;
	struct model *model;
	struct roll roll;
	char text[2000];
};

static void take_rows(struct stage *stage)
{
	struct world *world = recorded_world(stage->recorded);
	struct container *rows;
	struct err err;
	size_t count;

	assert_int_equal(world->ops->containers(world, &rows, &count, &err), 0);
	assert_int_equal(model_take_containers(stage->model, rows, count), 0);
}

static void refresh(struct stage *stage)
{
	struct world *world = recorded_world(stage->recorded);
	struct row *row;
	struct err err;

	take_rows(stage);
	while ((row = model_wants_facts(stage->model))) {
		struct container_facts *facts;

		assert_int_equal(world->ops->container->facts(world, &row->c, &facts, &err), 0);
		model_take_facts(stage->model, row, facts);
	}
}

static int open_stage(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	stage->recorded = recorded_new();
	recorded_set_now(stage->recorded, 1000);
	stage->model = model_new();
	recorded_tell(stage->recorded, "container a running");
	recorded_tell(stage->recorded, "container b running project=two");
	recorded_tell(stage->recorded, "container c exited project=one");
	recorded_tell(stage->recorded, "container d running project=two");
	refresh(stage);
	*state = stage;
	return 0;
}

static int close_stage(void **state)
{
	struct stage *stage = *state;

	roll_fini(&stage->roll);
	model_free(stage->model);
	recorded_free(stage->recorded);
	free(stage);
	return 0;
}

/* "[one] c  [two] b d  [] a": headers in brackets, "-" one that is folded, "!" a note. */
static const char *lines(struct stage *stage)
{
	size_t used = 0;

	roll_make(&stage->roll, stage->model);
	stage->text[0] = '\0';
	for (size_t i = 0; i < stage->roll.len; i++) {
		const struct roll_line *line = &stage->roll.lines[i];
		char *to = stage->text + used;
		size_t room = sizeof(stage->text) - used;

		if (line->kind == ROLL_GROUP)
			used += (size_t)snprintf(to, room, "%s[%s] ",
				line->group->folded ? "-" : "", line->group->name);
		else
			used += (size_t)snprintf(to, room, "%s%s ",
				line->kind == ROLL_NOTE ? "!" : "", line->row->c.name);
	}
	return stage->text;
}

static void projects_stand_together_and_those_of_none_come_last(void **state)
{
	assert_string_equal(lines(*state), "[one] c [two] b d [] a ");
}

static void what_is_sick_stands_on_top_with_what_its_probe_said(void **state)
{
	struct stage *stage = *state;

	recorded_tell(stage->recorded, "container d running health=unhealthy probe=no");
	refresh(stage);
	assert_string_equal(lines(stage), "[Unhealthy] d !d [one] c [two] b [] a ");
}

static void a_folded_group_is_its_header(void **state)
{
	struct stage *stage = *state;
	size_t at;

	roll_fold(&stage->roll, "two", true);
	assert_string_equal(lines(stage), "[one] c -[two] [] a ");
	assert_true(roll_find_group(&stage->roll, "two", &at));
	assert_int_equal(at, 2);
	assert_int_equal(stage->roll.lines[at].group->count, 2);
	assert_false(roll_find_row(&stage->roll, stage->roll.lines[at].group->rows[0]->c.id, &at));
	roll_fold(&stage->roll, "two", false);
	assert_string_equal(lines(stage), "[one] c [two] b d [] a ");
}

static void a_flat_list_has_no_headers(void **state)
{
	struct stage *stage = *state;

	roll_set_flat(&stage->roll, true);
	assert_string_equal(lines(stage), "a b d c ");
}

static void without_any_project_there_are_no_groups(void **state)
{
	struct stage *stage = *state;

	recorded_tell(stage->recorded, "container b gone");
	recorded_tell(stage->recorded, "container c gone");
	recorded_tell(stage->recorded, "container d gone");
	refresh(stage);
	assert_string_equal(lines(stage), "a ");
}

static void facts_are_asked_for_once_and_again_when_a_row_changes(void **state)
{
	struct stage *stage = *state;

	struct row *row;

	assert_null(model_wants_facts(stage->model));
	recorded_tell(stage->recorded, "container a running up=3");
	take_rows(stage);
	row = model_wants_facts(stage->model);
	assert_non_null(row);
	assert_string_equal(row->c.name, "a");
	model_take_facts(stage->model, row, NULL);
	assert_null(model_wants_facts(stage->model));
	model_doubt_facts(stage->model, row->c.id);
	assert_ptr_equal(model_wants_facts(stage->model), row);
}

/* ---- trails ---- */

static struct container_stats reading(double seconds, double cpu_seconds, uint64_t received)
{
	return (struct container_stats){.valid = true,
		.processors = 4,
		.system_ns = (uint64_t)(seconds * 4e9),
		.cpu_ns = (uint64_t)(cpu_seconds * 1e9),
		.received_bytes = received};
}

static void two_readings_make_a_measurement(void **state)
{
	struct container_stats first = reading(100, 10, 1000), second = reading(102, 11, 5000);
	double out[SERIES_COUNT], seconds;

	(void)state;
	assert_true(trail_measure(&first, &second, out, &seconds));
	assert_float_equal(seconds, 2, 1e-6);
	assert_float_equal(out[SERIES_CPU], 50, 1e-6);
	assert_float_equal(out[SERIES_RECEIVED], 2000, 1e-6);
	assert_false(trail_measure(&second, &first, out, &seconds));
}

static void a_long_gap_fills_as_many_columns_as_it_lasted(void **state)
{
	static struct trail trail;
	double ten[SERIES_COUNT] = {10}, forty[SERIES_COUNT] = {40};

	(void)state;
	trail_add(&trail, ten, 2);
	trail_add(&trail, forty, 6);
	assert_int_equal(trail.fine.len, 4);
	assert_float_equal(trail_average(&trail, SERIES_CPU, 4), 32.5, 1e-6);
	trail_add(&trail, ten, 100000);
	assert_int_equal(trail.fine.len, TRAIL_LEN);
	assert_float_equal(trail_highest(&trail, SERIES_CPU), 10, 1e-6);
	assert_int_equal(trail.coarse.len, TRAIL_LEN);
}

/* ---- ports ---- */

static const char *ports(const struct container_port *list, size_t count)
{
	static char text[200];

	format_ports(list, count, text, sizeof(text));
	return text;
}

static void a_port_of_both_address_families_is_told_once(void **state)
{
	const struct container_port list[] = {{"0.0.0.0", 8080, 80, "tcp"}, {"::", 8080, 80, "tcp"},
		{"0.0.0.0", 443, 443, "tcp"}, {"", 0, 9000, "tcp"}};

	(void)state;
	assert_string_equal(ports(list, 4), "8080>80 443 (9000)");
}

static void an_address_is_told_because_it_matters(void **state)
{
	const struct container_port list[] = {
		{"127.0.0.1", 53, 53, "udp"}, {"::1", 8000, 80, "tcp"}};

	(void)state;
	assert_string_equal(ports(list, 2), "127.0.0.1:53/udp [::1]:8000>80");
}

static void ports_in_a_row_are_a_range(void **state)
{
	const struct container_port list[] = {{"0.0.0.0", 7000, 7000, "tcp"},
		{"0.0.0.0", 7001, 7001, "tcp"}, {"0.0.0.0", 7002, 7002, "tcp"}};

	(void)state;
	assert_string_equal(ports(list, 3), "7000-7002");
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
	const struct container_port list[] = {{"0.0.0.0", 1111, 1111, "tcp"},
		{"0.0.0.0", 2222, 2222, "tcp"}, {"0.0.0.0", 3333, 3333, "tcp"}};
	char text[12];

	(void)state;
	format_ports(list, 3, text, sizeof(text));
	assert_string_equal(text, "1111 2222");
}

#define on_stage(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_stage(projects_stand_together_and_those_of_none_come_last),
		on_stage(what_is_sick_stands_on_top_with_what_its_probe_said),
		on_stage(a_folded_group_is_its_header),
		on_stage(a_flat_list_has_no_headers),
		on_stage(without_any_project_there_are_no_groups),
		on_stage(facts_are_asked_for_once_and_again_when_a_row_changes),
		cmocka_unit_test(two_readings_make_a_measurement),
		cmocka_unit_test(a_long_gap_fills_as_many_columns_as_it_lasted),
		cmocka_unit_test(a_port_of_both_address_families_is_told_once),
		cmocka_unit_test(an_address_is_told_because_it_matters),
		cmocka_unit_test(ports_in_a_row_are_a_range),
		cmocka_unit_test(what_does_not_fit_is_left_out_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
