/* tape_record.c - a command on a terminal of its own, and all that it shows on a tape.
 *
 * What comes within GATHER_MS is one event: nobody sees a screen being painted. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

/* PAUSE_S: players make no pause longer, however long somebody thought. */
enum { GATHER_MS = 15, GATHER_MAX = 64 << 10, PAUSE_S = 5 };

struct recording {
	int file, master, pidfd;
	uint64_t began_ns;
	struct buf held; /* the beginning of a character or a mark whose rest is still to come */
	struct buf gathered;  /* shown, and not on the tape yet */
	uint64_t gathered_ns; /* when the first of it came */
	unsigned columns, rows;
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
	cJSON_AddNumberToObject(head, "idle_time_limit", PAUSE_S);
	if (wish->title)
		cJSON_AddStringToObject(head, "title", wish->title);
	return put_json(file, head, err);
}

/* Milliseconds are enough, and short. */
static int put_event(struct recording *r, uint64_t at_ns, const char *kind, const char *text,
	size_t len, struct err *err)
{
	double seconds = (double)((at_ns - r->began_ns) / 1000000) / 1000;
	auto_free char *copy = strndup(text, len);
	cJSON *event = cJSON_CreateArray();

	cJSON_AddItemToArray(event, cJSON_CreateNumber(seconds));
	cJSON_AddItemToArray(event, cJSON_CreateString(kind));
	cJSON_AddItemToArray(event, cJSON_CreateString(copy ? copy : ""));
	return put_json(r->file, event, err);
}

/* How many bytes from here are one whole character as RFC 3629 has it; 0: none. */
static size_t character(const unsigned char *at, size_t len)
{
	static const struct {
		unsigned char first, last, low, high; /* of the second byte */
		size_t len;
	} kinds[] = {
		{0x00, 0x7f, 0, 0, 1},
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < array_len(kinds); i++) {
		bool whole = *at >= kinds[i].first && *at <= kinds[i].last && len >= kinds[i].len;

		if (whole && kinds[i].len > 1)
			whole = at[1] >= kinds[i].low && at[1] <= kinds[i].high;
		for (size_t k = 2; whole && k < kinds[i].len; k++)
			whole = (at[k] & 0xc0) == 0x80;
		if (whole)
			return kinds[i].len;
	}
	return 0;
}

/* JSON has whole characters only: whatever is none becomes the sign for that, and a NUL nothing. */
static void clean(const struct buf *in, struct buf *out)
{
	const unsigned char *bytes = (const unsigned char *)in->data;

	for (size_t i = 0, len; i < in->len; i += len ? len : 1) {
		len = character(bytes + i, in->len - i);
		if (!len)
			buf_adds(out, "\357\277\275");
		else if (bytes[i])
			buf_add(out, in->data + i, len);
	}
}

static int put_gathered(struct recording *r, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed = 0;

	clean(&r->gathered, &text);
	if (buf_failed(&text))
		return err_set(err, ENOMEM, "record: out of memory");
	if (text.len)
		failed = put_event(r, r->gathered_ns, "o", text.data, text.len, err);
	buf_clear(&r->gathered);
	return failed;
}

/* Something else than output: what was shown before it comes first. */
static int put_other(
	struct recording *r, const char *kind, const char *text, size_t len, struct err *err)
{
	int failed = put_gathered(r, err);

	return failed ? failed : put_event(r, timing_now(), kind, text, len, err);
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
	if (!r->gathered.len)
		r->gathered_ns = timing_now();
	buf_add(&r->gathered, text, len);
	if (buf_failed(&r->gathered))
		return err_set(err, ENOMEM, "record: out of memory");
	return r->gathered.len >= GATHER_MAX ? put_gathered(r, err) : 0;
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
		if (end && put_other(r, "m", mark + sizeof(MARK) - 1,
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

/* Until when there is time to wait for more of what is gathered; -1: for ever. */
static int patience(const struct recording *r)
{
	uint64_t due = r->gathered_ns + GATHER_MS * UINT64_C(1000000), now = timing_now();

	if (!r->gathered.len)
		return -1;
	return due > now ? (int)((due - now + 999999) / 1000000) : 0;
}

static void on_resize(int number)
{
	(void)number;
}

/* A window that got another size: poll(2) was broken off by the signal. */
static int follow_size(struct recording *r, struct err *err)
{
	struct winsize size;
	char text[40];
	int len;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col || !size.ws_row ||
		(size.ws_col == r->columns && size.ws_row == r->rows))
		return 0;
	r->columns = size.ws_col;
	r->rows = size.ws_row;
	ioctl(r->master, TIOCSWINSZ, &size);
	len = snprintf(text, sizeof(text), "%ux%u", r->columns, r->rows);
	return put_other(r, "r", text, (size_t)len, err);
}

/* One round; *over: the command has ended, and all it showed is on the tape. */
static int listen_once(struct recording *r, bool *hears, bool *over, struct err *err)
{
	struct pollfd fds[] = {
		{.fd = r->master, .events = POLLIN},
		{.fd = r->pidfd, .events = POLLIN},
		{.fd = *hears ? STDIN_FILENO : -1, .events = POLLIN},
	};
	int ready = poll(fds, 3, patience(r));

	if (ready < 0)
		return errno == EINTR ? follow_size(r, err) : err_sys(err, "record");
	if (fds[0].revents & POLLIN) {
		if (pump_output(r, err) < 0)
			return err->code;
	} else if (fds[1].revents & POLLIN) {
		*over = true;
		return put_held(r, true, err) < 0 ? err->code : put_gathered(r, err);
	}
	if (fds[2].revents)
		pump_input(r, hears);
	return patience(r) == 0 ? put_gathered(r, err) : 0;
}

static int converse(struct recording *r, struct err *err)
{
	const struct sigaction action = {.sa_handler = on_resize};
	bool hears = isatty(STDIN_FILENO), over = false;
	struct sigaction before;
	int failed = 0;

	sigaction(SIGWINCH, &action, &before);
	while (!failed && !over)
		failed = listen_once(r, &hears, &over, err);
	sigaction(SIGWINCH, &before, NULL);
	return failed;
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
	struct recording r = {.file = file_fd,
		.master = -1,
		.pidfd = -1,
		.columns = wish->columns,
		.rows = wish->rows};
	int code, failed = put_head(file_fd, wish, err);

	if (!failed)
		failed = start(&r, command, wish, err);
	r.began_ns = timing_now();
	if (!failed)
		failed = converse(&r, err);
	if (!failed)
		failed = spawn_wait(r.pidfd, &code, err);
	buf_fini(&r.held);
	buf_fini(&r.gathered);
	own_closep(&r.master);
	own_closep(&r.pidfd);
	return failed ? failed : code;
}
