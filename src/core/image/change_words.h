/* change_words.h - an instruction's words, and times as Go writes them. */
#ifndef CORE_IMAGE_CHANGE_WORDS_H
#define CORE_IMAGE_CHANGE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/strs.h"

/* Appends the next word to out, without its quotes and with variables replaced from env; *at moves
 * behind it. False: there is none. stop: a character that ends a word too, or '\0'. */
bool change_word(
	const char **at, const struct strs *env, char stop, struct buf *out, struct err *err);
/* All of them. */
int change_words(const char *text, const struct strs *env, struct strs *out, struct err *err);

/* "1h30m", "500ms" in nanoseconds. -EINVAL. */
int change_duration(const char *text, int64_t *out, struct err *err);

#endif
