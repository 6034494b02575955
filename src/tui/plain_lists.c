/* plain_lists.c - numbered lists, one of them looked at closely, and what can be done with it. */
#include <stdio.h>

#include "tui/plain_private.h"
#include "tui/row_fields.h"

static const struct {
	enum verb verb;
	const char *word, *command;
	bool of_running, of_stopped, sure; /* sure: what is lost is said, and asked about */
} deeds[] = {
	{VERB_START, "start", "start", false, true, false},
	{VERB_STOP, "stop", "stop", true, false, true},
	{VERB_RESTART, "restart", "restart", true, false, true},
	{VERB_PAUSE, "pause", "pause", true, false, false},
	{VERB_UNPAUSE, "resume", "unpause", false, false, false},
	{VERB_REMOVE, "remove", "rm -f", true, true, true},
	{VERB_COUNT, "last output", "logs --tail 20", true, true, false},
	{VERB_COUNT, "shell", "exec -it", true, false, false},
};

static bool runs(const struct row *row)
{
	return row->c.state == CONTAINER_RUNNING || row->c.state == CONTAINER_RESTARTING;
}

static bool applies(size_t i, const struct row *row)
{
	if (row->c.state == CONTAINER_PAUSED)
		return deeds[i].verb == VERB_UNPAUSE || deeds[i].verb == VERB_REMOVE ||
		       deeds[i].verb == VERB_STOP;
	return runs(row) ? deeds[i].of_running : deeds[i].of_stopped;
}

/* ---- lists ---- */

static void say_row(struct plain *plain, size_t number, const struct row *row)
{
	char age[FIGURE_MAX], why[WHY_MAX];

	format_why(&row->c, why);
	if (row->c.pid && row->c.started_ns)
		plain_say(plain, "%zu. %s: %s, up %s, image %s", number, row->c.name,
			format_state(row, plain->now_ms).word,
			format_age(row->c.started_ns, plain->real_ns, age), row->c.image);
	else
		plain_say(plain, "%zu. %s: %s%s%s, image %s", number, row->c.name,
			format_state(row, plain->now_ms).word, *why ? ", " : "", why, row->c.image);
}

/* What a filter may ask beyond the rows: nobody reads it ahead here. */
static void learn(struct plain *plain)
{
	struct world *world = plain->o.world;
	struct container_facts *facts;
	struct container_stats stats;
	struct row *row;
	struct err err;
	size_t count;
	struct row *const *rows = model_all(plain->model, &count);

	while ((row = model_wants_facts(plain->model)))
		model_take_facts(plain->model, row,
			world->ops->container->facts(world, &row->c, &facts, &err) ? NULL : facts);
	for (size_t i = 0; i < count; i++)
		if (rows[i]->c.pid && world->ops->stats(world, rows[i]->c.id, &stats) == 0)
			model_take_stats(rows[i], &stats);
	model_refilter(plain->model);
}

void plain_containers(struct plain *plain)
{
	size_t count, all;
	struct row *const *rows = model_rows(plain->model, &count);
	const char *filter = model_filter_text(plain->model);

	if (*filter) {
		learn(plain);
		rows = model_rows(plain->model, &count);
	}
	model_all(plain->model, &all);
	plain->place = PLAIN_CONTAINERS;
	for (size_t i = 0; i < count; i++)
		say_row(plain, i + 1, rows[i]);
	if (*filter)
		plain_say(plain, "%zu of %zu match %s; \"filter\" alone shows all.", count, all,
			filter);
	else if (!count)
		plain_say(plain, "No containers. \"run davit/demo\" starts one.");
	if (count)
		plain_say(plain, "A number chooses one.");
}

void plain_images(struct plain *plain)
{
	size_t count;
	const struct image_entry *images = model_images(plain->model, &count);
	char size[FIGURE_MAX];

	plain->place = PLAIN_IMAGES;
	for (size_t i = 0; i < count; i++)
		plain_say(plain, "%zu. %s: %s, used by %u container%s", i + 1,
			*images[i].reference ? images[i].reference : images[i].id,
			format_bytes(images[i].size, size), images[i].containers,
			images[i].containers == 1 ? "" : "s");
	if (!count)
		plain_say(plain, "No images. \"pull IMAGE\" brings one.");
	else
		plain_say(plain, "A number tells more of one.");
}

static void on_old_event(void *arg, const struct event *event)
{
	model_take_event(((struct plain *)arg)->model, event);
}

void plain_journal(struct plain *plain)
{
	enum { SAID = 20 };
	const struct happening *happening;
	struct err err;
	char clock[FIGURE_MAX];
	size_t count = 0;

	model_forget_events(plain->model);
	if (plain->o.world->ops->events(plain->o.world, on_old_event, plain, &err) < 0) {
		plain_say(plain, "%s", err.text);
		return;
	}
	while (count < SAID && model_happening(plain->model, count))
		count++;
	if (!count)
		plain_say(plain, "Nothing has happened yet.");
	while (count-- > 0 && (happening = model_happening(plain->model, count)))
		plain_say(plain, "%s %s", format_clock(happening->time_ns, clock), happening->text);
}

