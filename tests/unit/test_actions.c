#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tui/moments.h"

static const uint64_t second = 1000000000;
static const struct image_entry images[] = {{.id = "cafe"}, {.id = "beef"}};

static struct undo_ground ground_at(uint64_t now_s)
{
	return (struct undo_ground){{600ull * 1000000000, 1 << 30}, now_s * 1000000000, images, 2};
}

static const char *login(struct world *world, unsigned uid)
{
	(void)world;
	return uid ? "anna" : "root";
}

static const struct world_safety_ops safety = {.login = login};
static const struct world_ops ops = {.safety = &safety};
static struct world world = {.ops = &ops};

/* attrs: "key", "value", …, NULL */
static void note(struct actions *actions, uint64_t seq, const char *what, const char *const *attrs)
{
	struct event_attr list[16];
	struct event event = {.seq = seq,
		.time_ns = (1000 + seq) * second,
		.type = EVENT_CONTAINER,
		.action = what,
		.id = "id",
		.attrs = list};

	for (; attrs && *attrs; attrs += 2)
		list[event.attr_count++] = (struct event_attr){attrs[0], attrs[1]};
	actions_take(actions, &world, &event);
}

#define with(...)                                                                                  \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static const struct act *undoable(const struct actions *actions, uint64_t now_s)
{
	const struct undo_ground ground = ground_at(now_s);

	return actions_undoable(actions, &ground);
}

/* Why the newest cannot be taken back. */
static const char *why_not(const struct actions *actions, uint64_t now_s)
{
	const struct undo_ground ground = ground_at(now_s);

	return actions_why_not(actions_at(actions, 0), &ground);
}

static void the_newest_that_can_be_taken_back_is_found(void **state)
{
	auto_of(actions) struct actions *actions = actions_new();
	const struct act *act;

	(void)state;
	note(actions, 1, "remove", with("name", "web", "undo", "restore abc"));
	note(actions, 2, "start", with("name", "db"));
	note(actions, 3, "stop", with("name", "no", "undo", "start x", "error", "failed"));
	act = undoable(actions, 1010);
	assert_non_null(act);
	assert_string_equal(act->name, "web");
}

static void what_was_taken_back_is_not_taken_back_again(void **state)
{
	auto_of(actions) struct actions *actions = actions_new();

	(void)state;
	note(actions, 1, "rename", with("name", "a", "undo", "rename x b"));
	note(actions, 2, "undo", with("name", "a", "undoes", "1", "error", "the name is in use"));
	assert_non_null(undoable(actions, 1010)); /* that failed */
	note(actions, 3, "undo", with("name", "a", "undoes", "1"));
	assert_null(undoable(actions, 1010));
	assert_true(actions_find(actions, 1)->undone);
}

static void a_name_comes_back_only_while_its_image_is_there(void **state)
{
	auto_of(actions) struct actions *actions = actions_new();

	(void)state;
	note(actions, 1, "remove", with("name", "web:1", "undo", "tag beef web:1"));
	assert_null(why_not(actions, 1010));
	note(actions, 2, "remove", with("name", "web:2", "undo", "tag bee web:2"));
	assert_string_equal(why_not(actions, 1010), "the image itself has gone since");
	assert_string_equal(undoable(actions, 1010)->name, "web:1");
}

static void the_trash_lets_go_after_its_time_and_a_rename_never(void **state)
{
	auto_of(actions) struct actions *actions = actions_new();

	(void)state;
	note(actions, 1, "remove", with("name", "web", "undo", "restore abc"));
	assert_null(why_not(actions, 1600));
	assert_non_null(why_not(actions, 1601));
	note(actions, 2, "rename", with("name", "a", "undo", "rename x b"));
	assert_null(why_not(actions, 999999));
}

static void who_became_root_is_named_with_the_login_behind_it(void **state)
{
	auto_of(actions) struct actions *actions = actions_new();

	(void)state;
	note(actions, 1, "stop", with("uid", "0", "login", "1000"));
	assert_string_equal(actions_at(actions, 0)->who, "anna (root)");
	note(actions, 2, "stop", with("uid", "0", "login", "0"));
	assert_string_equal(actions_at(actions, 0)->who, "root");
	note(actions, 3, "stop", with("uid", "1000"));
	assert_string_equal(actions_at(actions, 0)->who, "anna");
}

static void an_action_is_taken_once_and_the_oldest_are_forgotten(void **state)
{
	auto_of(actions) struct actions *actions = actions_new();

	(void)state;
	for (uint64_t seq = 1; seq <= ACTIONS_KEPT + 10; seq++) {
		note(actions, seq, "start", NULL);
		note(actions, seq, "start", NULL);
	}
	assert_int_equal(actions_at(actions, 0)->seq, ACTIONS_KEPT + 10);
	assert_int_equal(actions_at(actions, ACTIONS_KEPT - 1)->seq, 11);
	assert_null(actions_at(actions, ACTIONS_KEPT));
	assert_null(actions_find(actions, 10));
}

static void what_was_done_stands_before_what_came_of_it(void **state)
{
	auto_of(actions) struct actions *actions = actions_new();
	auto_of(model) struct model *model = model_new();
	const struct event_attr attrs[] = {{"name", "web"}};
	struct event event = {.seq = 8,
		.time_ns = 1004 * second,
		.type = EVENT_CONTAINER,
		.action = "die",
		.id = "id",
		.attrs = attrs,
		.attr_count = 1};
	struct moment_row row;
	size_t a = 0, e = 0, turn = moments_turn(actions, model);

	(void)state;
	model_take_event(model, &event);
	note(actions, 5, "stop", with("name", "web", "us", "2000000")); /* from 1003 to 1005 */
	assert_int_equal(moments_turn(actions, model), turn + 2);
	assert_true(moments_next(actions, model, &a, &e, &row));
	assert_non_null(row.event); /* the newer */
	assert_true(moments_next(actions, model, &a, &e, &row));
	assert_non_null(row.act);
	assert_false(moments_next(actions, model, &a, &e, &row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_that_can_be_taken_back_is_found),
		cmocka_unit_test(what_was_taken_back_is_not_taken_back_again),
		cmocka_unit_test(a_name_comes_back_only_while_its_image_is_there),
		cmocka_unit_test(the_trash_lets_go_after_its_time_and_a_rename_never),
		cmocka_unit_test(who_became_root_is_named_with_the_login_behind_it),
		cmocka_unit_test(an_action_is_taken_once_and_the_oldest_are_forgotten),
		cmocka_unit_test(what_was_done_stands_before_what_came_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
