#include "build/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/no_memory.h"
#include "core/image.h"
#include "runtime/launch/passwd.h"
#include "util/own.h"

struct looking {
	struct build_work *work;
	const struct node *node;
};

static int open_layer(void *arg, size_t layer)
{
	const struct looking *looking = arg;
	char path[48];
	int fd;

	image_layer_path(looking->node->layers.v[layer], path);
	fd = openat(store_fd(looking->work->store), path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* What /etc/passwd and /etc/group are to us. */
struct database {
	const char *path, *what;
	bool (*next)(struct passwd_file *file, struct passwd_line *line);
};
static const struct database users = {"/etc/passwd", "user", passwd_next_user};
static const struct database groups = {"/etc/group", "group", passwd_next_group};

static int find_name(struct looking *looking, struct dest *dest, const struct database *database,
	const char *name, struct passwd_line *out, struct err *err)
{
	auto_close int fd = dest_open(dest, database->path, open_layer, looking, err);
	auto_free struct passwd_file *file = calloc(1, sizeof(*file));

	if (!file)
		return no_memory(err);
	file->fd = fd;
	while (fd >= 0 && database->next(file, out))
		if (strcmp(out->name, name) == 0)
			return 0;
	return err_set(err, ENOENT, "invalid %s index: %.100s is not in the image's %s",
		database->what, name, database->path);
}

/* A name or a number. */
static int find(struct looking *looking, struct dest *dest, const struct database *database,
	const char *text, struct owner *out, struct err *err)
{
	bool is_user = database == &users;
	struct passwd_line line;
	uint32_t number;
	int failed = passwd_number(text, &number);

	if (failed == -EINVAL) {
		failed = find_name(looking, dest, database, text, &line, err);
		if (failed)
			return failed;
		if (is_user)
			out->uid = line.uid;
		out->gid = line.gid;
		return 0;
	}
	if (failed)
		return err_set(err, ERANGE, "chown: %.100s is not in the range of %s ids", text,
			database->what);
	if (is_user)
		out->uid = number;
	out->gid = number;
	return 0;
}

int owner_find(struct build_work *work, int step, struct dest *dest, const char *text,
	struct owner *out, struct err *err)
{
	struct looking looking = {work, &work->nodes[step]};
	size_t len = strcspn(text, ":");
	auto_free char *user = strndup(text, len);
	const char *group = text[len] ? text + len + 1 : "";
	int failed;

	if (!user)
		return no_memory(err);
	*out = (struct owner){0};
	failed = *user ? find(&looking, dest, &users, user, out, err) : 0;
	if (failed || !*group)
		return failed;
	return find(&looking, dest, &groups, group, out, err);
}
