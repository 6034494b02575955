/* plain.c - see plain.h. What is heard, and where a typed line goes. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "tui/plain_private.h"

/* ---- saying ---- */

void plain_say(struct plain *plain, const char *fmt, ...)
{
	auto_buf safe = BUF_INIT;
	char text[2000];
	va_list args;
	size_t len;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	len = strlen(text);
	for (size_t at = 0; at < len;) {
		struct text_glyph glyph;

		at += text_next(text + at, len - at, &glyph);
		buf_add(&safe, glyph.bytes, glyph.len);
	}
	plain->o.say(plain->o.arg, buf_text(&safe));
}

/* ---- what happens ---- */

static const struct said *find_said(const struct plain *plain, const char *id)
{
	for (size_t i = 0; i < plain->said_count; i++)
		if (strcmp(plain->said[i].id, id) == 0)
			return &plain->said[i];
	return NULL;
}

static void word_of(struct plain *plain, const struct row *row, char out[FIGURE_MAX])
{
	struct row still = *row;

	/* What was asked for is said when it is done. */
	still.asked = false;
	snprintf(out, FIGURE_MAX, "%s", format_state(&still, plain->now_ms).word);
}

/* ", probe exit 22": why it is unhealthy, when that is known. */
static void add_probe(struct plain *plain, const struct row *row, char *out, size_t room)
{
	const struct world *world = plain->o.world;
	auto_free struct container_facts *facts = NULL;
	struct err err;

	*out = '\0';
	if (row->c.health != CONTAINER_HEALTH_UNHEALTHY || row->c.state != CONTAINER_RUNNING ||
		world->ops->container->facts(plain->o.world, &row->c, &facts, &err) < 0)
		return;
	if (facts->probed)
		snprintf(out, room, ", probe exit %d%s%s", facts->probe_code,
			*facts->probe ? ": " : "", facts->probe);
}

static void tell_row(struct plain *plain, const struct row *row)
{
	const struct said *said = find_said(plain, row->c.id);
	char word[FIGURE_MAX], probe[260], why[WHY_MAX];

	word_of(plain, row, word);
	if (said && strcmp(said->word, word) == 0)
		return;
	add_probe(plain, row, probe, sizeof(probe));
	format_why(&row->c, why);
	plain_say(plain, "%s: %s%s%s%s%s%s%s", row->c.name, word, said ? " (was " : " (new)",
		said ? said->word : "", said ? ")" : "", probe, *why ? ", " : "", why);
}

static void tell_removed(struct plain *plain)
{
	for (size_t i = 0; i < plain->said_count; i++)
		if (!model_row(plain->model, plain->said[i].id))
			plain_say(plain, "%s: removed (was %s)", plain->said[i].name,
				plain->said[i].word);
}

static void remember(struct plain *plain)
{
	size_t count;
	struct row *const *rows = model_all(plain->model, &count);
	struct said *said = calloc(count + 1, sizeof(*said));

	if (!said)
		return;
	for (size_t i = 0; i < count; i++) {
		snprintf(said[i].id, sizeof(said[i].id), "%s", rows[i]->c.id);
		snprintf(said[i].name, sizeof(said[i].name), "%s", rows[i]->c.name);
		word_of(plain, rows[i], said[i].word);
	}
	free(plain->said);
	plain->said = said;
	plain->said_count = count;
}

static bool read_containers(struct plain *plain)
{
	struct container *rows;
	struct err err;
	size_t count;

	plain->stale_containers = false;
	if (plain->o.world->ops->containers(plain->o.world, &rows, &count, &err) < 0) {
		plain_say(plain, "Containers cannot be read: %s", err.text);
		return false;
	}
	return model_take_containers(plain->model, rows, count) == 0;
}

static void read_images(struct plain *plain)
{
	struct image_entry *rows;
	struct err err;
	size_t count;

	plain->stale_images = false;
	if (plain->o.world->ops->images(plain->o.world, &rows, &count, &err) == 0)
		model_take_images(plain->model, rows, count);
}

void plain_look(struct plain *plain)
{
	size_t count;
	struct row *const *rows;

	if (plain->stale_images)
		read_images(plain);
	if (!plain->stale_containers || !read_containers(plain))
		return;
	tell_removed(plain);
	rows = model_all(plain->model, &count);
	for (size_t i = 0; i < count; i++)
		tell_row(plain, rows[i]);
	remember(plain);
}

bool plain_is_stale(const struct plain *plain)
{
	return plain->stale_containers || plain->stale_images;
}

/* ---- the world speaks ---- */

