/* link.h - the world that the engine is. */
#ifndef TUI_LINK_H
#define TUI_LINK_H

#include <uv.h>

#include "tui/world.h"
#include "util/own.h"

struct link;

/* Both are lent; no engine makes a world in which nothing can be had. NULL when out of memory. */
struct link *link_new(struct engine *engine, uv_loop_t *loop);
void link_free(struct link *link);
own_define(link)

/* Lets go of what the engine's loop would wait for. Acts under way still end, unheard. */
void link_stop(struct link *link);
struct world *link_world(struct link *link);
/* From now on the listener hears what happens. */
int link_follow(struct link *link, struct err *err);

#endif
