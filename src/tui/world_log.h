/* world_log.h - logs as the screen knows them: readers with a position, and files to save them to.
 * See world.h. */
#ifndef TUI_WORLD_LOG_H
#define TUI_WORLD_LOG_H

#include "core/engine.h"

struct world;
struct world_log;
struct world_file;

/* See core/engine_session.h for pieces, offsets and runs. */
struct world_log_ops {
	int (*open)(struct world *world, const char *id, struct world_log **out, struct err *err);
	int (*next)(struct world_log *log, struct log_piece *out);
	int (*previous)(struct world_log *log, struct log_piece *out);
	void (*seek)(struct world_log *log, uint64_t offset);
	uint64_t (*size)(struct world_log *log);
	int (*run)(struct world_log *log, uint64_t offset, struct log_piece *out);
	uint64_t (*time)(struct world_log *log, uint64_t offset);
	uint64_t (*since)(struct world_log *log, uint64_t time_ns);
	uint64_t (*before)(struct world_log *log);
	void (*close)(struct world_log *log);

	/* A file that somebody named, "~/" before it or not. It is written beside its place and put
	 * there when it is whole; -EEXIST: there is one already, and `replace` was not said. */
	int (*file_open)(struct world *world, const char *path, bool replace,
		struct world_file **out, struct err *err);
	int (*file_write)(struct world_file *file, const char *bytes, size_t len, struct err *err);
	/* keep false: as if it had never been. The file is gone from memory either way. */
	int (*file_close)(struct world_file *file, bool keep, struct err *err);
};

#endif
