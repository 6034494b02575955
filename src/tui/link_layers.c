/* link_layers.c - layers of the link's world (world_layers.h). */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>

#include "tui/link_private.h"

/* Between the engine and whoever asked, who may leave first. */
struct world_ask {
	bool forgotten;
	struct layers_opening *opening;
	struct layers_reading *reading;
	struct op *op;
	int said; /* what an export's process printed; -1 */
	union {
		layers_done_fn *open;
		layers_waste_fn *waste;
		layers_read_fn *read;
		layers_diff_fn *diff;
		world_export_fn *export;
	} done;
	void *arg;
};

static struct world_ask *ask_new(void *arg)
{
	struct world_ask *ask = calloc(1, sizeof(*ask));

	if (!ask)
		return NULL;
	ask->said = -1;
	ask->arg = arg;
	return ask;
}

/* Frees the ask unless the engine took it. */
static struct world_ask *begun(struct world_ask *ask, bool taken)
{
	if (taken)
		return ask;
	own_closep(&ask->said);
	free(ask);
	return NULL;
}

static void forget(struct world *world, struct world_ask *ask)
{
	(void)world;
	if (!ask)
		return;
	ask->forgotten = true;
	if (ask->opening)
		layers_opening_cancel(ask->opening);
	if (ask->reading)
		layers_reading_cancel(ask->reading);
	if (ask->op)
		op_cancel(ask->op);
}

/* ---- opening ---- */

static void on_open(void *arg, struct layers *layers, const struct err *err)
{
	auto_free struct world_ask *ask = arg;

	if (ask->forgotten)
		layers_close(layers);
	else
		ask->done.open(ask->arg, layers, err);
}

static struct world_ask *ask_open(
	struct world *world, const struct layers_wish *wish, layers_done_fn *done, void *arg)
{
	struct world_ask *ask = ask_new(arg);

	if (!ask)
		return NULL;
	ask->done.open = done;
	ask->opening = engine_layers_start(link_of(world)->engine, wish, on_open, ask);
	return begun(ask, ask->opening);
}

static void on_waste(
	void *arg, const struct strata_waste *waste, struct strata *strata, const struct err *err)
{
	auto_free struct world_ask *ask = arg;

	if (!ask->forgotten)
		ask->done.waste(ask->arg, waste, strata, err);
}

static struct world_ask *ask_waste(
	struct world *world, struct layers *layers, layers_waste_fn *done, void *arg)
{
	struct world_ask *ask = ask_new(arg);

	if (!ask)
		return NULL;
	ask->done.waste = done;
	return begun(ask, engine_layers_waste(link_of(world)->engine, layers, on_waste, ask));
}

/* ---- content ---- */

static void on_read(void *arg, const struct layers_piece *piece, const struct err *err)
{
	auto_free struct world_ask *ask = arg;

	if (!ask->forgotten)
		ask->done.read(ask->arg, piece, err);
}

static struct world_ask *ask_read(struct world *world, struct layers *layers,
	struct layers_version version, uint64_t offset, size_t max, layers_read_fn *done, void *arg)
{
	struct world_ask *ask = ask_new(arg);

	if (!ask)
		return NULL;
	ask->done.read = done;
	ask->reading = engine_layers_read(
		link_of(world)->engine, layers, version, offset, max, on_read, ask);
	return begun(ask, ask->reading);
}

static void on_diff(void *arg, struct layers_diff *diff, const struct err *err)
{
	auto_free struct world_ask *ask = arg;

	if (ask->forgotten)
		layers_diff_free(diff);
	else
		ask->done.diff(ask->arg, diff, err);
}

static struct world_ask *ask_diff(struct world *world, struct layers *layers,
	struct layers_version old, struct layers_version new, layers_diff_fn *done, void *arg)
{
	struct world_ask *ask = ask_new(arg);

	if (!ask)
		return NULL;
	ask->done.diff = done;
	ask->reading = engine_layers_diff(link_of(world)->engine, layers, old, new, on_diff, ask);
	return begun(ask, ask->reading);
}

/* ---- export: a command of our own, which tells in words why it could not ---- */

static void on_exported(void *arg, const struct op_result *result)
{
	auto_free struct world_ask *ask = arg;
	char said[sizeof(((struct err *)0)->text)];
	ssize_t len = pread(ask->said, said, sizeof(said) - 1, 0);
	struct err err;

	own_closep(&ask->said);
	if (ask->forgotten)
		return;
	if (result->err || !result->exit_code) {
		ask->done.export(ask->arg, result->err);
		return;
	}
	said[len < 0 ? 0 : len] = '\0';
	said[strcspn(said, "\n")] = '\0';
	err_set(&err, EIO, "%s",
		*said ? said + (str_has_prefix(said, "davit: ") ? 7 : 0) : "it failed");
	ask->done.export(ask->arg, &err);
}

static struct op *start_export(
	struct engine *engine, const struct world_export *wish, struct world_ask *ask)
{
	char from[INDEX_PATH_MAX + 80], height[16];
	const char *args[10];
	size_t n = 0;

	snprintf(from, sizeof(from), "%s:%s", wish->who, wish->inside);
	snprintf(height, sizeof(height), "--layer=%u", wish->height);
	if (!wish->container) {
		args[n++] = "image";
		args[n++] = "cp";
		args[n++] = height;
		if (wish->alone)
			args[n++] = "--alone";
	} else {
		args[n++] = "cp";
	}
	if (wish->tar)
		args[n++] = "--tar";
	args[n++] = from;
	args[n++] = wish->outside;
	args[n] = NULL;
	return engine_job(engine, args, ask->said, on_exported, ask);
}

static struct world_ask *ask_export(
	struct world *world, const struct world_export *wish, world_export_fn *done, void *arg)
{
	struct world_ask *ask = ask_new(arg);

	if (!ask)
		return NULL;
	ask->done.export = done;
	ask->said = memfd_create("davit-export", MFD_CLOEXEC);
	ask->op = start_export(link_of(world)->engine, wish, ask);
	return begun(ask, ask->op);
}

/* ---- what changes meanwhile ---- */

static struct world_watch *watch(
	struct world *world, struct layers *layers, void (*changed)(void *arg), void *arg)
{
	/* The engine's own, under another name. */
	return (struct world_watch *)engine_layers_watch(
		link_of(world)->engine, layers, changed, arg);
}

static void watch_dir(struct world_watch *watched, const char *path)
{
	layers_watch_dir((struct layers_watch *)watched, path);
}

static void unwatch(struct world_watch *watched)
{
	layers_unwatch((struct layers_watch *)watched);
}

const struct world_layers_ops link_layers_ops = {
	.open = ask_open,
	.waste = ask_waste,
	.read = ask_read,
	.diff = ask_diff,
	.export = ask_export,
	.forget = forget,
	.watch = watch,
	.watch_dir = watch_dir,
	.unwatch = unwatch,
};
