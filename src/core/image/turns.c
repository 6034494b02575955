#include "core/image/turns.h"

#include <stdarg.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/fact.h"
#include "core/timing.h"

static void in_turn(const struct image_progress *progress, void *arg)
{
	struct turns *turns = arg;

	pthread_mutex_lock(&turns->lock);
	turns->outside->on_progress(progress, turns->outside->arg);
	pthread_mutex_unlock(&turns->lock);
}

static void warn_in_turn(const char *text, void *arg)
{
	struct turns *turns = arg;

	pthread_mutex_lock(&turns->lock);
	turns->outside->on_warning(text, turns->outside->arg);
	pthread_mutex_unlock(&turns->lock);
}

enum { FACTS_KEPT = 256 << 10 };
static const char so_far[] = "{\"so_far\":1,";

/* What only tells how far it is begins so, and is of no use to who comes later. */
static void fact_in_turn(const char *line, void *arg)
{
	struct turns *turns = arg;

	pthread_mutex_lock(&turns->lock);
	if (strncmp(line, so_far, sizeof(so_far) - 1) != 0 && turns->facts.len < FACTS_KEPT)
		buf_addf(&turns->facts, "%s\n", line);
	if (turns->outside && turns->outside->on_fact)
		turns->outside->on_fact(line, turns->outside->arg);
	pthread_mutex_unlock(&turns->lock);
}

void turns_init(struct turns *turns, const struct image_watch *outside, bool quiet)
{
	pthread_mutex_init(&turns->lock, NULL);
	turns->outside = outside;
	turns->watch.arg = turns;
	if (facts_are_wanted())
		turns->watch.on_fact = fact_in_turn;
	if (!outside)
		return;
	turns->watch.canceled = outside->canceled;
	if (outside->on_progress && !quiet)
		turns->watch.on_progress = in_turn;
	if (outside->on_warning)
		turns->watch.on_warning = warn_in_turn;
}

void turns_fini(struct turns *turns)
{
	pthread_mutex_destroy(&turns->lock);
	buf_fini(&turns->facts);
}

void turns_say(const struct turns *turns, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (!turns->outside || !turns->outside->on_line)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	turns->outside->on_line(line, turns->outside->arg);
}

static void tell_fact(const struct image_watch *watch, const char *begin, uint64_t from_ns,
	uint64_t to_ns, const char *fmt, va_list args)
{
	char line[FACT_LINE_MAX];
	int len = snprintf(line, sizeof(line),
		"%s\"at\":%" PRIu64 ",\"from\":%" PRIu64 ",\"to\":%" PRIu64 ",", begin,
		(timing_wall() - (timing_now() - from_ns)) / 1000, from_ns, to_ns);
	int rest = vsnprintf(line + len, sizeof(line) - (size_t)len - 1, fmt, args);

	if (rest < 0 || (size_t)rest >= sizeof(line) - (size_t)len - 1)
		return; /* half of it would be no fact */
	memcpy(line + len + rest, "}", 2);
	watch->on_fact(line, watch->arg);
}

void image_fact(
	const struct image_watch *watch, uint64_t from_ns, uint64_t to_ns, const char *fmt, ...)
{
	va_list args;

	if (!watch || !watch->on_fact)
		return;
	va_start(args, fmt);
	tell_fact(watch, "{", from_ns, to_ns, fmt, args);
	va_end(args);
}

void image_fact_so_far(const struct image_watch *watch, uint64_t from_ns, const char *fmt, ...)
{
	va_list args;

	if (!watch || !watch->on_fact)
		return;
	va_start(args, fmt);
	tell_fact(watch, so_far, from_ns, timing_now(), fmt, args);
	va_end(args);
}
