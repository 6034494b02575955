/* figures_own.h - what reads the facts of a figure: shared by figures_*.c. */
#ifndef CORE_FIGURES_OWN_H
#define CORE_FIGURES_OWN_H

#include "core/engine_own.h"
#include "core/figure_parts.h"
#include "core/layers_own.h"

enum { PAIRS_SHOWN = 6, OBJECT_MAX = 4096 + 512 };

/* ---- figures_engine.c ---- */

/* A file of /proc, and not of whatever somebody mounted there. */
bool figures_read_proc(const char *path, struct buf *out);
/* What a container and its monitor take now; 0 where it does not run. */
struct figure_pair figures_pair(const struct row *row);

struct census {
	struct figure_pair pairs[PAIRS_SHOWN];
	size_t shown, running, containers;
};
/* The one that is asked for, or all. */
void figures_census(struct engine *engine, const char *only, struct census *census);

/* ---- which object is meant, where "" is none ---- */

/* The image that was asked for, or the newest that has a name. */
int figures_choose_image(
	struct engine *engine, const char *object, char *name, size_t room, struct err *err);
/* The container that was asked for, or the one that was started last. */
int figures_choose_container(
	struct engine *engine, const char *object, struct row *row, struct err *err);
struct figure_stack figures_stack(
	struct engine *engine, const struct layers *layers, const char *name);

/* ---- one each ---- */

typedef int figures_draw_fn(
	struct engine *engine, const char *object, struct figure *figure, struct err *err);
figures_draw_fn figures_draw_engine, figures_draw_image, figures_draw_layers, figures_draw_files,
	figures_draw_merged, figures_draw_index, figures_draw_machines;

#endif
