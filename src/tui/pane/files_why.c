/* files_why.c - the story of the selected path, as it is told on the screen. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/files.h"

enum { SHOWN_DIFF_LINES = 200 };

struct canvas files_next_line(struct files_writing *w)
{
	size_t line = w->line++;

	if (line < w->top || line - w->top >= (size_t)w->canvas.h)
		return canvas_sub(w->canvas, 0, 0, w->canvas.w, 0);
	return canvas_sub(w->canvas, 0, (int)(line - w->top), w->canvas.w, 1);
}

void files_put_wrapped(struct files_writing *w, enum role role, const char *text)
{
	while (*text) {
		size_t len = text_line(text, w->canvas.w - 2);

		canvas_textn(files_next_line(w), 1, 0, role, text, len);
		text += len;
		text += strspn(text, " \n");
	}
}

static const char *deed_word(const struct strata_step *step, const struct index_entry *entry)
{
	if (step->deed == STRATA_DELETES || step->deed == STRATA_DELETES_NOTHING)
		return "whiteout";
	if (step->deed == STRATA_DELETES_ABOVE)
		return "deleted above";
	if (step->deed == STRATA_CLEARS_ABOVE)
		return "opaque above";
	if (step->deed == STRATA_TURNS_ABOVE)
		return "replaced above";
	if (entry->flags & INDEX_OPAQUE)
		return step->wins ? "opaque" : "opaque below";
	if (step->wins)
		return "visible";
	return S_ISDIR(entry->mode) ? "merged" : "shadowed";
}

static char step_mark(const struct strata_step *step)
{
	switch (step->deed) {
	case STRATA_ADDS:
		return '+';
	case STRATA_CHANGES:
		return '~';
	case STRATA_TOUCHES:
		return 'm';
	case STRATA_TURNS:
		return '!';
	case STRATA_CLEARS:
	case STRATA_CLEARS_ABOVE:
		return 'o';
	case STRATA_REPEATS:
		return '=';
	default:
		return '-';
	}
}

static int put_facts(struct canvas line, int x, const struct index_entry *entry, enum role role)
{
	char bytes[FIGURE_MAX];

	if (!entry || entry->flags & INDEX_WHITEOUT)
		return x;
	canvas_right(
		line, x, 0, 6, role, S_ISREG(entry->mode) ? format_bytes(entry->size, bytes) : "-");
	x = canvas_textf(line, x + 7, 0, ROLE_DIM, "%04o", entry->mode & 07777u);
	if (line.w >= 44)
		x = canvas_textf(line, x + 1, 0, ROLE_DIM, entry->uid ? "%u" : "root", entry->uid);
	if (line.w >= 60 && S_ISREG(entry->mode) && !(entry->flags & INDEX_UNREAD))
		x = canvas_textf(
			line, x + 1, 0, ROLE_DIM, "%02x%02x", entry->hash[0], entry->hash[1]);
	return x;
}

/* Whether it is what shows on its side of a comparison. */
static bool shows_on_its_side(const struct files *files, const struct strata_step *step)
{
	struct strata_span before = explorer_before(files->explorer);
	struct strata_state state =
		strata_state_in(layers_strata(explorer_layers(files->explorer)), files->story.spot,
			step->layer < before.to ? before : explorer_after(files->explorer));

	return state.shown && state.shown->layer == step->layer;
}

/* Of two that are compared, each has its own story: only what shows is told from what does not. */
static void put_side(const struct files *files, struct canvas line, const struct strata_step *step)
{
	const struct index_entry *entry = files_entry_of(files, step);
	bool shows = shows_on_its_side(files, step);
	enum role role = shows ? ROLE_TITLE : ROLE_DIM;
	char name[16];

	canvas_textf(
		line, 1, 0, role, "%-3s", explorer_layer_name(files->explorer, step->layer, name));
	canvas_text(line, 7, 0, role,
		entry->flags & INDEX_WHITEOUT ? "whiteout"
		: shows                       ? "shows"
					      : "below");
	put_facts(line, 17, entry, role);
}

