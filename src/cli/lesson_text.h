/* lesson_text.h - what the plain player needs of text and terminals. */
#ifndef CLI_LESSON_TEXT_H
#define CLI_LESSON_TEXT_H

#include "core/engine.h"

/* Appends text, `before` and all, in lines of at most 76 columns; its paragraphs stay apart. */
void lesson_wrap(const char *text, const char *before, struct buf *out);

#endif
