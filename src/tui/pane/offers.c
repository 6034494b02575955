/* offers.c - see offers.h. */
#include <errno.h>
#include <stdio.h>

#include "tui/command_forms.h"
#include "tui/manual.h"
#include "tui/pane/offers.h"
#include "tui/typed.h"

static struct offer *add(struct offers *offers, enum offer_kind kind, const char *title)
{
	struct offer *all = offers->all, *offer;

	if (offers->count == offers->room) {
		size_t room = offers->room ? offers->room * 2 : 64;

		all = realloc(all, room * sizeof(*all));
		if (!all)
			return NULL;
		offers->all = all;
		offers->room = room;
	}
	offer = &all[offers->count];
	*offer = (struct offer){.kind = kind, .title = strdup(title), .line = strdup("")};
	if (!offer->title || !offer->line) {
		free(offer->title);
		free(offer->line);
		return NULL;
	}
	offers->count++;
	return offer;
}

static void set_line(struct offer *offer, const char *line)
{
	char *copy = strdup(line);

	if (!copy)
		return;
	free(offer->line);
	offer->line = copy;
}

/* ---- what can be offered ---- */

/* "2 containers", or the one name. */
static void name_subject(const struct strs *names, const char *noun, char *out, size_t room)
{
	if (names->len == 1)
		snprintf(out, room, " %s", names->v[0]);
	else if (names->len > 1)
		snprintf(out, room, " %zu %s", names->len, noun);
	else
		*out = '\0';
}

/* What is done with the selected container only, whatever is marked. */
static bool is_for_one(const struct keymap_entry *entry)
{
	static const enum action many[] = {ACTION_START, ACTION_STOP, ACTION_RESTART, ACTION_PAUSE,
		ACTION_KILL, ACTION_REMOVE, ACTION_LIMITS};

	for (size_t i = 0; i < array_len(many); i++)
		if (entry->action == many[i])
			return false;
	return entry->context == CONTEXT_CONTAINERS;
}

static void name_selected(struct app *app, struct strs *name)
{
	struct pane *pane = app_pane(app);
	auto_strs fields = STRS_INIT;

	if (pane->ops->fields)
		pane->ops->fields(pane, &fields);
	for (size_t i = 0; i < fields.len; i++)
		if (strncmp(fields.v[i], "Name=", 5) == 0)
			strs_add(name, fields.v[i] + 5);
}

static void add_action(struct offers *offers, struct app *app, const struct keymap_entry *entry,
	const struct strs *names)
{
	auto_buf line = BUF_INIT;
	auto_strs one = STRS_INIT;
	char title[200], subject[150] = "";
	struct offer *offer;

	if (names->len > 1 && is_for_one(entry)) {
		name_selected(app, &one);
		names = &one;
	}
	command_form(entry->context, entry->action, names, &line);
	if (names->len && strstr(buf_text(&line), names->v[0]))
		name_subject(names, entry->context == CONTEXT_IMAGES ? "images" : "containers",
			subject, sizeof(subject));
	snprintf(title, sizeof(title), "%s%s", entry->help, subject);
	offer = add(offers, OFFER_ACTION, title);
	if (!offer)
		return;
	offer->action = entry->action;
	snprintf(offer->key, sizeof(offer->key), "%s",
		keymap_label_in(app_keymap(app), entry->context, entry->action));
	offer->why_not = app_why_not(app, entry->action);
	set_line(offer, buf_text(&line));
}

static void add_context(
	struct offers *offers, struct app *app, enum context context, const struct strs *names)
{
	size_t count;
	const struct keymap_entry *entries = keymap_entries(&count);

	for (size_t i = 0; i < count; i++)
		if (entries[i].context == context && entries[i].action != ACTION_PALETTE &&
			entries[i].action != ACTION_MENU)
			add_action(offers, app, &entries[i], names);
}

static void add_actions(struct offers *offers, struct app *app, bool only)
{
	auto_strs names = STRS_INIT;

	for (struct pane *pane = app_pane(app); pane;
		pane = pane->ops->inner ? pane->ops->inner(pane) : NULL) {
		if (pane->ops->subject)
			pane->ops->subject(pane, &names);
		if (pane->ops->context != CONTEXT_MOVE && pane->ops->context != CONTEXT_GLOBAL)
			add_context(offers, app, pane->ops->context, &names);
		if (pane->ops->inner && pane->ops->fallback != CONTEXT_GLOBAL)
			add_context(offers, app, pane->ops->fallback, &names);
	}
	if (!only)
		add_context(offers, app, CONTEXT_GLOBAL, &names);
}

static void add_objects(struct offers *offers, struct app *app)
{
	size_t count;
	struct row *const *rows = model_all(app_model(app), &count);
	const struct image_entry *images;
	struct offer *offer;
	char title[300];

	for (size_t i = 0; i < count; i++) {
		snprintf(title, sizeof(title), "container %s", rows[i]->c.name);
		if ((offer = add(offers, OFFER_CONTAINER, title)))
			set_line(offer, rows[i]->c.id);
	}
	images = model_images(app_model(app), &count);
	for (size_t i = 0; i < count; i++) {
		if (!*images[i].reference)
			continue;
		snprintf(title, sizeof(title), "image %s", images[i].reference);
		if ((offer = add(offers, OFFER_IMAGE, title)))
			set_line(offer, images[i].reference);
	}
}

static void add_words(struct offers *offers, const char *words, const char *help)
{
	struct offer *offer = add(offers, OFFER_WORDS, words);
	char line[120];

	snprintf(line, sizeof(line), ":%s", help ? help : words);
	if (offer)
		set_line(offer, line);
}

