/* recorded.c - see recorded.h. */
#include <stdio.h>
#include <time.h>

#include "recorded_private.h"
#include "util/own.h"

size_t recorded_unescape(char *text)
{
	char *out = text;

	for (const char *at = text; *at; at++) {
		unsigned byte;

		if (*at != '\\' || !at[1]) {
			*out++ = *at;
			continue;
		}
		at++;
		if (*at == 'x' && sscanf(at + 1, "%2x", &byte) == 1) {
			*out++ = (char)byte;
			at += 2;
		} else {
			*out++ = *at == 'e'   ? '\033'
				 : *at == 'n' ? '\n'
				 : *at == 'r' ? '\r'
				 : *at == 't' ? '\t'
				 : *at == 's' ? ' '
					      : *at;
		}
	}
	*out = '\0';
	return (size_t)(out - text);
}

int recorded_find(const struct recorded *recorded, const char *who)
{
	for (size_t i = 0; i < recorded->count; i++)
		if (strcmp(recorded->rows[i].c.id, who) == 0 ||
			strcmp(recorded->rows[i].c.name, who) == 0)
			return (int)i;
	return -1;
}

int recorded_pend(struct recorded *recorded, uint64_t ticket)
{
	if (recorded->pending_count == PENDING_MAX)
		return -ENOMEM;
	recorded->pending[recorded->pending_count++] = ticket;
	return 0;
}

/* ---- what the screen asks ---- */

static int containers(struct world *world, struct container **out, size_t *count, struct err *err)
{
	struct recorded *recorded = recorded_of(world);

	if (*recorded->broken)
		return err_set(err, EIO, "%s", recorded->broken);
	*count = recorded->count;
	*out = calloc(*count + 1, sizeof(**out));
	for (size_t i = 0; *out && i < *count; i++)
		(*out)[i] = recorded->rows[i].c;
	return *out ? 0 : -ENOMEM;
}

static int images(struct world *world, struct image_entry **out, size_t *count, struct err *err)
{
	struct recorded *recorded = recorded_of(world);

	(void)err;
	*count = recorded->image_count;
	*out = malloc(sizeof(recorded->images));
	if (*out)
		memcpy(*out, recorded->images, sizeof(recorded->images));
	return *out ? 0 : -ENOMEM;
}

static const uint64_t second = 1000000000;

/* From one reading to the next every figure is another, by a fifth and more. */
static void move_about(struct recorded_container *row, uint64_t elapsed_ns)
{
	struct container_stats *moved = &row->moved;
	uint64_t passed_ns = moved->system_ns ? elapsed_ns - moved->system_ns : 0;
	unsigned turn = (unsigned)row->c.pid * 7919 + row->restless++ * 104729;
	double share = 0.05 + (double)(turn % 97) / 100;

	moved->system_ns = elapsed_ns;
	moved->cpu_ns += (uint64_t)((double)passed_ns * share);
	moved->memory = (uint64_t)((double)(200 << 20) * share);
	moved->received_bytes += (uint64_t)((double)passed_ns / 1e9 * 40000 * share);
	moved->sent_bytes += (uint64_t)((double)passed_ns / 1e9 * 900000 * share);
	moved->written_bytes += (uint64_t)((double)passed_ns / 1e9 * 50000 * share);
}

static int stats(struct world *world, const char *id, struct container_stats *out)
{
	struct recorded *recorded = recorded_of(world);
	struct recorded_container *row = &recorded->rows[recorded_find(recorded, id)];
	uint64_t elapsed_ns = (uint64_t)recorded->now_ms * 1000000;
	struct timespec now;

	if (!recorded->now_ms) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		elapsed_ns = (uint64_t)now.tv_sec * second + (uint64_t)now.tv_nsec;
	}

	if (*recorded->broken)
		return -EIO;
	if (row->restless)
		move_about(row, elapsed_ns);
	*out = (struct container_stats){.valid = true, .processors = 8, .pids = 14};
	out->system_ns = elapsed_ns * 8;
	out->cpu_ns =
		row->restless ? row->moved.cpu_ns : (uint64_t)((double)elapsed_ns * row->cpu / 100);
	out->memory = row->memory;
	out->memory_limit = 512 << 20;
	out->received_bytes = (uint64_t)((double)elapsed_ns / 1e9 * row->received);
	out->sent_bytes = (uint64_t)((double)elapsed_ns / 1e9 * row->sent);
	out->written_bytes = (uint64_t)((double)elapsed_ns / 1e9 * row->written);
	if (row->restless) {
		out->memory = row->moved.memory;
		out->received_bytes = row->moved.received_bytes;
		out->sent_bytes = row->moved.sent_bytes;
		out->written_bytes = row->moved.written_bytes;
	}
	return 0;
}

