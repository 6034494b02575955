/* build_json.h - a build's events as objects, one a line: BuildKit's words where it has them.
 *
 *     {"event":"plan"|"started"|"why"|"cached"|"completed"|"error"|"canceled"|"log"|"note"|…,
 *      "time":…, "step":0, "name":"[2/3] RUN make", "digest":…, "line":3, "took":1.5, "text":…}
 *
 * and at the end "image" (its id), or "excerpt" (lines of the file) and "failed". */
#ifndef CLI_BUILD_JSON_H
#define CLI_BUILD_JSON_H

#include "build/build.h"
#include "util/own.h"

struct build_json;

/* brief: of what a step says, the first 2 MiB and, when there was more, its end. NULL: no memory.
 */
struct build_json *build_json_new(int fd, bool brief);
void build_json_free(struct build_json *json);
own_define(build_json)
/* One at a time, from any thread. */
void build_json_event(struct build_json *json, const struct build_event *event);
/* err: NULL when it went well. */
void build_json_end(
	struct build_json *json, const struct build_result *result, const struct err *err);

#endif
