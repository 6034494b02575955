/* explorer_filter.c - what a filter meets among all files of the layers, and what it can ask of one
 * (explorer.h). */
#include <stdio.h>

#include "tui/explorer_own.h"

enum file_field {
	FILE_PATH,
	FILE_NAME,
	FILE_KIND,
	FILE_TYPE,
	FILE_SIZE,
	FILE_HIDDEN,
	FILE_LAYER,
	FILE_VERSIONS,
	FILE_MODE,
	FILE_OWNER,
};

static const struct filter_field of_files[] = {
	[FILE_PATH] = {"path", FILTER_TEXT, true, NULL, "all of it: path:/srv/**"},
	[FILE_NAME] = {"name", FILTER_TEXT, false, NULL, "the last part of its path"},
	[FILE_KIND] = {"kind", FILTER_TEXT, false, NULL,
		"added, content, metadata, removed, opaque, type, inherited, changed"},
	[FILE_TYPE] = {"type", FILTER_TEXT, false, NULL, "file, dir, symlink, device, pipe"},
	[FILE_SIZE] = {"size", FILTER_SIZE, false, NULL, "of a directory all that is below"},
	[FILE_HIDDEN] = {"hidden", FILTER_SIZE, false, NULL, "in older versions of it"},
	[FILE_LAYER] = {"layer", FILTER_NUMBER, false, NULL, "that it comes from"},
	[FILE_VERSIONS] = {"versions", FILTER_NUMBER, false, NULL, "in how many layers"},
	[FILE_MODE] = {"mode", FILTER_TEXT, false, NULL, "in octal: mode:4???"},
	[FILE_OWNER] = {"owner", FILTER_TEXT, false, NULL, "its user's number, or user:group"},
};

static const char *type_of(const struct index_entry *entry)
{
	if (entry->flags & INDEX_WHITEOUT)
		return "whiteout";
	switch (entry->mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "dir";
	case S_IFLNK:
		return "symlink";
	case S_IFIFO:
		return "pipe";
	case S_IFSOCK:
		return "socket";
	default:
		return "device";
	}
}

static bool text_is(const char *text, size_t nth, struct filter_value *out)
{
	out->text = text;
	return nth == 0;
}

/* "changed" is whatever is not inherited; "whiteout" is how a layer says removed. */
static bool kind_is(const struct explorer_file *file, size_t nth, struct filter_value *out)
{
	char mark = explorer_mark(file->explorer, &file->row);

	out->text = nth == 0 ? explorer_mark_word(mark) : nth == 1 ? "changed" : "whiteout";
	return nth == 0 || (nth == 1 && mark != '=' && mark != '^') || (nth == 2 && mark == '-');
}

static bool number_is(double number, size_t nth, struct filter_value *out)
{
	out->number = number;
	return nth == 0;
}

static const char *print_mode(const struct explorer_file *file)
{
	char *text = (char *)file->text;

	snprintf(text, sizeof(file->text), "%04o", file->row.entry->mode & 07777u);
	return text;
}

static const char *print_owner(const struct explorer_file *file, bool group)
{
	char *text = (char *)file->text;
	const struct index_entry *entry = file->row.entry;

	if (group)
		snprintf(text, sizeof(file->text), "%u:%u", entry->uid, entry->gid);
	else if (entry->uid == 0)
		snprintf(text, sizeof(file->text), "root");
	else
		snprintf(text, sizeof(file->text), "%u", entry->uid);
	return text;
}

/* False: nothing of it shows. */
static bool find_row(struct explorer_file *file)
{
	const struct explorer_row row = {.spot = file->spot};

	if (file->known == FILE_UNKNOWN)
		file->known = explorer_row(file->explorer, row, &file->row) ? FILE_SHOWN
									    : FILE_HIDDEN_HERE;
	return file->known == FILE_SHOWN;
}

static bool file_value(
	const void *data, size_t field, const char *key, size_t nth, struct filter_value *out)
{
	const struct explorer_file *file = data;
	const char *slash = strrchr(file->path, '/');

	(void)key;
	if (field == FILE_PATH)
		return text_is(file->path, nth, out);
	if (field == FILE_NAME)
		return text_is(slash ? slash + 1 : file->path, nth, out);
	if (!find_row((struct explorer_file *)file))
		return false;
	switch ((enum file_field)field) {
	case FILE_KIND:
		return kind_is(file, nth, out);
	case FILE_TYPE:
		return text_is(type_of(file->row.entry), nth, out);
	case FILE_SIZE:
		return number_is((double)file->row.bytes, nth, out);
	case FILE_HIDDEN:
		return number_is((double)explorer_hidden(file->explorer, file->row.spot), nth, out);
	case FILE_LAYER:
		return number_is(file->row.layer + 1, nth, out);
	case FILE_VERSIONS:
		return number_is(file->row.versions, nth, out);
	case FILE_MODE:
		return text_is(print_mode(file), nth, out);
	case FILE_OWNER:
		out->text = print_owner(file, nth == 1);
		return nth < 2;
	default:
		return false;
	}
}

