/* files_why.c - where the selected path comes from: every version of it, one sentence why, and what
 * differs between the last two. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/files.h"

enum { REST_MS = 120, SHOWN_DIFF_LINES = 200 };

/* ---- the story ---- */

static void forget_diff(struct files *files)
{
	struct files_story *story = &files->story;
	struct world *world = app_world(files->pane.app);

	world->ops->layers->forget(world, take(story->asked));
	layers_diff_free(take(story->diff));
	story->why_not[0] = '\0';
	story->ask_ms = -1;
	story->wanted = story->paired = false;
}

void files_story_fini(struct files *files)
{
	forget_diff(files);
	free(take(files->story.steps));
	buf_fini(&files->story.sentence);
	files->story.count = 0;
	files->story.spot = STRATA_NONE;
}

static void put_size(struct buf *out, uint64_t bytes)
{
	char text[FIGURE_MAX];

	buf_adds(out, format_bytes(bytes, text));
}

static void put_layer(struct buf *out, unsigned layer, void *arg)
{
	const struct files *files = arg;
	char name[16];

	buf_adds(out, layers_at(explorer_layers(files->explorer), layer)->live
			      ? "The container"
			      : explorer_layer_name(files->explorer, layer, name));
}

static void put_path(struct buf *out, const struct strata *strata, uint32_t spot, void *arg)
{
	char path[INDEX_PATH_MAX];

	(void)arg;
	strata_path(strata, spot, path);
	buf_addf(out, "/%s", path);
}

static const struct index_entry *entry_of(const struct files *files, const struct strata_step *step)
{
	if (step->entry == STRATA_NONE)
		return NULL;
	return index_at(strata_index(layers_strata(explorer_layers(files->explorer)), step->layer),
		step->entry);
}

static bool has_content(const struct index_entry *entry)
{
	return entry && !(entry->flags & INDEX_WHITEOUT) &&
	       (S_ISREG(entry->mode) || S_ISLNK(entry->mode));
}

/* The newest two versions that count and have content that differs. */
static bool find_pair(struct files *files)
{
	struct files_story *story = &files->story;
	const struct strata_step *new = NULL;

	for (size_t i = story->count; i-- > 0;) {
		const struct strata_step *step = &story->steps[i];

		if (step->layer >= explorer_after(files->explorer).to ||
			!has_content(entry_of(files, step)))
			continue;
		if (!new) {
			new = step;
			continue;
		}
		story->old = (struct layers_version){story->spot, step->layer};
		story->new = (struct layers_version){story->spot, new->layer};
		story->paired = true;
		return new->deed == STRATA_CHANGES || new->deed == STRATA_ADDS;
	}
	return false;
}

/* What shows on either side of a comparison. */
static bool find_sides(struct files *files, struct strata_state *was, struct strata_state *is)
{
	struct files_story *story = &files->story;
	const struct strata *strata = layers_strata(explorer_layers(files->explorer));

	*was = strata_state_in(strata, story->spot, explorer_before(files->explorer));
	*is = strata_state_in(strata, story->spot, explorer_after(files->explorer));
	if (!was->shown || !is->shown || !has_content(strata_entry(strata, was->shown)) ||
		!has_content(strata_entry(strata, is->shown)))
		return false;
	story->old = (struct layers_version){story->spot, was->shown->layer};
	story->new = (struct layers_version){story->spot, is->shown->layer};
	story->paired = true;
	return strata_compare(strata, was->shown, is->shown) & STRATA_CONTENT;
}

static void put_differences(struct buf *out, unsigned difference)
{
	static const struct {
		unsigned bit;
		const char *word;
	} words[] = {{STRATA_TYPE, "type"}, {STRATA_CONTENT, "content"}, {STRATA_MODE, "mode"},
		{STRATA_OWNER, "owner"}, {STRATA_XATTRS, "attributes"}};
	bool first = true;

	for (size_t i = 0; i < array_len(words); i++)
		if (difference & words[i].bit) {
			buf_addf(out, "%s%s", first ? "" : ", ", words[i].word);
			first = false;
		}
	if (first)
		buf_adds(out, "nothing but its time");
}

/* Two images, or an image and a container, have no common story. */
static void tell_both(struct files *files)
{
	const struct strata *strata = layers_strata(explorer_layers(files->explorer));
	struct buf *out = &files->story.sentence;
	struct strata_state was, is;
	unsigned difference;
	char name[16];

	if (find_sides(files, &was, &is))
		files->story.ask_ms = app_now_ms(files->pane.app) + REST_MS;
	if (!was.shown && !is.shown) {
		buf_adds(out, "Neither has it.");
		return;
	}
	if (!was.shown || !is.shown) {
		buf_addf(out, "Only %s has it, from %s.",
			was.shown ? files->name : files->other_name,
			explorer_layer_name(files->explorer,
				was.shown ? was.shown->layer : is.shown->layer, name));
		return;
	}
	difference = strata_compare(strata, was.shown, is.shown);
	if (!(difference & ~(unsigned)STRATA_MTIME)) {
		buf_adds(out, "It is the same in both.");
		return;
	}
	buf_adds(out, "Between ");
	buf_adds(out, explorer_layer_name(files->explorer, was.shown->layer, name));
	buf_adds(out, " and ");
	buf_adds(out, explorer_layer_name(files->explorer, is.shown->layer, name));
	buf_adds(out, " differs: ");
	put_differences(out, difference);
	buf_addc(out, '.');
}

