#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h> /* renameat(2) is declared there */
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/shim.h"

enum { ATTRS_ROOM = 1024, COMMAND_ROOM = 512 };

uint64_t record_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint32_t record_unique(int pidfd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(pidfd, &fs) < 0 || fs.f_type != ROW_PIDFS_MAGIC || fstat(pidfd, &st) < 0)
		return 0;
	return (uint32_t)st.st_ino;
}

static off_t row_at(const struct shim *shim)
{
	return (off_t)shim->row * ROW_SIZE;
}

int record_open(struct shim *shim)
{
	int self = sys_pidfd_open(getpid());
	off_t at = row_at(shim) + (off_t)offsetof(struct row, state);

	if (pread(SHIM_FD_ROSTER, &shim->state, sizeof(shim->state), at) != sizeof(shim->state))
		return -EIO;
	shim->state.shim.pid = getpid();
	shim->state.shim.unique = record_unique(self);
	sys_close(&self);
	shim->state.shim.start = launch_proc_start(shim->launch.proc, getpid());
	return 0;
}

/* One write inside one page: a kill leaves the old state or the new one. */
void record_status(struct shim *shim, enum row_status status)
{
	off_t at = row_at(shim) + (off_t)offsetof(struct row, state);
	struct row_state *state = &shim->state;

	state->status = status;
	state->seq = ++state->seq_end;
	if (pwrite(SHIM_FD_ROSTER, state, sizeof(*state), at) < 0)
		return; /* the run root is gone: there is nobody left to tell */
}

void record_read_policy(struct shim *shim)
{
	uint32_t policy[2];

	_Static_assert(offsetof(struct row, restart_max) == offsetof(struct row, restart) + 4,
		"the policy and its limit are read as one");
	if (pread(SHIM_FD_ROSTER, policy, sizeof(policy),
		    row_at(shim) + (off_t)offsetof(struct row, restart)) != sizeof(policy) ||
		!policy[0])
		return;
	shim->plan.restart = policy[0] - 1;
	shim->plan.restart_max = policy[1];
}

