/* layers_view.c - opened layers, looked at: rows of a directory, sums, paths, search
 * (engine_layers.h). */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/layers_own.h"

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "layers: out of memory");
}

/* ---- rows ---- */

static bool is_dir(const struct index_entry *entry)
{
	return S_ISDIR(entry->mode);
}

static const char *target_of(const struct strata *strata, const struct strata_version *version)
{
	const struct index_entry *entry = strata_entry(strata, version);

	return S_ISLNK(entry->mode) || entry->flags & INDEX_LINK
		       ? index_target(strata_index(strata, version->layer), entry)
		       : "";
}

enum strata_change layers_change(const struct layers *layers, struct strata_span before,
	struct strata_span after, const struct strata_state *was, const struct strata_state *is)
{
	enum strata_change change = strata_change(layers->strata, was, is);

	return change == STRATA_REWRITTEN && before.from != after.from ? STRATA_SAME : change;
}

static void fill_weight(const struct layers *layers, struct strata_span before,
	struct strata_span after, bool shown, struct layers_row *row)
{
	const struct layers_weight *weight = layers_weight(layers, row->spot, after);

	row->bytes = strata_bytes(row->entry);
	row->files = !is_dir(row->entry);
	if (!is_dir(row->entry) || !weight)
		return;
	if (shown) {
		row->bytes = weight->bytes;
		row->files = weight->files;
	}
	if (layers->before.from == before.from && layers->before.to == before.to)
		row->changes = weight->changes;
}

static bool fill_row(const struct layers *layers, uint32_t spot, struct strata_span before,
	struct strata_span after, const struct strata_state *was, const struct strata_state *is,
	struct layers_row *row)
{
	const struct strata *strata = layers->strata;
	const struct strata_version *version = is->shown ? is->shown : was->shown;
	size_t versions;

	if (!version)
		return false;
	strata_versions(strata, spot, &versions);
	*row = (struct layers_row){
		.spot = spot,
		.change = layers_change(layers, before, after, was, is),
		.layer = version->layer,
		.versions = (unsigned)versions,
		.entry = strata_entry(strata, version),
		.target = target_of(strata, version),
	};
	if (was->shown && row->change != STRATA_SAME)
		row->before = strata_entry(strata, was->shown);
	row->name = strata_name(strata, spot, &row->name_len);
	row->has_children = is_dir(row->entry) && strata_has_children(strata, spot);
	fill_weight(layers, before, after, is->shown, row);
	return true;
}

int layers_list_between(struct layers *layers, uint32_t dir, struct strata_span before,
	struct strata_span after, struct layers_row **out, size_t *count, struct err *err)
{
	struct strata_state was_dir, is_dir;
	struct layers_row *rows;
	uint32_t first, n;
	size_t used = 0;

	if (strata_children(layers->strata, dir, &first, &n, err) < 0)
		return err->code;
	rows = calloc(n + 1u, sizeof(*rows));
	if (!rows)
		return no_memory(err);
	was_dir = strata_state_in(layers->strata, dir, before);
	is_dir = strata_state_in(layers->strata, dir, after);
	for (uint32_t i = first; i < first + n; i++) {
		struct strata_state was =
			strata_state_below(layers->strata, &was_dir, i, before.to);
		struct strata_state is = strata_state_below(layers->strata, &is_dir, i, after.to);

		used += fill_row(layers, i, before, after, &was, &is, &rows[used]);
	}
	*out = rows;
	*count = used;
	return 0;
}

static struct strata_span up_to(unsigned height)
{
	return (struct strata_span){0, height};
}

int layers_list(struct layers *layers, uint32_t dir, unsigned height, bool removed,
	struct layers_row **out, size_t *count, struct err *err)
{
	size_t kept = 0;

	if (layers_list_between(layers, dir, up_to(height ? height - 1 : 0), up_to(height), out,
		    count, err) < 0)
		return err->code;
	for (size_t i = 0; i < *count; i++)
		if (removed || (*out)[i].change != STRATA_REMOVED)
			(*out)[kept++] = (*out)[i];
	*count = kept;
	return 0;
}

bool layers_row_between(struct layers *layers, uint32_t spot, struct strata_span before,
	struct strata_span after, struct layers_row *row)
{
	struct strata_state was = strata_state_in(layers->strata, spot, before);
	struct strata_state is = strata_state_in(layers->strata, spot, after);

	return fill_row(layers, spot, before, after, &was, &is, row);
}

bool layers_row(struct layers *layers, uint32_t spot, unsigned height, struct layers_row *row)
{
	return layers_row_between(
		       layers, spot, up_to(height ? height - 1 : 0), up_to(height), row) &&
	       row->change != STRATA_REMOVED;
}

/* ---- paths ---- */

enum { LINKS_MAX = 40 };

/* What a symbolic link makes of a path: the directory it stands in (unless the target is absolute),
 * the target, the rest. */
