#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/confine.h"
#include "core/image/jail.h"
#include "util/buf.h"
#include "util/path.h"

static char dir[32];

static int make_store_directory(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/davit-confine-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_store_directory(void **state)
{
	(void)state;
	return path_remove_at(AT_FDCWD, dir);
}

/* Confinement is for good: each look at it is from a process of its own, which answers with the
 * number of the first check that did not hold. */
static int in_confined_child(int (*look)(struct store *store))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		char root[64], run_root[64];
		struct store_options options = {.root = root, .run_root = run_root};
		struct store *store = NULL;
		struct err err = {0};

		snprintf(root, sizeof(root), "%s/store", dir);
		snprintf(run_root, sizeof(run_root), "%s/run", dir);
		if (store_open(&options, &store, &err) < 0 || confine_job(store, 0, &err) < 0) {
			fprintf(stderr, "%s\n", err.text);
			_exit(100);
		}
		_exit(look(store));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

static int unpack_like(struct store *store)
{
	int stage = store_dir(store, STORE_STAGING);
	int fd = openat(stage, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || fchown(fd, 12345, 54321) < 0 || fchmod(fd, 04755) < 0)
		return 1;
	if (mknodat(stage, "whiteout", S_IFCHR, 0) < 0)
		return 2;
	if (mkdirat(stage, "a", 0) < 0 || mkdirat(stage, "a/b", 0755) < 0)
		return 3;
	if (renameat(stage, "file", store_dir(store, STORE_LAYERS), "moved") < 0)
		return 4;
	return unlinkat(store_dir(store, STORE_LAYERS), "moved", 0) < 0 ? 5 : 0;
}

static void what_unpacking_needs_still_works(void **state)
{
	(void)state;
	assert_int_equal(in_confined_child(unpack_like), 0);
}

static int break_out(struct store *store)
{
	(void)store;
	if (mount("none", dir, "tmpfs", 0, NULL) == 0)
		return 1;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
		return 2;
	/* The system call alone: the library's setuid also asks every other thread. */
	if (syscall(SYS_setuid, 1) == 0)
		return 3;
	if (chroot(dir) == 0)
		return 4;
	return 0;
}

static void mounting_tracing_and_changing_identity_are_gone(void **state)
{
	(void)state;
	assert_int_equal(in_confined_child(break_out), 0);
}

static bool has_landlock(void)
{
	auto_buf text = BUF_INIT;

	confine_describe(&text);
	return strstr(buf_text(&text), "Landlock");
}

static int write_outside(struct store *store)
{
	char path[64];

	(void)store;
	snprintf(path, sizeof(path), "%s/outside", dir);
	if (open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0)
		return 1;
	return open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0 ? 2 : 0;
}

static void nothing_is_written_outside_of_the_store(void **state)
{
	(void)state;
	if (!has_landlock()) {
		print_message("skip: this kernel has no Landlock\n");
		skip();
	}
	assert_int_equal(in_confined_child(write_outside), 0);
}

struct heard {
	struct buf text;
	int lines;
};

static void hear(void *arg, const char *line)
{
	struct heard *heard = arg;

	buf_addf(&heard->text, "%s\n", line);
	heard->lines++;
}

static int run(const char *script, const atomic_bool *canceled, struct heard *heard, int *status,
	struct err *err)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
	struct jail_program program = {
		.argv = argv, .env = env, .on_line = hear, .arg = heard, .canceled = canceled};

	return jail_run(&program, status, err);
}

static void a_jailed_program_is_alone_and_heard(void **state)
{
	struct heard heard = {.text = BUF_INIT};
	struct err err = {0};
	int status = -1;

	(void)state;
	assert_int_equal(dup2(1, 9), 9);
	if (run("echo $$; [ -e /proc/$$/fd/9 ] && echo leak; echo $HOME.$PATH; exit 7", NULL,
		    &heard, &status, &err))
		fail_msg("%s", err.text);
	close(9);
	assert_int_equal(status, 7);
	assert_string_equal(buf_text(&heard.text), "1\n./usr/bin:/bin\n");
	buf_fini(&heard.text);
}

static void a_jailed_programs_mounts_and_children_go_with_it(void **state)
{
	struct heard heard = {.text = BUF_INIT};
	struct err err = {0};
	char script[200], path[64];
	int status = -1;

	(void)state;
	snprintf(script, sizeof(script),
		"mount -t tmpfs none %s && touch %s/inside && sleep 1000 & sleep 0.2", dir, dir);
	assert_int_equal(run(script, NULL, &heard, &status, &err), 0);
	snprintf(path, sizeof(path), "%s/inside", dir);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	buf_fini(&heard.text);
}

static void a_canceled_jail_ends_at_once(void **state)
{
	atomic_bool canceled = true;
	struct heard heard = {.text = BUF_INIT};
	struct err err = {0};
	int status = -1;

	(void)state;
	assert_int_equal(run("sleep 1000", &canceled, &heard, &status, &err), -ECANCELED);
	assert_int_equal(status, 128 + 9);
	buf_fini(&heard.text);
}

static void a_missing_program_is_named(void **state)
{
	const char *const argv[] = {"/not/there", NULL};
	const char *const env[] = {NULL};
	struct heard heard = {.text = BUF_INIT};
	struct jail_program program = {.argv = argv, .env = env, .on_line = hear, .arg = &heard};
	struct err err = {0};
	int status;

	(void)state;
	assert_int_equal(jail_run(&program, &status, &err), -ENOENT);
	assert_string_equal(err.text, "/not/there: cannot start it: No such file or directory");
	buf_fini(&heard.text);
}

int main(void)
{
#define in_store(test)                                                                             \
	cmocka_unit_test_setup_teardown(test, make_store_directory, remove_store_directory)
	const struct CMUnitTest tests[] = {
		in_store(what_unpacking_needs_still_works),
		in_store(mounting_tracing_and_changing_identity_are_gone),
		in_store(nothing_is_written_outside_of_the_store),
		cmocka_unit_test(a_jailed_program_is_alone_and_heard),
		in_store(a_jailed_programs_mounts_and_children_go_with_it),
		cmocka_unit_test(a_canceled_jail_ends_at_once),
		cmocka_unit_test(a_missing_program_is_named),
	};

	return cmocka_run_group_tests_name("confine", tests, NULL, NULL);
}
