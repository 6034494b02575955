#include "core/writable.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/exec.h"
#include "core/ids.h"
#include "core/privilege.h"
#include "util/own.h"

/* The mount points that a container gets from us, whatever its image has: docker keeps them in a
 * layer of their own, which it never shows. */
static const char *const mount_points[] = {"dev", "dev/console", "dev/pts", "dev/shm", "etc",
	"etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf", "proc", "sys"};

/* Who has a copy of the image: config.json says whose ids it has. */
static int find_owners(struct engine *engine, struct writable *out, struct err *err)
{
	auto_of(spec) struct spec *spec = NULL;
	int failed;

	if (!privilege_is_rootless() ||
		faccessat(out->own_fd, "root", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	failed = exec_read_spec(engine, out->row.id, &spec, err);
	if (!failed && ids_own_tree(spec))
		ids_of_spec(spec, &out->users, &out->groups);
	return failed;
}

int writable_open(struct engine *engine, const char *who, struct writable *out, struct err *err)
{
	char image[DIGEST_SIZE];
	bool whole = store_driver(engine->store) == STORE_COPY;
	int failed;

	*out = (struct writable){.own_fd = -1, .hold = HOLD_INIT};
	failed = engine_find_row(engine, who, &out->number, &out->row, err);
	if (failed)
		return failed;
	out->own_fd = launch_own_dir(engine, out->row.id, err);
	if (out->own_fd < 0)
		return out->own_fd;
	snprintf(image, sizeof(image), "sha256:%.64s", out->row.image_id);
	failed = image_stack(engine->store, image, &out->layers, err);
	if (failed)
		return failed;
	for (size_t i = 0; i < array_len(mount_points); i++)
		strs_add(&out->stubs, mount_points[i]);
	if (strs_failed(&out->stubs))
		return err_set(err, ENOMEM, "container %.12s: out of memory", out->row.id);
	failed = find_owners(engine, out, err);
	out->tree = (struct image_tree){
		.dir_fd = out->own_fd,
		.name = whole ? "root" : "upper",
		.whole = whole,
		.layers = &out->layers,
		.stubs = &out->stubs,
		.owners = {&out->users, &out->groups},
	};
	return failed;
}

int writable_hold(struct engine *engine, struct writable *writable, struct err *err)
{
	int failed = hold_take(
		engine, writable->number, &writable->row, writable->own_fd, &writable->hold, err);

	if (failed == -EOPNOTSUPP)
		failed = err_forgive(err);
	return failed;
}

bool writable_is_held(const struct writable *writable)
{
	return writable->hold.fd >= 0;
}

void writable_release(struct writable *writable)
{
	hold_release(&writable->hold);
}

void writable_close(struct writable *writable)
{
	writable_release(writable);
	own_closep(&writable->own_fd);
	strs_fini(&writable->layers);
	strs_fini(&writable->stubs);
	id_maps_fini(&writable->users);
	id_maps_fini(&writable->groups);
}
