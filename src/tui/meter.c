/* meter.c - see meter.h. */
#include <math.h>
#include <stdio.h>

#include "tui/meter.h"

/* Bytes a second from which on a step is shown. */
static const struct {
	double least;
	const char *text;
} steps[] = {{0, "0k/s"}, {100, ".1k/s"}, {300, ".3k/s"}, {1000, "1k/s"}, {3000, "3k/s"},
	{10000, "10k/s"}, {30000, "30k/s"}, {100000, "100k/s"}};

enum { STEP_COUNT = sizeof(steps) / sizeof(steps[0]) };

/* Two digits: 7, 38, 120. */
static int rounded(double ms)
{
	double unit = ms < 10 ? 1 : ms < 100 ? 2 : 10;

	return (int)(round(ms / unit) * unit);
}

void meter_took(struct meter *meter, double ms)
{
	meter->rtt_ms = meter->rtt_ms > 0 ? meter->rtt_ms + (ms - meter->rtt_ms) / 4 : ms + 0.001;
	if (meter->rtt_ms > METER_SLOW_MS)
		meter->slow = true;
	else if (meter->rtt_ms < METER_SLOW_MS * 2 / 3)
		meter->slow = false;
}

/* A step is left downwards only when well below it, so that it does not flicker. */
static int step_of(double rate, int shown)
{
	int step = 0;

	for (int i = 1; i < STEP_COUNT; i++)
		if (rate >= steps[i].least)
			step = i;
	return step == shown - 1 && rate > steps[shown].least * 0.7 ? shown : step;
}

bool meter_tick(struct meter *meter, uint64_t sent, int64_t now_ms)
{
	int rtt = meter->shown_rtt, rate = meter->shown_rate;

	/* A quarter more or less is worth showing. */
	if (fabs(meter->rtt_ms - rtt) > rtt * 0.25)
		rtt = rounded(meter->rtt_ms);
	if (now_ms - meter->window_ms >= METER_WINDOW_MS) {
		double seconds = (double)(now_ms - meter->window_ms) / 1000;

		rate = meter->window_ms ? step_of((double)(sent - meter->sent) / seconds, rate) : 0;
		meter->window_ms = now_ms;
		meter->sent = sent;
	}
	if (rtt == meter->shown_rtt && rate == meter->shown_rate)
		return false;
	meter->shown_rtt = rtt;
	meter->shown_rate = rate;
	return true;
}

int64_t meter_deadline(const struct meter *meter, uint64_t sent)
{
	if (meter->shown_rate == 0 && sent == meter->sent)
		return -1;
	return meter->window_ms + METER_WINDOW_MS;
}

void meter_text(const struct meter *meter, char *out, size_t room)
{
	if (meter->rtt_ms > 0)
		snprintf(out, room, "rtt %dms %s", meter->shown_rtt, steps[meter->shown_rate].text);
	else
		snprintf(out, room, "%s", steps[meter->shown_rate].text);
}