/* The layers whose versions are told: of two that are compared both. */
static struct strata_span story_stack(const struct files *files)
{
	struct strata_span stack = explorer_stack(files->explorer);

	if (layers_stacks(explorer_layers(files->explorer)) == 2)
		stack.from = 0;
	return stack;
}

static void tell(struct files *files)
{
	struct files_story *story = &files->story;
	const struct strata *strata = layers_strata(explorer_layers(files->explorer));
	const struct strata_words words = {put_size, put_layer, put_path, files};
	unsigned to = explorer_after(files->explorer).to;
	struct err err;

	if (strata_story(strata, story->spot, story_stack(files), to, &story->steps, &story->count,
		    &err) < 0)
		return;
	if (layers_stacks(explorer_layers(files->explorer)) == 2) {
		tell_both(files);
		return;
	}
	strata_explain(
		strata, story->spot, story->steps, story->count, to, &words, &story->sentence);
	if (find_pair(files))
		story->ask_ms = app_now_ms(files->pane.app) + REST_MS;
}

void files_story_of(struct files *files)
{
	struct files_story *story = &files->story;
	struct layers_row row;
	uint32_t spot = files_selected(files, &row) ? row.spot : STRATA_NONE;
	unsigned height = explorer_after(files->explorer).to;

	if (story->spot == spot && story->height == height && story->steps)
		return;
	files_story_fini(files);
	files->why_top = 0;
	story->spot = spot;
	story->height = height;
	if (spot != STRATA_NONE)
		tell(files);
}

/* ---- the comparison: asked for when the cursor rests ---- */

static void on_diff(void *arg, struct layers_diff *diff, const struct err *err)
{
	struct files *files = arg;

	files->story.asked = NULL;
	files->story.diff = diff;
	if (err)
		snprintf(files->story.why_not, sizeof(files->story.why_not), "%.199s", err->text);
	app_dirty(files->pane.app);
	if (files->story.wanted) {
		files->story.wanted = false;
		files_show_diff(files);
	}
}

int64_t files_story_deadline(const struct files *files)
{
	return files->story.ask_ms;
}

void files_story_tick(struct files *files)
{
	struct files_story *story = &files->story;
	struct world *world = app_world(files->pane.app);

	if (story->ask_ms < 0 || app_now_ms(files->pane.app) < story->ask_ms)
		return;
	story->ask_ms = -1;
	story->asked = world->ops->layers->diff(
		world, explorer_layers(files->explorer), story->old, story->new, on_diff, files);
}

/* ---- painting ---- */

/* Lines are counted even where they are not seen: that is how far one can scroll. */
struct writing {
	struct canvas canvas;
	size_t top, line;
};

/* The canvas of the next line; of no height when it is not in view. */
static struct canvas next_line(struct writing *w)
{
	size_t line = w->line++;

	if (line < w->top || line - w->top >= (size_t)w->canvas.h)
		return canvas_sub(w->canvas, 0, 0, w->canvas.w, 0);
	return canvas_sub(w->canvas, 0, (int)(line - w->top), w->canvas.w, 1);
}

/* Broken at blanks where there are some. */
static void put_wrapped(struct writing *w, enum role role, const char *text)
{
	size_t len = strlen(text);
	int width = w->canvas.w - 2;

	while (*text && width > 4) {
		size_t fits = text_fit(text, len, width), end = fits;

		if (fits < len)
			while (end > fits / 2 && text[end] != ' ')
				end--;
		if (end <= fits / 2)
			end = fits;
		canvas_textn(next_line(w), 1, 0, role, text, end);
		text += end;
		len -= end;
		while (*text == ' ') {
			text++;
			len--;
		}
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
	const struct index_entry *entry = entry_of(files, step);
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
	const struct index_entry *entry = entry_of(files, step);
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

static void put_diff(const struct files *files, struct writing *w)
{
	const struct files_story *story = &files->story;
	const struct layers_diff *diff = story->diff;
	char old[16], new[16];
	struct canvas line;
	int x;

	if (!diff && !*story->why_not)
		return;
	next_line(w);
	line = next_line(w);
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
		put_diff_line(next_line(w), diff, &diff->lines[i]);
}

static void put_story(struct files *files, struct writing *w)
{
	const struct files_story *story = &files->story;

	bool sides = layers_stacks(explorer_layers(files->explorer)) == 2;

	for (size_t i = story->count; i-- > 0;)
		if (!sides)
			put_step(files, next_line(w), &story->steps[i]);
		else if (entry_of(files, &story->steps[i]))
			put_side(files, next_line(w), &story->steps[i]);
	put_wrapped(w, ROLE_TEXT, buf_text(&story->sentence));
	put_diff(files, w);
}

void files_why_paint(struct files *files, struct canvas canvas)
{
	struct writing w = {canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1), files->why_top, 0};
	const struct strata *strata = layers_strata(explorer_layers(files->explorer));
	char title[INDEX_PATH_MAX + 2] = "Provenance";

	if (files->story.spot != STRATA_NONE) {
		title[0] = '/';
		strata_path(strata, files->story.spot, title + 1);
		put_story(files, &w);
	}
	files->why_lines = w.line;
	files_rule(canvas, files->focus == FILES_WHY, title);
}
