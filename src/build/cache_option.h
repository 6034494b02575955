/* cache_option.h - one --cache-from or --cache-to: "type=registry,ref=…", "type=local,src=DIR",
 * "type=local,dest=DIR,mode=max", "type=inline", or a reference alone. */
#ifndef BUILD_CACHE_OPTION_H
#define BUILD_CACHE_OPTION_H

#include <stdbool.h>

#include "util/err.h"

enum cache_kind { CACHE_REGISTRY, CACHE_LOCAL, CACHE_INLINE };
enum cache_direction { CACHE_FROM, CACHE_TO };

struct cache_option {
	enum cache_kind kind;
	char *place;        /* the reference, or the directory; NULL: inline */
	char *tag, *digest; /* in the directory; NULL: not given */
	char *compression;  /* "gzip", "zstd"; NULL: not given */
	bool max;           /* what every step made, not the image's alone */
	bool insecure, ignore_error;
};

/* BuildKit's words for what is wrong. The caller ends *out with cache_option_fini. */
int cache_option_parse(const char *text, enum cache_direction direction, struct cache_option *out,
	struct err *err);
void cache_option_fini(struct cache_option *option);
#define auto_cache_option __attribute__((cleanup(cache_option_fini))) struct cache_option

#endif
