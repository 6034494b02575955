/* layers_rig.h - layers made of words, as indexes in memory, for tests of what reads indexes.
 *
 *     dir/  dir/!  name=CONTENT  name->TARGET  name=>LINKED  name#RDEV  !name
 *     then maybe %MODE, %MODE:UID, %MODE:UID:ATTRIBUTE (user.test's value)
 *
 * Parents that are not said are implied. A content is its own hash. */
#ifndef TESTS_LAYERS_RIG_H
#define TESTS_LAYERS_RIG_H

#include "core/index.h"

enum { LAYERS_MAX = 32 };

struct layers_rig {
	struct index *indexes[LAYERS_MAX];
	unsigned n;
	char path[64]; /* of the directory they are written to */
	int fd;
};

void layers_rig_init(struct layers_rig *rig);
void layers_rig_fini(struct layers_rig *rig);
/* One more layer on top; words ends with NULL. */
void layers_rig_add(struct layers_rig *rig, const char *const *words);
#define layers_rig_layer(rig, ...)                                                                 \
	layers_rig_add((rig), (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

#endif
