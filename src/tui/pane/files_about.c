/* files_about.c - one layer, told whole: what made it, what it weighs, what of it is lost and
 * where, and how it is called elsewhere; and what can be copied of what the cursor is on. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/files.h"

enum { LABEL = 9 };

static void put_fact(struct files_writing *w, const char *label, const char *value)
{
	while (*value) {
		struct canvas line = files_next_line(w);
		size_t len = text_line(value, line.w - LABEL - 2);

		canvas_text(line, 1, 0, ROLE_DIM, label);
		canvas_textn(line, 1 + LABEL, 0, ROLE_TEXT, value, len);
		value += len;
		value += strspn(value, " ");
		label = "";
	}
}

/* What made it, all of it: an instruction may be pages long. */
static void put_instruction(struct files_writing *w, const struct layers_layer *layer)
{
	size_t room = strlen(layer->created_by) + strlen(layer->comment) + 20;
	auto_free char *words = malloc(room);

	if (words)
		files_put_wrapped(w, ROLE_TITLE, files_step_words(layer, words, room));
}

static void put_weight(struct files_writing *w, const struct layers_layer *layer)
{
	char size[FIGURE_MAX], sent[FIGURE_MAX], text[120];
	int len = snprintf(text, sizeof(text), "%s, %llu entr%s", format_bytes(layer->size, size),
		(unsigned long long)layer->entries, layer->entries == 1 ? "y" : "ies");

	if (layer->content_size)
		snprintf(text + len, sizeof(text) - (size_t)len, "; %s when it is sent",
			format_bytes(layer->content_size, sent));
	put_fact(w, "size", text);
}

/* What is in it and never seen, the heaviest first. */
static void put_lost(const struct files *files, struct files_writing *w, unsigned layer)
{
	const struct files_waste *waste = files->waste;
	const char *label = "lost";
	char bytes[FIGURE_MAX], name[16];

	for (size_t i = 0; waste && i < waste->count; i++) {
		const struct files_advice *one = &waste->advice[i];
		auto_buf text = BUF_INIT;

		if (one->layer != layer || !one->bytes)
			continue;
		buf_addf(&text, "%s %s", format_bytes(one->bytes, bytes),
			strata_reason_name(one->reason));
		if (one->by != layer)
			buf_addf(&text, " by %s",
				explorer_layer_name(files->explorer, one->by, name));
		buf_addf(&text, ": %s", one->path);
		put_fact(w, label, buf_text(&text));
		label = "";
	}
}

/* "2026-11-26T10:14:20.5Z" */
static void put_made(struct files_writing *w, const char *created)
{
	char text[40] = "";

	if (strlen(created) >= 16 && created[10] == 'T')
		snprintf(text, sizeof(text), "%.10s %.5s UTC", created, created + 11);
	put_fact(w, "made", text);
}

void files_about_layer(struct files *files, struct files_writing *w, char *title, size_t room)
{
	struct strata_span stack = explorer_stack(files->explorer);
	unsigned at = files_layer_at(files, files->layers.selected);
	const struct layers_layer *layer = layers_at(explorer_layers(files->explorer), at);
	char name[16];

	snprintf(title, room, "%s of %u", explorer_layer_name(files->explorer, at, name),
		stack.to - stack.from);
	put_instruction(w, layer);
	put_weight(w, layer);
	put_lost(files, w, at);
	put_made(w, layer->created);
	if (*layer->created_by && strncmp(layer->comment, "buildkit", 8) != 0)
		put_fact(w, "comment", layer->comment);
	put_fact(w, "diff id", layer->diff_id);
	put_fact(w, layer->kept ? "blob" : "came as", layer->digest);
}

/* ---- copied ---- */

static bool copy_of_layer(
	const struct files *files, size_t nth, const char **what, struct buf *text)
{
	const struct layers_layer *layer = layers_at(
		explorer_layers(files->explorer), files_layer_at(files, files->layers.selected));
	const struct {
		const char *what, *text;
	} list[] = {{"the instruction", layer->created_by}, {"the diff id", layer->diff_id},
		{"the digest", layer->digest}};

	for (size_t i = 0; i < array_len(list); i++) {
		if (!*list[i].text || nth--)
			continue;
		*what = list[i].what;
		buf_adds(text, list[i].text);
		return true;
	}
	return false;
}

bool files_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	struct files *files = container_of(pane, struct files, pane);
	char path[INDEX_PATH_MAX];
	struct layers_row row;

	if (!explorer_layers(files->explorer))
		return false;
	if (files->tells_layer)
		return copy_of_layer(files, nth, what, text);
	if (nth > 1 || !files_selected(files, &row) || (nth == 1 && !*row.target))
		return false;
	strata_path(layers_strata(explorer_layers(files->explorer)), row.spot, path);
	*what = nth ? "where it leads" : "the path";
	buf_addf(text, "%s%s", nth ? "" : "/", nth ? row.target : path);
	return true;
}
