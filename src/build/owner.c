#include "build/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static int find_user(struct looking *looking, struct dest *dest, const char *name,
	struct owner *out, struct err *err)
{
	auto_close int fd = dest_open(dest, "/etc/passwd", open_layer, looking, err);
	auto_free struct passwd_file *file = calloc(1, sizeof(*file));
	struct passwd_line line;

	if (!file)
		return err_set(err, ENOMEM, "chown: out of memory");
	file->fd = fd;
	while (fd >= 0 && passwd_next_user(file, &line))
		if (strcmp(line.name, name) == 0) {
			*out = (struct owner){line.uid, line.gid};
			return 0;
		}
	return err_set(
		err, ENOENT, "invalid user index: %.100s is not in the image's /etc/passwd", name);
}

static int find_group(struct looking *looking, struct dest *dest, const char *name,
	struct owner *out, struct err *err)
{
	auto_close int fd = dest_open(dest, "/etc/group", open_layer, looking, err);
	auto_free struct passwd_file *file = calloc(1, sizeof(*file));
	struct passwd_line line;

	if (!file)
		return err_set(err, ENOMEM, "chown: out of memory");
	file->fd = fd;
	while (fd >= 0 && passwd_next_group(file, &line))
		if (strcmp(line.name, name) == 0) {
			out->gid = line.gid;
			return 0;
		}
	return err_set(
		err, ENOENT, "invalid group index: %.100s is not in the image's /etc/group", name);
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
		return err_set(err, ENOMEM, "chown: out of memory");
	*out = (struct owner){0};
	failed = *user ? passwd_number(user, &out->uid) : 0;
	out->gid = out->uid;
	if (failed == -EINVAL)
		failed = find_user(&looking, dest, user, out, err);
	else if (failed)
		failed =
			err_set(err, ERANGE, "chown: %.100s is not in the range of user ids", user);
	if (failed || !*group)
		return failed;
	failed = passwd_number(group, &out->gid);
	if (failed == -EINVAL)
		return find_group(&looking, dest, group, out, err);
	return failed ? err_set(err, ERANGE, "chown: %.100s is not in the range of group ids",
				group)
		      : 0;
}
