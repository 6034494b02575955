/* strs.h - a list of owned strings, such as an argv or an environment.
 *
 * v is NULL-terminated whenever it is not NULL, so it can be handed to execve.
 * Like struct buf, running out of memory is remembered: ask strs_failed once. */
#ifndef UTIL_STRS_H
#define UTIL_STRS_H

#include <stdbool.h>
#include <stddef.h>

struct strs {
	char **v;
	size_t len;
	bool failed;
};

#define STRS_INIT                                                                                  \
	{                                                                                          \
		0                                                                                  \
	}
#define auto_strs __attribute__((cleanup(strs_fini))) struct strs

void strs_fini(struct strs *strs);
void strs_add(struct strs *strs, const char *text); /* copies */
void strs_addf(struct strs *strs, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strs_give(struct strs *strs, char *text); /* takes over; NULL counts as out of memory */
void strs_copy(struct strs *strs, const struct strs *from);
/* For "KEY=value" lists: replaces the entry of the same key, else appends. */
void strs_set_env(struct strs *strs, const char *assignment);
/* The value of KEY in such a list, or NULL. */
const char *strs_env(const struct strs *strs, const char *key);
bool strs_failed(const struct strs *strs);

/* Small questions about single strings. */
bool str_has_prefix(const char *text, const char *prefix);
bool str_has_suffix(const char *text, const char *suffix);
/* Levenshtein's distance: how many letters must be put in, taken out or exchanged. Of words of up
 * to 63 letters; longer ones are as far from each other as they are long. */
size_t str_distance(const char *a, const char *b);
bool str_eq(const char *a, const char *b); /* two NULLs are equal */
bool str_is_hex(
	const char *text, size_t len); /* lower-case, exactly len of them, then NUL or not */

#endif
