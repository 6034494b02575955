/* timeline.h - a timeline (engine_timeline.h) being put together; and who does so from which
 * record. The planners are pure: records in, a timeline out.
 *
 * While it is put together spans are on the record's own clock, in any order; timeline_end moves
 * them to the timeline's. */
#ifndef CORE_TIMELINE_H
#define CORE_TIMELINE_H

#include "core/engine_timeline.h"
#include "core/fact.h"
#include "runtime/plan.h"

/* Never NULL; without memory it is one that nobody sees. words, calls and proof are "". */
struct timeline_span *timeline_span(
	struct timeline *timeline, unsigned lane, uint64_t from_ns, uint64_t to_ns);
/* One that goes on. */
struct timeline_span *timeline_open_span(
	struct timeline *timeline, unsigned lane, uint64_t from_ns, uint64_t now_ns);
/* Text that the timeline keeps. */
const char *timeline_say(struct timeline *timeline, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Sorts, and begins at began_ns, or with the first span (0); marks what was waited for, when asked.
 */
void timeline_end(struct timeline *timeline, uint64_t began_ns, bool awaited);

/* "12.3 ms", "1.5 s": three figures. */
const char *timeline_time(uint64_t ns, char out[24]);

/* ---- planners ---- */

/* Who it is about, and how it is now. */
struct timeline_subject {
	const char *name;
	bool running;              /* so what has no end goes on */
	uint64_t now_ns;           /* CLOCK_MONOTONIC */
	const char *root;          /* of the store; NULL: nothing of it is shown */
	const struct plan *plan;   /* of a container; NULL: it is not at hand */
	const struct trace *again; /* the clocks of its last restart, by that plan; NULL */
};

/* The steps of a plan as its clocks say they were done: by the monitor, and by the new process.
 * trace NULL: in their order, without a clock. */
void timeline_steps(const struct plan *plan, const struct trace *trace, unsigned monitor,
	unsigned child, struct timeline *out);
void timeline_of_launch(
	const char *name, const struct plan *plan, const struct trace *trace, struct timeline *out);
/* False: there is none in these facts. */
bool timeline_of_stop(
	const struct timeline_subject *subject, const struct facts *facts, struct timeline *out);
bool timeline_of_restart(
	const struct timeline_subject *subject, const struct facts *facts, struct timeline *out);
bool timeline_of_pull(
	const struct timeline_subject *subject, const struct facts *facts, struct timeline *out);
/* step 0: all steps; out of range: false. */
bool timeline_of_build(const struct timeline_subject *subject, const struct facts *facts,
	unsigned step, struct timeline *out);

#endif
