/* json.h - JSON as docker's inspect prints it: four spaces a level, nothing escaped that need not
 * be. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <cjson/cJSON.h>

#include "util/buf.h"

void json_put(struct buf *out, const cJSON *json, int level);

#endif