static void put_step(const struct files *files, struct canvas line, const struct strata_step *step)
{
	const struct index_entry *entry = files_entry_of(files, step);
	bool counts = step->layer < explorer_after(files->explorer).to;
	enum role role = !counts ? ROLE_DIM : step->wins ? ROLE_TITLE : ROLE_TEXT;
	char name[16], words[200];
	int x;

	canvas_textf(
		line, 1, 0, role, "%-3s", explorer_layer_name(files->explorer, step->layer, name));
	canvas_textf(line, 5, 0, counts ? files_mark_role(step_mark(step)) : ROLE_DIM, "%c",
		step_mark(step));
	canvas_text(line, 7, 0, role, counts ? deed_word(step, entry) : "not yet");
	x = put_facts(line, 17, entry, role);
	if (x + 12 >= line.w)
		return;
	files_step_words(
		layers_at(explorer_layers(files->explorer), step->layer), words, sizeof(words));
	canvas_cut(line, x + 2, 0, line.w - x - 3, ROLE_DIM, words);
}

static void put_diff_line(
	struct canvas line, const struct layers_diff *diff, const struct layers_diff_line *one)
{
	static const enum role roles[] = {ROLE_INFO, ROLE_DIM, ROLE_BAD, ROLE_OK};
	char shown[FILE_LINE_MAX + FILE_TAB];
	int x = canvas_textf(line, 1, 0, roles[one->kind], "%s",
		one->kind == LINEDIFF_HUNK      ? "@@ "
		: one->kind == LINEDIFF_ADDED   ? "+"
		: one->kind == LINEDIFF_REMOVED ? "-"
						: " ");

	canvas_textn(line, x, 0, roles[one->kind], shown,
		file_expand(buf_text(&diff->text) + one->text, one->len, shown));
}

static void put_diff(const struct files *files, struct files_writing *w)
{
	const struct files_story *story = &files->story;
	const struct layers_diff *diff = story->diff;
	char old[16], new[16];
	struct canvas line;
	int x;

	if (!diff && !*story->why_not)
		return;
	files_next_line(w);
	line = files_next_line(w);
	explorer_layer_name(files->explorer, story->old.layer, old);
	explorer_layer_name(files->explorer, story->new.layer, new);
	x = canvas_textf(line, 1, 0, ROLE_TITLE, "%s to %s", old, new) + 2;
	if (!diff || diff->binary) {
		canvas_cut(line, x, 0, line.w - x - 1, ROLE_DIM,
			diff ? "binary, and not the same" : story->why_not);
		return;
	}
	x = canvas_textf(line, x, 0, ROLE_OK, "+%u", diff->sum.added) + 1;
	canvas_textf(line, x, 0, ROLE_BAD, "-%u", diff->sum.removed);
	for (size_t i = 0; i < diff->count && i < SHOWN_DIFF_LINES; i++)
		put_diff_line(files_next_line(w), diff, &diff->lines[i]);
}

static void put_story(struct files *files, struct files_writing *w)
{
	const struct files_story *story = &files->story;

	bool sides = layers_stacks(explorer_layers(files->explorer)) == 2;

	for (size_t i = story->count; i-- > 0;)
		if (!sides)
			put_step(files, files_next_line(w), &story->steps[i]);
		else if (files_entry_of(files, &story->steps[i]))
			put_side(files, files_next_line(w), &story->steps[i]);
	files_put_wrapped(w, ROLE_TEXT, buf_text(&story->sentence));
	put_diff(files, w);
}

/* Another thing is told from its first line on. */
static void why_of(struct files *files)
{
	size_t of;

	if (files->focus != FILES_WHY)
		files->tells_layer = files->focus == FILES_LAYERS;
	of = files->tells_layer ? files->layers.selected : SIZE_MAX;
	if (files->why_of != of)
		files->why_top = 0;
	files->why_of = of;
}

void files_why_paint(struct files *files, struct canvas canvas)
{
	const struct strata *strata = layers_strata(explorer_layers(files->explorer));
	char title[INDEX_PATH_MAX + 2] = "Provenance";
	struct files_writing w;

	why_of(files);
	w = (struct files_writing){
		canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1), files->why_top, 0};
	if (files->tells_layer) {
		files_about_layer(files, &w, title, sizeof(title));
	} else if (files->story.spot != STRATA_NONE) {
		title[0] = '/';
		strata_path(strata, files->story.spot, title + 1);
		put_story(files, &w);
	}
	files->why_lines = w.line;
	files_rule(canvas, files->focus == FILES_WHY, title);
}