static int inspect(
	struct world *world, bool image, const char *who, struct buf *json, struct err *err)
{
	(void)world, (void)err;
	buf_addf(json, "{\n  \"Id\": \"%s\",\n  \"Kind\": \"%s\",\n  \"Env\": [\n", who,
		image ? "image" : "container");
	for (int i = 1; i <= 60; i++)
		buf_addf(json, "    \"VARIABLE_%d=%d\"%s\n", i, i * i, i < 60 ? "," : "");
	buf_adds(json, "  ]\n}");
	return 0;
}

static int grace(struct world *world, const char *id)
{
	const struct recorded *recorded = recorded_of(world);
	int row = recorded_find(recorded, id);

	return row < 0 || !recorded->rows[row].grace_s ? 10 : recorded->rows[row].grace_s;
}

static void send_event(struct recorded *recorded, size_t i, event_fn on_event, void *arg)
{
	struct event_attr attrs[] = {{"name", recorded->events[i].name}, {"exitCode", "1"}};
	int row = recorded_find(recorded, recorded->events[i].name);
	struct event event = {.seq = i + 1,
		.type = EVENT_CONTAINER,
		.action = recorded->events[i].action,
		.id = row < 0 ? "0" : recorded->rows[row].c.id,
		.attrs = attrs,
		.attr_count = 2};

	event.time_ns = ((uint64_t)RECORDED_NOW_S - 100 + event.seq) * second;
	on_event(arg, &event);
}

static int events(struct world *world, event_fn on_event, void *arg, struct err *err)
{
	(void)err;
	for (size_t i = 0; i < recorded_of(world)->event_count; i++)
		send_event(recorded_of(world), i, on_event, arg);
	return 0;
}

static int act(struct world *world, enum verb verb, const char *id, int signal, uint64_t ticket)
{
	static const char *const words[VERB_COUNT] = {[VERB_START] = "start",
		[VERB_STOP] = "stop",
		[VERB_RESTART] = "restart",
		[VERB_PAUSE] = "pause",
		[VERB_UNPAUSE] = "unpause",
		[VERB_KILL] = "kill",
		[VERB_REMOVE] = "remove"};
	struct recorded *recorded = recorded_of(world);
	int row = recorded_find(recorded, id);

	buf_addf(&recorded->acts, "%s %s", words[verb], row < 0 ? id : recorded->rows[row].c.name);
	buf_addf(&recorded->acts, signal ? " %d\n" : "\n", signal);
	return recorded_pend(recorded, ticket);
}

static int remove_image(struct world *world, const char *who, uint64_t ticket)
{
	struct recorded *recorded = recorded_of(world);

	buf_addf(&recorded->acts, "rmi %s\n", who);
	return recorded_pend(recorded, ticket);
}

static const struct world_ops recorded_ops = {
	.container = &recorded_container_ops,
	.image = &recorded_image_ops,
	.layers = &recorded_layers_ops,
	.hood = &recorded_hood_ops,
	.timeline = &recorded_timeline_ops,
	.figure = &recorded_figure_ops,
	.lesson = &recorded_lesson_ops,
	.command = &recorded_command_ops,
	.jobs = &recorded_jobs_ops,
	.safety = &recorded_safety_ops,
	.resources = &recorded_resources_ops,
	.containers = containers,
	.images = images,
	.stats = stats,
	.inspect = inspect,
	.grace = grace,
	.events = events,
	.act = act,
	.remove_image = remove_image,
	.log = &recorded_log_ops,
	.session = &recorded_session_ops,
};

/* ---- what the test tells ---- */

struct recorded *recorded_new(void)
{
	struct recorded *recorded = calloc(1, sizeof(*recorded));

	recorded->world.ops = &recorded_ops;
	return recorded;
}

void recorded_free(struct recorded *recorded)
{
	recorded_jobs_fini(recorded);
	recorded_safety_fini(recorded);
	buf_fini(&recorded->plan);
	for (size_t i = 0; i < recorded->count; i++) {
		recorded_log_fini(&recorded->rows[i]);
		recorded_container_fini(&recorded->rows[i]);
	}
	recorded_layers_free(recorded);
	buf_fini(&recorded->acts);
	buf_fini(&recorded->typed);
	free(recorded);
}