static int follow(char path[INDEX_PATH_MAX], size_t done, const char *target, const char *rest,
	struct err *err)
{
	char text[INDEX_PATH_MAX];
	int len = snprintf(text, sizeof(text), "%.*s/%s/%s", target[0] == '/' ? 0 : (int)done, path,
		target, rest);

	if (len < 0 || len >= (int)sizeof(text))
		return err_set(err, ENAMETOOLONG, "%.60s…: the name is too long", path);
	memcpy(path, text, (size_t)len + 1);
	return 0;
}

/* Takes "." and ".." out of what precedes `at`, and the name at `at` along when it is one of them.
 */
static bool skip_dots(char *path, size_t *done, const char *name, size_t len)
{
	if (len == 1 && name[0] == '.')
		return true;
	if (len != 2 || name[0] != '.' || name[1] != '.')
		return false;
	while (*done && path[--*done] != '/')
		;
	return true;
}

/* Where a symbolic link at path[0..done] points to, as the whole image shows it; NULL: no link. */
static int link_at(
	struct layers *layers, const char *path, size_t done, const char **target, struct err *err)
{
	char prefix[INDEX_PATH_MAX];
	struct strata_state state;
	uint32_t spot;

	*target = NULL;
	memcpy(prefix, path, done);
	prefix[done] = '\0';
	if (strata_find(layers->strata, prefix, &spot, err) < 0)
		return err->code;
	if (spot == STRATA_NONE)
		return 0;
	state = strata_state_in(layers->strata, spot, layers_stack(layers, 0));
	if (state.shown && S_ISLNK(strata_entry(layers->strata, state.shown)->mode))
		*target = target_of(layers->strata, state.shown);
	return 0;
}

/* Rewrites path until no symbolic link is on its way. */
static int resolve(struct layers *layers, char path[INDEX_PATH_MAX], struct err *err)
{
	int links = 0;

	for (size_t done = 0, at = 0; path[at += strspn(path + at, "/")];) {
		size_t len = strcspn(path + at, "/");
		bool last = !path[at + len + strspn(path + at + len, "/")];
		const char *target;

		if (!skip_dots(path, &done, path + at, len)) {
			size_t start = done;

			if (done)
				path[done++] = '/';
			memmove(path + done, path + at, len);
			done += len;
			if (!last && link_at(layers, path, done, &target, err) < 0)
				return err->code;
			if (!last && target) {
				char rest[INDEX_PATH_MAX];

				if (++links > LINKS_MAX)
					return err_set(err, ELOOP, "too many symbolic links");
				snprintf(rest, sizeof(rest), "%s", path + at + len);
				if (follow(path, start, target, rest, err) < 0)
					return err->code;
				done = at = 0;
				continue;
			}
		}
		at += len;
		if (last) {
			path[done] = '\0';
			return 0;
		}
	}
	return 0;
}

int layers_find(struct layers *layers, const char *path, uint32_t *spot, struct err *err)
{
	char real[INDEX_PATH_MAX];

	if (strlen(path) >= sizeof(real))
		return err_set(err, ENAMETOOLONG, "%.60s…: the name is too long", path);
	snprintf(real, sizeof(real), "%s", path);
	/* The path as it is spelled may be one that only lower layers knew. */
	if (resolve(layers, real, err) < 0 || strata_find(layers->strata, real, spot, err) < 0)
		return err->code;
	if (*spot == STRATA_NONE && strata_find(layers->strata, path, spot, err) < 0)
		return err->code;
	if (*spot == STRATA_NONE)
		return err_set(err, ENOENT, "no layer has %.500s", path);
	return 0;
}

/* ---- search ---- */

static bool holds(const char *text, size_t text_len, const char *name, size_t len)
{
	for (size_t i = 0; i + text_len <= len; i++) {
		size_t k = 0;

		while (k < text_len &&
			tolower((unsigned char)name[i + k]) == tolower((unsigned char)text[k]))
			k++;
		if (k == text_len)
			return true;
	}
	return false;
}

static bool matches(
	const struct strata *strata, uint32_t spot, const char *text, size_t text_len, bool whole)
{
	char path[INDEX_PATH_MAX];
	const char *name = path;
	size_t len;

	if (whole)
		len = strata_path(strata, spot, path);
	else
		name = strata_name(strata, spot, &len);
	return holds(text, text_len, name, len);
}

int layers_search(struct layers *layers, const char *text, uint32_t *next, uint32_t budget,
	uint32_t *found, size_t room, size_t *count, struct err *err)
{
	bool whole = strchr(text, '/');
	size_t len = strlen(text);

	*count = 0;
	while (*next != STRATA_NONE && budget-- && *count < room) {
		uint32_t spot = *next;

		if (strata_expand(layers->strata, next, 1, err) < 0)
			return err->code;
		if (spot != STRATA_ROOT && matches(layers->strata, spot, text, len, whole))
			found[(*count)++] = spot;
	}
	return 0;
}
