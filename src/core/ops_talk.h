/* ops_talk.h - parts of verbs that end a container before they do something else (ops.c). */
#ifndef CORE_OPS_TALK_H
#define CORE_OPS_TALK_H

#include "core/op.h"

int ops_find_to_stop(struct op *op, struct err *err);
void ops_say_stop(struct op *op);
bool ops_hear_done(struct op *op, const struct wire_head *head, const char *payload);

#endif
