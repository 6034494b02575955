#include "build/recall.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/key.h"
#include "build/no_memory.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

enum { SIZE_MAX_KEPT = 16 << 20, FILES_KEPT = 20000, SHORT_HASH = 8, NAMED_MAX = 3 };

struct remembered {
	char *own, *base, *name;
	struct strs files; /* "hash path", sorted as they were taken */
	bool all_files;    /* false: they were too many */
	bool unfinished;   /* it failed, or was ended */
	char *reason;      /* why it is not known */
};

struct recall {
	int dir_fd;
	char file[DIGEST_HEX + 1];
	struct remembered *now, *before;
	size_t steps, n_before;
	char reason[400];
};

static void remembered_fini(struct remembered *r)
{
	free(r->own);
	free(r->base);
	free(r->name);
	free(r->reason);
	strs_fini(&r->files);
}

void recall_free(struct recall *recall)
{
	if (!recall)
		return;
	for (size_t i = 0; recall->now && i < recall->steps; i++)
		remembered_fini(&recall->now[i]);
	for (size_t i = 0; recall->before && i < recall->n_before; i++)
		remembered_fini(&recall->before[i]);
	free(recall->now);
	free(recall->before);
	free(recall);
}

/* ---- reading ---- */

static struct remembered *add_before(struct recall *recall)
{
	struct remembered *more = realloc(recall->before, (recall->n_before + 1) * sizeof(*more));

	if (!more)
		return NULL;
	recall->before = more;
	more[recall->n_before] = (struct remembered){.all_files = true};
	return &more[recall->n_before++];
}

/* "own base name" */
static void read_step(struct recall *recall, const char *text)
{
	size_t own = strcspn(text, " "), base;
	struct remembered *r;

	if (!text[own])
		return;
	base = strcspn(text + own + 1, " ");
	r = add_before(recall);
	if (!r)
		return;
	r->own = strndup(text, own);
	r->base = strndup(text + own + 1, base);
	r->name = strdup(text + own + 1 + base + (text[own + 1 + base] == ' '));
}

static void read_lines(struct recall *recall, char *text)
{
	for (char *line = strtok_r(text, "\n", &text); line; line = strtok_r(NULL, "\n", &text)) {
		struct remembered *last =
			recall->n_before ? &recall->before[recall->n_before - 1] : NULL;

		if (str_has_prefix(line, "S "))
			read_step(recall, line + 2);
		else if (last && str_has_prefix(line, "F "))
			strs_add(&last->files, line + 2);
		else if (last && str_eq(line, "M"))
			last->all_files = false;
		else if (last && str_eq(line, "U"))
			last->unfinished = true;
	}
}

int recall_open(int dir_fd, const char *where, size_t steps, struct recall **out, struct err *err)
{
	struct recall *recall = calloc(1, sizeof(*recall));
	char digest[DIGEST_SIZE];
	auto_buf text = BUF_INIT;

	if (recall)
		recall->now = calloc(steps + 1, sizeof(*recall->now));
	if (!recall || !recall->now) {
		recall_free(recall);
		return no_memory(err);
	}
	sha_of(where, strlen(where), digest);
	snprintf(recall->file, sizeof(recall->file), "%s", digest_hex(digest));
	recall->dir_fd = dir_fd;
	recall->steps = steps;
	if (path_read_at(dir_fd, recall->file, SIZE_MAX_KEPT, &text) == 0 && text.data)
		read_lines(recall, text.data);
	*out = recall;
	return 0;
}

/* ---- now ---- */

static void hex(const uint8_t *bytes, size_t len, char *to)
{
	for (size_t i = 0; i < len; i++)
		snprintf(to + 2 * i, 3, "%02x", bytes[i]);
}

void recall_step(struct recall *recall, int step, const struct build_step *what,
	const uint8_t base[FILES_HASH])
{
	struct remembered *r = &recall->now[step];
	char text[2 * FILES_HASH + 1];

	hex(base, FILES_HASH, text);
	free(r->own);
	free(r->base);
	free(r->name);
	strs_fini(&r->files);
	r->own = strdup(what->own);
	r->base = strdup(text);
	r->name = strdup(what->name);
	r->all_files = true;
	r->unfinished = false;
	for (char *c = r->name; c && *c; c++)
		if (*c == '\n')
			*c = ' ';
}

void recall_files(struct recall *recall, int step, const struct files *files)
{
	struct remembered *r = &recall->now[step];
	char text[2 * SHORT_HASH + 1];

	if (r->files.len + files->n > FILES_KEPT) {
		r->all_files = false;
		return;
	}
	for (size_t i = 0; i < files->n; i++) {
		const struct file *file = &files->v[i];

		if (S_ISDIR(file->mode) || strchr(file->path, '\n'))
			continue;
		hex(file->hash, SHORT_HASH, text);
		strs_addf(&r->files, "%s%06o %s", text, file->mode, file->path);
	}
}

