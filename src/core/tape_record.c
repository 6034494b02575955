/* tape_record.c - a command on a terminal of its own, and all that it shows on a tape. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "core/engine_tape.h"
#include "core/pseudo_terminal.h"
#include "core/sh.h"
#include "core/spawn.h"
#include "core/timing.h"
#include "util/path.h"

static const char MARK[] = "\033]davit;step;", MARK_END[] = "\a";

struct recording {
	int file, master, pidfd;
	uint64_t began_ns;
	struct buf held; /* the beginning of a character or a mark whose rest is still to come */
};

void tape_mark(struct buf *out, const char *step)
{
	buf_addf(out, "%s%s%s", MARK, step, MARK_END);
}

/* ---- lines ---- */

static int put_json(int file, cJSON *json, struct err *err)
{
	auto_free char *text = json ? cJSON_PrintUnformatted(json) : NULL;
	auto_buf line = BUF_INIT;
	int failed;

	cJSON_Delete(json);
	buf_addf(&line, "%s\n", text ? text : "");
	if (!text || buf_failed(&line))
		return err_set(err, ENOMEM, "record: out of memory");
	failed = path_write_all(file, line.data, line.len);
	return failed ? err_set(err, failed, "write the tape: %s", err_name(failed)) : 0;
}

static int put_head(int file, const struct tape_wish *wish, struct err *err)
{
	cJSON *head = cJSON_CreateObject();

	cJSON_AddNumberToObject(head, "version", 2);
	cJSON_AddNumberToObject(head, "width", wish->columns);
	cJSON_AddNumberToObject(head, "height", wish->rows);
	if (wish->title)
		cJSON_AddStringToObject(head, "title", wish->title);
	return put_json(file, head, err);
}

/* Milliseconds are enough, and short. */
static int put_event(
	struct recording *r, const char *kind, const char *text, size_t len, struct err *err)
{
	double seconds = (double)((timing_now() - r->began_ns) / 1000000) / 1000;
	auto_free char *copy = strndup(text, len);
	cJSON *event = cJSON_CreateArray();

	cJSON_AddItemToArray(event, cJSON_CreateNumber(seconds));
	cJSON_AddItemToArray(event, cJSON_CreateString(kind));
	cJSON_AddItemToArray(event, cJSON_CreateString(copy ? copy : ""));
	return put_json(r->file, event, err);
}

/* ---- what is shown ---- */

/* How many bytes at the end are the beginning of a character: JSON has whole ones only. */
static size_t unfinished(const char *text, size_t len)
{
	for (size_t back = 1; back <= 3 && back <= len; back++) {
		unsigned char c = (unsigned char)text[len - back];
		size_t whole = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;

		if ((c & 0xc0) != 0x80)
			return whole > back ? back : 0;
	}
	return 0;
}

static int show(struct recording *r, const char *text, size_t len, struct err *err)
{
	if (!len)
		return 0;
	path_write_all(STDOUT_FILENO, text, len); /* whoever looked on may have left */
	return put_event(r, "o", text, len, err);
}

/* All that is held and whole; marks become events of their own. */
static int put_held(struct recording *r, bool last, struct err *err)
{
	const char *mark, *end;
	size_t tail;

	while ((mark = memmem(r->held.data, r->held.len, MARK, sizeof(MARK) - 1))) {
		size_t before = (size_t)(mark - r->held.data);

		end = memchr(mark, '\a', r->held.len - before);
		if (!end && !last)
			return 0;
		if (show(r, r->held.data, before, err) < 0)
			return err->code;
		if (end && put_event(r, "m", mark + sizeof(MARK) - 1,
				   (size_t)(end - mark) - (sizeof(MARK) - 1), err) < 0)
			return err->code;
		buf_drop(&r->held, end ? before + (size_t)(end - mark) + 1 : r->held.len);
	}
	tail = last ? 0 : unfinished(r->held.data, r->held.len);
	if (show(r, r->held.data, r->held.len - tail, err) < 0)
		return err->code;
	buf_drop(&r->held, r->held.len - tail);
	return 0;
}

static int pump_output(struct recording *r, struct err *err)
{
	char room[8192];
	ssize_t got = read(r->master, room, sizeof(room));

	if (got <= 0)
		return 0;
	buf_add(&r->held, room, (size_t)got);
	return put_held(r, false, err);
}

static void pump_input(struct recording *r, bool *open)
{
	char room[1024];
	ssize_t got = read(STDIN_FILENO, room, sizeof(room));

	*open = got > 0;
	if (got > 0)
		path_write_all(r->master, room, (size_t)got);
}

static int converse(struct recording *r, struct err *err)
{
	bool hears = isatty(STDIN_FILENO);

	for (;;) {
		struct pollfd fds[] = {
			{.fd = r->master, .events = POLLIN},
			{.fd = r->pidfd, .events = POLLIN},
			{.fd = hears ? STDIN_FILENO : -1, .events = POLLIN},
		};

		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			return err_sys(err, "record");
		if (fds[0].revents & POLLIN) {
			if (pump_output(r, err) < 0)
				return err->code;
		} else if (fds[1].revents & POLLIN) {
			return put_held(r, true, err);
		}
		if (fds[2].revents)
			pump_input(r, &hears);
	}
}

/* ---- the command ---- */

static int start(struct recording *r, const struct strs *command, const struct tape_wish *wish,
	struct err *err)
{
	char terminal[PSEUDO_TERMINAL_NAME];
	const struct sh sh = {.script = "exec \"$@\"", .args = command, .terminal = terminal};

	r->master = pseudo_terminal_open(wish->rows, wish->columns, terminal, err);
	return r->master < 0 ? r->master : sh_start(&sh, &r->pidfd, NULL, err);
}

int tape_record(
	int file_fd, const struct strs *command, const struct tape_wish *wish, struct err *err)
{
	struct recording r = {.file = file_fd, .master = -1, .pidfd = -1};
	int code, failed = put_head(file_fd, wish, err);

	if (!failed)
		failed = start(&r, command, wish, err);
	r.began_ns = timing_now();
	if (!failed)
		failed = converse(&r, err);
	if (!failed)
		failed = spawn_wait(r.pidfd, &code, err);
	buf_fini(&r.held);
	own_closep(&r.master);
	own_closep(&r.pidfd);
	return failed ? failed : code;
}
