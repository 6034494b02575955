/* recall.h - what the last build of the same file in the same place was made of, so that the next
 * can say why a step is not known.
 *
 *     H digest of all that follows
 *     S key-of-the-step tree-below files name   a line a step
 *     F hash path                               a line a file it took; of a large one its sample too,
 *                                               and ? for a hash that is not known yet
 *     M                                         they were too many, and are not all here
 *     U                                         it failed, or was ended
 *
 * One text file a build below the store's cache; a damaged one only has nothing to say. */
#ifndef BUILD_RECALL_H
#define BUILD_RECALL_H

#include "build/files.h"
#include "build/plan.h"
#include "util/digest.h"
#include "util/err.h"

struct recall;
struct build_work;

/* where: what makes two builds the same one. The caller owns *out. */
int recall_open(int dir_fd, const char *where, size_t steps, struct recall **out, struct err *err);
void recall_free(struct recall *recall);
/* A step as it is now. base: the tree below; files: of a COPY, or NULL; several may come. One step
 * is one thread's. */
void recall_step(struct recall *recall, int step, const struct build_step *what,
	const uint8_t base[FILES_HASH]);
void recall_files(struct recall *recall, int step, const struct files *files);
/* Half a sentence: what comes after "because"; lent for the recall's life. */
const char *recall_reason(struct recall *recall, int step);
/* It has no result: it failed, or the build ended before it did. */
void recall_unfinished(struct recall *recall, int step);
/* Becomes what the next build compares with. */
int recall_save(struct recall *recall, struct err *err);

#endif
