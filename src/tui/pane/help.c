/* help.c - the keys that mean something here, straight from the key map; what is typed is looked
 * for among all keys and in the manual. */
#include <stdio.h>

#include "tui/manual.h"
#include "tui/pane/pane.h"
#include "tui/widget/list.h"
#include "tui/widget/prompt.h"

enum { COLUMN = 25, KEY_WIDTH = 6, FOUND_MAX = 60 };

/* What was found for what is typed. */
struct found {
	enum { FOUND_KEY, FOUND_TOPIC, FOUND_LINE } kind;
	const struct keymap_entry *entry;
	struct manual_match match;
};

struct help {
	struct pane pane;
	struct prompt prompt;
	struct list list;
	int skip;  /* columns of keys to the left of what is seen */
	bool more; /* and there are some to the right */
	struct found found[FOUND_MAX];
	size_t count;
};

static const char *headline(enum context context)
{
	switch (context) {
	case CONTEXT_MOVE:
		return "MOVE";
	case CONTEXT_CONTAINERS:
		return "ACT ON ROW OR MARKS";
	case CONTEXT_IMAGES:
		return "IMAGES";
	case CONTEXT_JOURNAL:
		return "JOURNAL";
	case CONTEXT_LOGS:
		return "LOG";
	case CONTEXT_TEXT:
		return "TEXT";
	case CONTEXT_DETAIL:
		return "ONE CONTAINER";
	case CONTEXT_STATS:
		return "STATISTICS";
	case CONTEXT_TREE:
		return "INSPECT";
	case CONTEXT_RESULTS:
		return "RESULTS";
	case CONTEXT_RESOURCES:
		return "RESOURCES";
	case CONTEXT_LEARN:
	case CONTEXT_LESSON:
		return "LESSONS";
	case CONTEXT_FIGURE:
		return "FIGURES";
	case CONTEXT_HOOD:
		return "UNDER THE HOOD";
	case CONTEXT_TOP:
		return "PROCESSES";
	case CONTEXT_BUILDS:
		return "BUILDS";
	case CONTEXT_BUILD:
		return "ONE BUILD";
	case CONTEXT_JOBS:
		return "JOBS";
	case CONTEXT_JOB:
		return "ONE JOB";
	case CONTEXT_FILES:
		return "FILES";
	case CONTEXT_FILE:
		return "ONE FILE";
	case CONTEXT_DIFF:
		return "DIFFERENCES";
	case CONTEXT_WASTE:
		return "WASTE";
	case CONTEXT_LIFE:
		return "ITS LIFE";
	default:
		return "EVERYWHERE";
	}
}

/* Where the next line goes: down one column, then the next. */
struct flow {
	struct canvas canvas;
	int x, y;
	bool more; /* something did not fit */
};

static struct canvas next_line(struct flow *flow)
{
	struct canvas line;

	if (flow->y >= flow->canvas.h) {
		flow->x += COLUMN;
		flow->y = 0;
	}
	line = canvas_sub(flow->canvas, flow->x, flow->y++, COLUMN, 1);
	/* A column is seen whole or not at all, but for the only one. */
	if (flow->x > 0 && flow->x + COLUMN - 1 > flow->canvas.w)
		flow->more = true;
	else if (flow->x >= 0)
		return line;
	return canvas_sub(flow->canvas, 0, 0, 0, 0);
}

static void paint_block(struct help *help, struct flow *flow, enum context context)
{
	size_t count;
	const struct keymap_entry *entries = keymap_entries(&count);

	/* A headline alone at the foot of a column is none. */
	if (flow->y > flow->canvas.h - 3)
		flow->y = flow->canvas.h;
	else
		flow->y += flow->y > 0;
	canvas_text(next_line(flow), 0, 0, ROLE_TITLE, headline(context));
	for (size_t i = 0; i < count; i++) {
		struct canvas line;
		bool idle;

		if (entries[i].context != context)
			continue;
		line = next_line(flow);
		idle = app_why_not(help->pane.app, entries[i].action);
		canvas_cut(line, 0, 0, KEY_WIDTH, idle ? ROLE_DIM : ROLE_KEY,
			keymap_label_in(app_keymap(help->pane.app), context, entries[i].action));
		canvas_cut(line, KEY_WIDTH, 0, COLUMN - KEY_WIDTH - 1, idle ? ROLE_DIM : ROLE_TEXT,
			entries[i].help);
	}
}

