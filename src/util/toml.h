/* toml.h - a TOML 1.0 document as cJSON, for the configuration files of other engines.
 *
 *     key = "text"  'text'  """text"""  12  1.5  true  [1, 2]  {a = 1}
 *     [table."dotted key"]      [[array of tables]]      # comment
 *
 * Dates and times become strings, as they are written; inf and nan are refused. Keys and tables
 * that are defined twice are an error, as TOML has it. Length, nesting and count are bounded. */
#ifndef UTIL_TOML_H
#define UTIL_TOML_H

#include <stddef.h>

#include <cjson/cJSON.h>

#include "util/err.h"

enum { TOML_MAX = 1 << 20, TOML_DEPTH_MAX = 32, TOML_VALUES_MAX = 5000 };

/* The caller deletes *out. -EINVAL: "line 3: …"; -E2BIG, -ENOMEM. */
int toml_parse(const char *text, size_t len, cJSON **out, struct err *err);

#endif
