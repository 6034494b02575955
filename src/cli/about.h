/* about.h - a JSON object as lines of "Label: value", for version and info. */
#ifndef CLI_ABOUT_H
#define CLI_ABOUT_H

#include <cjson/cJSON.h>

#include "util/buf.h"

/* Docker's label for a member ("API version" for "ApiVersion"), else the member's name taken apart
 * at its capitals. */
void about_label(struct buf *out, const char *member);
/* Every member that has something to say, indented; width: labels are padded to it, 0: not. */
void about_put(struct buf *out, const cJSON *object, int indent, int width);

#endif
