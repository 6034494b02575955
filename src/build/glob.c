#include "build/glob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/no_memory.h"
#include "build/paths.h"
#include "build/wildcard.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"

enum { DEPTH_MAX = 256 };

struct globbing {
	const struct files_source *source;
	bool deep;
	struct strs *out;
	struct buf path; /* so far */
	struct err *err;
};

static bool is_wild(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr("*?[\\", text[i]))
			return true;
	return false;
}

static int open_dir(const struct globbing *g)
{
	return path_open_in(g->source->root_fd, g->path.len ? buf_text(&g->path) : ".",
		O_RDONLY | O_DIRECTORY, 0);
}

static bool is_there(const struct globbing *g)
{
	auto_close int fd = path_open_in(
		g->source->root_fd, g->path.len ? buf_text(&g->path) : ".", O_PATH | O_NOFOLLOW, 0);

	return fd >= 0;
}

static bool is_left_out(const struct globbing *g)
{
	bool below = false;

	return g->path.len && g->source->omit &&
	       g->source->omit(g->source->arg, buf_text(&g->path), true, &below) && !below;
}

static void push(struct buf *path, const char *name, size_t len)
{
	if (path->len)
		buf_addc(path, '/');
	buf_add(path, name, len);
}

static void pop(struct buf *path, size_t len)
{
	path->len = len;
	path->data[len] = '\0';
}

static int match(struct globbing *g, const char *rest, unsigned depth);

/* What the rest of the pattern says of one name of the current directory. */
static int descend(struct globbing *g, const char *name, const char *rest, unsigned depth)
{
	size_t len = g->path.len;
	int failed = 0;

	push(&g->path, name, strlen(name));
	if (buf_failed(&g->path))
		return no_memory(g->err);
	if (!is_left_out(g))
		failed = match(g, rest, depth + 1);
	pop(&g->path, len);
	return failed;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes fd over. */
static int list(int fd, struct strs *names, struct err *err)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		close(fd);
		return err_sys(err, "copy: read a directory");
	}
	while ((entry = readdir(dir)))
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			strs_add(names, entry->d_name);
	closedir(dir);
	if (names->len)
		qsort(names->v, names->len, sizeof(*names->v), by_name);
	return strs_failed(names) ? no_memory(err) : 0;
}

static int match_names(
	struct globbing *g, const char *part, size_t len, const char *rest, unsigned depth)
{
	struct wildcard *wildcard = wildcard_new((struct piece){part, len});
	auto_strs names = STRS_INIT;
	int fd = open_dir(g), failed = wildcard ? 0 : no_memory(g->err);

	if (!failed && fd >= 0)
		failed = list(take_fd(&fd), &names, g->err);
	for (size_t i = 0; i < names.len && !failed; i++)
		if (wildcard_matches(wildcard, names.v[i], strlen(names.v[i])))
			failed = descend(g, names.v[i], rest, depth);
	own_closep(&fd);
	if (wildcard)
		wildcard_free(wildcard);
	return failed;
}

/* "**": here, or in any directory below. */
static int match_deep(struct globbing *g, const char *pattern, const char *rest, unsigned depth)
{
	auto_strs names = STRS_INIT;
	int failed = match(g, rest, depth + 1), fd = open_dir(g);

	if (!failed && fd >= 0)
		failed = list(take_fd(&fd), &names, g->err);
	own_closep(&fd);
	for (size_t i = 0; i < names.len && !failed; i++) {
		size_t len = g->path.len;
		struct stat st;
		auto_close int entry = -1;

		push(&g->path, names.v[i], strlen(names.v[i]));
		entry = path_open_in(
			g->source->root_fd, buf_text(&g->path), O_PATH | O_NOFOLLOW, 0);
		if (entry >= 0 && fstat(entry, &st) == 0 && S_ISDIR(st.st_mode) && !is_left_out(g))
			failed = match(g, pattern, depth + 1);
		pop(&g->path, len);
	}
	return failed;
}

static bool is_deep(const char *pattern)
{
	return strncmp(pattern, "**", 2) == 0 && (!pattern[2] || pattern[2] == '/');
}

static int match(struct globbing *g, const char *rest, unsigned depth)
{
	size_t len = strcspn(rest, "/");
	const char *after = rest + len + strspn(rest + len, "/");

	if (depth > DEPTH_MAX)
		return err_set(g->err, ELOOP, "copy: %.200s: directories stand too deep",
			buf_text(&g->path));
	if (!*rest) {
		strs_add(g->out, buf_text(&g->path));
		return 0;
	}
	if (g->deep && is_deep(rest)) {
		/* Another right after it says nothing more, and would be walked for again. */
		while (is_deep(after))
			after += 2 + strspn(after + 2, "/");
		return match_deep(g, rest, after, depth);
	}
	if (is_wild(rest, len))
		return match_names(g, rest, len, after, depth);
	return descend(g, strndupa(rest, len), after, depth);
}

