/* names.h - ids and names for containers nobody named. */
#ifndef CORE_NAMES_H
#define CORE_NAMES_H

#include <stddef.h>

/* 64 random hex digits; never with its first 12 all decimal, so that a short id is not taken for a
 * number. */
int names_new_id(char id[65]);
/* "steady_harbor"; from the third attempt on with a digit, so that collisions end. */
void names_random(char *name, size_t room, unsigned attempt);

#endif
