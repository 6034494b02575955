/* result.h - the image that the steps of a build make. */
#ifndef BUILD_RESULT_H
#define BUILD_RESULT_H

#include "build/work.h"

/* What the target's last step made; NULL: nothing at all. */
const struct node *result_node(const struct build_work *work);
/* The image, with docker's history lines and these names; in one layer above its base when the
 * request says so. */
int result_image(
	struct build_work *work, const struct strs *tags, char id[DIGEST_SIZE], struct err *err);
/* An image without a name of the tree that a step found, with its stage's config. */
int result_before(struct build_work *work, int step, char id[80], struct err *err);

#endif
