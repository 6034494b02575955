#include "build/late.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "build/no_memory.h"
#include "core/chain.h"

struct late_file {
	const struct file *file;
	const struct files_source *source;
	const char *path; /* the room behind it, but in what is looked for */
	char room[];
};

struct late {
	struct layer_late files;
	const struct index *const *below;
	size_t n_below;
	void *paths; /* of struct late_file, by tsearch(3) */
};

static int by_path(const void *a, const void *b)
{
	const struct late_file *left = a, *right = b;

	return strcmp(left->path, right->path);
}

static struct late_file *find(const struct late *late, const char *path)
{
	const struct late_file wanted = {.path = path};
	struct late_file **found = tfind(&wanted, &late->paths, by_path);

	return found ? *found : NULL;
}

static int open_late(void *arg, const char *path, int *fd, struct err *err)
{
	const struct late_file *late = find(arg, path);

	*fd = late ? files_open(late->file, late->source, err) : -1;
	return late && *fd < 0 ? err->code : 0;
}

static int check_late(void *arg, const char *path, int fd, struct err *err)
{
	return files_check(find(arg, path)->file, fd, err);
}

struct late *late_new(void)
{
	struct late *late = calloc(1, sizeof(*late));

	if (late)
		late->files =
			(struct layer_late){.open = open_late, .check = check_late, .arg = late};
	return late;
}

void late_free(struct late *late)
{
	if (late)
		tdestroy(late->paths, free);
	free(late);
}

void late_stand_on(struct late *late, const struct index *const *below, size_t n)
{
	late->below = below;
	late->n_below = n;
}

bool late_may_be(const struct late *late, const char *path)
{
	size_t owner;

	return !chain_find(late->below, late->n_below, path, &owner);
}

int late_add(struct late *late, const char *path, const struct file *file,
	const struct files_source *source, struct err *err)
{
	size_t len = strlen(path) + 1;
	struct late_file *more = malloc(sizeof(*more) + len);

	if (!more)
		return no_memory(err);
	*more = (struct late_file){.file = file, .source = source, .path = more->room};
	memcpy(more->room, path, len);
	if (tsearch(more, &late->paths, by_path))
		return 0;
	free(more);
	return no_memory(err);
}

void late_drop(struct late *late, const char *path)
{
	struct late_file *gone = find(late, path);

	if (!gone)
		return;
	tdelete(gone, &late->paths, by_path);
	free(gone);
}

const struct layer_late *late_files(struct late *late)
{
	return &late->files;
}