static void on_changed(void *self, enum world_noun noun)
{
	struct plain *plain = self;

	plain->stale_containers |= noun == WORLD_CONTAINERS;
	plain->stale_images |= noun == WORLD_IMAGES;
}

static void on_happened(void *self, const struct event *event)
{
	struct plain *plain = self;

	model_take_event(plain->model, event);
	if (event->type == EVENT_IMAGE)
		plain_say(plain, "image %s: %s",
			event_attr(event, "name") ? event_attr(event, "name") : event->id,
			event->action);
}

static void on_done(void *self, uint64_t ticket, const struct err *err)
{
	struct plain *plain = self;
	struct asked_one one;
	char outcome[400];

	if (!asked_take(&plain->asked, ticket, &one))
		return;
	asked_outcome(&one, err, plain->now_ms, outcome, sizeof(outcome));
	plain_say(plain, "%s", outcome);
	plain->stale_containers = true;
}

static void on_log(void *self, struct world_log *log)
{
	(void)self;
	(void)log;
}

/* ---- making, freeing ---- */

struct plain *plain_new(const struct plain_options *options)
{
	struct plain *plain = calloc(1, sizeof(*plain));

	if (!plain || !(plain->model = model_new())) {
		free(plain);
		return NULL;
	}
	plain->o = *options;
	plain->o.world->listener = (struct world_listener){
		.self = plain,
		.changed = on_changed,
		.happened = on_happened,
		.done = on_done,
		.log_grew = on_log,
	};
	return plain;
}

void plain_free(struct plain *plain)
{
	if (!plain)
		return;
	plain->o.world->listener = (struct world_listener){0};
	model_free(plain->model);
	free(plain->said);
	strs_fini(&plain->program);
	free(plain);
}

void plain_set_time(struct plain *plain, int64_t now_ms, uint64_t real_ns)
{
	plain->now_ms = now_ms;
	plain->real_ns = real_ns;
	model_set_now(plain->model, real_ns);
}

size_t plain_running(const struct plain *plain)
{
	struct totals totals = model_totals(plain->model);

	return totals.running + totals.paused;
}

void plain_begin(struct plain *plain)
{
	struct totals totals;

	plain_say(plain, "davit on %s, line by line%s.", plain->o.host,
		plain->o.read_only ? ", read-only" : "");
	if (plain->o.trouble) {
		plain_say(plain, "The engine is not open: %s", plain->o.trouble);
	} else {
		read_containers(plain);
		read_images(plain);
		remember(plain);
		totals = model_totals(plain->model);
		plain_say(plain, "%zu container%s: %zu running, %zu paused, %zu failed.",
			totals.all, totals.all == 1 ? "" : "s", totals.running, totals.paused,
			totals.failed + totals.oom);
	}
	plain_menu(plain);
}

/* ---- lines ---- */

/* "12" */
static bool read_number(const char *line, size_t *out)
{
	*out = 0;
	for (const char *at = line; *at; at++) {
		if (!isdigit((unsigned char)*at) || *out > 99999)
			return false;
		*out = *out * 10 + (size_t)(*at - '0');
	}
	return *line;
}

static void take_number(struct plain *plain, size_t n)
{
	bool there = true;

	if (n == 0) {
		plain_menu(plain);
		return;
	}
	switch (plain->place) {
	case PLAIN_CONTAINERS:
	case PLAIN_IMAGES:
		there = plain_choose(plain, n);
		break;
	case PLAIN_ONE:
		there = plain_act(plain, n);
		break;
	default:
		there = n <= 3;
		if (n == 1)
			plain_containers(plain);
		else if (n == 2)
			plain_images(plain);
		else if (n == 3)
			plain_journal(plain);
	}
	if (!there)
		plain_say(plain, "There is no %zu here. 0 is the menu.", n);
}

void plain_line(struct plain *plain, const char *line)
{
	size_t n;

	line += strspn(line, " \t:");
	if (plain->place == PLAIN_SURE)
		plain_sure(plain, line);
	else if (read_number(line, &n))
		take_number(plain, n);
	else if (*line)
		plain_words(plain, line);
}

const char *plain_prompt(const struct plain *plain)
{
	return plain->place == PLAIN_SURE ? plain->prompt : "davit> ";
}

bool plain_wants_to_leave(const struct plain *plain)
{
	return plain->leaving;
}

bool plain_take_program(struct plain *plain, struct strs *words)
{
	if (!plain->program.len)
		return false;
	*words = plain->program;
	plain->program = (struct strs)STRS_INIT;
	return true;
}
