/* lent.h - the whole terminal lent to one container: bytes pass raw both ways, as with any attach.
 *
 * The only place where container output reaches the terminal unread. Ctrl-P Ctrl-Q takes it back; a
 * lone Ctrl-P is held for the next key or 300 ms. A terminal slower than the container makes the
 * container's output wait, never the screen. */
#ifndef TUI_LENT_H
#define TUI_LENT_H

#include "tui/tty.h"
#include "tui/world.h"

struct lent;

/* `over` is called once, when the session ended by itself; the sentence is lent. */
typedef void lent_over_fn(void *arg, const char *outcome, bool bad);

/* plain: it has no terminal of its own, so that Ctrl-C, typed twice, is sent as SIGINT. */
int lent_open(struct tty *tty, struct world *world, const char *id, const char *name, bool plain,
	lent_over_fn *over, void *arg, struct lent **out, struct err *err);
void lent_free(struct lent *lent); /* leaves the session running; NULL is fine */
own_define(lent)

/* Typed bytes; false: the user wants the screen back. */
bool lent_type(struct lent *lent, const char *bytes, size_t len, int64_t now_ms);
/* The terminal took something. */
void lent_drained(struct lent *lent);
void lent_resized(struct lent *lent);
int64_t lent_deadline(const struct lent *lent); /* for lent_tick; -1: never */
void lent_tick(struct lent *lent, int64_t now_ms);

#endif
