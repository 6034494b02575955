#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "runtime/plan.h"
#include "runtime/plan_build.h"
#include "util/own.h"

enum { NEW_PID = 0x20000000 };

static struct plan_build build;
static struct buf bytes;

static struct plan_ref text(const char *s)
{
	return plan_build_text(&build, s);
}

static struct plan_ref list(const char *const *items)
{
	auto_strs strs = STRS_INIT;

	for (; *items; items++)
		strs_add(&strs, *items);
	return plan_build_list(&build, &strs);
}

#define STEP(...)  plan_build_step(&build, &(struct plan_step){__VA_ARGS__})
#define LIST(...)  list((const char *const[]){__VA_ARGS__, NULL})
#define TEXT(word) .a = text(word)

static int begin(void **state)
{
	(void)state;
	plan_build_init(&build, PLAN_CONTAINER);
	buf_clear(&bytes);
	return 0;
}

static int end(void **state)
{
	(void)state;
	plan_build_fini(&build);
	buf_fini(&bytes);
	return 0;
}

static void end_plan(void)
{
	STEP(.op = PLAN_EXEC, .a = LIST("true"), .b = LIST("PATH=/bin", "EMPTY="));
	assert_int_equal(plan_build_finish(&build, &bytes), 0);
}

/* NULL when it is accepted. */
static const char *refusal(int *step)
{
	struct plan plan;
	const char *why = NULL;
	int at, error = plan_open(bytes.data, bytes.len, &plan, &why, step ? step : &at);

	assert_int_equal(error, why ? -EPROTO : 0);
	return why;
}

static void whole(void)
{
	STEP(.op = PLAN_CGROUP_MAKE, TEXT("/sys/fs/cgroup/x"));
	STEP(.op = PLAN_CLONE, .n = {NEW_PID});
	STEP(.op = PLAN_ROOT_OPEN, .dir_a = PLAN_RUN, TEXT("root"));
	end_plan();
}

static void what_is_built_can_be_read(void **state)
{
	struct plan plan;
	const char *why, *item;
	int step;

	(void)state;
	whole();
	assert_int_equal(plan_open(bytes.data, bytes.len, &plan, &why, &step), 0);
	assert_int_equal(plan_child_at(&plan), 1);
	assert_string_equal(plan_text(&plan, plan.steps[0].a), "/sys/fs/cgroup/x");
	item = plan_next(&plan, plan.steps[3].b, NULL);
	assert_string_equal(item, "PATH=/bin");
	item = plan_next(&plan, plan.steps[3].b, item);
	assert_string_equal(item, "EMPTY=");
	assert_null(plan_next(&plan, plan.steps[3].b, item));
	assert_string_equal(plan_text(&plan, plan.steps[1].a), "");
	assert_string_equal(plan_op_name(PLAN_TREE_ATTACH), "tree-attach");
	assert_null(plan_op_name(31));
}

static void every_cut_of_a_plan_is_refused(void **state)
{
	(void)state;
	whole();
	for (size_t len = 0; len < bytes.len; len++) {
		struct plan plan;
		const char *why;
		int step;
		char *copy = malloc(len + 1);

		memcpy(copy, bytes.data, len);
		assert_int_equal(plan_open(copy, len, &plan, &why, &step), -EPROTO);
		free(copy);
	}
}

static void no_flipped_byte_leads_outside(void **state)
{
	(void)state;
	whole();
	for (size_t at = 0; at < bytes.len; at++)
		for (int bit = 0; bit < 8; bit++) {
			struct plan plan;
			const char *why;
			int step;
			char *copy = malloc(bytes.len);

			memcpy(copy, bytes.data, bytes.len);
			copy[at] ^= (char)(1 << bit);
			if (!plan_open(copy, bytes.len, &plan, &why, &step))
				for (unsigned i = 0; i < plan.head->steps; i++) {
					assert_true(strlen(plan_text(&plan, plan.steps[i].a)) <
						    bytes.len);
					for (const char *p =
							plan_next(&plan, plan.steps[i].b, NULL);
						p; p = plan_next(&plan, plan.steps[i].b, p))
						assert_true(p + strlen(p) < copy + bytes.len);
				}
			free(copy);
		}
}

