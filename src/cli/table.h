/* table.h - columns of text, as docker's tabwriter sets them: at least 10 wide, 3 apart. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "util/buf.h"

/* Aligns text whose cells end with '\t' and whose rows end with '\n'. What follows the last tab of
 * a row belongs to no column and is not padded; wide characters count as what they take on a
 * screen. */
void table_align(const char *text, size_t len, struct buf *out);

#endif
