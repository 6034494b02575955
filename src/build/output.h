/* output.h - one --output: "type=local,dest=DIR", "type=image,name=…,push=true", "DIR", "-". */
#ifndef BUILD_OUTPUT_H
#define BUILD_OUTPUT_H

#include <stdbool.h>

#include "util/err.h"
#include "util/strs.h"

enum output_kind { OUTPUT_IMAGE, OUTPUT_LOCAL, OUTPUT_TAR, OUTPUT_OCI, OUTPUT_DOCKER };

struct output {
	enum output_kind kind;
	char *dest;        /* a path; "-": standard output; NULL: none */
	struct strs names; /* more names for the image */
	bool push;
};

/* BuildKit's words for what is wrong. The caller ends *out with output_fini. */
int output_parse(const char *text, struct output *out, struct err *err);
void output_fini(struct output *output);

#endif
