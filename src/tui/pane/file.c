/* file.c - one version of a file, as text or in hex: its first megabyte.
 *
 * The bytes are a stranger's: what a line shows goes through the canvas, which lets no control byte
 * through; tabs are blanks. */
#include <ctype.h>
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/files.h"
#include "tui/widget/prompt.h"

enum { READ_MAX = 1 << 20, HEX_BYTES = 16 };

struct file {
	struct pane pane;
	char title[INDEX_PATH_MAX + 40];
	struct world_ask *asked;
	char trouble[300];
	struct buf data;
	uint64_t size;
	uint32_t *lines; /* where each begins */
	size_t n_lines;
	bool read, hex;
	char search[PROMPT_MAX];
	size_t top, height, found; /* found: the line of the last match, or SIZE_MAX */
	int left;
};

static struct file *file_of(struct pane *pane)
{
	return container_of(pane, struct file, pane);
}

/* ---- reading ---- */

static void split(struct file *file)
{
	const char *data = buf_text(&file->data);
	size_t n = 0, room = 1;

	for (size_t i = 0; i < file->data.len; i++)
		room += data[i] == '\n';
	file->lines = malloc((room + 1) * sizeof(*file->lines));
	if (!file->lines)
		return;
	for (size_t at = 0; at < file->data.len; n++) {
		const char *stop = memchr(data + at, '\n', file->data.len - at);

		file->lines[n] = (uint32_t)at;
		at = stop ? (size_t)(stop + 1 - data) : file->data.len;
	}
	file->n_lines = n;
}

static void on_read(void *arg, const struct layers_piece *piece, const struct err *err)
{
	struct file *file = arg;

	file->asked = NULL;
	file->read = true;
	app_dirty(file->pane.app);
	if (err) {
		snprintf(file->trouble, sizeof(file->trouble), "%.299s", err->text);
		return;
	}
	file->size = piece->size;
	buf_add(&file->data, piece->data, piece->len);
	file->hex = linediff_is_binary(piece->data, piece->len);
	split(file);
}

/* ---- painting ---- */

static size_t count_rows(const struct file *file)
{
	return file->hex ? (file->data.len + HEX_BYTES - 1) / HEX_BYTES : file->n_lines;
}

static size_t last_top(const struct file *file)
{
	size_t rows = count_rows(file);

	return rows > file->height ? rows - file->height : 0;
}

static const char *line_at(const struct file *file, size_t i, size_t *len)
{
	size_t end = i + 1 < file->n_lines ? file->lines[i + 1] : file->data.len;
	const char *text = buf_text(&file->data) + file->lines[i];

	*len = end - file->lines[i];
	while (*len && (text[*len - 1] == '\n' || text[*len - 1] == '\r'))
		--*len;
	return text;
}

size_t file_expand(const char *text, size_t len, char out[FILE_LINE_MAX + FILE_TAB])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < FILE_LINE_MAX; i++)
		if (text[i] == '\t')
			do
				out[n++] = ' ';
			while (n % FILE_TAB);
		else
			out[n++] = text[i];
	return n;
}

static void paint_text(const struct file *file, struct canvas line, size_t i)
{
	char shown[FILE_LINE_MAX + FILE_TAB];
	size_t len, used;
	const char *text = line_at(file, i, &len);
	int width = snprintf(NULL, 0, "%zu", file->n_lines) + 1, end;
	struct canvas body;

	canvas_textf(line, 0, 0, i == file->found ? ROLE_MARK : ROLE_DIM, "%*zu", width, i + 1);
	body = canvas_sub(line, width + 1, 0, line.w - width - 1, 1);
	used = file_expand(text, len, shown);
	end = canvas_textn(body, -file->left, 0, ROLE_TEXT, shown, used);
	if (end >= body.w && text_fit(shown, used, body.w + file->left) < used)
		canvas_text(body, body.w - 1, 0, ROLE_DIM, canvas_glyph(body, GLYPH_ELLIPSIS));
}

static void paint_hex(const struct file *file, struct canvas line, size_t i)
{
	const unsigned char *bytes = (const unsigned char *)buf_text(&file->data) + i * HEX_BYTES;
	size_t n = file->data.len - i * HEX_BYTES;
	int x = canvas_textf(line, 1, 0, ROLE_DIM, "%08zx", i * HEX_BYTES) + 2;

	n = n < HEX_BYTES ? n : HEX_BYTES;
	for (size_t k = 0; k < n; k++) {
		char c = (char)bytes[k];

		canvas_textf(line, x + (int)k * 3 + (k >= 8), 0, bytes[k] ? ROLE_TEXT : ROLE_DIM,
			"%02x", bytes[k]);
		canvas_textn(line, x + HEX_BYTES * 3 + 2 + (int)k, 0,
			isprint(bytes[k]) && bytes[k] < 128 ? ROLE_TEXT : ROLE_DIM,
			isprint(bytes[k]) && bytes[k] < 128 ? &c : ".", 1);
	}
}

static void put_title(const struct file *file, char *out, size_t room)
{
	char size[FIGURE_MAX];

	if (!file->read) {
		snprintf(out, room, "%s", file->title);
		return;
	}
	snprintf(out, room, "%s  %s%s%s", file->title, format_bytes(file->size, size),
		file->hex ? "  hex" : "",
		file->size > file->data.len ? "  only the first 1.0M: x in the tree exports all"
					    : "");
}

