/* linediff.c - see linediff.h. E. Myers, "An O(ND) difference algorithm and its variations", with
 * the middle of the shortest way sought from both ends, so that memory is linear. */
#include "util/linediff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/own.h"

enum { BINARY_LOOK = 8000, STEPS_DEFAULT = 50000000, DEAD = INT32_MIN / 2 };

struct line {
	const char *text;
	uint32_t len;
	uint32_t id; /* the same for the same text */
	bool cut;
};

struct side {
	struct line *lines;
	uint8_t *differs; /* of each line */
	uint32_t n;
};

struct diffing {
	struct side old, new;
	int32_t *ahead, *behind; /* how far each diagonal came, from either end */
	int32_t middle;          /* where diagonal 0 stands in them */
	uint64_t steps;
	const atomic_bool *canceled;
	bool rough;
};

/* A part of both. */
struct box {
	uint32_t old_from, old_to, new_from, new_to;
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "compare: out of memory");
}

bool linediff_is_binary(const char *data, size_t len)
{
	return memchr(data, '\0', len < BINARY_LOOK ? len : BINARY_LOOK) != NULL;
}

/* ---- lines ---- */

static int split(const struct linediff_text *text, struct side *side, struct err *err)
{
	size_t n = 0;
	const char *at = text->data, *end = text->data + text->len;

	for (const char *p = at; p < end; n++) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));

		p = stop ? stop + 1 : end;
	}
	if (n > LINEDIFF_LINES_MAX)
		return err_set(
			err, EFBIG, "more than %d lines: too many to compare", LINEDIFF_LINES_MAX);
	side->lines = calloc(n + 1, sizeof(*side->lines));
	side->differs = calloc(n + 1, 1);
	if (!side->lines || !side->differs)
		return no_memory(err);
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		const char *next = stop ? stop + 1 : end;

		side->lines[side->n++] = (struct line){
			.text = at, .len = (uint32_t)((stop ? stop : end) - at), .cut = !stop};
		at = next;
	}
	return 0;
}

static int by_text(const void *a, const void *b)
{
	const struct line *x = *(struct line *const *)a, *y = *(struct line *const *)b;
	int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);

	if (!order)
		order = (x->len > y->len) - (x->len < y->len);
	return order ? order : (int)x->cut - (int)y->cut;
}

/* Sorted rather than hashed: nobody can choose lines that make it slow. */
static int number_lines(struct diffing *d, struct err *err)
{
	size_t n = 0, all = d->old.n + (size_t)d->new.n;
	auto_free struct line **sorted = malloc((all + 1) * sizeof(*sorted));
	uint32_t id = 0;

	if (!sorted)
		return no_memory(err);
	for (uint32_t i = 0; i < d->old.n; i++)
		sorted[n++] = &d->old.lines[i];
	for (uint32_t i = 0; i < d->new.n; i++)
		sorted[n++] = &d->new.lines[i];
	qsort(sorted, n, sizeof(*sorted), by_text);
	for (size_t i = 0; i < n; i++) {
		if (i && by_text(&sorted[i - 1], &sorted[i]) != 0)
			id++;
		sorted[i]->id = id;
	}
	return 0;
}

/* ---- the shortest way ---- */

/* The furthest point of a diagonal after one more step; DEAD: outside the box. From the left (one
 * line of old less) or from above (one line of new more). */
static int32_t furthest(const int32_t *way, int32_t k, int32_t d, int32_t n, int32_t m)
{
	int32_t left = k > -d ? way[k - 1] + 1 : DEAD, above = k < d ? way[k + 1] : DEAD;

	if (left > n || left - k > m)
		left = DEAD;
	if (above < 0 || above - k > m)
		above = DEAD;
	return left > above ? left : above;
}

static bool spend(struct diffing *diff, uint64_t steps)
{
	if (diff->canceled && atomic_load_explicit(diff->canceled, memory_order_relaxed))
		diff->steps = 0;
	diff->steps -= steps < diff->steps ? steps : diff->steps;
	return diff->steps > 0;
}

struct search {
	struct diffing *diff;
	const struct line *old, *new; /* of the box */
	int32_t n, m, d;
	bool reverse;
};

static bool same(const struct search *s, int32_t x, int32_t y)
{
	return s->reverse ? s->old[s->n - 1 - x].id == s->new[s->m - 1 - y].id
			  : s->old[x].id == s->new[y].id;
}