void recall_unfinished(struct recall *recall, int step)
{
	recall->now[step].unfinished = true;
}

int recall_save(struct recall *recall, struct err *err)
{
	auto_buf text = BUF_INIT;
	int failed;

	for (size_t i = 0; i < recall->steps; i++) {
		const struct remembered *r = &recall->now[i];

		if (!r->own || !r->base || !r->name)
			continue;
		buf_addf(&text, "S %s %s %s\n", r->own, r->base, r->name);
		if (!r->all_files)
			buf_adds(&text, "M\n");
		if (r->unfinished)
			buf_adds(&text, "U\n");
		for (size_t f = 0; f < r->files.len; f++)
			buf_addf(&text, "F %s\n", r->files.v[f]);
	}
	failed = buf_failed(&text) ? -ENOMEM
				   : path_replace_at(recall->dir_fd, recall->file, buf_text(&text),
					     text.len, 0600);
	return failed ? err_set(err, failed, "build: cache: %s", err_name(failed)) : 0;
}

/* ---- why ---- */

static const char *path_of(const char *line)
{
	const char *space = strchr(line, ' ');

	return space ? space + 1 : line;
}

struct difference {
	char text[300];
	size_t named, count;
};

static void note(struct difference *d, const char *path, const char *how)
{
	size_t used = strlen(d->text);

	if (d->count++ < NAMED_MAX && used < sizeof(d->text) - 60) {
		snprintf(d->text + used, sizeof(d->text) - used, "%s%.100s %s", used ? ", " : "",
			path, how);
		d->named++;
	}
}

static int by_path(const void *a, const void *b)
{
	return strcmp(path_of(*(char *const *)a), path_of(*(char *const *)b));
}

/* Several sources, and what stands below a directory, come in another order than their paths'. */
static void compare_files(struct strs *before, struct strs *now, struct difference *d)
{
	size_t a = 0, b = 0;

	if (before->len)
		qsort(before->v, before->len, sizeof(*before->v), by_path);
	if (now->len)
		qsort(now->v, now->len, sizeof(*now->v), by_path);
	while (a < before->len || b < now->len) {
		const char *old = a < before->len ? before->v[a] : NULL,
			   *new = b < now->len ? now->v[b] : NULL;
		int order = !old ? 1 : !new ? -1 : strcmp(path_of(old), path_of(new));

		if (order < 0) {
			note(d, path_of(old), "is gone");
			a++;
		} else if (order > 0) {
			note(d, path_of(new), "is new");
			b++;
		} else {
			if (strcmp(old, new) != 0)
				note(d, path_of(new), "changed");
			a++;
			b++;
		}
	}
}

static struct remembered *find_before(
	struct recall *recall, const struct remembered *now, size_t step)
{
	for (size_t i = 0; i < recall->n_before; i++)
		if (str_eq(recall->before[i].name, now->name))
			return &recall->before[i];
	return step < recall->n_before ? &recall->before[step] : NULL;
}

/* Directories are not remembered, only what is in them. */
static void explain_files(struct recall *recall, struct remembered *before, struct remembered *now)
{
	bool all = before->all_files && now->all_files;
	struct difference d = {.text = ""};

	if (all)
		compare_files(&before->files, &now->files, &d);
	snprintf(recall->reason, sizeof(recall->reason), "%s%s",
		d.count              ? d.text
		: before->unfinished ? "it was not finished the last time"
		: all                ? "its result is not kept any more, or a directory changed"
				     : "its files changed, or its result is not kept any more",
		d.count > d.named ? ", and more" : "");
}

static void explain(struct recall *recall, struct remembered *before, struct remembered *now)
{
	if (!str_eq(before->name, now->name)) {
		snprintf(recall->reason, sizeof(recall->reason),
			"the instruction is new: it was %.200s",
			before->name ? before->name : "another");
	} else if (!str_eq(before->own, now->own)) {
		snprintf(recall->reason, sizeof(recall->reason),
			"an argument or variable that it depends on changed");
	} else if (!str_eq(before->base, now->base)) {
		snprintf(recall->reason, sizeof(recall->reason), "the files below it changed");
	} else if (now->files.len || before->files.len) {
		explain_files(recall, before, now);
	} else if (before->unfinished) {
		snprintf(recall->reason, sizeof(recall->reason),
			"it was not finished the last time");
	} else {
		snprintf(recall->reason, sizeof(recall->reason), "its result is not kept any more");
	}
}

const char *recall_reason(struct recall *recall, int step)
{
	struct remembered *now = &recall->now[step];
	struct remembered *before = find_before(recall, now, (size_t)step);

	if (!recall->n_before || !before || !now->own)
		return "it was never built here";
	explain(recall, before, now);
	free(now->reason);
	now->reason = strdup(recall->reason);
	return now->reason ? now->reason : "";
}
