#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/process.h"
#include "core/roster.h"
#include "runtime/wire.h"
#include "../support/scratch.h"

static struct roster *open_roster(struct scratch *scratch)
{
	struct roster *roster = NULL;
	struct err err = {0};

	if (roster_open(scratch->fd, scratch->fd, &roster, &err) < 0)
		fail_msg("%s", err.text);
	return roster;
}

static struct row new_row(const char *digit, const char *name)
{
	struct row row = {.use = ROW_USED, .state = {.status = ROW_CREATED}};

	memset(row.id, digit[0], 64);
	memcpy(row.id, digit, strlen(digit));
	snprintf(row.name, sizeof(row.name), "%s", name);
	return row;
}

static void a_row_is_found_by_id_name_and_unique_prefix(void **state)
{
	struct roster *roster = open_roster(*state);
	struct row a = new_row("ab1", "web"), b = new_row("ab2", "db"), found;
	struct err err = {0};
	unsigned number;

	assert_int_equal(roster_add(roster, &a, &number, &err), 0);
	assert_int_equal(roster_add(roster, &b, &number, &err), 0);
	assert_int_equal(roster_find(roster, a.id, &number, &found, &err), 0);
	assert_string_equal(found.name, "web");
	assert_int_equal(roster_find(roster, "/db", &number, &found, &err), 0);
	assert_string_equal(found.id, b.id);
	assert_int_equal(roster_find(roster, "ab2", &number, &found, &err), 0);
	assert_string_equal(found.name, "db");
	assert_int_equal(roster_find(roster, "ab", &number, &found, &err), -EEXIST);
	assert_string_equal(err.text, "multiple IDs found with provided prefix: ab");
	assert_int_equal(roster_find(roster, "nope", &number, &found, &err), -ENOENT);
	assert_string_equal(err.text, "No such container: nope");
	roster_close(roster);
}

static void a_name_is_given_once_and_again_after_its_owner_went(void **state)
{
	struct roster *roster = open_roster(*state);
	struct row a = new_row("a", "web"), b = new_row("b", "web");
	struct err err = {0};
	unsigned first, second;

	assert_int_equal(roster_add(roster, &a, &first, &err), 0);
	assert_int_equal(roster_add(roster, &b, &second, &err), -EEXIST);
	assert_non_null(strstr(err.text,
		"Conflict. The container name \"/web\" is already in use by container \"a"));
	assert_int_equal(roster_set_use(roster, first, a.id, ROW_FREE, &err), 0);
	assert_int_equal(roster_add(roster, &b, &second, &err), 0);
	assert_int_equal(second, first);
	roster_close(roster);
}

static void a_freed_row_is_a_new_generation(void **state)
{
	struct roster *roster = open_roster(*state);
	struct row a = new_row("a", "one"), b = new_row("b", "two"), got;
	unsigned number;

	assert_int_equal(roster_add(roster, &a, &number, NULL), 0);
	assert_int_equal(roster_set_use(roster, number, a.id, ROW_FREE, NULL), 0);
	assert_int_equal(roster_add(roster, &b, &number, NULL), 0);
	assert_int_equal(roster_read(roster, number, &got), 0);
	assert_int_equal(got.generation, 1);
	roster_close(roster);
}

static void a_row_that_went_to_another_container_is_left_alone(void **state)
{
	struct roster *roster = open_roster(*state);
	struct row a = new_row("a", "one"), b = new_row("b", "two"), got;
	struct err err = {0};
	unsigned number;

	assert_int_equal(roster_add(roster, &a, &number, NULL), 0);
	assert_int_equal(roster_free(roster, number, a.id, NULL), 1);
	assert_int_equal(roster_add(roster, &b, &number, NULL), 0);
	assert_int_equal(roster_free(roster, number, a.id, &err), 0);
	assert_int_equal(roster_set_use(roster, number, a.id, ROW_FREE, &err), 0);
	assert_int_equal(err.code, 0);
	assert_int_equal(roster_rename(roster, number, a.id, "three", NULL), -ENOENT);
	assert_int_equal(roster_read(roster, number, &got), 0);
	assert_string_equal(got.name, "two");
	roster_close(roster);
}

static void renaming_refuses_a_name_in_use(void **state)
{
	struct roster *roster = open_roster(*state);
	struct row a = new_row("a", "one"), b = new_row("b", "two"), got;
	unsigned first, second;

	assert_int_equal(roster_add(roster, &a, &first, NULL), 0);
	assert_int_equal(roster_add(roster, &b, &second, NULL), 0);
	assert_int_equal(roster_rename(roster, second, b.id, "one", NULL), -EEXIST);
	assert_int_equal(roster_rename(roster, second, b.id, "three", NULL), 0);
	assert_int_equal(roster_read(roster, second, &got), 0);
	assert_string_equal(got.name, "three");
	roster_close(roster);
}