struct world *recorded_world(struct recorded *recorded)
{
	return &recorded->world;
}

void recorded_set_now(struct recorded *recorded, int64_t now_ms)
{
	recorded->now_ms = now_ms;
}

static enum container_state state_of(const char *word)
{
	static const char *const words[] = {[CONTAINER_CREATED] = "created",
		[CONTAINER_RUNNING] = "running",
		[CONTAINER_PAUSED] = "paused",
		[CONTAINER_RESTARTING] = "restarting",
		[CONTAINER_REMOVING] = "removing",
		[CONTAINER_EXITED] = "exited",
		[CONTAINER_DEAD] = "dead"};

	for (size_t i = 1; i < array_len(words); i++)
		if (strcmp(words[i], word) == 0)
			return (enum container_state)i;
	return CONTAINER_DEAD;
}

static uint64_t recorded_now(const struct recorded *recorded)
{
	return (recorded->now_ms ? (uint64_t)RECORDED_NOW_S : (uint64_t)time(NULL)) * second;
}

static void set_word(const struct recorded *recorded, struct recorded_container *row,
	const char *key, const char *value)
{
	uint64_t now = recorded_now(recorded), number = strtoull(value, NULL, 10);

	if (strcmp(key, "code") == 0)
		row->c.exit_code = (int)number;
	else if (strcmp(key, "image") == 0)
		snprintf(row->c.image, sizeof(row->c.image), "%s", value);
	else if (strcmp(key, "command") == 0)
		snprintf(row->c.command, sizeof(row->c.command), "%s", value);
	else if (strcmp(key, "error") == 0)
		snprintf(row->c.error, sizeof(row->c.error), "%s", value);
	else if (strcmp(key, "up") == 0)
		row->c.started_ns = now - number * second;
	else if (strcmp(key, "ended") == 0)
		row->c.finished_ns = now - number * second;
	else if (strcmp(key, "cpu") == 0)
		row->cpu = strtod(value, NULL);
	else if (strcmp(key, "mem") == 0)
		row->memory = number;
	else if (strcmp(key, "pid") == 0)
		row->c.pid = (int)number;
	else if (strcmp(key, "restarts") == 0)
		row->c.restarts = (unsigned)number;
	else if (strcmp(key, "gone") == 0)
		row->log_before = number;
	else if (strcmp(key, "tty") == 0)
		row->c.tty = true;
	else if (strcmp(key, "hand") == 0)
		row->c.by_hand = true;
	else if (strcmp(key, "stopping") == 0)
		row->c.stopping = true;
	else if (strcmp(key, "grace") == 0)
		row->grace_s = atoi(value);
	else if (strcmp(key, "autoremove") == 0)
		row->c.auto_remove = true;
	else if (strcmp(key, "oom") == 0)
		row->c.oom_killed = true;
	else
		recorded_container_word(row, key, value);
}

static void tell_container(struct recorded *recorded, char *rest)
{
	char *name = strsep(&rest, " "), *state = strsep(&rest, " "), *word;
	struct recorded_container *row;
	int at;

	recorded_unescape(name);
	at = recorded_find(recorded, name);
	if (strcmp(state, "gone") == 0) {
		recorded_log_fini(&recorded->rows[at]);
		recorded_container_fini(&recorded->rows[at]);
		recorded->rows[at] = recorded->rows[--recorded->count];
		return;
	}
	row = &recorded->rows[at < 0 ? (int)recorded->count++ : at];
	if (at < 0) {
		snprintf(row->c.id, sizeof(row->c.id), "%016zx%048d",
			recorded->count * 0x9e3779b97f4a7c15, 0);
		snprintf(row->c.name, sizeof(row->c.name), "%s", name);
		snprintf(row->c.image, sizeof(row->c.image), "davit/demo");
		row->c.created_ns = ((uint64_t)RECORDED_NOW_S - 86400 * 3) * second;
	}
	row->c.state = state_of(state);
	row->c.pid = row->c.state == CONTAINER_RUNNING || row->c.state == CONTAINER_PAUSED
			     ? 8100 + (int)recorded->count
			     : 0;
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (value)
			recorded_unescape(value);
		set_word(recorded, row, word, value ? value : "");
	}
}

