/* service.c - restart policies applied where no shim could.
 *
 *     LOOK ──▶ STARTING ──▶ WATCHING ──▶ CLOSING ──▶ `ended`
 *     repair,   a few at     (followers:
 *     choose    a time       monitors.h)
 *
 * What failed to start is tried once more when all others were: it may have waited for one of them,
 * whose namespaces it joins. A start that another davit was faster with has done what was wanted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "core/engine_own.h"
#include "core/monitors.h"
#include "core/policy.h"
#include "util/own.h"

enum { AT_ONCE = 8, LOST_PAUSE_MS = 100, OFFER_NAMES = 5 };
enum service_state { SERVICE_LOOK, SERVICE_STARTING, SERVICE_WATCHING, SERVICE_CLOSING };

struct start {
	struct service *service;
	char id[ROW_ID_LEN + 1];
	char name[sizeof(((struct row *)0)->name)];
	bool failed;
	uv_timer_t pause; /* of one that was lost */
};

struct service {
	struct engine *engine;
	struct service_options options;
	const struct service_events *events;
	void *arg;
	enum service_state state;
	struct work work;
	struct err err;
	struct buf repaired; /* a line each */
	int lock;
	struct start *starts; /* what the first look chose */
	size_t count, next, busy;
	bool is_second_try;
	size_t lost; /* starts that are on their own, in their pause or under way */
	struct monitors *monitors;
};

static void service_step(struct service *service);

static void say(struct service *service, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct service *service, const char *fmt, ...)
{
	char text[700];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	service->events->said(service->arg, text);
}

/* ---- LOOK ---- */

