/* say.h - sentences without stdio: %s text, %c a character, %d int32, %u uint32, %U uint64,
 * %02u-style zero-padded numbers, %e the words for a negative errno with a small first letter, %%.
 * What does not fit is cut; the result always ends in NUL. */
#ifndef LAUNCH_SAY_H
#define LAUNCH_SAY_H

#include <stdarg.h>
#include <stddef.h>

/* Returns the length written, without the NUL. */
size_t launch_say(char *to, size_t room, const char *fmt, ...);
size_t launch_vsay(char *to, size_t room, const char *fmt, va_list args);
/* Digits only, no sign, no spaces, at most `max`. -EINVAL, or -ERANGE over max. */
int launch_number(const char *text, size_t len, unsigned long long max, unsigned long long *out);

#endif
