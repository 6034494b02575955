/* figures_files.c - reads the files of a stack for its figures: one path through all its layers,
 * and a directory as a container sees it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/figures_own.h"

/* ---- files ---- */

/* "WHO:/PATH" or "WHO" in two; the name of an image may have a colon, but none before a slash. */
static void split(char *object, const char **path)
{
	char *colon = strstr(object, ":/");

	*path = "";
	if (!colon)
		return;
	*colon = '\0';
	*path = colon + 2;
}

/* The path that was asked for; -ENOENT in words. */
static int find_spot(
	struct layers *layers, const char *who, const char *path, uint32_t *spot, struct err *err)
{
	if (layers_find(layers, path, spot, err) == 0)
		return 0;
	return err->code == -ENOENT
		       ? err_set(err, ENOENT, "%.100s: nothing of it ever had /%.200s", who, path)
		       : err->code;
}

int figures_draw_files(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	char copy[OBJECT_MAX], name[OBJECT_MAX];
	auto_layers *layers = NULL;
	struct figure_stack stack;
	const char *path;
	uint32_t spot;

	snprintf(copy, sizeof(copy), "%s", object);
	split(copy, &path);
	if (figures_choose_image(engine, copy, name, sizeof(name), err) < 0)
		return err->code;
	if (engine_layers_open(engine, name, &layers, err) < 0)
		return err->code;
	if (*path ? find_spot(layers, name, path, &spot, err) < 0
		  : figure_liveliest(layers_strata(layers), &spot, err) < 0)
		return err->code;
	stack = figures_stack(engine, layers, name);
	return figure_of_files(figure, &stack, spot, err);
}

/* ---- what is merged ---- */

int figures_choose_container(
	struct engine *engine, const char *object, struct row *row, struct err *err)
{
	struct roster_scan scan;
	struct row *at;
	unsigned number;

	if (*object)
		return engine_find_row(engine, object, &number, row, err);
	*row = (struct row){0};
	roster_scan_begin(engine->roster, &scan);
	while ((at = roster_scan_next(&scan))) {
		engine_correct_row(engine, scan.number, at);
		if (at->use == ROW_USED &&
			(!*row->id || at->state.started_ns > row->state.started_ns))
			*row = *at;
	}
	return *row->id ? 0
			: err_set(err, ENOENT,
				  "there is no container yet: davit run IMAGE makes one");
}

/* Mount points right in a directory, without what is mounted over them again. */
static void find_mounted(int pid, const char *directory, struct strs *out)
{
	auto_buf text = BUF_INIT;
	char path[48], point[INDEX_PATH_MAX];
	size_t len = strlen(directory);

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	if (!figures_read_proc(path, &text))
		return;
	for (char *line = text.data, *end; *line; line = end + (*end == '\n')) {
		const char *name;

		end = line + strcspn(line, "\n");
		/* Of "/" itself nothing is left behind the slash. */
		if (sscanf(line, "%*u %*u %*s %*s %4000s", point) != 1 ||
			strncmp(point + 1, directory, len) != 0 || (len && point[1 + len] != '/'))
			continue;
		name = point + 1 + len + (len ? 1 : 0);
		if (*name && !strchr(name, '/') &&
			(!out->len || !str_eq(out->v[out->len - 1], name)))
			strs_add(out, name);
	}
}

static int draw_directory(struct layers *layers, struct figure *figure,
	const struct figure_stack *stack, uint32_t spot, struct err *err)
{
	auto_free struct layers_row *rows = NULL;
	struct figure_directory directory = {.spot = spot};
	char path[INDEX_PATH_MAX];
	int failed;

	if (layers_list(layers, spot, stack->count, true, &rows, &directory.count, err) < 0)
		return err->code;
	directory.rows = rows;
	strata_path(layers_strata(layers), spot, path);
	if (stack->pid)
		find_mounted(stack->pid, path, &directory.mounted);
	failed = figure_of_merged(figure, stack, &directory, err);
	strs_fini(&directory.mounted);
	return failed;
}

int figures_draw_merged(
	struct engine *engine, const char *object, struct figure *figure, struct err *err)
{
	char copy[OBJECT_MAX];
	auto_layers *layers = NULL;
	struct figure_stack stack;
	const char *path;
	struct row row;
	uint32_t dir;

	snprintf(copy, sizeof(copy), "%s", object);
	split(copy, &path);
	if (figures_choose_container(engine, copy, &row, err) < 0 ||
		layers_open_here(engine, &(struct layers_wish){.who = row.id, .container = true},
			&layers, err) < 0)
		return err->code;
	stack = figures_stack(engine, layers, row.name);
	if (row.state.status == ROW_RUNNING || row.state.status == ROW_PAUSED)
		stack.pid = row.state.init.pid;
	if (!*path && !strstr(object, ":/"))
		dir = figure_busiest(layers_strata(layers), stack.count - 1, err);
	else if (find_spot(layers, row.name, path, &dir, err) < 0)
		return err->code;
	return draw_directory(layers, figure, &stack, dir, err);
}
