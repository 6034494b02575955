/* bundle.h - a directory with a config.json, which nobody has checked yet. */
#ifndef OCI_BUNDLE_H
#define OCI_BUNDLE_H

#include "runtime/spec.h"

struct bundle {
	char *path;        /* absolute, without links */
	struct spec *spec; /* root.path and the sources of binds are absolute */
	struct buf text;   /* config.json as it was */
};

/* -EINVAL and others name the field. The caller finishes *out. */
int bundle_open(const char *path, struct bundle *out, struct err *err);
/* The copy that a container's record keeps; `path` is where the bundle was. */
int bundle_reopen(int record, const char *path, struct bundle *out, struct err *err);
/* Whether that copy has the word in it at all: most have no hooks and no listener, and reading them
 * is what takes time. */
bool bundle_mentions(int record, const char *word);
void bundle_fini(struct bundle *bundle);

#define auto_bundle __attribute__((cleanup(bundle_fini))) struct bundle

#endif
