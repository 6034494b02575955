/* image_make.h - a new image from another one, layers on top of it, and what its config shall say.
 *
 * What commit, import and a build share. The document has docker's fields in docker's order; the
 * parent's history and layers come first, and of its config only what is known is taken along. */
#ifndef CORE_IMAGE_IMAGE_MAKE_H
#define CORE_IMAGE_IMAGE_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/image.h"
#include "core/image/layer_make.h"
#include "core/image/platform.h"
#include "core/image_ops.h"

/* One line of `davit history`. Strings may be NULL. Every layer needs one that is not empty, in
 * order. */
struct image_history {
	const char *created_by, *comment, *author;
	int64_t created_ns; /* IMAGE_MAKE_NOW: the image's */
	bool empty_layer;
};

#define IMAGE_MAKE_NOW INT64_MIN

struct image_make {
	const struct image *parent;      /* NULL: from nothing */
	const struct layer_stack *below; /* its layers, where they are open already; or NULL */
	struct layer *const
		*layers; /* on top of the parent's, bottom first; lent, afterwards placed */
	size_t n_layers;
	const cJSON *config; /* "Env", "Cmd", … as in an image's config; NULL: the parent's */
	const struct image_history *history;
	size_t n_history;
	const char *author;              /* NULL: the parent's */
	const struct platform *platform; /* NULL: the parent's, else this machine's */
	int64_t created_ns;              /* since 1970; IMAGE_MAKE_NOW */
	const struct strs *tags;         /* normalised "name:tag"; may be NULL */
	const char *action;              /* of the event: "tag", "import"; NULL: none */
};

/* id receives the image's. The layers need not be placed: that happens in the same step. */
int image_make(struct store *store, const struct image_make *make, const struct image_watch *watch,
	char id[DIGEST_SIZE], struct err *err);

/* One of the stack, its layers, for each diff id of the image; lent. -EBADMSG: they do not fit. */
int image_match_layers(const struct image *image, struct layer *const *stack, size_t len,
	struct layer **out, struct err *err);

/* RFC 3339 as Go writes it, without trailing zeros. */
void image_time(int64_t ns, char text[40]);

#endif