/* One more step of one end along all its diagonals; true: it met the other end, at *x, *y. */
static bool advance(struct search *s, int32_t *x, int32_t *y)
{
	int32_t *own = (s->reverse ? s->diff->behind : s->diff->ahead) + s->diff->middle;
	const int32_t *other = (s->reverse ? s->diff->ahead : s->diff->behind) + s->diff->middle;
	int32_t delta = s->n - s->m, reach = s->reverse ? s->d : s->d - 1;
	bool meets = s->reverse == !(delta & 1);

	for (int32_t k = -s->d; k <= s->d; k += 2) {
		int32_t at = s->d ? furthest(own, k, s->d, s->n, s->m) : 0, facing = delta - k;

		if (at < 0) {
			own[k] = DEAD;
			continue;
		}
		while (at < s->n && at - k < s->m && same(s, at, at - k))
			at++;
		own[k] = at;
		if (!meets || facing < -reach || facing > reach || other[facing] < 0 ||
			at + other[facing] < s->n)
			continue;
		*x = s->reverse ? s->n - at : at;
		*y = s->reverse ? s->m - (at - k) : at - k;
		return true;
	}
	return false;
}

/* Where the shortest way through the box is half done. False: it takes too long to find. */
static bool find_middle(struct diffing *diff, const struct box *box, uint32_t *x, uint32_t *y)
{
	struct search s = {.diff = diff,
		.old = diff->old.lines + box->old_from,
		.new = diff->new.lines + box->new_from,
		.n = (int32_t)(box->old_to - box->old_from),
		.m = (int32_t)(box->new_to - box->new_from)};
	int32_t at_x = 0, at_y = 0;

	for (s.d = 0; spend(diff, 2 * (uint64_t)s.d + 2); s.d++) {
		bool met;

		s.reverse = false;
		met = advance(&s, &at_x, &at_y);
		if (!met) {
			s.reverse = true;
			met = advance(&s, &at_x, &at_y);
		}
		if (met) {
			*x = box->old_from + (uint32_t)at_x;
			*y = box->new_from + (uint32_t)at_y;
			return true;
		}
	}
	return false;
}

static void trim(const struct diffing *diff, struct box *box)
{
	const struct line *old = diff->old.lines, *new = diff->new.lines;

	while (box->old_from < box->old_to && box->new_from < box->new_to &&
		old[box->old_from].id == new[box->new_from].id) {
		box->old_from++;
		box->new_from++;
	}
	while (box->old_from < box->old_to && box->new_from < box->new_to &&
		old[box->old_to - 1].id == new[box->new_to - 1].id) {
		box->old_to--;
		box->new_to--;
	}
}

/* Each half has half of the differences, so this goes no deeper than their logarithm. */
static void compare(struct diffing *diff, struct box box)
{
	uint32_t x, y;

	trim(diff, &box);
	if (box.old_from < box.old_to && box.new_from < box.new_to) {
		if (find_middle(diff, &box, &x, &y)) {
			compare(diff, (struct box){box.old_from, x, box.new_from, y});
			compare(diff, (struct box){x, box.old_to, y, box.new_to});
			return;
		}
		diff->rough = true;
	}
	memset(diff->old.differs + box.old_from, 1, box.old_to - box.old_from);
	memset(diff->new.differs + box.new_from, 1, box.new_to - box.new_from);
}

/* ---- telling it ---- */

struct telling {
	const struct diffing *diff;
	unsigned context;
	linediff_fn *line;
	void *arg;
	struct linediff_sum *sum;
};

static int tell(const struct telling *t, enum linediff_kind kind, uint32_t old, uint32_t new)
{
	const struct line *line =
		kind == LINEDIFF_ADDED ? &t->diff->new.lines[new] : &t->diff->old.lines[old];

	t->sum->added += kind == LINEDIFF_ADDED;
	t->sum->removed += kind == LINEDIFF_REMOVED;
	return t->line(t->arg, &(struct linediff_line){.kind = kind,
				       .old_line = kind == LINEDIFF_ADDED ? 0 : old + 1,
				       .new_line = kind == LINEDIFF_REMOVED ? 0 : new + 1,
				       .text = line->text,
				       .len = line->len,
				       .cut = line->cut});
}