static void an_unknown_op_is_refused_and_named_by_its_number(void **state)
{
	int step;

	(void)state;
	STEP(.op = PLAN_CLONE);
	STEP(.op = 30);
	end_plan();
	assert_string_equal(refusal(&step), "is unknown to this davit-shim");
	assert_int_equal(step, 1);
}

static void the_stages_keep_their_order(void **state)
{
	int step;

	(void)state;
	STEP(.op = PLAN_CLONE);
	STEP(.op = PLAN_CGROUP_MAKE, TEXT("/sys/fs/cgroup/x"));
	end_plan();
	assert_string_equal(refusal(&step), "stands in the wrong stage");
	assert_int_equal(step, 1);
}

static void a_call_is_tried_in_an_exec_alone_and_within_its_text(void **state)
{
	uint64_t args[PLAN_TRY_ARGS] = {0, 5};

	(void)state;
	build.head.kind = PLAN_EXECUTION;
	STEP(.op = PLAN_CLONE);
	STEP(.op = PLAN_TRY, .a = plan_build_bytes(&build, args, sizeof(args)),
		.b = plan_build_bytes(&build, "none\0/", 7), .n = {165, 3});
	end_plan();
	assert_null(refusal(NULL));
}

static void a_call_with_an_argument_beyond_its_text_is_refused(void **state)
{
	uint64_t args[PLAN_TRY_ARGS] = {0, 8};

	(void)state;
	build.head.kind = PLAN_EXECUTION;
	STEP(.op = PLAN_CLONE);
	STEP(.op = PLAN_TRY, .a = plan_build_bytes(&build, args, sizeof(args)),
		.b = plan_build_bytes(&build, "none\0/", 7), .n = {165, 3});
	end_plan();
	assert_string_equal(refusal(NULL), "points outside its text");
}

static void a_container_s_own_plan_tries_nothing(void **state)
{
	uint64_t args[PLAN_TRY_ARGS] = {0};

	(void)state;
	STEP(.op = PLAN_CGROUP_MAKE, TEXT("/sys/fs/cgroup/x"));
	STEP(.op = PLAN_CLONE, .n = {NEW_PID});
	STEP(.op = PLAN_ROOT_OPEN, .dir_a = PLAN_RUN, TEXT("root"));
	STEP(.op = PLAN_TRY, .a = plan_build_bytes(&build, args, sizeof(args)), .n = {39});
	end_plan();
	assert_string_equal(refusal(NULL), "has its place in an exec alone");
}

static void nothing_follows_exec(void **state)
{
	(void)state;
	STEP(.op = PLAN_CLONE);
	STEP(.op = PLAN_EXEC, .a = LIST("true"));
	end_plan();
	assert_string_equal(refusal(NULL), "stands after exec");
}

static void a_plan_without_exec_is_none(void **state)
{
	(void)state;
	STEP(.op = PLAN_CLONE);
	assert_int_equal(plan_build_finish(&build, &bytes), 0);
	assert_string_equal(refusal(NULL), "nothing is executed");
}

static void an_overlay_is_followed_by_its_layers(void **state)
{
	(void)state;
	STEP(.op = PLAN_OVERLAY, .dir_a = PLAN_RUN, TEXT("root"));
	STEP(.op = PLAN_CLONE);
	end_plan();
	assert_string_equal(refusal(NULL), "parts an overlay from its layers");
}

