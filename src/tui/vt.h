/* vt.h - a terminal in memory: what a container prints becomes cells.
 *
 * Wraps the emulator library; no byte of a container reaches the user's terminal but through here
 * (full-screen attach excepted). Sizes are clamped, there is no scrollback, titles and other
 * requests to the outside are dropped. */
#ifndef TUI_VT_H
#define TUI_VT_H

#include "tui/canvas.h"
#include "tui/input.h"
#include "util/own.h"

struct vt;

/* Bytes for the program inside: typed keys and the emulator's own answers. Called from vt_feed,
 * vt_key and vt_type only. */
typedef void vt_write_fn(void *self, const char *bytes, size_t len);

/* NULL when out of memory. */
struct vt *vt_new(int width, int height, vt_write_fn *write, void *self);
void vt_free(struct vt *vt);
own_define(vt)

int vt_width(const struct vt *vt);
int vt_height(const struct vt *vt);
/* Clamped to 1..500. */
void vt_resize(struct vt *vt, int width, int height);
void vt_feed(struct vt *vt, const char *bytes, size_t len);
/* Sends a key the way the program asked for them (cursor key modes). */
void vt_key(struct vt *vt, const struct key *key);
/* Paints the whole terminal at the canvas's corner; with `cursor`, the terminal's cursor too. */
void vt_paint(struct vt *vt, struct canvas canvas, bool cursor);

#endif