static void state_is_replaced_whole_and_counted(void **state)
{
	struct roster *roster = open_roster(*state);
	struct row a = new_row("a", "one"), got;
	struct row_state running = {.status = ROW_RUNNING, .init = {.pid = 42, .start = 7}};
	unsigned number;

	assert_int_equal(roster_add(roster, &a, &number, NULL), 0);
	assert_int_equal(roster_set_state(roster, number, &running, NULL), 0);
	assert_int_equal(roster_set_state(roster, number, &running, NULL), 0);
	assert_int_equal(roster_read(roster, number, &got), 0);
	assert_int_equal(got.state.init.pid, 42);
	assert_int_equal(got.state.seq, 2);
	assert_int_equal(got.state.seq_end, 2);
	roster_close(roster);
}

static void a_policy_is_changed_in_place_and_saved_for_the_next_boot(void **state)
{
	struct scratch *scratch = *state;
	struct roster *roster = open_roster(scratch);
	struct row a = new_row("a", "one"), got;
	auto_buf saved = BUF_INIT;
	unsigned number;

	assert_int_equal(roster_add(roster, &a, &number, NULL), 0);
	assert_int_equal(roster_set_policy(roster, number, a.id, 4, 3, NULL), 0);
	assert_int_equal(roster_save(roster, number, a.id, scratch->fd, NULL), 0);
	assert_int_equal(path_read_at(scratch->fd, "row", sizeof(got), &saved), 0);
	assert_int_equal(saved.len, sizeof(got));
	memcpy(&got, saved.data, sizeof(got));
	assert_int_equal(got.restart, 4);
	assert_int_equal(got.restart_max, 3);
	assert_int_equal(roster_set_policy(roster, number, "b", 4, 3, NULL), -ENOENT);
	roster_close(roster);
}

static void a_boot_is_offered_once_and_applied_once(void **state)
{
	struct roster *first = open_roster(*state), *second = open_roster(*state);

	assert_true(roster_take_offer(first));
	assert_false(roster_take_offer(second));
	assert_true(roster_take_policies(first));
	assert_false(roster_take_policies(second)); /* we live, so we are at it */
	roster_policies_applied(first);
	assert_false(roster_take_policies(second));
	roster_close(first);
	roster_close(second);
}

static void write_file(int dir, const char *name, const void *data, size_t len)
{
	assert_int_equal(path_replace_at(dir, name, data, len, 0600), 0);
}

