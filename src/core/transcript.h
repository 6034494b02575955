/* transcript.h - a container's log files as one long text of lines.
 *
 * The rotated files and the current one are segments; an offset counts from the oldest byte there
 * was at the opening. Where one piece ends and the next begins depends on the text alone, never on
 * where reading began:
 *
 *     a piece ends after its newline, where the other stream breaks in, at the end of a file, or at
 *     the second multiple of 64 KiB after its beginning (the first, when it begins on one)
 *
 * so that going back over a line of a gigabyte meets the pieces that going forward met. Nothing is
 * read but what is asked for: a window on one segment, moved along. */
#ifndef CORE_TRANSCRIPT_H
#define CORE_TRANSCRIPT_H

#include "core/engine_session.h"
#include "util/own.h"

struct transcript;

/* dir_fd is lent; a directory without a log is an empty one. NULL: out of memory. */
struct transcript *transcript_open(int dir_fd);
void transcript_free(struct transcript *text); /* NULL is fine */
own_define(transcript)

/* Looks how far it has grown, rotations included; the size. */
uint64_t transcript_refresh(struct transcript *text);
uint64_t transcript_size(const struct transcript *text);
/* Of the oldest byte that can still be read: after very many rotations no longer 0. */
uint64_t transcript_begin(const struct transcript *text);
/* Bytes that were written before the oldest that is kept. */
uint64_t transcript_before(const struct transcript *text);

/* The piece at *at, which moves behind it: 1, 0 at the end, or negative errno. With `runs`, many
 * lines of one stream. Data is lent until the next call of the same kind. */
int transcript_next(struct transcript *text, uint64_t *at, bool runs, struct log_piece *out);
/* How long the piece is that begins in a run at run->data[from]. */
size_t transcript_cut(const struct log_piece *run, size_t from);
/* Moves *at to the beginning of the piece before it; false at the beginning. */
bool transcript_back(struct transcript *text, uint64_t *at);
/* When the byte at an offset was read. */
uint64_t transcript_time(const struct transcript *text, uint64_t offset);
/* The first byte that was read then or later; the size when all is older. */
uint64_t transcript_since(const struct transcript *text, uint64_t time_ns);

#endif