static void add_settings(struct offers *offers, struct app *app)
{
	size_t count;
	const struct setting *table = settings_table(&count);
	char words[100];

	for (size_t i = 0; i < count; i++) {
		for (const char *at = table[i].choices; at && *at; at += strspn(at, " ")) {
			int len = (int)strcspn(at, " ");

			snprintf(words, sizeof(words), "%.*s", len, at);
			at += len;
			if (settings_is(keep_settings(app_keep(app)), table[i].name, words))
				continue;
			snprintf(words, sizeof(words), "set %s %.*s", table[i].name, len, at - len);
			add_words(offers, words, table[i].help);
		}
	}
	add_words(offers, "save filter NAME", "the filter of this list, as @NAME");
	add_words(offers, "cli", "what was done last, as a command");
	add_words(offers, "doctor", "what this host lacks");
}

static void add_topics(struct offers *offers)
{
	char words[100];
	const struct topic *topic;

	for (size_t i = 0; (topic = manual_topic(i)); i++) {
		snprintf(words, sizeof(words), "help %s", topic->name);
		add_words(offers, words, topic->title);
	}
}

int offers_collect(struct offers *offers, struct app *app, bool actions_only)
{
	add_actions(offers, app, actions_only);
	if (!actions_only) {
		add_objects(offers, app);
		add_settings(offers, app);
		add_topics(offers);
	}
	/* One more, for the line as it is typed. */
	offers->shown = calloc(offers->count + 1, sizeof(struct offer *));
	return offers->shown && add(offers, OFFER_LINE, "") ? 0 : -ENOMEM;
}

void offers_fini(struct offers *offers)
{
	for (size_t i = 0; i < offers->count; i++) {
		free(offers->all[i].title);
		free(offers->all[i].line);
	}
	free(offers->all);
	free(offers->shown);
}

/* ---- what fits ---- */

static int best_first(const void *pa, const void *pb)
{
	const struct offer *a = *(struct offer *const *)pa, *b = *(struct offer *const *)pb;
	int order = b->score - a->score;

	/* Equal ones in the order they were collected, which is where they stand. */
	return order ? order : a < b ? -1 : 1;
}

static int score_of(struct offer *offer, const char *typed)
{
	int title = fuzzy_score(typed, offer->title, offer->hits);
	int line = offer->kind == OFFER_ACTION ? fuzzy_score(typed, offer->line, NULL) : 0;

	/* What does not apply comes after what does; what is only found in the command, too. */
	title = line > title + 8 ? line - 8 : title;
	return title > 0 && offer->why_not ? (title > 12 ? title - 12 : 1) : title;
}

/* ":stop web" is about web, though "stop web2" may be what fits the selected row. */
static bool names_object(const struct offers *offers, const char *name)
{
	for (size_t i = 0; *name && i + 1 < offers->count; i++) {
		const struct offer *offer = &offers->all[i];

		if ((offer->kind == OFFER_CONTAINER || offer->kind == OFFER_IMAGE) &&
			strcmp(strchr(offer->title, ' ') + 1, name) == 0)
			return true;
	}
	return false;
}

/* "stop -t 3 web" is a command line; "stop" alone is looked for, and then run. */
static bool is_line(const char *typed, const struct offers *offers)
{
	size_t first = strcspn(typed, " ");
	const char *rest = typed + first + strspn(typed + first, " ");

	if (typed_is_words(typed) || !offers->shown_count)
		return true;
	if (!command_is_word(typed, first))
		return false;
	/* As far as the title of an offer goes, that is what is meant; but who is named is named.
	 */
	return names_object(offers, rest) ||
	       strncasecmp(offers->shown[0]->title, typed, strlen(typed)) != 0;
}

void offers_narrow(struct offers *offers, const char *typed)
{
	struct offer *line = &offers->all[offers->count - 1];
	bool first;

	offers->shown_count = 0;
	for (size_t i = 0; i + 1 < offers->count; i++) {
		struct offer *offer = &offers->all[i];

		offer->score = score_of(offer, typed);
		if (offer->score)
			offers->shown[offers->shown_count++] = offer;
	}
	if (offers->shown_count && *typed)
		qsort(offers->shown, offers->shown_count, sizeof(*offers->shown), best_first);
	if (!typed[strspn(typed, " ")])
		return;
	first = is_line(typed, offers);
	set_line(line, typed);
	if (first)
		memmove(offers->shown + 1, offers->shown,
			offers->shown_count * sizeof(*offers->shown));
	offers->shown[first ? 0 : offers->shown_count] = line;
	offers->shown_count++;
}

/* ---- taking one ---- */

void offer_take(struct app *app, const struct offer *offer)
{
	char filter[320];

	if (offer->why_not) {
		app_toast(app, ROLE_WARN, "%s: %s", offer->title, offer->why_not);
		return;
	}
	switch (offer->kind) {
	case OFFER_ACTION:
		app_do(app, offer->action);
		return;
	case OFFER_CONTAINER:
		snprintf(filter, sizeof(filter), "id:%.12s", offer->line);
		app_show_containers(app, filter);
		return;
	case OFFER_IMAGE:
		app_do(app, ACTION_IMAGES);
		images_filter(app, offer->line);
		return;
	case OFFER_WORDS:
		typed_do(app, offer->title);
		return;
	case OFFER_LINE:
		typed_do(app, offer->line);
		return;
	}
}
