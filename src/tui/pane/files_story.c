/* files_story.c - where the selected path comes from: every version of it, one sentence why, and
 * what differs between the last two. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/files.h"

enum { REST_MS = 120 };

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

const struct index_entry *files_entry_of(const struct files *files, const struct strata_step *step)
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
			!has_content(files_entry_of(files, step)))
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

void files_show_diff(struct files *files)
{
	struct files_story *story = &files->story;
	char title[INDEX_PATH_MAX + 40], path[INDEX_PATH_MAX], old[16], new[16];
	struct layers_diff *diff = story->diff;

	if (!diff && !*story->why_not && (story->asked || story->ask_ms >= 0)) {
		story->wanted = true;
		story->ask_ms = story->asked ? -1 : app_now_ms(files->pane.app);
		return;
	}
	if (!diff) {
		app_toast(files->pane.app, ROLE_INFO, "%s",
			*story->why_not ? story->why_not
			: story->paired ? "The content is the same in both versions"
					: "Nothing to compare: one version has content");
		return;
	}
	if (diff->binary) {
		app_toast(files->pane.app, ROLE_INFO,
			"Binary: they differ from byte %llu on, of %llu and %llu",
			(unsigned long long)diff->differs_at, (unsigned long long)diff->old_size,
			(unsigned long long)diff->new_size);
		return;
	}
	strata_path(layers_strata(explorer_layers(files->explorer)), story->spot, path);
	snprintf(title, sizeof(title), "/%s  %s to %s", path,
		explorer_layer_name(files->explorer, story->old.layer, old),
		explorer_layer_name(files->explorer, story->new.layer, new));
	app_push(files->pane.app, file_diff_new(files->pane.app, take(story->diff), title));
	/* The pane has it now; the next look asks again. */
	story->ask_ms = app_now_ms(files->pane.app);
}
