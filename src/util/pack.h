/* pack.h - a record and its texts in one piece of memory.
 *
 * For records that are kept by the thousand: each text takes what it is long, not what it may be.
 */
#ifndef UTIL_PACK_H
#define UTIL_PACK_H

#include <stddef.h>

/* A copy of the record with copies of its texts behind it. texts: offsets of its members that are
 * const char *; one that is NULL becomes "". The caller frees it with free(); NULL: out of memory.
 */
void *pack(const void *record, size_t size, const size_t *texts, size_t count);

#endif
