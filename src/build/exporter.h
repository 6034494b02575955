/* exporter.h - one --output: "type=local,dest=DIR", "type=image,name=…,push=true", "DIR", "-". */
#ifndef BUILD_EXPORTER_H
#define BUILD_EXPORTER_H

#include <stdbool.h>

#include "util/err.h"
#include "util/strs.h"

enum exporter_kind { EXPORT_IMAGE, EXPORT_LOCAL, EXPORT_TAR, EXPORT_OCI, EXPORT_DOCKER };

struct exporter {
	enum exporter_kind kind;
	char *dest;        /* a path; "-": standard output; NULL: none */
	struct strs names; /* more names for the image */
	bool push;
};

/* BuildKit's words for what is wrong. The caller ends *out with exporter_fini. */
int exporter_parse(const char *text, struct exporter *out, struct err *err);
void exporter_fini(struct exporter *output);

#endif