static void read_boot_id(const struct shim *shim, char boot_id[40])
{
	int fd = openat(shim->launch.proc, "sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, boot_id, 36);

	boot_id[len > 0 ? len : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

void record_last(struct shim *shim)
{
	const struct row_state *state = &shim->state;
	struct last last = {.version = 1,
		.flags = state->flags,
		.exit_code = state->exit_code,
		.restarts = state->restarts,
		.started_ns = state->started_ns,
		.finished_ns = state->finished_ns};
	int dir = shim->launch.dir[PLAN_OWN];
	int fd = openat(
		dir, "last.new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool is_whole;

	if (fd < 0)
		return;
	memcpy(last.magic, LAST_MAGIC, sizeof(last.magic));
	memcpy(last.error, state->error, sizeof(last.error));
	read_boot_id(shim, last.boot_id);
	is_whole = write(fd, &last, sizeof(last)) == sizeof(last);
	close(fd);
	if (!is_whole || renameat(dir, "last.new", dir, "last") < 0)
		unlinkat(dir, "last.new", 0);
}

struct attrs {
	char text[ATTRS_ROOM];
	uint32_t len;
	uint16_t pairs;
};

static void add(struct attrs *attrs, const char *key, const char *value)
{
	size_t key_len = strlen(key) + 1, value_len = strlen(value) + 1;
	size_t room = sizeof(attrs->text) - attrs->len - 8;

	if (key_len + 1 > room)
		return;
	if (key_len + value_len > room)
		value_len = room - key_len;
	memcpy(attrs->text + attrs->len, key, key_len);
	memcpy(attrs->text + attrs->len + key_len, value, value_len);
	attrs->len += (uint32_t)(key_len + value_len);
	attrs->text[attrs->len - 1] = '\0';
	attrs->pairs++;
}

/* Read anew for each record: a container can be renamed while it runs. */
static void add_names(struct shim *shim, struct attrs *attrs)
{
	char name[sizeof(((struct row *)0)->name)], image[sizeof(((struct row *)0)->image)];
	off_t at = row_at(shim);

	if (pread(SHIM_FD_ROSTER, name, sizeof(name), at + (off_t)offsetof(struct row, name)) !=
			sizeof(name) ||
		pread(SHIM_FD_ROSTER, image, sizeof(image),
			at + (off_t)offsetof(struct row, image)) != sizeof(image))
		return;
	name[sizeof(name) - 1] = image[sizeof(image) - 1] = '\0';
	add(attrs, "image", image);
	add(attrs, "name", name);
}

static void write_record(
	enum journal_type type, const char *action, const char *id, struct attrs *attrs)
{
	struct journal_head head = {.mark = JOURNAL_MARK,
		.type = (uint16_t)type,
		.attrs = attrs->pairs,
		.time_ns = record_now()};
	struct iovec parts[2] = {{&head, sizeof(head)}, {attrs->text, 0}};

	launch_say(head.action, sizeof(head.action), "%s", action);
	launch_say(head.id, sizeof(head.id), "%s", id);
	while (attrs->len % 8)
		attrs->text[attrs->len++] = '\0';
	head.len = head.len_again = (uint32_t)sizeof(head) + attrs->len;
	parts[1].iov_len = attrs->len;
	if (writev(SHIM_FD_JOURNAL, parts, 2) < 0)
		return; /* as for the roster */
}

void record_event(struct shim *shim, const char *action, ...)
{
	struct attrs attrs = {.len = 0};
	va_list args;

	va_start(args, action);
	for (const char *key; (key = va_arg(args, const char *));)
		add(&attrs, key, va_arg(args, const char *));
	va_end(args);
	add_names(shim, &attrs);
	write_record(JOURNAL_CONTAINER, action, shim->id, &attrs);
}

/* What an exec executes, cut where it would leave no room for the attributes. */
void record_exec(struct process *process, const char *action)
{
	const struct plan *plan = &process->plan;
	char command[COMMAND_ROOM];
	size_t len = 0;

	command[0] = '\0';
	for (const char *word = NULL;
		(word = plan_next(plan, plan->steps[plan->head->steps - 1].a, word));)
		len += launch_say(command + len, sizeof(command) - len, len ? " %s" : "%s", word);
	record_event(process->shim, action, JOURNAL_MORE, command, "execID", process->id, NULL);
}

/* ---- volumes ---- */

/* A line of the list (wire.h), at the text's beginning. 0: there is none. */
static size_t take_volume(char *text, char **name, char **target)
{
	char *end = strchr(text, '\n');

	if (!end || end - text < 5 || text[3] != ' ')
		return 0;
	*end = '\0';
	*name = text + 4;
	*target = strchr(*name, ' ');
	if (!*target)
		return 0;
	*(*target)++ = '\0';
	return (size_t)(end - text) + 1;
}

static void say_volume(
	struct shim *shim, bool mounted, bool writable, const char *name, const char *target)
{
	struct attrs attrs = {.len = 0};

	add(&attrs, "container", shim->id);
	if (mounted)
		add(&attrs, "destination", target);
	add(&attrs, "driver", "local");
	if (mounted) {
		add(&attrs, "propagation", "");
		add(&attrs, "read/write", writable ? "true" : "false");
	}
	write_record(JOURNAL_VOLUME, mounted ? "mount" : "unmount", name, &attrs);
}

/* A remover has called the list by its other name. */
static int open_list(int dir)
{
	int fd = sys_open(dir, VOLUMES_LIST, O_RDONLY | O_NOFOLLOW);

	return fd == -ENOENT ? sys_open(dir, VOLUMES_GONE, O_RDONLY | O_NOFOLLOW) : fd;
}

/* Line by line, whatever the length of the whole: what does not fit a line of ours is not told. */
void record_volumes(struct shim *shim, bool mounted)
{
	int fd = shim->has_volumes == mounted ? -ENOENT : open_list(shim->launch.dir[PLAN_OWN]);
	char text[ATTRS_ROOM + 1], *name, *target;
	off_t at = 0;
	ssize_t len;

	if (fd < 0)
		return;
	while ((len = pread(fd, text, sizeof(text) - 1, at)) > 0) {
		size_t line;

		text[len] = '\0';
		line = take_volume(text, &name, &target);
		if (!line)
			break;
		say_volume(shim, mounted, text[2] == 'w', name, target);
		at += (off_t)line;
	}
	close(fd);
	shim->has_volumes = mounted;
}
