/* build_view.h - a build as it happens: on a terminal a picture of its steps, else BuildKit's plain
 * lines, or JSON for other programs.
 *
 * Events come from any thread, one at a time; on a terminal a thread of the view's own redraws. All
 * of it goes to standard error, as docker's does: standard output is the result's. */
#ifndef CLI_BUILD_VIEW_H
#define CLI_BUILD_VIEW_H

#include "build/build.h"

struct build_view;

enum build_view_kind {
	BUILD_VIEW_AUTO,
	BUILD_VIEW_PLAIN,
	BUILD_VIEW_TTY,
	BUILD_VIEW_JSON,
	BUILD_VIEW_QUIET
};
/* "auto", "plain", "tty", "json" or "rawjson", "quiet"; -EINVAL. */
int build_view_kind(const char *word, enum build_view_kind *out, struct err *err);

/* brief: see build_json.h. NULL: out of memory. */
struct build_view *build_view_new(enum build_view_kind kind, bool brief);
/* A build_event_fn. */
void build_view_event(void *view, const struct build_event *event);
/* Draws what there is left to draw: the end of it, and, after a failure, what the step said. err:
 * NULL when it went well. */
void build_view_end(
	struct build_view *view, const struct build_result *result, const struct err *err);
void build_view_free(struct build_view *view); /* NULL is fine */

#endif
