/* figure_files.c - one path through a stack of layers: who adds it, who changes it, who hides it,
 * and what is seen in the end. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/figure_parts.h"

enum { LOOKED_AT = 100000, AT_ONCE = 4096 };

/* ---- which path ---- */

static size_t weight_of(struct strata *strata, uint32_t spot)
{
	size_t count;
	const struct strata_version *versions = strata_versions(strata, spot, &count);
	const struct index_entry *top = count ? strata_entry(strata, &versions[count - 1]) : NULL;

	/* Of two, the one that is seen. */
	return top && !S_ISDIR(top->mode) ? 2 * count - !!(top->flags & INDEX_WHITEOUT) : 0;
}

int figure_liveliest(struct strata *strata, uint32_t *spot, struct err *err)
{
	uint32_t next = 0;
	size_t most = 0;

	while (next != STRATA_NONE && strata_count(strata) < LOOKED_AT)
		if (strata_expand(strata, &next, AT_ONCE, err) < 0)
			return err->code;
	*spot = STRATA_ROOT;
	for (uint32_t i = 1; i < strata_count(strata); i++) {
		size_t weight = weight_of(strata, i);

		if (weight > most) {
			most = weight;
			*spot = i;
		}
	}
	return 0;
}

/* ---- words ---- */

static void put_size(struct buf *out, uint64_t bytes)
{
	char text[FIGURE_SIZE_TEXT];

	buf_adds(out, figure_size(text, bytes));
}

static void put_layer(struct buf *out, unsigned layer, void *arg)
{
	const struct figure_stack *stack = arg;

	if (stack->layers[layer].live)
		buf_adds(out, "the container");
	else
		buf_addf(out, "layer %u", layer + 1);
}

static void put_path(struct buf *out, const struct strata *strata, uint32_t spot, void *arg)
{
	char path[INDEX_PATH_MAX];

	(void)arg;
	strata_path(strata, spot, path);
	buf_addf(out, "/%s", path);
}

static const char *const deeds[] = {
	[STRATA_ADDS] = "adds it",
	[STRATA_CHANGES] = "changes it",
	[STRATA_TOUCHES] = "copies it, to change its mode, owner or attributes",
	[STRATA_REPEATS] = "writes the same again",
	[STRATA_TURNS] = "makes something else of it",
	[STRATA_DELETES] = "deletes it: a whiteout",
	[STRATA_CLEARS] = "hides what lower layers have in it: opaque",
	[STRATA_DELETES_ABOVE] = "deletes a directory above it",
	[STRATA_CLEARS_ABOVE] = "hides what lower layers have in a directory above it",
	[STRATA_TURNS_ABOVE] = "makes something else of a directory above it",
	[STRATA_DELETES_NOTHING] = "deletes it, though nothing is there",
};

/* ---- slabs ---- */

static const struct strata_step *step_of(
	const struct strata_step *steps, size_t count, uint32_t layer)
{
	for (size_t i = 0; i < count; i++)
		if (steps[i].layer == layer)
			return &steps[i];
	return NULL;
}

static void name_layer(
	struct figure *figure, int parent, const struct figure_stack *stack, unsigned layer)
{
	char step[FIGURE_STEP_TEXT];

	if (stack->layers[layer].live)
		figure_box(figure, parent, "what %s wrote", stack->name);
	else
		figure_box(figure, parent, "%u  %s", layer + 1,
			figure_step(stack->layers[layer].created_by, step));
}

