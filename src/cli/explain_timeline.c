/* explain_timeline.c - see explain_timeline.h. A line a span: when it began, how long it took, who
 * did what; on a wide terminal a bar shows where in the whole it lies. */
#include "cli/explain_timeline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "cli/units.h"

enum { BAR_FROM = 110, BAR_WIDTH = 24, WHO_MAX = 14 };

struct page {
	const struct timeline *timeline;
	struct buf *out;
	unsigned columns; /* 0: lines are as long as they are */
	double divisor;   /* of nanoseconds */
	int digits, who;
	const char *unit;
	bool bars;
};

/* One unit for all of it, so that a column can be read down. */
static void choose_unit(struct page *page)
{
	uint64_t total = page->timeline->total_ns;

	page->divisor = total < 100000000 ? 1e3 : total < 100000000000 ? 1e6 : 1e9;
	page->unit = page->divisor == 1e3 ? "us" : page->divisor == 1e6 ? "ms" : "s";
	page->digits = page->divisor == 1e9 ? 2 : 1;
	for (size_t i = 0; i < page->timeline->lanes.len; i++) {
		int len = (int)strlen(page->timeline->lanes.v[i]);

		page->who = len > page->who ? len : page->who;
	}
	page->who = page->who > WHO_MAX ? WHO_MAX : page->who < 3 ? 3 : page->who;
}

/* A line that is too long ends in '~', between two characters. */
static void end_line(struct page *page, size_t from)
{
	struct buf *out = page->out;
	unsigned columns = 0;

	for (size_t at = from; page->columns && at < out->len; at++) {
		if (((unsigned char)out->data[at] & 0xc0) == 0x80 || ++columns < page->columns)
			continue;
		if (columns > page->columns) {
			while (((unsigned char)out->data[--at] & 0xc0) == 0x80)
				;
			out->len = at;
			buf_addc(out, '~');
			break;
		}
	}
	buf_addc(out, '\n');
}

static void put_bar(struct page *page, const struct timeline_span *span)
{
	uint64_t total = page->timeline->total_ns ? page->timeline->total_ns : 1;
	unsigned from = (unsigned)(span->from_ns * BAR_WIDTH / total);
	unsigned to = (unsigned)(span->to_ns * BAR_WIDTH / total);

	from = from < BAR_WIDTH ? from : BAR_WIDTH - 1;
	to = to > from ? to : from + 1;
	buf_addc(page->out, '|');
	for (unsigned i = 0; i < BAR_WIDTH; i++)
		buf_addc(page->out, i < from || i >= to            ? ' '
				    : span->to_ns == span->from_ns ? '.'
								   : '=');
	buf_adds(page->out, "| ");
}

static void put_bytes(struct page *page, const struct timeline_span *span)
{
	if (!span->total)
		return;
	buf_adds(page->out, ": ");
	if (span->done < span->total) {
		units_put_size(page->out, span->done);
		buf_adds(page->out, " of ");
	}
	units_put_size(page->out, span->total);
}

/* One that is short beside the whole would be a row of noughts. */
static int digits_of(const struct page *page, const struct timeline_span *span)
{
	bool is_short = (double)(span->to_ns - span->from_ns) < page->divisor;

	return is_short && page->divisor > 1e3 ? 3 : page->digits;
}

static void put_span(struct page *page, const struct timeline_span *span)
{
	const struct strs *lanes = &page->timeline->lanes;
	size_t from = page->out->len;

	buf_addf(page->out, "%9.*f ", page->digits, (double)span->from_ns / page->divisor);
	if (span->to_ns == span->from_ns && !span->open)
		buf_addf(page->out, "%9s ", "");
	else
		buf_addf(page->out, "%8.*f%c ", digits_of(page, span),
			(double)(span->to_ns - span->from_ns) / page->divisor,
			span->open ? '+' : ' ');
	buf_addf(page->out, "%c %-*.*s  ", span->awaited ? '*' : ' ', page->who, page->who,
		span->lane < lanes->len ? lanes->v[span->lane] : "");
	if (page->bars)
		put_bar(page, span);
	buf_adds(page->out, span->words);
	put_bytes(page, span);
	if (span->result < 0)
		buf_addf(page->out, "  (%s)", strerror(-span->result));
	end_line(page, from);
}

static void put_below(struct page *page, const char *sign, const char *text)
{
	if (*text)
		buf_addf(page->out, "%*s%s %s\n", 23 + page->who, "", sign, text);
}

static void put_head(struct page *page)
{
	const struct timeline *timeline = page->timeline;
	char when[40] = "";

	if (timeline->at_ns) {
		time_t seconds = (time_t)(timeline->at_ns / 1000000000);
		struct tm tm;

		localtime_r(&seconds, &tm);
		strftime(when, sizeof(when), ", %Y-%m-%d %H:%M:%S", &tm);
	}
	buf_addf(page->out, "%s%s%s\n\n", timeline->title, when,
		timeline->open ? ", still going on" : "");
	buf_addf(page->out, " begin %-2s   took %-2s   %-*s  what (* waited for)\n", page->unit,
		page->unit, page->who, "who");
}

void explain_put_timeline(
	const struct timeline *timeline, bool proofs, unsigned columns, struct buf *out)
{
	struct page page = {.timeline = timeline, .out = out, .columns = columns};

	page.bars = columns >= BAR_FROM;
	choose_unit(&page);
	put_head(&page);
	for (size_t i = 0; i < timeline->count; i++) {
		put_span(&page, &timeline->spans[i]);
		if (proofs) {
			put_below(&page, ">", timeline->spans[i].calls);
			put_below(&page, "$", timeline->spans[i].proof);
		}
	}
	if (*timeline->summary)
		buf_addf(out, "\n%s\n", timeline->summary);
}

/* A launch has its plan's steps, too. */
static int put_json(struct cli *cli, const struct timeline_wish *wish, const struct form *form,
	const struct timeline *timeline, struct err *err)
{
	cJSON *object = NULL, *json = timeline_json(timeline);
	int failed = 0;

	if (wish->kind == TIMELINE_LAUNCH) {
		failed = engine_explain(cli->engine, wish->who, &object, err);
		if (!failed)
			cJSON_AddItemToObject(object, "timeline", json);
		else
			cJSON_Delete(json);
	} else {
		object = json;
	}
	if (!failed)
		failed = form_put(form, object, &cli->out.text, err);
	cJSON_Delete(object);
	return failed;
}

int explain_timeline(struct cli *cli, const struct timeline_wish *wish, const struct form *form)
{
	auto_timeline timeline = {0};
	unsigned rows, columns;
	struct err err;
	int failed =
		engine_timeline(cli->engine, wish->kind, wish->who, wish->step, &timeline, &err);

	if (!failed && form)
		failed = put_json(cli, wish, form, &timeline, &err);
	if (!failed && !form) {
		terminal_size(STDOUT_FILENO, &rows, &columns);
		explain_put_timeline(&timeline, wish->proofs, columns, &cli->out.text);
	}
	return failed ? cli_fail(&err, 1) : 0;
}