/* What the run root forgot is read back from each container's own files. */
static void a_roster_of_another_boot_is_built_from_the_containers(void **state)
{
	struct scratch *scratch = *state;
	struct row a = new_row("a", "kept"), got;
	struct last last = {.version = 1,
		.exit_code = 3,
		.flags = ROW_BY_HAND,
		.started_ns = 1,
		.finished_ns = 2};
	struct roster *roster;
	int dir;

	memcpy(last.magic, LAST_MAGIC, sizeof(last.magic));
	assert_int_equal(mkdirat(scratch->fd, a.id, 0700), 0);
	dir = openat(scratch->fd, a.id, O_RDONLY | O_DIRECTORY);
	write_file(dir, "row", &a, sizeof(a));
	write_file(dir, "last", &last, sizeof(last));
	close(dir);
	roster = open_roster(scratch);
	assert_int_equal(roster_last(roster), 1);
	assert_int_equal(roster_read(roster, 1, &got), 0);
	assert_string_equal(got.name, "kept");
	assert_int_equal(got.state.status, ROW_EXITED);
	assert_int_equal(got.state.exit_code, 3);
	assert_int_equal(got.state.flags, ROW_BY_HAND);
	roster_close(roster);
	/* The same with a file that claims another boot, full of pids that mean nothing now. */
	{
		struct roster_head head = {
			.version = ROSTER_VERSION, .row_size = ROW_SIZE, .boot_id = "another"};
		int fd = openat(scratch->fd, "roster", O_RDWR);

		memcpy(head.magic, ROSTER_MAGIC, sizeof(head.magic));
		got.state.status = ROW_RUNNING;
		assert_int_equal(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
		assert_int_equal(pwrite(fd, &got, sizeof(got), ROW_SIZE), sizeof(got));
		close(fd);
	}
	roster = open_roster(scratch);
	assert_int_equal(roster_read(roster, 1, &got), 0);
	assert_int_equal(got.state.status, ROW_EXITED);
	roster_close(roster);
}

static void a_roster_of_a_newer_davit_is_refused(void **state)
{
	struct scratch *scratch = *state;
	struct roster_head head = {.version = ROSTER_VERSION + 1, .row_size = ROW_SIZE};
	struct roster *roster = NULL;
	struct err err = {0};

	memcpy(head.magic, ROSTER_MAGIC, sizeof(head.magic));
	write_file(scratch->fd, "roster", &head, sizeof(head));
	assert_int_equal(roster_open(scratch->fd, scratch->fd, &roster, &err), -EPROTO);
	assert_non_null(strstr(err.text, "upgrade"));
	assert_null(roster);
}

static void put_file(int dir_fd, const char *name, const void *data, size_t len)
{
	assert_int_equal(path_replace_at(dir_fd, name, data, len, 0600), 0);
}

/* A container's directory as a reboot finds it. */
static void a_container_on_disk(
	struct scratch *scratch, const struct row *row, const struct last *last, bool was_started)
{
	int dir_fd;

	assert_int_equal(mkdirat(scratch->fd, row->id, 0700), 0);
	dir_fd = openat(scratch->fd, row->id, O_PATH | O_DIRECTORY | O_CLOEXEC);
	put_file(dir_fd, "row", row, sizeof(*row));
	if (last)
		put_file(dir_fd, "last", last, sizeof(*last));
	if (was_started)
		put_file(dir_fd, "log.index", "", 0);
	close(dir_fd);
}

static struct row after_reboot(
	struct scratch *scratch, const struct last *last, bool was_started, uint32_t flags)
{
	struct row row = new_row("a", "one"), got;
	struct roster *roster;
	unsigned number;

	memset(row.id, 'a', ROW_ID_LEN);
	row.id[ROW_ID_LEN] = '\0';
	row.state = (struct row_state){.status = ROW_CREATED, .flags = flags};
	a_container_on_disk(scratch, &row, last, was_started);
	roster = open_roster(scratch);
	assert_int_equal(roster_find(roster, "one", &number, &got, NULL), 0);
	roster_close(roster);
	return got;
}

static void after_a_reboot_what_never_started_is_created(void **state)
{
	struct row got = after_reboot(*state, NULL, false, ROW_TTY);

	assert_int_equal(got.state.status, ROW_CREATED);
	assert_int_equal(got.state.flags, ROW_TTY);
}

static void after_a_reboot_what_ran_has_lost_its_exit_code(void **state)
{
	struct last last = {.magic = LAST_MAGIC,
		.version = 1,
		.exit_code = 3,
		.started_ns = 30,
		.finished_ns = 20};
	struct row got = after_reboot(*state, &last, true, 0);

	assert_int_equal(got.state.status, ROW_EXITED);
	assert_int_equal(got.state.exit_code, 255);
	assert_true(got.state.flags & ROW_CODE_LOST);
	assert_string_equal(got.state.error, "exit code lost: the host went down while it ran");
}

static void after_a_reboot_a_first_run_without_a_record_counts_as_run(void **state)
{
	struct row got = after_reboot(*state, NULL, true, ROW_AUTO_REMOVE);

	assert_int_equal(got.state.status, ROW_EXITED);
	assert_int_equal(got.state.flags, ROW_AUTO_REMOVE | ROW_CODE_LOST);
}

static void after_a_reboot_what_had_ended_keeps_its_exit_code(void **state)
{
	struct last last = {.magic = LAST_MAGIC,
		.version = 1,
		.exit_code = 3,
		.started_ns = 10,
		.finished_ns = 20};
	struct row got = after_reboot(*state, &last, true, 0);

	assert_int_equal(got.state.status, ROW_EXITED);
	assert_int_equal(got.state.exit_code, 3);
}

static void after_a_reboot_a_start_that_failed_is_still_only_created(void **state)
{
	struct last last = {
		.magic = LAST_MAGIC, .version = 1, .exit_code = 127, .error = "no such command"};
	struct row got = after_reboot(*state, &last, true, 0);

	assert_int_equal(got.state.status, ROW_CREATED);
	assert_int_equal(got.state.exit_code, 127);
	assert_string_equal(got.state.error, "no such command");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(a_row_is_found_by_id_name_and_unique_prefix),
		in_scratch(a_name_is_given_once_and_again_after_its_owner_went),
		in_scratch(a_freed_row_is_a_new_generation),
		in_scratch(a_row_that_went_to_another_container_is_left_alone),
		in_scratch(renaming_refuses_a_name_in_use),
		in_scratch(state_is_replaced_whole_and_counted),
		in_scratch(a_policy_is_changed_in_place_and_saved_for_the_next_boot),
		in_scratch(a_boot_is_offered_once_and_applied_once),
		in_scratch(a_roster_of_another_boot_is_built_from_the_containers),
		in_scratch(a_roster_of_a_newer_davit_is_refused),
		in_scratch(after_a_reboot_what_never_started_is_created),
		in_scratch(after_a_reboot_what_ran_has_lost_its_exit_code),
		in_scratch(after_a_reboot_a_first_run_without_a_record_counts_as_run),
		in_scratch(after_a_reboot_what_had_ended_keeps_its_exit_code),
		in_scratch(after_a_reboot_a_start_that_failed_is_still_only_created),
	};

	return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}