static void add_step(struct figure *figure, int parent, const struct figure_stack *stack,
	const struct strata_step *step, const char *path)
{
	const struct layers_layer *layer = &stack->layers[step->layer];
	const struct index_entry *entry =
		step->entry == STRATA_NONE
			? NULL
			: index_at(strata_index(stack->strata, step->layer), step->entry);
	bool has = entry && !(entry->flags & INDEX_WHITEOUT);
	char size[FIGURE_SIZE_TEXT];
	auto_buf quoted = BUF_INIT;

	name_layer(figure, parent, stack, step->layer);
	if (has && S_ISREG(entry->mode))
		figure_value(figure, "%s", figure_size(size, entry->size));
	figure_text(figure, "%s%s", deeds[step->deed],
		step->wins ? ": this is what is seen"
		: has      ? ": hidden by a layer above"
			   : "");
	figure_tone(figure, step->wins ? FIGURE_CHOSEN : FIGURE_GONE);
	figure_words(figure, "%s",
		step->wins ? "The topmost layer that has the path is the one that is read."
		: has      ? "It is still there, in its layer, and still travels with the image."
		      : "A layer cannot take anything out of the one below: it can only say that "
			"it is not to be seen.");
	figure_proof(figure, "%s/%s/%s", stack->root, layer->path, path);
	figure_command(figure, "ls -lad %s",
		figure_quote(&quoted, "%s/%s/%s", stack->root, layer->path, path));
}

static void add_silent(struct figure *figure, int parent, unsigned count)
{
	if (!count)
		return;
	figure_box(figure, parent, "%u layer%s that say%s nothing of it", count,
		count == 1 ? "" : "s", count == 1 ? "s" : "");
	figure_tone(figure, FIGURE_FAINT);
	figure_words(figure, "A layer holds only what changed.");
}

static void add_steps(struct figure *figure, int parent, const struct figure_stack *stack,
	const struct strata_step *steps, size_t count, const char *path)
{
	unsigned silent = 0;

	for (unsigned i = stack->count; i-- > 0;) {
		const struct strata_step *step = step_of(steps, count, i);

		if (!step) {
			silent++;
			continue;
		}
		add_silent(figure, parent, silent);
		silent = 0;
		add_step(figure, parent, stack, step, path);
	}
	add_silent(figure, parent, silent);
}

static bool shows(const struct strata_step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (steps[i].wins)
			return true;
	return false;
}

static void add_seen(struct figure *figure, const struct figure_stack *stack, bool seen,
	const char *path, const char *sentence)
{
	bool live = stack->count && stack->layers[stack->count - 1].live;
	auto_buf quoted = BUF_INIT;

	figure_box(figure, -1, "/%s", path);
	figure_value(figure, seen ? "seen" : "not seen");
	figure_tone(figure, seen ? FIGURE_CHOSEN : FIGURE_GONE);
	figure_text(figure, "%s", sentence);
	figure_words(figure, "What a program sees that opens this path.");
	if (live && stack->pid) {
		figure_proof(figure, "/proc/%d/root/%s", stack->pid, path);
		figure_command(figure, "ls -lad %s",
			figure_quote(&quoted, "/proc/%d/root/%s", stack->pid, path));
	} else if (!live) {
		figure_command(figure, "davit image why %s %s", stack->name,
			figure_quote(&quoted, "/%s", path));
	}
}

int figure_of_files(
	struct figure *figure, const struct figure_stack *stack, uint32_t spot, struct err *err)
{
	const struct strata_words words = {put_size, put_layer, put_path, (void *)stack};
	auto_free struct strata_step *steps = NULL;
	auto_buf sentence = BUF_INIT;
	char path[INDEX_PATH_MAX];
	size_t count;
	int box;

	if (strata_story(stack->strata, spot, (struct strata_span){0, stack->count}, stack->count,
		    &steps, &count, err) < 0)
		return err->code;
	strata_explain(stack->strata, spot, steps, count, stack->count, &words, &sentence);
	if (sentence.len)
		sentence.data[0] = (char)toupper((unsigned char)sentence.data[0]);
	strata_path(stack->strata, spot, path);
	figure_title(figure, "/%s in the layers of %s", path, stack->name);
	figure_caption(figure, "Reading looks from the top down and takes the first it finds.");
	add_seen(figure, stack, shows(steps, count), path, buf_text(&sentence));
	box = figure_box(figure, -1, "%u layers", stack->count);
	figure_link(figure, "read from the top");
	figure_flow(figure, FIGURE_SLABS);
	figure_words(figure, "The whole stack, the topmost first.");
	add_steps(figure, box, stack, steps, count, path);
	return 0;
}
