/* engine_death.h - the façade (core/engine.h): why a container ended, in one sentence, and what
 * shows it. */
#ifndef CORE_ENGINE_DEATH_H
#define CORE_ENGINE_DEATH_H

#include "core/engine_base.h"
#include "util/buf.h"
#include "util/strs.h"

struct death {
	struct buf sentence;  /* "Its process ended by itself with exit code 3, 0.4 s after it
			       * began." */
	struct strs evidence; /* a line each: what was recorded, and where that can be read */
	struct buf advice;    /* what to do next, or "" */
};

void death_fini(struct death *death);
#define auto_death __attribute__((cleanup(death_fini))) struct death

/* Of one that runs too: then the sentence says so, and why it began anew if it did. out is zeroed
 * by the caller. Blocks for a few milliseconds. */
int engine_death(struct engine *engine, const char *who, struct death *out, struct err *err);

#endif
