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

enum {
	SIZE_MAX_KEPT = 16 << 20,
	FILES_KEPT = 20000,
	SHORT_HASH = 8,
	HASH_DIGITS = 2 * SHORT_HASH,
	NAMED_MAX = 3
};

struct remembered {
	char *own, *base, *name;
	struct strs files; /* "hash path", sorted as they were taken */
	struct buf lines;  /* of the present: the same as they will be written */
	size_t n_lines;
	bool all_files;  /* false: they were too many */
	bool unfinished; /* it failed, or was ended */
	char *reason;    /* why it is not known */
};

struct recall {
	int dir_fd;
	char file[DIGEST_HEX + 1];
	struct remembered *now, *before; /* before: read when somebody asks for a reason */
	bool looked;
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
	buf_fini(&r->lines);
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
	*out = recall;
	return 0;
}

/* ---- now ---- */

static void hex(const uint8_t *bytes, size_t len, char *to)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		to[2 * i] = digits[bytes[i] >> 4];
		to[2 * i + 1] = digits[bytes[i] & 15];
	}
	to[2 * len] = '\0';
}

/* Six digits. */
static void octal(mode_t mode, char *to)
{
	for (int i = 5; i >= 0; i--, mode >>= 3)
		to[i] = (char)('0' + (mode & 7));
	to[6] = '\0';
}

static void put_facts(const struct file *file, char *to)
{
	if (file_is_large(file) && !file->hashed)
		memset(to, '?', HASH_DIGITS);
	else
		hex(file->hash, SHORT_HASH, to);
	octal(file->mode, to + HASH_DIGITS);
	if (file_is_large(file))
		hex(file->sample, SHORT_HASH, to + strlen(to));
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
	buf_clear(&r->lines);
	r->n_lines = 0;
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
	char head[80];

	if (r->n_lines + files->n > FILES_KEPT) {
		r->all_files = false;
		return;
	}
	for (size_t i = 0; i < files->n; i++) {
		const struct file *file = &files->v[i];

		if (S_ISDIR(file->mode) || strchr(file->path, '\n'))
			continue;
		put_facts(file, head);
		buf_addf(&r->lines, "F %s ", head);
		buf_adds(&r->lines, file->path);
		buf_addc(&r->lines, '\n');
		r->n_lines++;
	}
}

void recall_unfinished(struct recall *recall, int step)
{
	recall->now[step].unfinished = true;
}

static void put_all(const struct recall *recall, struct buf *out)
{
	for (size_t i = 0; i < recall->steps; i++) {
		const struct remembered *r = &recall->now[i];

		if (!r->own || !r->base || !r->name)
			continue;
		buf_addf(out, "S %s %s %s\n%s%s", r->own, r->base, r->name,
			r->all_files ? "" : "M\n", r->unfinished ? "U\n" : "");
		buf_add(out, r->lines.data, r->lines.len);
	}
}

/* What it was is what it is, by the first line: most builds change nothing. */
static bool is_there(const struct recall *recall, const char *head, size_t len)
{
	auto_close int fd = openat(recall->dir_fd, recall->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char found[DIGEST_SIZE + 3];

	return fd >= 0 && len <= sizeof(found) && read(fd, found, len) == (ssize_t)len &&
	       memcmp(found, head, len) == 0;
}

int recall_save(struct recall *recall, struct err *err)
{
	auto_buf text = BUF_INIT, whole = BUF_INIT;
	char digest[DIGEST_SIZE];
	size_t head;
	int failed;

	put_all(recall, &text);
	sha_of(text.data, text.len, digest);
	buf_addf(&whole, "H %s\n", digest);
	head = whole.len;
	buf_add(&whole, text.data, text.len);
	if (buf_failed(&text) || buf_failed(&whole))
		return no_memory(err);
	if (is_there(recall, whole.data, head))
		return 0;
	failed = path_replace_at(recall->dir_fd, recall->file, whole.data, whole.len, 0600);
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

/* What is not read yet differs by the rest. */
static bool differ(const char *old, const char *new)
{
	size_t from = *old == '?' || *new == '?' ? HASH_DIGITS : 0;

	return strlen(old) < from || strlen(new) < from || strcmp(old + from, new + from) != 0;
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
			if (differ(old, new))
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

static void look_before(struct recall *recall)
{
	auto_buf text = BUF_INIT;

	if (!recall->looked &&
		path_read_at(recall->dir_fd, recall->file, SIZE_MAX_KEPT, &text) == 0 && text.data)
		read_lines(recall, text.data);
	recall->looked = true;
}

/* The lines of now, as those of before were read. */
static void split_lines(struct remembered *now)
{
	const char *at = buf_text(&now->lines);

	strs_fini(&now->files);
	for (size_t len; *at; at += len + 1) {
		len = strcspn(at, "\n");
		strs_addf(&now->files, "%.*s", (int)len - 2, at + 2);
	}
}

const char *recall_reason(struct recall *recall, int step)
{
	struct remembered *now = &recall->now[step], *before;

	look_before(recall);
	split_lines(now);
	before = find_before(recall, now, (size_t)step);
	if (!recall->n_before || !before || !now->own)
		return "it was never built here";
	explain(recall, before, now);
	free(now->reason);
	now->reason = strdup(recall->reason);
	return now->reason ? now->reason : "";
}