/* ---- searching ---- */

static struct found *add(struct help *help)
{
	return help->count < FOUND_MAX ? &help->found[help->count++] : NULL;
}

static void find_keys(struct help *help, const char *words)
{
	size_t count;
	const struct keymap_entry *entries = keymap_entries(&count);

	for (size_t i = 0; i < count; i++) {
		struct found *found;

		if (!strcasestr(entries[i].help, words) && !strcasestr(entries[i].name, words) &&
			strcmp(keymap_label_in(app_keymap(help->pane.app), entries[i].context,
				       entries[i].action),
				words) != 0)
			continue;
		if ((found = add(help)))
			*found = (struct found){.kind = FOUND_KEY, .entry = &entries[i]};
	}
}

static void find_topics(struct help *help, const char *words)
{
	const struct topic *topic;

	for (size_t i = 0; (topic = manual_topic(i)); i++) {
		struct found *found;

		if ((strcasestr(topic->name, words) || strcasestr(topic->title, words)) &&
			(found = add(help)))
			*found = (struct found){.kind = FOUND_TOPIC, .match.topic = topic};
	}
}

static void find_lines(struct help *help, const char *words)
{
	struct manual_match matches[FOUND_MAX];
	size_t count = manual_search(words, MANUAL_WIDTH, matches, FOUND_MAX);

	for (size_t i = 0; i < count; i++) {
		struct found *found = add(help);

		if (found)
			*found = (struct found){.kind = FOUND_LINE, .match = matches[i]};
	}
}

static void search(struct help *help)
{
	const char *words = help->prompt.text;

	help->count = 0;
	if (*words) {
		find_keys(help, words);
		find_topics(help, words);
		if (words[1]) /* one letter is in every line */
			find_lines(help, words);
	}
	help->list = (struct list){.count = help->count};
}

/* ---- painting ---- */

static void paint_found(struct help *help, struct canvas canvas, const struct found *found)
{
	if (found->kind == FOUND_KEY) {
		canvas_cut(canvas, 1, 0, 12, ROLE_KEY,
			keymap_label_in(app_keymap(help->pane.app), found->entry->context,
				found->entry->action));
		canvas_cut(canvas, 14, 0, 26, ROLE_TEXT, found->entry->help);
		canvas_textf(canvas, 41, 0, ROLE_DIM, "%s.%s",
			keymap_context_name(found->entry->context), found->entry->name);
		return;
	}
	canvas_cut(canvas, 1, 0, 12, ROLE_INFO, found->match.topic->name);
	canvas_cut(canvas, 14, 0, canvas.w - 15,
		found->kind == FOUND_TOPIC ? ROLE_TITLE : ROLE_TEXT,
		found->kind == FOUND_TOPIC ? found->match.topic->title : found->match.text);
}

static void paint_results(struct help *help, struct canvas canvas)
{
	list_fit(&help->list, help->count, canvas.h > 0 ? (size_t)canvas.h : 0);
	if (!help->count)
		canvas_text(canvas, 1, 0, ROLE_DIM, "Neither a key nor a page of the manual.");
	for (int y = 0; y < canvas.h; y++) {
		size_t i = help->list.top + (size_t)y;
		struct canvas row = canvas_sub(canvas, 0, y, canvas.w, 1);

		if (i >= help->count)
			return;
		paint_found(help, row, &help->found[i]);
		if (i == help->list.selected)
			canvas_bar(row, 0, ROLE_SELECTION);
	}
}

/* From the inside out, as keys are looked for. */
static void paint_keys(struct help *help, struct canvas canvas)
{
	struct flow flow = {.canvas = canvas, .x = -help->skip * COLUMN};
	struct pane *pane = app_pane(help->pane.app), *panes[8];
	size_t depth = 0;

	for (; pane && depth < array_len(panes);
		pane = pane->ops->inner ? pane->ops->inner(pane) : NULL)
		panes[depth++] = pane;
	for (size_t i = depth; i-- > 0;) {
		enum context context = panes[i]->ops->context;

		if (context != CONTEXT_GLOBAL && context != CONTEXT_MOVE)
			paint_block(help, &flow, context);
		if (panes[i]->ops->inner && panes[i]->ops->fallback != CONTEXT_GLOBAL)
			paint_block(help, &flow, panes[i]->ops->fallback);
	}
	paint_block(help, &flow, CONTEXT_MOVE);
	paint_block(help, &flow, CONTEXT_GLOBAL);
	help->more = flow.more;
}

