/* engine_tape.h - the façade (core/engine.h): what a terminal showed, kept in a file.
 *
 * The file is an asciicast of version 2 (docs.asciinema.org/manual/asciicast/v2): a line of JSON
 * for the whole, then one an event, [seconds, "o", text] or, where a step begins, [seconds, "m",
 * its name]. Other programs play it; this one needs neither an engine nor rights to. */
#ifndef CORE_ENGINE_TAPE_H
#define CORE_ENGINE_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

/* ---- recording ---- */

struct tape_wish {
	const char *title; /* or NULL */
	unsigned columns, rows;
};
/* Runs a command on a terminal of its own and writes what it shows to `file_fd`; it is shown on
 * standard output too, and standard input, where that is a terminal in raw mode, goes to it. Its
 * exit code, or a negative errno. Blocks. */
int tape_record(
	int file_fd, const struct strs *command, const struct tape_wish *wish, struct err *err);
/* What a program prints, on a line of its own, where a step begins: not shown, but on the tape. */
void tape_mark(struct buf *out, const char *step);

/* ---- playing ---- */

enum tape_kind { TAPE_OUTPUT, TAPE_MARK };
struct tape_event {
	enum tape_kind kind;
	double at_s; /* since the beginning; never before the event before */
	const char *text;
	size_t len;
};

struct tape;
enum { TAPE_MAX_BYTES = 16 << 20 };

/* The pure half: -EINVAL "line N: …". The caller frees *out. */
int tape_parse(const char *text, size_t len, struct tape **out, struct err *err);
void tape_free(struct tape *tape);
const char *tape_title(const struct tape *tape); /* "" */
unsigned tape_columns(const struct tape *tape);
unsigned tape_rows(const struct tape *tape);
/* In order; lent for the tape's life. */
const struct tape_event *tape_events(const struct tape *tape, size_t *count);
/* All that was shown, as text: without colours and what moves a cursor. */
void tape_text(const struct tape *tape, struct buf *out);

own_define(tape)

#endif