static int rank(char c)
{
	return !c ? 0 : c == '/' ? 1 : (unsigned char)c + 1;
}

/* As a walk has them: what is in a directory right after it. */
static int by_path(const void *a, const void *b)
{
	const char *one = *(char *const *)a, *other = *(char *const *)b;

	while (*one && *one == *other)
		one++, other++;
	return rank(*one) - rank(*other);
}

/* Names that a plain part of the pattern went through need not be there. */
static void keep_those_there(struct globbing *g)
{
	size_t kept = 0;

	if (g->out->len)
		qsort(g->out->v, g->out->len, sizeof(*g->out->v), by_path);
	for (size_t i = 0; i < g->out->len; i++) {
		buf_clear(&g->path);
		buf_adds(&g->path, g->out->v[i]);
		if (!kept || !str_eq(g->out->v[kept - 1], g->out->v[i])) {
			if (is_there(g)) {
				g->out->v[kept++] = g->out->v[i];
				continue;
			}
		}
		free(g->out->v[i]);
	}
	g->out->len = kept;
	if (g->out->v)
		g->out->v[kept] = NULL;
}

int glob_expand(const struct files_source *source, const char *pattern, bool deep, struct strs *out,
	bool *wild, struct err *err)
{
	auto_buf clean = BUF_INIT;
	struct globbing g = {
		.source = source, .deep = deep, .out = out, .path = BUF_INIT, .err = err};
	const char *why = wildcard_check((struct piece){pattern, strlen(pattern)});
	int failed;

	*wild = is_wild(pattern, strlen(pattern));
	if (*wild && why)
		return err_set(err, EINVAL, "copy: %.200s: %s", pattern, why);
	path_below("/", pattern, &clean);
	buf_add(&g.path, "", 0);
	failed = buf_failed(&clean) || buf_failed(&g.path) ? no_memory(err)
							   : match(&g, buf_text(&clean) + 1, 0);
	if (!failed)
		keep_those_there(&g);
	buf_fini(&g.path);
	return failed ? failed : strs_failed(out) ? no_memory(err) : 0;
}

/* ---- what is left out ---- */

int filter_init(struct filter *filter, const struct ignore *ignore, const struct words *excludes,
	struct err *err)
{
	auto_strs patterns = STRS_INIT;

	*filter = (struct filter){.ignore = ignore && !ignore_is_empty(ignore) ? ignore : NULL};
	if (!excludes || !excludes->len)
		return 0;
	for (size_t i = 0; i < excludes->len; i++)
		strs_add(&patterns, excludes->v[i]);
	if (strs_failed(&patterns))
		return no_memory(err);
	return ignore_new(&patterns, &filter->exclude, err);
}

void filter_fini(struct filter *filter)
{
	if (filter->exclude)
		ignore_free(filter->exclude);
	filter->exclude = NULL;
}

bool filter_is_empty(const struct filter *filter)
{
	return !filter->ignore && !filter->exclude;
}

void filter_relative_to(struct filter *filter, const struct strs *bases)
{
	filter->bases = bases;
}

/* The path below the source that it came with; the source itself is never excluded. */
static const char *below_source(const struct filter *filter, const char *path)
{
	for (size_t i = 0; filter->bases && i < filter->bases->len; i++) {
		const char *base = filter->bases->v[i];
		size_t len = strlen(base);

		if (!len)
			return path;
		if (strncmp(path, base, len) == 0 && (path[len] == '/' || !path[len]))
			return path[len] ? path + len + 1 : "";
	}
	return "";
}

bool filter_omits(void *arg, const char *path, bool is_dir, bool *below)
{
	const struct filter *filter = arg;
	const char *relative = below_source(filter, path);
	size_t len = strlen(path);
	bool ignored = filter->ignore && len && ignore_matches(filter->ignore, path, len);
	bool excluded = filter->exclude && *relative &&
			ignore_matches(filter->exclude, relative, strlen(relative));

	*below = is_dir;
	if (is_dir && ignored)
		*below = ignore_reaches_below(filter->ignore, path, len, true);
	if (is_dir && excluded && *below)
		*below = ignore_reaches_below(filter->exclude, relative, strlen(relative), true);
	return ignored || excluded;
}
