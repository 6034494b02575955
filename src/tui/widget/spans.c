#include "tui/widget/spans.h"

#include <string.h>

#include "tui/format.h"
#include "tui/text.h"

enum { TIME_W = 9, LANE_MIN = 4, LANE_MAX = 12 };

/* ---- layout ---- */

/* A whole bar is as long as it can get; of what has no known end, a round time, so that the bars do
 * not all move with every moment that passes. */
static uint64_t scale_of(const struct timeline *timeline)
{
	uint64_t scale = timeline->total_ns ? timeline->total_ns : 1, round = 1000000;
	bool bounded = false;

	if (!timeline->open)
		return scale;
	for (size_t i = 0; i < timeline->count; i++)
		if (timeline->spans[i].open && timeline->spans[i].due_ns) {
			scale = timeline->spans[i].due_ns > scale ? timeline->spans[i].due_ns
								  : scale;
			bounded = true;
		}
	while (!bounded && round < scale)
		round *= 2;
	return bounded ? scale : round;
}

static int lane_width(const struct timeline *timeline)
{
	int width = LANE_MIN;

	for (size_t i = 0; i < timeline->lanes.len; i++) {
		int len = (int)strlen(timeline->lanes.v[i]);

		width = len > width ? len : width;
	}
	return width > LANE_MAX ? LANE_MAX : width;
}

struct spans spans_layout(const struct timeline *timeline, int width)
{
	struct spans spans = {.timeline = timeline, .scale_ns = scale_of(timeline)};
	uint64_t total = spans.scale_ns;

	spans.divisor = total < 100000000 ? 1e3 : total < 100000000000 ? 1e6 : 1e9;
	spans.unit = spans.divisor == 1e3 ? "us" : spans.divisor == 1e6 ? "ms" : "s";
	spans.digits = spans.divisor == 1e9 ? 2 : 1;
	spans.who_x = 2 + 2 * (TIME_W + 1);
	spans.who_w = lane_width(timeline);
	spans.bar_x = spans.who_x + spans.who_w + 1;
	spans.bar_w = width >= 180 ? 60 : width >= 110 ? 30 : 12;
	spans.words_x = spans.bar_x + spans.bar_w + 1;
	return spans;
}

/* ---- painting ---- */

static look lane_look(const struct timeline_span *span)
{
	static const enum role roles[] = {ROLE_INFO, ROLE_OK, ROLE_LINK, ROLE_TITLE, ROLE_TEXT};

	if (span->result < 0)
		return ROLE_BAD;
	return span->open ? ROLE_BUSY : roles[span->lane % (sizeof(roles) / sizeof(roles[0]))];
}

static const char *lane_of(const struct spans *spans, const struct timeline_span *span)
{
	const struct strs *lanes = &spans->timeline->lanes;

	return span->lane < lanes->len ? lanes->v[span->lane] : "";
}

void spans_paint_head(const struct spans *spans, struct canvas line)
{
	char label[24];

	snprintf(label, sizeof(label), "begin %s", spans->unit);
	canvas_right(line, 2, 0, TIME_W, ROLE_DIM, label);
	snprintf(label, sizeof(label), "took %s", spans->unit);
	canvas_right(line, 3 + TIME_W, 0, TIME_W, ROLE_DIM, label);
	canvas_cut(line, spans->who_x, 0, spans->who_w, ROLE_DIM, "who");
	canvas_cut(line, spans->words_x, 0, line.w - spans->words_x, ROLE_DIM, "what");
}

static void paint_bar(
	const struct spans *spans, struct canvas line, const struct timeline_span *span)
{
	double each = (double)spans->scale_ns / spans->bar_w;
	int from = (int)((double)span->from_ns / each), to = (int)((double)span->to_ns / each + 1);
	int due = span->open && span->due_ns ? (int)((double)span->due_ns / each) : 0;
	bool mark = span->to_ns == span->from_ns && !span->open;

	from = from < spans->bar_w ? from : spans->bar_w - 1;
	to = mark || to <= from ? from + 1 : to;
	for (int i = from; i < spans->bar_w && (i < to || i < due); i++)
		canvas_text(line, spans->bar_x + i, 0, i < to ? lane_look(span) : ROLE_DIM,
			canvas_glyph(line, mark     ? GLYPH_DOT
					   : i < to ? GLYPH_BAR_FULL
						    : GLYPH_BAR_EMPTY));
}

void spans_words(const struct timeline_span *span, struct buf *out)
{
	char done[FIGURE_MAX], total[FIGURE_MAX];

	buf_adds(out, span->words);
	if (span->total && span->done < span->total)
		buf_addf(out, ": %s of %s", format_bytes(span->done, done),
			format_bytes(span->total, total));
	else if (span->total)
		buf_addf(out, ": %s", format_bytes(span->total, total));
	if (span->open && span->due_ns > span->to_ns)
		buf_addf(out, " (%llu s left)",
			(unsigned long long)((span->due_ns - span->to_ns + 999999999) /
					     1000000000));
}

void spans_paint_row(const struct spans *spans, struct canvas line, size_t index)
{
	const struct timeline_span *span = &spans->timeline->spans[index];
	auto_buf words = BUF_INIT;
	char figure[32];

	snprintf(figure, sizeof(figure), "%.*f", spans->digits,
		(double)span->from_ns / spans->divisor);
	canvas_right(line, 2, 0, TIME_W, ROLE_DIM, figure);
	snprintf(figure, sizeof(figure), "%.*f", spans->digits,
		(double)(span->to_ns - span->from_ns) / spans->divisor);
	if (span->to_ns > span->from_ns)
		canvas_right(
			line, 3 + TIME_W, 0, TIME_W, span->awaited ? ROLE_TEXT : ROLE_DIM, figure);
	canvas_cut(line, spans->who_x, 0, spans->who_w, lane_look(span), lane_of(spans, span));
	paint_bar(spans, line, span);
	spans_words(span, &words);
	canvas_cut(line, spans->words_x, 0, line.w - spans->words_x - 1,
		span->result < 0 ? ROLE_BAD : ROLE_TEXT, buf_text(&words));
}

static int paint_wrapped(struct canvas canvas, int y, int x, int most, look style, const char *text)
{
	for (int last = y + most; *text && y < last && y < canvas.h; y++) {
		size_t len = text_line(text, canvas.w - x - 1);

		canvas_textn(canvas, x, y, style, text, len);
		text += len;
		text += *text == ' ';
	}
	return y;
}

void spans_paint_below(const struct spans *spans, struct canvas canvas, size_t index)
{
	const struct timeline_span *span =
		index < spans->timeline->count ? &spans->timeline->spans[index] : NULL;
	auto_buf words = BUF_INIT;
	int y;

	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, span ? lane_of(spans, span) : "");
	if (!span)
		return;
	spans_words(span, &words);
	if (span->result < 0)
		buf_addf(&words, ": %s", strerror(-span->result));
	y = paint_wrapped(
		canvas, 1, 1, 2, span->result < 0 ? ROLE_BAD : ROLE_TEXT, buf_text(&words));
	if (*span->calls) {
		canvas_text(canvas, 1, y, ROLE_DIM, "calls");
		paint_wrapped(canvas, y, 8, canvas.h - 1 - y, ROLE_INFO, span->calls);
	}
	if (*span->proof) {
		canvas_text(canvas, 1, canvas.h - 1, ROLE_DIM, "$");
		canvas_cut(canvas, 8, canvas.h - 1, canvas.w - 9, ROLE_LINK, span->proof);
	}
}
