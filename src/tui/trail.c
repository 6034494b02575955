/* trail.c - see trail.h. */
#include <math.h>
#include <string.h>

#include "tui/trail.h"

static double rate(uint64_t before, uint64_t now, double seconds)
{
	return now > before ? (double)(now - before) / seconds : 0;
}

bool trail_measure(const struct container_stats *before, const struct container_stats *now,
	double out[SERIES_COUNT], double *seconds)
{
	if (!before->valid || now->system_ns <= before->system_ns || now->cpu_ns < before->cpu_ns ||
		!now->processors)
		return false;
	*seconds = (double)(now->system_ns - before->system_ns) / now->processors / 1e9;
	out[SERIES_CPU] = (double)(now->cpu_ns - before->cpu_ns) / 1e7 / *seconds;
	out[SERIES_MEMORY] = (double)now->memory;
	out[SERIES_RECEIVED] = rate(before->received_bytes, now->received_bytes, *seconds);
	out[SERIES_SENT] = rate(before->sent_bytes, now->sent_bytes, *seconds);
	out[SERIES_READ] = rate(before->read_bytes, now->read_bytes, *seconds);
	out[SERIES_WRITTEN] = rate(before->written_bytes, now->written_bytes, *seconds);
	out[SERIES_PIDS] = (double)now->pids;
	return true;
}

static void add(struct trail_part *part, const double values[SERIES_COUNT], int columns)
{
	int over = part->len + columns - TRAIL_LEN;

	over = over > 0 ? over : 0;
	part->len -= over;
	for (int s = 0; s < SERIES_COUNT; s++) {
		memmove(part->v[s], part->v[s] + over, (size_t)part->len * sizeof(float));
		for (int i = 0; i < columns; i++)
			part->v[s][part->len + i] = (float)values[s];
	}
	part->len += columns;
}

static void gather(struct trail *trail, const double values[SERIES_COUNT])
{
	double means[SERIES_COUNT];

	for (int s = 0; s < SERIES_COUNT; s++) {
		trail->gathered[s] += values[s];
		means[s] = trail->gathered[s] / TRAIL_COARSE;
	}
	if (++trail->gathered_columns < TRAIL_COARSE)
		return;
	add(&trail->coarse, means, 1);
	memset(trail->gathered, 0, sizeof(trail->gathered));
	trail->gathered_columns = 0;
}

void trail_add(struct trail *trail, const double values[SERIES_COUNT], double seconds)
{
	int columns = (int)lround(seconds / TRAIL_STEP_S);

	columns = columns < 1 ? 1 : columns;
	/* What is older than all that is kept counts for nothing. */
	if (columns > TRAIL_LEN * TRAIL_COARSE)
		columns = TRAIL_LEN * TRAIL_COARSE;
	for (int i = 0; i < columns; i++)
		gather(trail, values);
	add(&trail->fine, values, columns > TRAIL_LEN ? TRAIL_LEN : columns);
}

double trail_average(const struct trail *trail, enum series series, int columns)
{
	double sum = 0;

	if (columns > trail->fine.len)
		columns = trail->fine.len;
	for (int i = trail->fine.len - columns; i < trail->fine.len; i++)
		sum += trail->fine.v[series][i];
	return columns ? sum / columns : 0;
}

double trail_highest(const struct trail *trail, enum series series)
{
	double highest = 0;

	for (int i = 0; i < trail->fine.len; i++)
		if (trail->fine.v[series][i] > highest)
			highest = trail->fine.v[series][i];
	return highest;
}
