/* event.h - facts: what happened to a container, an image, …, under docker's names.
 *
 * Everyone who changes something appends one record to the journal (runtime/wire.h), shims
 * included; following the journal is how screens and command lines stay in step without polling. */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <stddef.h>
#include <stdint.h>

enum event_type {
	EVENT_CONTAINER = 1,
	EVENT_IMAGE,
	EVENT_VOLUME,
	EVENT_NETWORK,
	EVENT_BUILD,
	EVENT_ENGINE,
};

struct event_attr {
	const char *key, *value;
};

/* Lent to the callback; copy what must live longer. */
struct event {
	uint64_t seq;     /* where its record begins; grows, never reused within a boot */
	uint64_t time_ns; /* CLOCK_REALTIME */
	enum event_type type;
	const char *action;             /* "create", "exec_start: sh -c true", … */
	const char *id;                 /* 64 hex digits, or a name for volumes and networks */
	const struct event_attr *attrs; /* sorted as written: "name", "image", "exitCode", … */
	size_t attr_count;
};

const char *event_type_name(enum event_type type); /* "container", … */
/* The value of an attribute, or NULL. */
const char *event_attr(const struct event *event, const char *key);

#endif
