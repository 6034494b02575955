/* suggest.h - "(did you mean RUN?)": the word that was nearly typed. */
#ifndef BUILD_SUGGEST_H
#define BUILD_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

/* The option at most two edits away; NULL: none, or the word is one of them. Letters that differ
 * only in case count as equal when any_case. */
const char *suggest(const char *word, const char *const *options, size_t len, bool any_case);

#endif
