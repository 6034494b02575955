/* layers_watch.c - what comes and goes in a container's own directories (engine_layers.h).
 *
 * Whoever writes there chooses every name, so a directory is held, through no link, before it is
 * watched by what is held. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/layers_own.h"

enum { WATCHED_MAX = 64 };

struct layers_watch {
	uv_poll_t poll;
	int inotify, root_fd;
	unsigned watched;
	void (*changed)(void *arg);
	void *arg;
};

static void on_event(uv_poll_t *poll, int status, int events)
{
	struct layers_watch *watch = container_of(poll, struct layers_watch, poll);
	char bytes[4096];
	bool any = false;

	(void)status;
	(void)events;
	while (read(watch->inotify, bytes, sizeof(bytes)) > 0)
		any = true;
	if (any)
		watch->changed(watch->arg);
}

void layers_watch_dir(struct layers_watch *watch, const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	auto_close int fd = -1;
	char self[40];

	if (watch->watched >= WATCHED_MAX)
		return;
	fd = (int)syscall(SYS_openat2, watch->root_fd, *path ? path : ".", &how, sizeof(how));
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (fd >= 0 && inotify_add_watch(watch->inotify, self,
			       IN_CREATE | IN_DELETE | IN_MOVE | IN_ATTRIB | IN_CLOSE_WRITE |
				       IN_ONLYDIR) >= 0)
		watch->watched++;
}

static void free_watch(uv_handle_t *handle)
{
	struct layers_watch *watch = container_of((uv_poll_t *)handle, struct layers_watch, poll);

	close(watch->inotify);
	own_closep(&watch->root_fd);
	free(watch);
}

void layers_unwatch(struct layers_watch *watch)
{
	if (watch)
		uv_close((uv_handle_t *)&watch->poll, free_watch);
}

static bool find_live(const struct layers *layers, unsigned *layer)
{
	for (*layer = (unsigned)layers->n; (*layer)-- > 0;)
		if (layers->described[*layer].live)
			return true;
	return false;
}

struct layers_watch *engine_layers_watch(
	struct engine *engine, const struct layers *layers, void (*changed)(void *arg), void *arg)
{
	struct layers_watch *watch;
	unsigned layer;
	struct err err;

	if (!find_live(layers, &layer) || !(watch = calloc(1, sizeof(*watch))))
		return NULL;
	watch->changed = changed;
	watch->arg = arg;
	watch->root_fd = layers_open_dir(engine, layers, layer, &err);
	watch->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->root_fd >= 0 && watch->inotify >= 0 &&
		uv_poll_init(engine->loop, &watch->poll, watch->inotify) == 0) {
		uv_poll_start(&watch->poll, UV_READABLE, on_event);
		return watch;
	}
	own_closep(&watch->root_fd);
	own_closep(&watch->inotify);
	free(watch);
	return NULL;
}