const struct filter_set explorer_fields = {of_files, array_len(of_files), file_value, "size>1M"};

/* ---- what is met ---- */

/* What stands in one directory stands together: its path is made once. */
static void set_path(struct explorer *explorer, uint32_t spot)
{
	const struct strata *strata = layers_strata(explorer->layers);
	struct explorer_file *file = &explorer->file;
	uint32_t dir = strata_parent(strata, spot);
	size_t len;
	const char *name = strata_name(strata, spot, &len);

	if (dir != explorer->file_dir || !explorer->file_dir_len) {
		file->path[0] = '/';
		explorer->file_dir = dir;
		explorer->file_dir_len = 1 + strata_path(strata, dir, file->path + 1);
		if (dir != STRATA_ROOT)
			file->path[explorer->file_dir_len++] = '/';
	}
	memcpy(file->path + explorer->file_dir_len, name, len);
	file->path[explorer->file_dir_len + len] = '\0';
}

static bool meets(struct explorer *explorer, uint32_t spot)
{
	struct explorer_file *file = &explorer->file;

	file->explorer = explorer;
	file->spot = spot;
	file->known = FILE_UNKNOWN;
	set_path(explorer, spot);
	return filter_meets(explorer->filter, file, explorer->now_ns) && find_row(file) &&
	       (!explorer->changes_only || explorer_is_change(&file->row));
}

bool explorer_filter_step(struct explorer *explorer, uint32_t budget, struct err *err)
{
	uint32_t count = strata_count(layers_strata(explorer->layers));
	size_t before = explorer->n_rows;

	explorer->file_dir_len = 0; /* the layers may be others by now */
	for (; explorer->next < count && budget; explorer->next++, budget--)
		if (explorer->next != STRATA_ROOT && meets(explorer, explorer->next) &&
			!explorer_add_row(explorer, explorer->next))
			return err_set(err, ENOMEM, "out of memory") == 0;
	if (explorer->next >= count) {
		explorer->next = STRATA_NONE;
		explorer_sort_found(explorer);
		explorer_trim(explorer);
	}
	if (explorer->n_rows != before || explorer->next == STRATA_NONE)
		explorer->turn++;
	return true;
}

/* ---- order ---- */

enum { SORTED_MAX = 5000 }; /* as many take some milliseconds */

struct found {
	uint64_t bytes;
	uint32_t spot, layer;
};

static int compare_paths(const struct explorer *explorer, uint32_t a, uint32_t b)
{
	char x[INDEX_PATH_MAX], y[INDEX_PATH_MAX];

	strata_path(layers_strata(explorer->layers), a, x);
	strata_path(layers_strata(explorer->layers), b, y);
	return strcmp(x, y);
}

static int compare(const void *a, const void *b, void *arg)
{
	const struct explorer *explorer = arg;
	const struct found *x = a, *y = b;
	int order = 0;

	if (explorer->sort == EXPLORER_BY_SIZE)
		order = (x->bytes < y->bytes) - (x->bytes > y->bytes);
	else if (explorer->sort == EXPLORER_BY_LAYER)
		order = (x->layer < y->layer) - (x->layer > y->layer);
	if (!order && explorer->sort == EXPLORER_BY_NAME)
		order = compare_paths(explorer, x->spot, y->spot);
	if (!order)
		order = (x->spot > y->spot) - (x->spot < y->spot);
	return explorer->reverse ? -order : order;
}

/* Too many, or without memory, they stay in the order they were found in. */
void explorer_sort_found(struct explorer *explorer)
{
	size_t n = explorer->n_rows;
	auto_free struct found *found = malloc((n + 1) * sizeof(*found));
	struct layers_row row;

	if (!found || !n || n > SORTED_MAX)
		return;
	for (size_t i = 0; i < n; i++) {
		found[i] = (struct found){.spot = explorer->rows[i]};
		if (explorer_row(explorer, explorer_at(explorer, i), &row)) {
			found[i].bytes = row.bytes;
			found[i].layer = row.layer;
		}
	}
	qsort_r(found, n, sizeof(*found), compare, explorer);
	for (size_t i = 0; i < n; i++)
		explorer->rows[i] = found[i].spot;
}
