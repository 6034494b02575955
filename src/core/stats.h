/* stats.h - counters of running containers, their files kept open between reads. */
#ifndef CORE_STATS_H
#define CORE_STATS_H

struct stats_cache;

void stats_free(struct stats_cache *cache); /* NULL is fine */

#endif
