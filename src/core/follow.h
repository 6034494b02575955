/* follow.h - following a journal, whichever: the events' or the actions'. */
#ifndef CORE_FOLLOW_H
#define CORE_FOLLOW_H

#include "core/engine_own.h"

struct follower *follow_journal(struct engine *engine, struct journal *journal, uint64_t since_seq,
	event_fn on_event, void *arg, struct err *err);

#endif
