/* images_remove.c - the question before images go: of one name, or of all that are marked. */
#include <stdio.h>

#include "tui/pane/images_own.h"

enum { NAMED = 5, MANY = 5 }; /* in a question; more than so many want their number typed */

static const struct choice choices[] = {{'n', "Cancel"}, {'y', "Remove"}};

static size_t names_of(const struct images *view, const char *id)
{
	size_t count, names = 0;
	const struct image_entry *rows = model_images(app_model(view->pane.app), &count);

	for (size_t i = 0; i < count; i++)
		names += strcmp(rows[i].id, id) == 0;
	return names;
}

/* A name, or the beginning of the id of one that has none. */
static const char *called(const struct image_entry *row, char short_id[13])
{
	snprintf(short_id, 13, "%.12s", row->id);
	return *row->reference ? row->reference : short_id;
}

/* ---- one ---- */

static void on_one(struct app *app, void *arg, int index)
{
	if (index == 1)
		app_remove_image(app, arg);
}

/* A name is taken away; the image goes with its last one. */
static void ask_about_one(struct images *view, const struct image_entry *row)
{
	struct app *app = view->pane.app;
	char title[320], command[340], short_id[13], undo[80];
	const char *who = called(row, short_id);
	bool last = names_of(view, row->id) == 1;
	const char *last_lines[] = {"The image goes with its last name; nothing brings it back but",
		"pulling, loading or building it again.", "", command};
	const char *name_lines[] = {
		"The name goes; the image stays under its others.", undo, "", command};
	struct pane *dialog;
	char *copy;

	snprintf(undo, sizeof(undo), "Undo: yes (%s).", keymap_label(app_keymap(app), ACTION_UNDO));
	if (row->containers && last) {
		app_toast(app, ROLE_WARN, "%s is used by %u container%s: %s shows them", who,
			row->containers, row->containers == 1 ? "" : "s",
			keymap_label_in(app_keymap(app), CONTEXT_IMAGES, ACTION_USERS));
		return;
	}
	snprintf(title, sizeof(title), "Remove %s?", who);
	snprintf(command, sizeof(command), "Same as: davit rmi %s", who);
	if (app_refuses(app, command + strlen("Same as: ")))
		return;
	copy = strdup(who);
	dialog = copy ? dialog_new(app, title, last ? last_lines : name_lines,
				array_len(last_lines), choices, array_len(choices), 0, on_one, copy)
		      : NULL;
	if (!dialog)
		free(copy);
	app_push(app, dialog);
}

/* ---- all that are marked ---- */

struct doomed {
	const struct image_entry **rows; /* one a name, those of one image together */
	size_t names;
	size_t going, kept, used; /* images: with all their names, under others, by containers */
};

static void on_many(struct app *app, void *arg, int index)
{
	char *line = arg;
	auto_strs names = STRS_INIT;

	for (char *name = index == 1 ? strtok_r(line, " ", &line) : NULL; name;
		name = strtok_r(NULL, " ", &line))
		strs_add(&names, name);
	if (names.len)
		app_remove_images(app, &names);
}

static int by_id(const void *a, const void *b)
{
	return strcmp((*(const struct image_entry *const *)a)->id,
		(*(const struct image_entry *const *)b)->id);
}

/* What becomes of each image, once the marked names are gone. */
static void weigh(const struct images *view, struct doomed *doomed)
{
	qsort(doomed->rows, doomed->names, sizeof(*doomed->rows), by_id);
	for (size_t i = 0, k; i < doomed->names; i = k) {
		const struct image_entry *row = doomed->rows[i];

		for (k = i + 1; k < doomed->names && strcmp(doomed->rows[k]->id, row->id) == 0;)
			k++;
		if (k - i < names_of(view, row->id))
			doomed->kept++;
		else if (row->containers)
			doomed->used++;
		else
			doomed->going++;
	}
}

static void put_count(struct strs *lines, size_t count, const char *one, const char *many)
{
	if (count)
		strs_addf(lines, "%zu image%s %s", count, count == 1 ? "" : "s",
			count == 1 ? one : many);
}

static void put_lines(const struct doomed *doomed, const char *command, struct strs *lines)
{
	char short_id[13];

	for (size_t i = 0; i < doomed->names && i < NAMED; i++)
		strs_addf(lines, "  %s", called(doomed->rows[i], short_id));
	if (doomed->names > NAMED)
		strs_addf(lines, "  and %zu more", doomed->names - NAMED);
	strs_add(lines, "");
	put_count(lines, doomed->going,
		"goes with its last name; nothing brings it back but pulling, loading or building "
		"it again.",
		"go with their last names; nothing brings them back but pulling, loading or "
		"building them again.");
	put_count(lines, doomed->kept, "stays under its other names.",
		"stay under their other names.");
	put_count(lines, doomed->used, "is used by containers, and stays.",
		"are used by containers, and stay.");
	strs_add(lines, "");
	strs_addf(lines, "Same as: davit rmi %s",
		doomed->names > NAMED ? "and all these names" : command);
}

static struct pane *question(struct app *app, const struct doomed *doomed, char *command)
{
	auto_strs lines = STRS_INIT;
	char title[60], word[24];

	put_lines(doomed, command, &lines);
	if (strs_failed(&lines))
		return NULL;
	snprintf(title, sizeof(title), "Remove %zu names?", doomed->names);
	snprintf(word, sizeof(word), "%zu", doomed->names);
	if (doomed->going > MANY)
		return typed_new(app, title, &lines, word, on_many, command);
	return dialog_new(app, title, (const char *const *)lines.v, lines.len, choices,
		array_len(choices), 0, on_many, command);
}

static void ask_about_many(struct images *view, struct doomed *doomed)
{
	struct app *app = view->pane.app;
	auto_buf command = BUF_INIT;
	char short_id[13], said[60];
	struct pane *asked;
	char *names;

	weigh(view, doomed);
	for (size_t i = 0; i < doomed->names; i++)
		buf_addf(&command, "%s%s", i ? " " : "", called(doomed->rows[i], short_id));
	snprintf(said, sizeof(said), "davit rmi %.40s", buf_text(&command));
	if (app_refuses(app, said))
		return;
	names = buf_failed(&command) ? NULL : strdup(buf_text(&command));
	asked = names ? question(app, doomed, names) : NULL;
	if (!asked)
		free(names);
	app_push(app, asked);
}

void images_ask_to_remove(struct images *view, const struct image_entry *row)
{
	struct doomed doomed = {.names = images_marked(view, NULL)};

	if (doomed.names < 2) {
		images_marked(view, &row);
		ask_about_one(view, row);
		return;
	}
	doomed.rows = calloc(doomed.names, sizeof(*doomed.rows));
	if (!doomed.rows) {
		app_toast(view->pane.app, ROLE_BAD, "out of memory");
		return;
	}
	images_marked(view, doomed.rows);
	ask_about_many(view, &doomed);
	free(doomed.rows);
}