static void file_paint(struct pane *pane, struct canvas canvas)
{
	struct file *file = file_of(pane);
	struct canvas body = canvas_sub(canvas, 0, 1, canvas.w, canvas.h - 1);
	char title[INDEX_PATH_MAX + 160];
	size_t rows = count_rows(file);

	put_title(file, title, sizeof(title));
	files_rule(canvas, true, title);
	file->height = body.h > 0 ? (size_t)body.h : 0;
	if (file->top > last_top(file))
		file->top = last_top(file);
	if (*file->trouble)
		canvas_cut(body, 2, 1, body.w - 3, ROLE_BAD, file->trouble);
	else if (file->read && !file->data.len)
		canvas_text(body, 2, 1, ROLE_DIM, "It is empty.");
	for (int y = 0; y < body.h && file->top + (size_t)y < rows; y++) {
		struct canvas line = canvas_sub(body, 0, y, body.w, 1);

		if (file->hex)
			paint_hex(file, line, file->top + (size_t)y);
		else
			paint_text(file, line, file->top + (size_t)y);
	}
}

/* ---- keys ---- */

static bool holds(const struct file *file, size_t row)
{
	size_t len, from = row * HEX_BYTES;
	const char *text;

	if (file->hex) {
		/* What begins in this row. */
		text = buf_text(&file->data) + from;
		len = file->data.len - from;
		len = len < HEX_BYTES + strlen(file->search) - 1
			      ? len
			      : HEX_BYTES + strlen(file->search) - 1;
		return memmem(text, len, file->search, strlen(file->search));
	}
	text = line_at(file, row, &len);
	for (size_t i = 0, n = strlen(file->search); i + n <= len; i++)
		if (strncasecmp(text + i, file->search, n) == 0)
			return true;
	return false;
}

/* From the row after the last match (or the top) on, round the end. */
static void find(struct file *file, bool backwards)
{
	size_t n = count_rows(file), from = file->found < n ? file->found : file->top;

	for (size_t i = file->found < n ? 1 : 0; *file->search && i <= n && n; i++) {
		size_t at = backwards ? (from + n - i % n) % n : (from + i) % n;

		if (!holds(file, at))
			continue;
		file->found = at;
		if (at < file->top || at >= file->top + file->height)
			file->top = at > file->height / 3 ? at - file->height / 3 : 0;
		return;
	}
	app_toast(file->pane.app, ROLE_WARN, "Not found: %s", file->search);
}

static void on_search(void *arg, const char *text, bool done)
{
	struct file *file = arg;

	snprintf(file->search, sizeof(file->search), "%s", text);
	file->found = SIZE_MAX;
	if (done && *file->search)
		find(file, false);
	app_dirty(file->pane.app);
}

static void sideways(struct file *file, bool right)
{
	if (right)
		file->left += file->left < FILE_LINE_MAX ? 10 : 0;
	else
		file->left = file->left > 10 ? file->left - 10 : 0;
}

static bool scroll(struct file *file, enum action action, int count)
{
	struct list list = {.selected = file->top, .top = file->top};
	size_t page = file->height ? file->height : 1;

	list.count = last_top(file) + 1;
	list.height = page;
	if (!list_move(&list, action, count))
		return false;
	file->top = list.selected;
	return true;
}

static bool file_act(struct pane *pane, enum action action, int count)
{
	struct file *file = file_of(pane);

	if (scroll(file, action, count))
		return true;
	switch (action) {
	case ACTION_LEFT:
	case ACTION_RIGHT:
		sideways(file, action == ACTION_RIGHT);
		return true;
	case ACTION_HEX:
		file->hex = !file->hex;
		file->top = 0;
		file->found = SIZE_MAX;
		return true;
	case ACTION_SEARCH:
		app_prompt(pane->app, "Search: ", "", on_search, file);
		return true;
	case ACTION_NEXT:
	case ACTION_PREVIOUS:
		find(file, action == ACTION_PREVIOUS);
		return true;
	default:
		return false;
	}
}

static void file_hints(struct pane *pane, struct canvas canvas)
{
	struct canvas room = hint_ends(pane, canvas, "back");
	int x = hint(pane, room, 1, ACTION_HEX, "hex, text");

	x = hint(pane, room, x, ACTION_SEARCH, "search");
	x = hint(pane, room, x, ACTION_NEXT, "next");
	hint(pane, room, x, ACTION_RIGHT, "sideways");
}

static void file_free(struct pane *pane)
{
	struct file *file = file_of(pane);
	struct world *world = app_world(pane->app);

	world->ops->layers->forget(world, file->asked);
	buf_fini(&file->data);
	free(file->lines);
	free(file);
}

static const struct pane_ops file_ops = {
	.title = "File",
	.context = CONTEXT_FILE,
	.paint = file_paint,
	.act = file_act,
	.hints = file_hints,
	.free = file_free,
};

struct pane *file_new(struct app *app, struct layers *layers, struct layers_version version,
	const char *layer_name)
{
	struct world *world = app_world(app);
	struct file *file = calloc(1, sizeof(*file));
	char path[INDEX_PATH_MAX];

	if (!file)
		return NULL;
	file->pane = (struct pane){.ops = &file_ops, .app = app};
	file->found = SIZE_MAX;
	strata_path(layers_strata(layers), version.spot, path);
	snprintf(file->title, sizeof(file->title), "%s  /%s", layer_name, path);
	file->asked = world->ops->layers->read(world, layers, version, 0, READ_MAX, on_read, file);
	if (!file->asked && !file->read) {
		free(file);
		return NULL;
	}
	return &file->pane;
}