static void help_paint(struct pane *pane, struct canvas canvas)
{
	struct help *help = container_of(pane, struct help, pane);
	int w = canvas.w > 134 ? 134 : canvas.w, h = canvas.h > 30 ? 30 : canvas.h, x;
	struct canvas box = canvas_sub(canvas, (canvas.w - w) / 2, (canvas.h - h) / 2, w, h);
	struct canvas inside = canvas_sub(box, 2, 1, w - 4, h - 2);
	struct canvas below = canvas_sub(inside, 0, 1, inside.w, inside.h - 1);

	canvas_clear(box, ROLE_TEXT);
	canvas_box(box, ROLE_FOCUS, ROLE_TITLE, "Help");
	if (*help->prompt.text)
		paint_results(help, below);
	else
		paint_keys(help, below);
	x = canvas_text(inside, 0, 0, ROLE_KEY, "Search: ");
	if (!*help->prompt.text)
		canvas_cut(inside, x + 1, 0, inside.w - x - (help->more ? 14 : 1), ROLE_DIM,
			"type a word: keys and the manual are looked through");
	prompt_paint(&help->prompt, inside, x, 0, ROLE_TEXT);
	if (help->more && !*help->prompt.text)
		canvas_right(inside, x, 0, inside.w - x, ROLE_KEY, "Right: more");
}

/* ---- keys ---- */

static void open_found(struct help *help)
{
	struct app *app = help->pane.app;
	struct pane *page;

	if (help->list.selected >= help->count)
		return;
	if (help->found[help->list.selected].kind == FOUND_KEY)
		return;
	page = manual_new(app, help->found[help->list.selected].match.topic->name,
		help->found[help->list.selected].match.line);
	if (page)
		app_push(app, page);
}

static bool help_key(struct pane *pane, const struct key *key)
{
	struct help *help = container_of(pane, struct help, pane);
	bool empty = !*help->prompt.text;
	enum action action = keymap_find(app_keymap(pane->app), CONTEXT_MOVE, key);

	if (key->code == KEY_ESC && !empty) {
		prompt_set(&help->prompt, "");
		search(help);
	} else if (key->code == KEY_ESC || key->code == KEY_CONTROL('c') ||
		   (empty && (action == ACTION_HELP || action == ACTION_BACK))) {
		app_close(pane->app, pane);
	} else if (key->code == KEY_ENTER) {
		open_found(help);
	} else if (empty && (key->code == KEY_RIGHT || key->code == KEY_PAGE_DOWN)) {
		help->skip += help->more;
	} else if (empty && (key->code == KEY_LEFT || key->code == KEY_PAGE_UP)) {
		help->skip -= help->skip > 0;
	} else if (key->code >= KEY_FIRST && list_move(&help->list, action, 0)) {
		return true;
	} else if (prompt_key(&help->prompt, key)) {
		search(help);
	}
	return true;
}

static void help_hints(struct pane *pane, struct canvas canvas)
{
	struct help *help = container_of(pane, struct help, pane);

	hint_words(canvas,
		*help->prompt.text ? "Up Down choose   Enter the page   Esc all keys"
		: help->more || help->skip
			? "Left Right more keys   Grey ones do nothing at the moment   Esc back"
			: "Grey keys do nothing at the moment   Esc back");
}

static void help_free(struct pane *pane)
{
	free(container_of(pane, struct help, pane));
}

static const struct pane_ops help_ops = {
	.title = "Help",
	.context = CONTEXT_GLOBAL,
	.overlay = true,
	.paint = help_paint,
	.key = help_key,
	.hints = help_hints,
	.free = help_free,
};

struct pane *help_new(struct app *app)
{
	struct help *help = calloc(1, sizeof(*help));

	if (!help)
		return NULL;
	help->pane = (struct pane){.ops = &help_ops, .app = app};
	return &help->pane;
}
