/* here_copy.c - cp, done by this very process, which afterwards only leaves: it may be in a mount
 * namespace of its own (view.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "core/here_private.h"
#include "core/ids.h"
#include "core/tar_file.h"
#include "core/view.h"
#include "core/view_mount.h"
#include "util/json.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

enum { PASSWD_MAX = 1 << 20 };

#define auto_writable __attribute__((cleanup(writable_close))) struct writable

/* "root:x:0:0:…": the numbers of a name, from the container's own file, read as text. */
static bool find_name(const char *text, const char *name, size_t len, unsigned *id, unsigned *group)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (strncmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line = strchr(line + len + 1, ':');
		return line && sscanf(line, ":%u:%u", id, group) >= 1;
	}
	return false;
}

static void read_text(int root, const char *path, struct buf *out)
{
	auto_close int dir = path_open_in(root, "etc", O_PATH | O_DIRECTORY, 0);

	if (dir < 0 || path_read_at(dir, path, PASSWD_MAX, out) < 0)
		buf_clear(out);
}

/* Of -a into a container that has a user: docker gives it all that comes in. */
static int find_owner(int root, const char *user, struct image_copy *copy, struct err *err)
{
	const char *colon = strchr(user, ':');
	size_t len = colon ? (size_t)(colon - user) : strlen(user);
	auto_buf passwd = BUF_INIT, group = BUF_INIT;
	unsigned uid = 0, gid = 0, ignored;
	char *end;

	if (!*user)
		return 0;
	read_text(root, "passwd", &passwd);
	uid = (unsigned)strtoul(user, &end, 10);
	if (end != user + len && !find_name(buf_text(&passwd), user, len, &uid, &gid))
		return err_set(err, ENOENT,
			"unable to find user %.*s: no matching entries in passwd file", (int)len,
			user);
	if (colon) {
		read_text(root, "group", &group);
		gid = (unsigned)strtoul(colon + 1, &end, 10);
		if (*end &&
			!find_name(buf_text(&group), colon + 1, strlen(colon + 1), &gid, &ignored))
			return err_set(err, ENOENT,
				"unable to find group %s: no matching entries in group file",
				colon + 1);
	}
	copy->chown = true;
	copy->uid = uid;
	copy->gid = gid;
	return 0;
}

/* In a user namespace of the container's own, what is made there is made by one of its users. */
static int copy_mapped(struct here *here, const struct image_ops *ops, struct writable *writable,
	struct image_copy *how, struct err *err)
{
	auto_id_maps users = {0}, groups = {0};
	int failed = 0;
	bool other;

	if (writable->users.len) {
		id_maps_copy(&users, &writable->users);
		id_maps_copy(&groups, &writable->groups);
	} else if (writable->hold.running) {
		ids_of_process(writable->row.state.init.pid, &users, &groups);
	}
	other = users.len && !how->out;
	how->users = &users;
	how->groups = &groups;
	if (other)
		failed = view_be(id_outside(&users, 0), id_outside(&groups, 0), err);
	if (!failed)
		failed = ops->copy(how, &here->watch, err);
	if (other)
		view_be(0, 0, NULL);
	return failed;
}

static int copy(struct here *here, const struct image_ops *ops, struct writable *writable,
	const struct copy_request *request, const cJSON *inspect, int fd, uint64_t *bytes,
	struct err *err)
{
	auto_close int root = view_open(here->engine, writable, VIEW_WHOLE, inspect, err);
	struct image_copy how = {
		.root_fd = root,
		.container = request->who,
		.inside = request->inside,
		.outside = fd < 0 ? request->outside : NULL,
		.fd = fd >= 0        ? fd
		      : request->out ? STDOUT_FILENO
				     : STDIN_FILENO,
		.out = request->out,
		.archive = request->archive,
		.follow = request->follow,
		.bytes = bytes,
	};
	int failed = root < 0 ? root : 0;

	if (!failed && request->archive && !request->out)
		failed = find_owner(
			root, json_str_or(json_object(inspect, "Config"), "User", ""), &how, err);
	return failed ? failed : copy_mapped(here, ops, writable, &how, err);
}

static int copy_to_tar(struct here *here, const struct image_ops *ops, struct writable *writable,
	const struct copy_request *request, const cJSON *inspect, uint64_t *bytes, struct err *err)
{
	struct tar_file tar;
	int failed = tar_file_begin(&tar, request->outside, err);

	if (failed)
		return failed;
	failed = copy(here, ops, writable, request, inspect, tar.fd, bytes, err);
	return tar_file_end(&tar, failed, err);
}

int engine_copy_here(struct engine *engine, const struct copy_request *request,
	const struct job_options *options, uint64_t *bytes, struct err *err)
{
	auto_writable writable = {.own_fd = -1, .hold = HOLD_INIT};
	auto_json *inspect = NULL;
	const struct image_ops *ops;
	struct here here;
	int failed = writable_open(engine, request->who, &writable, err);

	if (!failed)
		failed = here_begin(&here, engine, options, NULL, &ops, err);
	if (!failed)
		failed = engine_container_inspect(engine, writable.row.id, &inspect, err);
	if (!failed)
		failed = writable_hold(engine, &writable, err);
	if (failed)
		return failed;
	failed = request->tar && request->out && request->outside
			 ? copy_to_tar(&here, ops, &writable, request, inspect, bytes, err)
			 : copy(&here, ops, &writable, request, inspect, -1, bytes, err);
	if (!failed)
		engine_announce(engine, &writable.row,
			request->out ? "archive-path" : "extract-to-dir", NULL);
	if (!writable.hold.running)
		view_leave();
	return failed;
}
