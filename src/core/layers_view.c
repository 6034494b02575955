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

static bool has_children(const struct strata *strata, uint32_t spot)
{
	size_t count;
	const struct strata_version *versions = strata_versions(strata, spot, &count);

	for (size_t i = 0; i < count; i++)
		if (strata_entry(strata, &versions[i])->children)
			return true;
	return false;
}

static const char *target_of(const struct strata *strata, const struct strata_version *version)
{
	const struct index_entry *entry = strata_entry(strata, version);

	return S_ISLNK(entry->mode) || entry->flags & INDEX_LINK
		       ? index_target(strata_index(strata, version->layer), entry)
		       : "";
}

static bool fill_row(const struct layers *layers, uint32_t spot, unsigned height,
	const struct strata_state *before, const struct strata_state *after, struct layers_row *row)
{
	const struct strata *strata = layers->strata;
	const struct strata_version *version = after->shown ? after->shown : before->shown;
	size_t versions;

	if (!version)
		return false;
	strata_versions(strata, spot, &versions);
	*row = (struct layers_row){
		.spot = spot,
		.change = strata_change(strata, before, after),
		.layer = version->layer,
		.versions = (unsigned)versions,
		.entry = strata_entry(strata, version),
		.target = target_of(strata, version),
	};
	row->name = strata_name(strata, spot, &row->name_len);
	row->has_children = is_dir(row->entry) && has_children(strata, spot);
	row->bytes = strata_bytes(row->entry);
	row->files = !is_dir(row->entry);
	if (is_dir(row->entry) && layers->weighed == height && after->shown) {
		row->bytes = layers->bytes[spot];
		row->files = layers->files[spot];
	}
	return true;
}

int layers_list(struct layers *layers, uint32_t dir, unsigned height, bool removed,
	struct layers_row **out, size_t *count, struct err *err)
{
	struct strata_state before, after;
	struct layers_row *rows;
	uint32_t first, n;
	size_t used = 0;

	if (strata_children(layers->strata, dir, &first, &n, err) < 0)
		return err->code;
	rows = calloc(n + 1u, sizeof(*rows));
	if (!rows)
		return no_memory(err);
	before = strata_state(layers->strata, dir, height ? height - 1 : 0);
	after = strata_state(layers->strata, dir, height);
	for (uint32_t i = first; i < first + n; i++) {
		struct strata_state was =
			strata_state_below(layers->strata, &before, i, height ? height - 1 : 0);
		struct strata_state is = strata_state_below(layers->strata, &after, i, height);

		if ((is.shown || removed) && fill_row(layers, i, height, &was, &is, &rows[used]))
			used++;
	}
	*out = rows;
	*count = used;
	return 0;
}

bool layers_row(struct layers *layers, uint32_t spot, unsigned height, struct layers_row *row)
{
	struct strata_state before = strata_state(layers->strata, spot, height ? height - 1 : 0);
	struct strata_state after = strata_state(layers->strata, spot, height);

	return after.shown && fill_row(layers, spot, height, &before, &after, row);
}

/* ---- sums ---- */

static int find_all(struct layers *layers, struct err *err)
{
	uint32_t next = 0;

	return strata_expand(layers->strata, &next, STRATA_NONE, err);
}

/* Parents stand before their children: downwards for what shows, upwards for sums. */
static void sum(struct layers *layers, unsigned height, struct strata_state *states)
{
	const struct strata *strata = layers->strata;
	uint32_t count = strata_count(strata);

	states[STRATA_ROOT] = strata_state(strata, STRATA_ROOT, height);
	for (uint32_t i = 1; i < count; i++)
		states[i] =
			strata_state_below(strata, &states[strata_parent(strata, i)], i, height);
	for (uint32_t i = count; --i > 0;) {
		const struct index_entry *entry =
			states[i].shown ? strata_entry(strata, states[i].shown) : NULL;
		uint32_t parent = strata_parent(strata, i);

		if (!entry)
			continue;
		layers->bytes[i] += strata_bytes(entry);
		layers->files[i] += !is_dir(entry);
		layers->bytes[parent] += layers->bytes[i];
		layers->files[parent] += layers->files[i];
	}
}

int layers_weigh(struct layers *layers, unsigned height, struct err *err)
{
	auto_free struct strata_state *states = NULL;
	uint32_t count;

	if (layers->weighed == height && layers->bytes)
		return 0;
	if (find_all(layers, err) < 0)
		return err->code;
	count = strata_count(layers->strata);
	free(layers->bytes);
	free(layers->files);
	layers->weighed = 0;
	layers->bytes = calloc(count, sizeof(*layers->bytes));
	layers->files = calloc(count, sizeof(*layers->files));
	states = calloc(count, sizeof(*states));
	if (!layers->bytes || !layers->files || !states)
		return no_memory(err);
	sum(layers, height, states);
	layers->weighed = height;
	return 0;
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
	state = strata_state(layers->strata, spot, (unsigned)layers->n);
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