/* Another name of an image that there is. */
static void take_image_id(struct recorded *recorded, struct image_entry *row, const char *name)
{
	for (size_t i = 0; i < recorded->image_count; i++)
		if (strcmp(recorded->images[i].reference, name) == 0) {
			memcpy(row->id, recorded->images[i].id, sizeof(row->id));
			row->created_ns = recorded->images[i].created_ns;
		}
}

static void forget_image(struct recorded *recorded, const char *reference)
{
	size_t i = 0;

	while (i < recorded->image_count && strcmp(recorded->images[i].reference, reference))
		i++;
	if (i == recorded->image_count)
		return;
	recorded->image_count--;
	memmove(&recorded->images[i], &recorded->images[i + 1],
		(recorded->image_count - i) * sizeof(recorded->images[0]));
}

static void tell_image(struct recorded *recorded, char *rest)
{
	struct image_entry *row = &recorded->images[recorded->image_count];
	char *word = strsep(&rest, " ");

	if (rest && strcmp(rest, "gone") == 0) {
		forget_image(recorded, word);
		return;
	}
	recorded->image_count++;
	snprintf(row->reference, sizeof(row->reference), "%s", strcmp(word, "-") ? word : "");
	snprintf(row->id, sizeof(row->id), "%064zx", 0x5eed0001 * recorded->image_count);
	memmove(row->id, row->id + 52, 12);
	for (size_t i = 0; i < recorded->count; i++)
		if (strncmp(row->reference, recorded->rows[i].c.image,
			    strlen(recorded->rows[i].c.image)) == 0)
			memcpy(recorded->rows[i].c.image_id, row->id, sizeof(row->id));
	row->created_ns = ((uint64_t)RECORDED_NOW_S - 86400 * recorded->image_count) * second;
	if (strcmp(row->reference, "davit/demo:latest") == 0)
		row->created_ns = 0; /* made without a clock */
	while ((word = strsep(&rest, " ")))
		if (strncmp(word, "same=", 5) == 0)
			take_image_id(recorded, row, word + 5);
		else if (sscanf(word, "size=%lu", &row->size) != 1)
			sscanf(word, "used=%u", &row->containers);
}

static void tell_event(struct recorded *recorded, char *rest)
{
	const struct world_listener *listener = &recorded->world.listener;
	char *action = strsep(&rest, " ");
	size_t i = recorded->event_count;

	if (i == EVENTS_MAX)
		return;
	snprintf(recorded->events[i].action, sizeof(recorded->events[i].action), "%s", action);
	snprintf(recorded->events[i].name, sizeof(recorded->events[i].name), "%s", rest);
	recorded->event_count++;
	if (listener->self)
		send_event(recorded, i, listener->happened, listener->self);
}

/* The little company that the screens are shown with. */
static void tell_shop(struct recorded *recorded)
{
	static const char *const lines[] = {
		"container shop/api running up=266400 cpu=12.4 mem=222298112 image=shop/api:1.9 command=api\\s--port\\s8080",
		"container shop/db running up=266400 cpu=3.1 mem=381116006 image=postgres:16 command=postgres",
		"container shop/web running up=7400 cpu=88 mem=356515840 image=shop/web:2.0 restarts=3 "
		"command=nginx\\s-g\\s'daemon\\soff;'",
		"container shop/worker running up=7400 cpu=41.7 mem=123731968 image=shop/worker:2.0",
		"container batch/etl paused up=18000 cpu=0 mem=94371840 image=etl:7",
		"container edge/proxy restarting image=edge/proxy:3 restarts=12",
		"container edge/tls exited code=1 ended=60 image=tls:3 "
		"error=exec:\\s/usr/bin/tls:\\sno\\ssuch\\sfile\\sor\\sdirectory",
		"container old/api exited ended=200000 image=shop/api:1.8",
		"container ml/train exited oom code=137 ended=540 image=train:5",
		"container new/job created",
		"log shop/api out \\e[32mINFO\\e[0m ready on :8080",
		"log shop/api out \\e[32mINFO\\e[0m GET /orders 200 in 3 ms",
		"log shop/api err \\e[31;1mERROR\\e[0m upstream timed out (110) while reading from db:5432",
		"log shop/api out \\e[33mWARN\\e[0m retry 1/3 -> 10.0.0.3:5432",
		"log shop/api out \\e[32mINFO\\e[0m GET /orders 200 in 812 ms",
		"log shop/db out LOG:  checkpoint starting: time",
		"log shop/db out LOG:  checkpoint complete: wrote 41 buffers (0.3%)",
		"log shop/db err ERROR:  duplicate key value violates unique constraint \"orders_pk\"",
		"image davit/demo:latest size=2400000 used=1",
		"image shop/api:1.9 size=81000000 used=1",
		"image postgres:16 size=431000000 used=1",
		"image - size=120000",
	};

	for (size_t i = 0; i < array_len(lines); i++)
		recorded_tell(recorded, lines[i]);
}