/* ---- one ---- */

static void say_image(struct plain *plain, const struct image_entry *image)
{
	auto_buf json = BUF_INIT;
	struct err err;
	char *at, *line;

	if (plain->o.world->ops->inspect(plain->o.world, true, image->id, &json, &err) < 0) {
		plain_say(plain, "%s", err.text);
		return;
	}
	at = json.data;
	while (at && (line = strsep(&at, "\n")))
		plain_say(plain, "%s", line);
}

bool plain_choose(struct plain *plain, size_t n)
{
	size_t count;
	struct row *const *rows = model_rows(plain->model, &count);
	const struct image_entry *images;

	if (plain->place == PLAIN_IMAGES) {
		images = model_images(plain->model, &count);
		if (n <= count)
			say_image(plain, &images[n - 1]);
		return n <= count;
	}
	if (n > count)
		return false;
	snprintf(plain->id, sizeof(plain->id), "%s", rows[n - 1]->c.id);
	snprintf(plain->name, sizeof(plain->name), "%s", rows[n - 1]->c.name);
	plain->place = PLAIN_ONE;
	plain_one(plain);
	return true;
}

void plain_one(struct plain *plain)
{
	const struct row *row = model_row(plain->model, plain->id);
	size_t number = 0;

	if (!row) {
		plain_say(plain, "%s has been removed.", plain->name);
		plain->place = PLAIN_TOP;
		return;
	}
	plain_say(plain, "%s: %s, image %s, command %s", row->c.name,
		format_state(row, plain->now_ms).word, row->c.image, row->c.command);
	for (size_t i = 0; i < array_len(deeds); i++)
		if (applies(i, row))
			plain_say(plain, "%zu. %s", ++number, deeds[i].word);
	plain_say(plain, "0. menu");
}

static void begin(struct plain *plain, enum verb verb)
{
	struct row *row = model_row(plain->model, plain->id);
	uint64_t ticket;

	if (!row)
		return;
	ticket = asked_add(&plain->asked, verb, &row->c, plain->now_ms);
	if (!ticket || plain->o.world->ops->act(
			       plain->o.world, verb, plain->id, verb == VERB_REMOVE, ticket) < 0)
		plain_say(plain, "%s: too much is under way", plain->name);
	else
		plain_say(plain, "%s: asked for, under way", plain->name);
}

static void ask(struct plain *plain, size_t i)
{
	plain->place = PLAIN_SURE;
	plain->verb = deeds[i].verb;
	plain_say(plain, "%s",
		deeds[i].verb == VERB_REMOVE
			? "What runs is stopped; its files and logs go to the trash or are lost."
			: "Its processes are asked to end, and killed after their grace time.");
	plain_say(plain, "Same as: davit %s %s", deeds[i].command, plain->name);
	snprintf(plain->prompt, sizeof(plain->prompt),
		"%c%s %s? Type yes: ", deeds[i].word[0] - 'a' + 'A', deeds[i].word + 1,
		plain->name);
}

void plain_sure(struct plain *plain, const char *answer)
{
	plain->place = PLAIN_ONE;
	if (strcasecmp(answer, "yes") == 0)
		begin(plain, plain->verb);
	else
		plain_say(plain, "Nothing was done.");
}

static void run_deed(struct plain *plain, size_t i)
{
	bool shell = strcmp(deeds[i].word, "shell") == 0;

	strs_add(&plain->program, "davit");
	if (plain->o.read_only)
		strs_add(&plain->program, "--read-only");
	strs_add(&plain->program, shell ? "exec" : "logs");
	if (shell) {
		strs_add(&plain->program, "-it");
	} else {
		strs_add(&plain->program, "--tail");
		strs_add(&plain->program, "20");
	}
	strs_add(&plain->program, plain->name);
	if (shell)
		strs_add(&plain->program, "sh");
}

bool plain_act(struct plain *plain, size_t n)
{
	const struct row *row = model_row(plain->model, plain->id);

	for (size_t i = 0; row && i < array_len(deeds); i++) {
		if (!applies(i, row) || --n > 0)
			continue;
		if (plain->o.read_only && strcmp(deeds[i].word, "last output") != 0)
			plain_say(plain, "Read-only: nothing was changed. Elsewhere: davit %s %s",
				deeds[i].command, plain->name);
		else if (deeds[i].verb == VERB_COUNT)
			run_deed(plain, i);
		else if (deeds[i].sure)
			ask(plain, i);
		else
			begin(plain, deeds[i].verb);
		return true;
	}
	return false;
}
