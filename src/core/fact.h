/* fact.h - what was recorded of work, a line of JSON each:
 *
 *     {"at":1795675689123456,"from":81234567890,"to":81234569012,"fact":"signal","signal":15}
 *
 * at is CLOCK_REALTIME in microseconds when it began, from and to are CLOCK_MONOTONIC in
 * nanoseconds; the rest is the fact's own. Lines are appended by one writer; one that is torn, or
 * that is none, is skipped. */
#ifndef CORE_FACT_H
#define CORE_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

struct cJSON;

struct fact {
	const char *what;
	uint64_t at_us, from_ns, to_ns;
	const struct cJSON *json;
};

enum { FACTS_MAX = 20000, FACT_LINE_MAX = 1500 };

struct facts {
	struct fact *v;
	size_t len, room;
	bool failed; /* out of memory */
};

void facts_fini(struct facts *facts);
#define auto_facts __attribute__((cleanup(facts_fini))) struct facts

/* Adds what the text holds. Facts whose clocks run backwards are none. What only told how far
 * something was ("so_far") is read from the text's end alone: the newer counts. */
void facts_parse(struct facts *facts, const char *text, size_t len);
/* A whole number of the fact, or what is said otherwise. */
int64_t fact_number(const struct fact *fact, const char *key, int64_t otherwise);
const char *fact_text(const struct fact *fact, const char *key); /* "": it has none */
bool fact_is(const struct fact *fact, const char *what);

/* DAVIT_RECORD=off says no. */
bool facts_are_wanted(void);

/* Appends one; `rest` is what stands behind its clocks, an object's inside without braces. */
void fact_put(struct buf *out, uint64_t at_us, uint64_t from_ns, uint64_t to_ns, const char *rest);

#endif
