/* figure_layers.c - a stack of layers: where each lies, and who else stands on it. */
#include <stdio.h>

#include "core/figure_parts.h"

enum { SHARERS_SHOWN = 3 };

static void put_sharers(const struct strs *sharers, struct buf *out)
{
	for (size_t i = 0; i < sharers->len && i < SHARERS_SHOWN; i++)
		buf_addf(out, "%s%s", i ? ", " : "", sharers->v[i]);
	if (sharers->len > SHARERS_SHOWN)
		buf_addf(out, " and %zu more", sharers->len - SHARERS_SHOWN);
}

static void add_layer(struct figure *figure, int parent, const struct figure_stack *stack,
	unsigned i, const struct strs *sharers)
{
	const struct layers_layer *layer = &stack->layers[i];
	char size[FIGURE_SIZE_TEXT], step[FIGURE_STEP_TEXT];
	auto_buf shared = BUF_INIT;

	put_sharers(sharers, &shared);
	figure_box(figure, parent, "%u  %s", i + 1,
		*layer->created_by ? figure_step(layer->created_by, step) : "a layer");
	figure_value(figure, "%s", figure_size(size, layer->size));
	if (sharers->len) {
		figure_tone(figure, FIGURE_CHOSEN);
		figure_text(figure, "also of %s", buf_text(&shared));
	}
	figure_words(figure,
		sharers->len ? "Read-only, on the disk once: %zu other image%s on the very same "
			       "files."
			     : "Read-only: no other image has it.",
		sharers->len, sharers->len == 1 ? " stands" : "s stand");
	figure_proof(figure, "%s/%s", stack->root, layer->path);
	figure_command(figure, "ls -la %s/%s", stack->root, layer->path);
}

static void add_writer(
	struct figure *figure, int parent, const char *root, const struct figure_pair *writer)
{
	figure_box(figure, parent, "%s", writer->name);
	figure_value(figure, writer->init.pid ? "runs" : "");
	figure_text(figure, "its own writing");
	figure_words(figure, "A container adds one thin layer of its own: all it writes goes "
			     "there, and nothing below ever changes.");
	figure_proof(figure, "%s/containers/%s/upper", root, writer->id);
	figure_command(figure, "davit diff %s", writer->name);
}

static void add_writers(struct figure *figure, const struct figure_stack *stack,
	const struct figure_writers *writers)
{
	int box = figure_box(
		figure, -1, "%zu container%s of it", writers->all, writers->all == 1 ? "" : "s");

	figure_flow(figure, FIGURE_ACROSS);
	if (writers->all > writers->shown)
		figure_value(figure, "%zu of them drawn", writers->shown);
	figure_words(figure, "They share all that is below.");
	figure_command(figure, "davit ps -a --filter ancestor=%s", stack->name);
	for (size_t i = 0; i < writers->shown; i++)
		add_writer(figure, box, stack->root, &writers->v[i]);
}

void figure_of_layers(struct figure *figure, const struct figure_stack *stack,
	const struct strs *sharers, const struct figure_writers *writers)
{
	char all_text[FIGURE_SIZE_TEXT], shared_text[FIGURE_SIZE_TEXT];
	uint64_t all = 0, shared = 0;
	int box;

	for (unsigned i = 0; i < stack->count; i++) {
		all += stack->layers[i].size;
		shared += sharers[i].len ? stack->layers[i].size : 0;
	}
	figure_title(figure, "The layers of %s", stack->name);
	figure_caption(figure, "%u layer%s, %s in all, of which %s are shared with other images.",
		stack->count, stack->count == 1 ? "" : "s", figure_size(all_text, all),
		figure_size(shared_text, shared));
	if (writers->all)
		add_writers(figure, stack, writers);
	box = figure_box(figure, -1, "%s", stack->name);
	figure_value(figure, "%s", all_text);
	figure_flow(figure, FIGURE_SLABS);
	if (writers->all)
		figure_link(figure, "stand on");
	figure_words(figure, "The topmost layer first. What an upper one has hides what lower "
			     "ones have at the same place.");
	figure_command(figure, "davit image layers %s", stack->name);
	for (unsigned i = stack->count; i-- > 0;)
		add_layer(figure, box, stack, i, &sharers[i]);
}
