/* jsontree.h - a JSON document as lines that fold: which there are, and where each one is. */
#ifndef TUI_WIDGET_JSONTREE_H
#define TUI_WIDGET_JSONTREE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/own.h"

enum jsontree_kind { JSON_VALUE, JSON_OBJECT, JSON_ARRAY };

struct jsontree_line {
	enum jsontree_kind kind;
	const char *key;   /* of a member; NULL: of an array, or the document */
	size_t index;      /* in an array */
	const char *value; /* as JSON writes it; of what folds "" */
	size_t children, parent;
	int depth;
	bool folded, text; /* text: value is a string */
};

struct jsontree;

/* Everything is copied. What is long is folded at first: more than `long_ones` children. */
int jsontree_new(
	const char *json, size_t len, size_t long_ones, struct jsontree **out, struct err *err);
void jsontree_free(struct jsontree *tree);
own_define(jsontree)

/* Lines that nothing folded hides. */
size_t jsontree_shown(const struct jsontree *tree);
const struct jsontree_line *jsontree_at(const struct jsontree *tree, size_t shown);
void jsontree_fold(struct jsontree *tree, size_t shown, bool folded);
/* Everything but the outermost. */
void jsontree_fold_all(struct jsontree *tree, bool folded);
/* The shown line that the one at `shown` is in; itself at the top. */
size_t jsontree_parent(const struct jsontree *tree, size_t shown);
/* The next line, folded ones too, whose key or value has the text, in whatever case of letters; it
 * and what it is in are opened. False: there is none. */
bool jsontree_find(
	struct jsontree *tree, size_t shown, const char *text, bool upwards, size_t *found);
/* ".HostConfig.PortBindings[0]" */
void jsontree_path(const struct jsontree *tree, size_t shown, struct buf *path);
/* A string as it is, else JSON on one line. */
void jsontree_value(const struct jsontree *tree, size_t shown, struct buf *value);

#endif
