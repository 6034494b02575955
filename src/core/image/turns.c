#include "core/image/turns.h"

#include <stdarg.h>
#include <stdio.h>

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

void turns_init(struct turns *turns, const struct image_watch *outside, bool quiet)
{
	pthread_mutex_init(&turns->lock, NULL);
	turns->outside = outside;
	if (!outside)
		return;
	turns->watch.canceled = outside->canceled;
	turns->watch.arg = turns;
	if (outside->on_progress && !quiet)
		turns->watch.on_progress = in_turn;
	if (outside->on_warning)
		turns->watch.on_warning = warn_in_turn;
}

void turns_fini(struct turns *turns)
{
	pthread_mutex_destroy(&turns->lock);
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