static void tell_many(struct recorded *recorded, const char *rest, int busy)
{
	int n = atoi(rest);
	char line[200];

	for (int i = 1; i <= n; i++) {
		snprintf(line, sizeof(line),
			"container c%03d running up=%d cpu=%d.%d mem=%d image=davit/demo "
			"command=sh\\s-c\\ssleep\\s1000",
			i, 3600 + i, i % 7 * busy, busy * 5, (20 + i % 9) << 20);
		recorded_tell(recorded, line);
		snprintf(line, sizeof(line), "log c%03d out started worker %d", i, i);
		recorded_tell(recorded, line);
	}
}

static void tell_restless(struct recorded *recorded, const char *rest)
{
	tell_many(recorded, rest, 0);
	for (size_t i = 0; i < recorded->count; i++)
		recorded->rows[i].restless = 1;
}

bool recorded_tell(struct recorded *recorded, const char *text)
{
	auto_free char *line = strdup(text);
	char *rest = line, *verb = strsep(&rest, " ");
	const struct world_listener *listener = &recorded->world.listener;

	if (strcmp(verb, "container") == 0)
		tell_container(recorded, rest);
	else if (strcmp(verb, "log") == 0)
		recorded_tell_log(recorded, rest);
	else if (strcmp(verb, "flood") == 0)
		recorded_tell_flood(recorded, rest);
	else if (strcmp(verb, "file") == 0)
		snprintf(recorded->file, sizeof(recorded->file), "%s", rest);
	else if (strcmp(verb, "image") == 0)
		tell_image(recorded, rest);
	else if (strcmp(verb, "event") == 0)
		tell_event(recorded, rest);
	else if (strcmp(verb, "many") == 0)
		tell_many(recorded, rest, 1);
	else if (strcmp(verb, "resting") == 0)
		tell_many(recorded, rest, 0);
	else if (strcmp(verb, "layer") == 0 || strcmp(verb, "wrote") == 0)
		recorded_tell_layer(recorded, rest, *verb == 'w');
	else if (strcmp(verb, "web") == 0)
		recorded_tell_web(recorded);
	else if (strcmp(verb, "thousands") == 0)
		recorded_tell_thousands(recorded, rest);
	else if (strcmp(verb, "broken") == 0)
		snprintf(recorded->broken, sizeof(recorded->broken), "%s", rest ? rest : "");
	else if (strcmp(verb, "restless") == 0)
		tell_restless(recorded, rest);
	else if (strcmp(verb, "shop") == 0)
		tell_shop(recorded);
	else
		return recorded_jobs_tell(recorded, verb, rest) ||
		       recorded_safety_tell(recorded, verb, rest) ||
		       recorded_timeline_tell(recorded, verb, rest) ||
		       recorded_resources_tell(recorded, verb, rest);
	if (listener->self && strcmp(verb, "container") == 0)
		listener->changed(listener->self, WORLD_CONTAINERS);
	if (listener->self && strcmp(verb, "image") == 0)
		listener->changed(listener->self, WORLD_IMAGES);
	return true;
}

const char *recorded_acts(const struct recorded *recorded)
{
	return buf_text(&recorded->acts);
}

const char *recorded_typed(const struct recorded *recorded)
{
	return buf_text(&recorded->typed);
}

void recorded_finish(struct recorded *recorded, const char *error)
{
	const struct world_listener *listener = &recorded->world.listener;
	struct err err;

	err_set(&err, recorded->name_taken ? EEXIST : EIO, "%s", error ? error : "");
	recorded->name_taken = false;
	for (size_t i = 0; i < recorded->pending_count; i++) {
		if (listener->outcome)
			listener->outcome(listener->self, recorded->pending[i], recorded->note,
				!error && recorded->undoable && !*recorded->note);
		listener->done(listener->self, recorded->pending[i], error ? &err : NULL);
	}
	recorded_lesson_opens(recorded);
	recorded->note[0] = '\0';
	recorded->pending_count = 0;
	recorded_container_made(recorded, error ? &err : NULL);
	recorded_jobs_made(recorded, error ? &err : NULL);
}
