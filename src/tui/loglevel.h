/* loglevel.h - how bad a line of a log is, by the shapes that programs commonly write it in.
 *
 *     {"level":"error",…}  {"level":50,…}  {"severity":"WARNING",…}     JSON
 *     level=warn  lvl=eror                                              logfmt
 *     <3>…   E0302 14:05:00.123 …                                       syslog, klog
 *     … ERROR …   [warn]   [E]   error: …   LOG:                        words
 *
 * The first that is met counts. What has none is LEVEL_NONE: nobody knows. */
#ifndef TUI_LOGLEVEL_H
#define TUI_LOGLEVEL_H

#include <stddef.h>

enum log_level { LEVEL_NONE, LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR, LEVEL_COUNT };

/* The names of all levels but NONE, the least first, then NULL. */
extern const char *const loglevel_names[];
/* 'D' 'I' 'W' 'E', or a blank. */
char loglevel_letter(enum log_level level);
/* One line without escape sequences. */
enum log_level loglevel_of(const char *line, size_t len);

#endif
