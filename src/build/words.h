/* words.h - words on an arena, and the blanks between them.
 *
 * Running out of memory is the arena's to remember. */
#ifndef BUILD_WORDS_H
#define BUILD_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/arena.h"

struct words {
	const char **v;
	size_t len, room;
};

void words_add(struct words *words, struct arena *arena, const char *text, size_t len);

/* A piece of somebody's text. */
struct piece {
	const char *at;
	size_t len;
};

/* Bytes of the blank (as Unicode sees it) that the piece begins with; 0: it begins with none. */
size_t piece_space(struct piece piece);
struct piece piece_skip(struct piece piece, size_t len);
struct piece piece_trim_left(struct piece piece);
struct piece piece_trim(struct piece piece);
struct piece piece_of(const char *text);
bool piece_is(struct piece piece, const char *text);
/* Space, tab, \v, \f, \r: what separates the words of a line. */
bool is_gap(char c);
/* Every byte a space of ASCII, newline among them. */
bool is_blank(char c);
/* The bytes of the UTF-8 character that the piece begins with, 1 for a stray byte; 0 at the end. */
size_t piece_char(struct piece piece);

/* Words between gaps. */
void words_split(struct words *words, struct arena *arena, struct piece line);
/* Words as in a shell, quotes and escapes kept: a "b c" d\ e. */
void words_quoted(struct words *words, struct arena *arena, struct piece line, char escape);
/* Takes leading --flags off the line, their quotes and backslashes resolved; `--` ends them. */
void words_flags(struct words *words, struct arena *arena, struct piece *line);

enum json_words { JSON_WORDS, JSON_NOT_STRINGS, JSON_NOT_ARRAY };

/* What stands for U+0000 in a word out of JSON, as no text has these bytes. No program can be given
 * such a word: command.h refuses it. */
#define WORD_NUL "\xc0\x80"

/* A JSON array of strings, by the letter of RFC 8259. */
enum json_words words_json(struct words *words, struct arena *arena, struct piece line);

#endif
