/* engine_timeline.h - the façade (core/engine.h): work replayed from what was recorded while it was
 * done, with its clocks. One noun for all of it: a launch, a stop, restarts, a pull, a build.
 *
 *     lane        who worked: davit, the monitor, the container; a layer of a pull
 *     span        what, from when to when; a mark is a moment; one that is open goes on now
 *
 * Nothing here is reconstructed: where a record ends, its timeline does. */
#ifndef CORE_ENGINE_TIMELINE_H
#define CORE_ENGINE_TIMELINE_H

#include "core/engine_base.h"
#include "util/strs.h"

enum timeline_kind {
	TIMELINE_LAUNCH,  /* of a container: its last start by hand */
	TIMELINE_STOP,    /* of a container: the last time that somebody ended it */
	TIMELINE_RESTART, /* of a container: its last restarts */
	TIMELINE_PULL,    /* of an image */
	TIMELINE_BUILD,   /* of a build, by its job's id; "": the newest */
	TIMELINE_KINDS
};

struct timeline_span {
	uint64_t from_ns, to_ns; /* since the timeline's beginning; the same: a mark */
	uint64_t due_ns;         /* of an open one: when it ends at the latest; 0: not known */
	uint64_t done, total;    /* bytes; total 0: not known */
	unsigned lane;
	int result; /* 0 or a negative errno */
	bool open;
	bool awaited;      /* the whole was waiting for this one */
	const char *words; /* "send SIGTERM to its first process" */
	const char *calls; /* system calls; "" */
	const char *proof; /* a command that shows it, or ""; lent, like all text here */
};

struct timeline {
	enum timeline_kind kind;
	const char *title;   /* "stop of web" */
	const char *summary; /* a sentence, or "" */
	uint64_t at_ns;      /* CLOCK_REALTIME when it began; 0: not known */
	uint64_t total_ns;   /* so long it took, or has taken */
	bool open;           /* it goes on */
	struct strs lanes;
	struct timeline_span *spans; /* by their beginning */
	size_t count;
	struct strs text; /* what the spans lend from */
	bool failed;      /* out of memory */
};

void timeline_fini(struct timeline *timeline);
#define auto_timeline __attribute__((cleanup(timeline_fini))) struct timeline

/* who: a container, an image or a job; step: of a build, counted from 1; 0: all of it. out is
 * zeroed by the caller. -ENODATA and a sentence: nothing of that kind is on record. */
int engine_timeline(struct engine *engine, enum timeline_kind kind, const char *who, unsigned step,
	struct timeline *out, struct err *err);
/* Title, Summary, At, TotalUs, Open, Lanes, Spans; the caller deletes it. */
struct cJSON *timeline_json(const struct timeline *timeline);
/* "launch", …: as the command line's options are called. */
const char *timeline_kind_name(enum timeline_kind kind);

#endif
