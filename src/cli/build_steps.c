#include "cli/build_steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/units.h"
#include "util/own.h"

enum { LIVE_LINES = 6, SLOWEST = 5 };

/* ---- what is known ---- */

struct build_step_view *build_steps_at(struct build_steps *steps, int step)
{
	return step < 0 || (size_t)step >= steps->n ? NULL : &steps->v[step];
}

static bool make_room(struct build_steps *steps, int step)
{
	struct build_step_view *more;

	if ((size_t)step < steps->n)
		return true;
	more = realloc(steps->v, ((size_t)step + 1) * sizeof(*more));
	if (!more)
		return false;
	memset(more + steps->n, 0, ((size_t)step + 1 - steps->n) * sizeof(*more));
	steps->v = more;
	steps->n = (size_t)step + 1;
	return true;
}

/* Whatever a process writes, what is shown moves no cursor: control characters but the line's end
 * become blanks, and a sequence begins with one. */
static void keep_tail(struct build_step_view *step, const char *text, size_t len)
{
	if (len > BUILD_TAIL / 2) {
		text += len - BUILD_TAIL / 2;
		len = BUILD_TAIL / 2;
	}
	if (step->tail_len + len > BUILD_TAIL) {
		size_t drop = step->tail_len + len - BUILD_TAIL;

		memmove(step->tail, step->tail + drop, step->tail_len - drop);
		step->tail_len -= drop;
	}
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		step->tail[step->tail_len++] =
			(char)((c < ' ' && c != '\n') || c == 0x7f ? ' ' : c);
	}
}

static void take_step(struct build_step_view *step, const struct build_event *event)
{
	switch (event->kind) {
	case BUILD_EVENT_PLAN:
		free(step->name);
		step->name = strdup(event->name);
		break;
	case BUILD_EVENT_STARTED:
		step->state = BUILD_STATE_RUNNING;
		step->began_ns = event->time_ns;
		break;
	case BUILD_EVENT_CACHED:
		step->state = BUILD_STATE_CACHED;
		break;
	case BUILD_EVENT_DONE:
		step->state = BUILD_STATE_DONE;
		break;
	case BUILD_EVENT_FAILED:
		step->state = BUILD_STATE_FAILED;
		break;
	case BUILD_EVENT_LEFT:
		step->state = BUILD_STATE_LEFT;
		break;
	case BUILD_EVENT_OUTPUT:
		keep_tail(step, event->text, event->text_len);
		break;
	default:
		break;
	}
	if (event->took_ns)
		step->took_ns = event->took_ns;
}

void build_steps_take(struct build_steps *steps, const struct build_event *event)
{
	if (!steps->began_ns)
		steps->began_ns = event->time_ns;
	if (event->kind == BUILD_EVENT_NOTE)
		snprintf(steps->note, sizeof(steps->note), "%.*s", (int)event->text_len,
			event->text);
	if (event->step >= 0 && make_room(steps, event->step))
		take_step(&steps->v[event->step], event);
}

const struct build_step_view *build_steps_failed(const struct build_steps *steps)
{
	for (size_t i = 0; i < steps->n; i++)
		if (steps->v[i].state == BUILD_STATE_FAILED)
			return &steps->v[i];
	return NULL;
}

void build_step_tail(const struct build_step_view *step, unsigned lines, struct buf *out)
{
	size_t at = step->tail_len, end = step->tail_len;

	if (end && step->tail[end - 1] == '\n')
		at--;
	while (at && lines) {
		at--;
		if (step->tail[at] == '\n' && !--lines)
			at++;
		else if (!at)
			break;
		if (!lines)
			break;
	}
	buf_add(out, step->tail + at, end - at);
	if (end && step->tail[end - 1] != '\n')
		buf_addc(out, '\n');
}

void build_steps_fini(struct build_steps *steps)
{
	for (size_t i = 0; i < steps->n; i++)
		free(steps->v[i].name);
	free(steps->v);
	*steps = (struct build_steps){0};
}

/* ---- the picture ---- */

struct drawing {
	struct buf out;
	unsigned lines, columns, rows;
	bool color;
};

void build_picture_init(struct build_picture *picture)
{
	const char *no_color = getenv("NO_COLOR");

	picture->color = !(no_color && *no_color);
}

/* One line, cut to the terminal: what wraps could not be drawn over. */
static void put_line(struct drawing *d, const char *sgr, const char *left, const char *right)
{
	unsigned width = d->columns > 1 ? d->columns - 1 : 79, used = (unsigned)strlen(right);
	unsigned room = width > used + 1 ? width - used - 1 : 0;
	size_t len = strlen(left);

	if (len > room) {
		len = room;
		/* Not in the middle of a character. */
		while (len && ((unsigned char)left[len] & 0xc0) == 0x80)
			len--;
	}
	if (d->color && *sgr)
		buf_adds(&d->out, sgr);
	buf_addf(&d->out, "%.*s", (int)len, left);
	for (size_t i = len; i < room; i++)
		buf_addc(&d->out, ' ');
	buf_addf(&d->out, " %s", right);
	if (d->color && *sgr)
		buf_adds(&d->out, "\x1b[0m");
	buf_adds(&d->out, "\x1b[K\r\n");
	d->lines++;
}

