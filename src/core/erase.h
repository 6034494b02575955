/* erase.h - a store goes, with all that belongs to it on the host: processes, cgroups, bridges, its
 * table of the packet filter, its files. */
#ifndef CORE_ERASE_H
#define CORE_ERASE_H

#include "util/err.h"

/* Ends every container of the store and removes both directories, which need not be whole: what is
 * not there is no error. For stores of one's own only. Blocks, on a loop of its own. The first
 * thing that went wrong is told, after the rest was tried. */
int erase_store(const char *root, const char *run_root, struct err *err);

#endif
