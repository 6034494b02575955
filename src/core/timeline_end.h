/* timeline_end.h - how a container's monitor records an end: what the planners of stops and of
 * restarts share.
 *
 *     asked → signal → wait → (signal) → exit → others → decide → network → cgroups → mounts
 *                                                          └─ again
 *
 * An end is a run of such facts; whatever is asked after the exit belongs to the next. */
#ifndef CORE_TIMELINE_END_H
#define CORE_TIMELINE_END_H

#include "core/timeline.h"

enum end_lane { END_CLIENT, END_MONITOR, END_CONTAINER };

struct end {
	const struct fact *facts;
	size_t count;
	const struct fact *asked;  /* the first that asked for it; NULL: nobody did */
	const struct fact *exit;   /* NULL: not yet, or it waited to be started again */
	const struct fact *decide; /* what was to come then */
	const struct fact *again;
	const struct fact *next; /* what came after all of it; NULL: nothing */
	bool waited;             /* it did not run: it waited to be started again */
	bool over;               /* nothing of this end is to come */
};

/* The end that begins with fact number *at, which moves behind it; false: there is no more. */
bool end_next(const struct facts *facts, size_t *at, struct end *out);
bool end_restarts(const struct end *end); /* it was decided to start again */

void end_lanes(struct timeline *out);
const char *end_signal(struct timeline *out, int signal); /* "SIGTERM" */
/* How it ended: "with exit code 3", "by SIGKILL". */
const char *end_how(struct timeline *out, const struct fact *exit);

/* One span each. */
void end_say_exit(
	const struct timeline_subject *subject, const struct end *end, struct timeline *out);
void end_say_decision(
	const struct timeline_subject *subject, const struct end *end, struct timeline *out);
void end_say_again(
	const struct timeline_subject *subject, const struct end *end, struct timeline *out);
void end_say_leftovers(
	const struct timeline_subject *subject, const struct end *end, struct timeline *out);

#endif