static int take_lock(struct service *service, struct err *err)
{
	service->lock = openat(store_dir(service->engine->store, STORE_RUN), "serve.lock",
		O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (service->lock < 0)
		return err_sys(
			err, "open serve.lock in %s", store_run_root(service->engine->store));
	if (flock(service->lock, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, EBUSY, "davit serve runs here already");
	return 0;
}

static int choose(struct service *service, struct err *err)
{
	auto_free struct policy_choice *choices = NULL;
	size_t count = 0;
	int failed = policy_choose(service->engine->roster, &choices, &count, err);

	if (failed)
		return failed;
	service->starts = calloc(count + 1, sizeof(*service->starts));
	if (!service->starts)
		return err_set(err, ENOMEM, "apply restart policies: out of memory");
	for (size_t i = 0; i < count; i++) {
		struct start *start = &service->starts[service->count++];

		start->service = service;
		memcpy(start->id, choices[i].id, sizeof(start->id));
		memcpy(start->name, choices[i].name, sizeof(start->name));
	}
	return 0;
}

static void run_look(struct work *work)
{
	struct service *service = container_of(work, struct service, work);
	struct err *err = &service->err;
	bool is_ours;

	if (service->options.follows && take_lock(service, err) < 0)
		return;
	is_ours = roster_take_policies(service->engine->roster);
	if (service->options.once_a_boot && !is_ours) {
		err_set(err, EALREADY, "restart policies were applied in this boot already");
		return;
	}
	/* What was forgiven on the way left its sentence. */
	if (!engine_repair(service->engine, &service->repaired, err) && !choose(service, err))
		err_forgive(err);
}

static void looked(struct work *work)
{
	struct service *service = container_of(work, struct service, work);
	const char *line = buf_text(&service->repaired), *end;

	for (; (end = strchr(line, '\n')); line = end + 1)
		say(service, "%.*s", (int)(end - line), line);
	if (service->state == SERVICE_LOOK)
		service->state = service->err.code < 0 ? SERVICE_CLOSING : SERVICE_STARTING;
	service_step(service);
}

/* ---- STARTING ---- */

static void tell(const struct start *start, const struct err *err)
{
	if (!err)
		say(start->service, "%s: started", start->name);
	else
		say(start->service, "%s: %s", start->name, err->text);
}

static void on_started(void *arg, const struct op_result *result)
{
	struct start *start = arg;
	struct service *service = start->service;

	start->failed = result->err;
	if (!result->err || service->is_second_try)
		tell(start, result->err);
	service->busy--;
	service_step(service);
}

static void start_more(struct service *service)
{
	while (service->busy < AT_ONCE && service->next < service->count) {
		struct start *start = &service->starts[service->next++];

		if (service->is_second_try && !start->failed)
			continue;
		service->busy++;
		engine_start(service->engine, start->id, on_started, start);
	}
}

static bool starting_is_over(struct service *service)
{
	start_more(service);
	if (service->busy)
		return false;
	if (!service->is_second_try) {
		service->is_second_try = true;
		service->next = 0;
		start_more(service);
	}
	return !service->busy;
}

/* ---- WATCHING ---- */

static void on_said(void *arg, const char *sentence)
{
	say(arg, "%s", sentence);
}

static void on_pause_closed(uv_handle_t *handle)
{
	struct start *start = container_of((uv_timer_t *)handle, struct start, pause);
	struct service *service = start->service;

	free(start);
	service->lost--;
	service_step(service);
}

static void on_restarted(void *arg, const struct op_result *result)
{
	struct start *start = arg;

	tell(start, result->err);
	uv_close((uv_handle_t *)&start->pause, on_pause_closed);
}

static void restart(uv_timer_t *pause)
{
	struct start *start = container_of(pause, struct start, pause);

	if (start->service->state == SERVICE_CLOSING ||
		!engine_start(start->service->engine, start->id, on_restarted, start))
		uv_close((uv_handle_t *)pause, on_pause_closed);
}

static void on_lost(void *arg, const struct row *row)
{
	struct service *service = arg;
	struct start *start = calloc(1, sizeof(*start));

	if (!start)
		return;
	start->service = service;
	snprintf(start->id, sizeof(start->id), "%.64s", row->id);
	snprintf(start->name, sizeof(start->name), "%s", row->name);
	uv_timer_init(service->engine->loop, &start->pause);
	uv_timer_start(&start->pause, restart, LOST_PAUSE_MS, 0);
	service->lost++;
}

static void on_monitors_closed(void *arg)
{
	struct service *service = arg;

	service->monitors = NULL;
	service_step(service);
}

static void watch(struct service *service)
{
	static const struct monitors_events events = {
		.said = on_said, .lost = on_lost, .closed = on_monitors_closed};

	roster_policies_applied(service->engine->roster);
	service->state = service->options.follows ? SERVICE_WATCHING : SERVICE_CLOSING;
	if (service->options.follows && monitors_open(service->engine, &events, service,
						&service->monitors, &service->err) < 0)
		service->state = SERVICE_CLOSING;
	else
		service->events->settled(service->arg);
	if (service->state == SERVICE_CLOSING)
		service_step(service);
}

/* ---- CLOSING ---- */

static void end_if_quiet(struct service *service)
{
	if (service->busy || service->lost || service->monitors)
		return;
	service->events->ended(service->arg, service->err.code < 0 ? &service->err : NULL);
	own_closep(&service->lock);
	buf_fini(&service->repaired);
	free(service->starts);
	free(service);
}

static void service_step(struct service *service)
{
	switch (service->state) {
	case SERVICE_LOOK:
		engine_work(service->engine, &service->work, run_look, looked);
		return;
	case SERVICE_STARTING:
		if (starting_is_over(service))
			watch(service);
		return;
	case SERVICE_WATCHING:
		return;
	case SERVICE_CLOSING:
		end_if_quiet(service);
		return;
	}
}

struct service *engine_service(struct engine *engine, const struct service_options *options,
	const struct service_events *events, void *arg)
{
	struct service *service = calloc(1, sizeof(*service));

	if (!service)
		return NULL;
	service->engine = engine;
	service->options = *options;
	service->events = events;
	service->arg = arg;
	service->lock = -1;
	service_step(service);
	return service;
}

void service_end(struct service *service)
{
	enum service_state was = service->state;

	service->state = SERVICE_CLOSING;
	if (was == SERVICE_WATCHING && service->monitors)
		monitors_close(service->monitors);
	else if (was == SERVICE_STARTING && !service->busy)
		service_step(service);
}

/* ---- the offer ---- */

static void add_names(struct buf *sentence, const struct policy_choice *choices, size_t count)
{
	size_t shown = count <= OFFER_NAMES ? count : OFFER_NAMES - 1;

	for (size_t i = 0; i < shown; i++) {
		const char *before = i + 1 == count ? " and " : ", ";

		buf_addf(sentence, "%s%s", i ? before : "", choices[i].name);
	}
	if (shown < count)
		buf_addf(sentence, " and %zu more", count - shown);
}

void engine_boot_offer(struct engine *engine, struct buf *sentence)
{
	auto_free struct policy_choice *choices = NULL;
	size_t count = 0;

	if (!roster_take_offer(engine->roster) ||
		policy_choose(engine->roster, &choices, &count, NULL) < 0 || !count)
		return;
	buf_adds(sentence, "since the host booted, restart policies want ");
	add_names(sentence, choices, count);
	buf_adds(sentence, " started: \"davit boot\" does that");
}
