/* plain.h - the screen for who reads line by line: with a screen reader, on paper, through a pipe.
 *
 * Lines are typed in; sentences come out, one a line, among them what happens meanwhile: "web:
 * unhealthy (was running)". Nothing is ever drawn over. A thing without terminal, loop or clock, as
 * app.h is; plain_main.c drives it. */
#ifndef TUI_PLAIN_H
#define TUI_PLAIN_H

#include "tui/keep.h"
#include "tui/world.h"
#include "util/strs.h"

struct plain;

struct plain_options {
	struct world *world; /* lent; its listener is set by plain_new */
	struct keep *keep;   /* lent */
	const char *trouble; /* why the engine could not be opened, or NULL */
	const char *host;
	bool read_only;
	/* A line without its end, safe to show. */
	void (*say)(void *arg, const char *line);
	void *arg;
};

struct plain *plain_new(const struct plain_options *options); /* NULL when out of memory */
void plain_free(struct plain *plain);
own_define(plain)

void plain_set_time(struct plain *plain, int64_t now_ms, uint64_t real_ns);
/* The sentences it begins with. */
void plain_begin(struct plain *plain);
/* A line was typed, without its end. */
void plain_line(struct plain *plain, const char *line);
/* Something has changed: says what. Call when plain_is_stale. */
void plain_look(struct plain *plain);
bool plain_is_stale(const struct plain *plain);
/* What is typed now answers: "davit> ", "Remove web? ". */
const char *plain_prompt(const struct plain *plain);
bool plain_wants_to_leave(const struct plain *plain);
/* A program that wants to be run, with the terminal as it is; taken. False: none. */
bool plain_take_program(struct plain *plain, struct strs *words);
size_t plain_running(const struct plain *plain); /* containers */

#endif