/* A range of no lines stands behind the line before it. */
static void put_range(char *out, size_t room, uint32_t from, uint32_t n)
{
	if (n == 1)
		snprintf(out, room, "%u", from + 1);
	else
		snprintf(out, room, "%u,%u", n ? from + 1 : from, n);
}

static int tell_hunk(const struct telling *t, const struct box *box)
{
	char text[64], old[24], new[24];
	uint32_t i = box->old_from, k = box->new_from;
	int stopped;

	put_range(old, sizeof(old), i, box->old_to - i);
	put_range(new, sizeof(new), k, box->new_to - k);
	snprintf(text, sizeof(text), "-%s +%s", old, new);
	t->sum->hunks++;
	stopped = t->line(t->arg,
		&(struct linediff_line){.kind = LINEDIFF_HUNK, .text = text, .len = strlen(text)});
	while (!stopped && (i < box->old_to || k < box->new_to)) {
		if (i < box->old_to && t->diff->old.differs[i])
			stopped = tell(t, LINEDIFF_REMOVED, i++, 0);
		else if (k < box->new_to && t->diff->new.differs[k])
			stopped = tell(t, LINEDIFF_ADDED, 0, k++);
		else
			stopped = tell(t, LINEDIFF_SAME, i++, k++);
	}
	return stopped;
}

/* The end of the hunk that begins with a difference at i, k: once there are more lines alike than
 * twice the context. */
static struct box hunk_at(const struct telling *t, uint32_t i, uint32_t k)
{
	const struct side *old = &t->diff->old, *new = &t->diff->new;
	uint32_t before = i < t->context ? i : t->context, alike = 0;
	struct box box = {i - before, i, k - before, k};

	while (i < old->n || k < new->n) {
		bool gone = i < old->n && old->differs[i], came = k < new->n &&new->differs[k];

		if (!gone && !came) {
			if (++alike > 2 * t->context)
				break;
			i++;
			k++;
			continue;
		}
		alike = 0;
		i += gone;
		k += came;
		box.old_to = i;
		box.new_to = k;
	}
	for (uint32_t after = 0; after < t->context && box.old_to < old->n && box.new_to < new->n;
		after++) {
		box.old_to++;
		box.new_to++;
	}
	return box;
}

static int tell_all(const struct telling *t)
{
	const struct side *old = &t->diff->old, *new = &t->diff->new;
	uint32_t i = 0, k = 0;
	int stopped = 0;

	while (!stopped && (i < old->n || k < new->n)) {
		struct box box;

		if (!(i < old->n && old->differs[i]) && !(k < new->n &&new->differs[k])) {
			i++;
			k++;
			continue;
		}
		box = hunk_at(t, i, k);
		stopped = tell_hunk(t, &box);
		i = box.old_to;
		k = box.new_to;
	}
	return stopped;
}

/* ---- all of it ---- */

static int prepare(struct diffing *diff, const struct linediff_text *old,
	const struct linediff_text *new, struct err *err)
{
	size_t room;

	if (split(old, &diff->old, err) < 0 || split(new, &diff->new, err) < 0 ||
		number_lines(diff, err) < 0)
		return err->code;
	room = 2 * ((size_t)diff->old.n + diff->new.n) + 4;
	diff->middle = (int32_t)(room / 2);
	diff->ahead = malloc(room * sizeof(*diff->ahead));
	diff->behind = malloc(room * sizeof(*diff->behind));
	return diff->ahead && diff->behind ? 0 : no_memory(err);
}

int linediff(const struct linediff_text *old, const struct linediff_text *new,
	const struct linediff_options *options, linediff_fn *line, void *arg,
	struct linediff_sum *sum, struct err *err)
{
	struct diffing diff = {.steps = options->steps ? options->steps : STEPS_DEFAULT,
		.canceled = options->canceled};
	int failed = prepare(&diff, old, new, err);

	*sum = (struct linediff_sum){0};
	if (!failed) {
		const struct telling telling = {&diff, options->context, line, arg, sum};

		compare(&diff, (struct box){0, diff.old.n, 0, diff.new.n});
		sum->rough = diff.rough;
		failed = tell_all(&telling);
	}
	free(diff.old.lines);
	free(diff.old.differs);
	free(diff.new.lines);
	free(diff.new.differs);
	free(diff.ahead);
	free(diff.behind);
	return failed;
}
