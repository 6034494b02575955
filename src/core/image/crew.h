/* crew.h - threads that unpack layers, as many at once as there are cores.
 *
 * Layers are taken up in the order they were added: start downloads in the same order. */
#ifndef CORE_IMAGE_CREW_H
#define CORE_IMAGE_CREW_H

#include "core/image/layer.h"

struct crew;

int crew_new(
	struct store *store, const struct image_watch *watch, struct crew **out, struct err *err);
/* feed and the strings of wish must live until crew_wait. Returns the layer's number, from 0, or a
 * negative errno. */
int crew_add(struct crew *crew, struct feed *feed, const struct layer_wish *wish, struct err *err);
/* Waits for all; the first failure stops those not begun and is what err says. A feed that will
 * never end must be ended by its writer (feed_end) before. */
int crew_wait(struct crew *crew, struct err *err);
/* True once a layer failed: a writer may stop feeding the others. Any thread. */
bool crew_failed(struct crew *crew);
struct layer *crew_take(struct crew *crew, int number); /* after crew_wait; the caller owns it */
void crew_free(struct crew *crew);                      /* waits, and drops what was not taken */
own_define(crew)

#endif