static void paths_stay_below_their_directories(void **state)
{
	static const struct {
		unsigned dir;
		const char *path;
		bool good;
	} table[] = {{PLAN_RUN, "root", true}, {PLAN_RUN, "a/b", true},
		{PLAN_RUN, "../root", false}, {PLAN_RUN, "a/../b", false},
		{PLAN_RUN, "/root", false}, {PLAN_RUN, "a//b", false}, {PLAN_RUN, "..a", true},
		{PLAN_HOST, "/x", true}, {PLAN_HOST, "x", false}, {77, "x", false}};

	for (size_t i = 0; i < array_len(table); i++) {
		begin(state);
		STEP(.op = PLAN_CLONE);
		STEP(.op = PLAN_ROOT_OPEN, .dir_a = (uint8_t)table[i].dir, TEXT(table[i].path));
		end_plan();
		assert_int_equal(!refusal(NULL), table[i].good);
		plan_build_fini(&build);
	}
	begin(state);
}

/* Each with the last that is good and the first that is not. */
static void numbers_end_where_their_tables_say(void **state)
{
	static const struct {
		uint16_t op;
		unsigned n;
		uint64_t good, bad;
	} table[] = {{PLAN_UMASK, 0, 07777, 010000}, {PLAN_PIVOT, 0, 1, 2}, {PLAN_NICE, 0, 19, 20},
		{PLAN_NICE, 0, (uint64_t)-20, (uint64_t)-21}, {PLAN_OOM_SCORE, 0, 1000, 1001},
		{PLAN_OOM_SCORE, 0, (uint64_t)-1000, INT64_MAX},
		{PLAN_GIVE_STDIO, 0, UINT32_MAX, 1ull << 32},
		{PLAN_GIVE_STDIO, 1, UINT32_MAX, UINT64_MAX},
		{PLAN_CONSOLE, 1, UINT16_MAX, 1 << 16}, {PLAN_RLIMIT, 0, 15, 16},
		{PLAN_UNSHARE_CHILD, 0, NEW_PID, 1}, {PLAN_TREE_ATTACH, 0, S_IFDIR, S_IFLNK}};

	for (size_t i = 0; i < 2 * array_len(table); i++) {
		struct plan_step step = {.op = table[i / 2].op};
		bool good = i % 2;

		begin(state);
		step.n[table[i / 2].n] = good ? table[i / 2].good : table[i / 2].bad;
		STEP(.op = PLAN_CLONE);
		STEP(.op = PLAN_ROOT_OPEN, .dir_a = PLAN_RUN, TEXT("root"));
		STEP(.op = PLAN_TREE_NEW, TEXT("tmpfs"));
		if (step.op == PLAN_TREE_ATTACH)
			step.b = text("mnt");
		plan_build_step(&build, &step);
		end_plan();
		if (good)
			assert_null(refusal(NULL));
		else
			assert_string_equal(refusal(NULL), "has a number out of range");
		plan_build_fini(&build);
	}
	begin(state);
}

static void inheritable_capabilities_are_refused(void **state)
{
	(void)state;
	STEP(.op = PLAN_CLONE);
	STEP(.op = PLAN_USER, TEXT("0"));
	STEP(.op = PLAN_CAPS, .n = {1, 1, 1, 0});
	end_plan();
	assert_string_equal(refusal(NULL), "has a number out of range");
}

static void masks_come_before_pivot(void **state)
{
	(void)state;
	STEP(.op = PLAN_CLONE);
	STEP(.op = PLAN_ROOT_OPEN, .dir_a = PLAN_RUN, TEXT("root"));
	STEP(.op = PLAN_PIVOT);
	STEP(.op = PLAN_MASK, TEXT("/proc/kcore"));
	end_plan();
	assert_string_equal(refusal(NULL), "stands after pivot");
}

static void a_program_is_whole_instructions(void **state)
{
	(void)state;
	STEP(.op = PLAN_CLONE);
	STEP(.op = PLAN_SECCOMP, .a = plan_build_bytes(&build, "123456789", 9));
	end_plan();
	assert_string_equal(refusal(NULL), "has a program of a wrong size");
}