static void put_tail(struct drawing *d, const struct build_step_view *step)
{
	auto_buf tail = BUF_INIT;

	build_step_tail(step, LIVE_LINES, &tail);
	for (char *at = tail.data; at && *at;) {
		size_t len = strcspn(at, "\n");
		auto_buf line = BUF_INIT;

		buf_addf(&line, " => => # %.*s", (int)len, at);
		put_line(d, "\x1b[2m", buf_text(&line), "");
		at += len + (at[len] == '\n');
	}
}

static void put_step(
	struct drawing *d, const struct build_step_view *step, uint64_t now_ns, bool last)
{
	auto_buf line = BUF_INIT;
	char took[24] = "";
	const char *sgr = "";

	if (step->state == BUILD_STATE_WAITING || step->state == BUILD_STATE_LEFT || !step->name)
		return;
	snprintf(took, sizeof(took), "%.1fs",
		(double)(step->took_ns ? step->took_ns : now_ns - step->began_ns) / 1e9);
	switch (step->state) {
	case BUILD_STATE_CACHED:
		buf_addf(&line, " => CACHED %s", step->name);
		sgr = "\x1b[34m";
		break;
	case BUILD_STATE_DONE:
		buf_addf(&line, " => %s", step->name);
		sgr = "\x1b[34m";
		break;
	case BUILD_STATE_FAILED:
		buf_addf(&line, " => ERROR %s", step->name);
		sgr = "\x1b[31m";
		break;
	default:
		buf_addf(&line, " => %s", step->name);
	}
	put_line(d, sgr, buf_text(&line), took);
	if (step->state == BUILD_STATE_RUNNING && !last)
		put_tail(d, step);
}

static void count(const struct build_steps *steps, unsigned *done, bool *failed)
{
	*done = 0;
	*failed = false;
	for (size_t i = 0; i < steps->n; i++) {
		*done += steps->v[i].state == BUILD_STATE_DONE ||
			 steps->v[i].state == BUILD_STATE_CACHED;
		*failed = *failed || steps->v[i].state == BUILD_STATE_FAILED;
	}
}

static void put_head(struct drawing *d, const struct build_steps *steps, uint64_t now_ns, bool last)
{
	auto_buf line = BUF_INIT;
	unsigned done;
	bool failed;

	count(steps, &done, &failed);
	buf_addf(&line, "[+] Building %.1fs (%u/%zu)%s", (double)(now_ns - steps->began_ns) / 1e9,
		done, steps->n,
		failed                     ? " ERROR"
		: last && done == steps->n ? " FINISHED"
					   : "");
	put_line(d, "", buf_text(&line), "");
}

static int by_time(const void *a, const void *b)
{
	const struct build_step_view *left = *(const struct build_step_view *const *)a;
	const struct build_step_view *right = *(const struct build_step_view *const *)b;

	return left->took_ns < right->took_ns ? 1 : left->took_ns > right->took_ns ? -1 : 0;
}

/* Where the time went, when it is worth a look. */
static void put_slowest(struct drawing *d, const struct build_steps *steps)
{
	auto_free const struct build_step_view **order = calloc(steps->n + 1, sizeof(*order));
	uint64_t all = 0;
	size_t n = 0;

	for (size_t i = 0; order && i < steps->n; i++)
		if (steps->v[i].took_ns && steps->v[i].name) {
			order[n++] = &steps->v[i];
			all += steps->v[i].took_ns;
		}
	if (n < 2 || all < 2000000000)
		return;
	qsort(order, n, sizeof(*order), by_time);
	put_line(d, "", "", "");
	put_line(d, "\x1b[1m", "Where the time went", "");
	for (size_t i = 0; i < n && i < SLOWEST; i++) {
		auto_buf line = BUF_INIT;

		buf_addf(&line, "%7.1fs %3u%%  %s", (double)order[i]->took_ns / 1e9,
			(unsigned)(order[i]->took_ns * 100 / all), order[i]->name);
		put_line(d, "", buf_text(&line), "");
	}
}

/* On a terminal that is too low only the end is drawn while it moves. */
static void cut_to(struct drawing *d, unsigned rows)
{
	const char *at = buf_text(&d->out);

	while (d->lines > rows) {
		at = strchr(at, '\n') + 1;
		d->lines--;
	}
	buf_drop(&d->out, (size_t)(at - buf_text(&d->out)));
}

void build_picture_draw(struct build_picture *picture, const struct build_steps *steps, bool last)
{
	struct drawing d = {.out = BUF_INIT, .color = picture->color};
	uint64_t now_ns = units_now();
	auto_buf frame = BUF_INIT;

	terminal_size(STDERR_FILENO, &d.rows, &d.columns);
	put_head(&d, steps, now_ns, last);
	for (size_t i = 0; i < steps->n; i++)
		put_step(&d, &steps->v[i], now_ns, last);
	if (last)
		put_slowest(&d, steps);
	else if (d.rows > 1)
		cut_to(&d, d.rows - 1);
	if (picture->lines)
		buf_addf(&frame, "\x1b[%uA\r", picture->lines);
	buf_add(&frame, buf_text(&d.out), d.out.len);
	buf_adds(&frame, "\x1b[J");
	picture->lines = last ? 0 : d.lines;
	output_write(STDERR_FILENO, buf_text(&frame), frame.len);
	buf_fini(&d.out);
}
