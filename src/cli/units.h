/* units.h - sizes, times and durations, read and written as docker does.
 *
 * Sources: github.com/docker/go-units, opencontainers time formats, docker's cli/compose of
 * --since. */
#ifndef CLI_UNITS_H
#define CLI_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

/* "512m", "1.5 GiB", "10": powers of 1024 (units.RAMInBytes). -EINVAL "invalid size: 'x'". */
int units_bytes(const char *text, int64_t *bytes, struct err *err);
/* The same, or "-1": no limit. */
int units_swap(const char *text, int64_t *bytes, struct err *err);
/* "1.5" processors as billionths. */
int units_cpus(const char *text, int64_t *nano_cpus, struct err *err);
/* Go's duration, "1h30m", "2.5s", "300ms", in nanoseconds. */
int units_duration(const char *text, int64_t *nanoseconds, struct err *err);
/* --since and --until: RFC 3339 with or without zone and parts, seconds[.fraction] since 1970, or a
 * duration before now_ns. CLOCK_REALTIME nanoseconds; a time without a zone is local. */
int units_time(const char *text, uint64_t now_ns, uint64_t *out_ns, struct err *err);

void units_put_size(struct buf *out, uint64_t bytes);   /* "77.8MB": base 1000, three digits */
void units_put_memory(struct buf *out, uint64_t bytes); /* "7.66GiB": base 1024 */
void units_put_ago(struct buf *out, uint64_t then_ns, uint64_t now_ns); /* "2 hours" */
void units_put_time(struct buf *out, uint64_t time_ns);    /* RFC 3339, nine digits, "Z" */
void units_put_local(struct buf *out, uint64_t time_ns);   /* the same with the local offset */
void units_put_created(struct buf *out, uint64_t time_ns); /* "2006-01-02 15:04:05 +0200 CEST" */

uint64_t units_now(void); /* CLOCK_REALTIME, nanoseconds */

/* "KILL", "SIGKILL", "9", "RTMIN+1"; -EINVAL "Invalid signal: x". */
int units_signal(const char *text, int *number, struct err *err);

#endif