/* "U" holds a user namespace, "C" clones, "E" enters, "r" sets a limit, "m" makes as another, "t"
 * makes a tree, "k" keeps it, "o" opens the root, "s" keeps the store shown through the namespace.
 */
static const char *refusal_of(const char *steps)
{
	for (; *steps; steps++)
		switch (*steps) {
		case 'U':
			STEP(.op = PLAN_USERNS, TEXT("0 5 1\n"), .b = text("0 5 1\n"));
			break;
		case 'C':
			STEP(.op = PLAN_CLONE);
			break;
		case 'E':
			STEP(.op = PLAN_ENTER_USERNS);
			break;
		case 'r':
			STEP(.op = PLAN_RLIMIT);
			break;
		case 'm':
			STEP(.op = PLAN_MAKE_AS, .n = {5, 5});
			break;
		case 't':
			STEP(.op = PLAN_TREE_NEW, TEXT("tmpfs"));
			break;
		case 'k':
			STEP(.op = PLAN_TREE_KEEP);
			break;
		case 'o':
			STEP(.op = PLAN_ROOT_OPEN, .dir_a = PLAN_RUN, TEXT("root"));
			break;
		case 's':
			STEP(.op = PLAN_KEEP_TREE, .dir_a = PLAN_STORE, TEXT("."), .n = {[2] = 1});
			break;
		}
	end_plan();
	return refusal(NULL);
}

static void a_held_user_namespace_is_entered_and_little_comes_before(void **state)
{
	static const struct {
		const char *steps, *why;
	} table[] = {
		{"UsCrmtkEo", NULL},
		{"UCEo", NULL},
		{"UC", "stands in the wrong stage"},
		{"UCo", "stands in the wrong stage"},
		{"CEo", "has no user namespace to enter"},
		{"UCEE", "has no user namespace to enter"},
		{"UUCE", "makes a second user namespace"},
		{"Cm", "stands in the wrong stage"},
		{"UCEm", "stands in the wrong stage"},
		{"UCkE", "has no tree to keep"},
		{"UCtEk", "has no tree to keep"},
		{"sC", "has no user namespace to show it through"},
	};

	for (size_t i = 0; i < array_len(table); i++) {
		const char *why;

		begin(state);
		why = refusal_of(table[i].steps);
		if (!str_eq(why, table[i].why))
			fail_msg("%s: %s", table[i].steps, why ? why : "accepted");
		plan_build_fini(&build);
	}
	begin(state);
}

static void a_user_namespace_of_others_has_a_name(void **state)
{
	(void)state;
	STEP(.op = PLAN_USERNS_OF, TEXT("self/ns/user"));
	STEP(.op = PLAN_CLONE);
	STEP(.op = PLAN_ENTER_USERNS);
	end_plan();
	assert_string_equal(refusal(NULL), "names neither a container nor a path");
}

int main(void)
{
#define built(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		built(what_is_built_can_be_read),
		built(every_cut_of_a_plan_is_refused),
		built(no_flipped_byte_leads_outside),
		built(an_unknown_op_is_refused_and_named_by_its_number),
		built(the_stages_keep_their_order),
		built(a_call_is_tried_in_an_exec_alone_and_within_its_text),
		built(a_call_with_an_argument_beyond_its_text_is_refused),
		built(a_container_s_own_plan_tries_nothing),
		built(nothing_follows_exec),
		built(a_plan_without_exec_is_none),
		built(an_overlay_is_followed_by_its_layers),
		built(paths_stay_below_their_directories),
		built(numbers_end_where_their_tables_say),
		built(inheritable_capabilities_are_refused),
		built(masks_come_before_pivot),
		built(a_program_is_whole_instructions),
		built(a_held_user_namespace_is_entered_and_little_comes_before),
		built(a_user_namespace_of_others_has_a_name),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
