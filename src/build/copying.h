/* copying.h - a COPY or ADD being done: what its sources give, for step_copy.c. */
#ifndef BUILD_COPYING_H
#define BUILD_COPYING_H

#include "build/copy.h"
#include "build/glob.h"
#include "build/owner.h"
#include "build/work.h"

/* What one source gives. */
struct taken {
	struct files files;
	struct files_source source;
	struct filter filter;
	bool foreign_owner;
	bool archive;          /* one file that looks like one */
	bool unpacked;         /* the files of an archive */
	char *directory;       /* of ours that they are in; NULL: somebody else's */
	int fd;                /* of it, or -1 */
	struct stamps *stamps; /* lent; NULL: it has none */
};

struct copying {
	struct build_work *work;
	int step;
	const struct build_copy *what;
	struct taken *taken; /* one a source */
	struct owner owner;
	struct copy_mode *mode;
	struct late *late;
	const struct index **below; /* what it is told of */
	struct strs keys;           /* that its result is known by */
	struct copy_reader *reader;
};

/* ---- taken.c ---- */

/* The files that every source stands for; what is known of their contents from before, and what is
 * quickly read: all but large files. */
int taken_find(struct copying *copying, struct err *err);
bool taken_has_archive(const struct copying *copying);
/* Archives become the files in them. */
int taken_unpack(struct copying *copying, struct err *err);
/* The large files too. */
int taken_read(struct copying *copying, struct err *err);
bool taken_has_large(const struct copying *copying);
bool taken_is_read(const struct copying *copying);
/* What was read is known the next time. */
void taken_note(struct copying *copying);
void taken_fini(struct copying *copying);

/* ---- copy_reader.c ---- */

/* Reads the large files on a thread of its own while they are being copied. NULL: it could not be
 * started. */
struct copy_reader *copy_reader_start(struct copying *copying);
/* Waits until all is read. */
int copy_reader_finish(struct copy_reader *reader, struct err *err);
/* Ends it at once, if it has not ended, and frees it; NULL is fine. */
void copy_reader_free(struct copy_reader *reader);

#endif
