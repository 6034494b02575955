/* link_record.h - each change that the screen asks for leaves a record (core/engine_actions.h). For
 * link*.c only. */
#ifndef TUI_LINK_RECORD_H
#define TUI_LINK_RECORD_H

#include "tui/link_private.h"

/* What a deed is, for its record: before it is begun. id or name may be NULL. command: the words
 * after "davit". A deed that nobody described leaves no record. */
void link_record_as(struct deed *deed, enum event_type type, const char *what, const char *id,
	const char *name, const char *command, ...) __attribute__((format(printf, 6, 7)));
/* And what takes it back, when it went well. */
void link_record_undo(struct deed *deed, const char *undo, ...)
	__attribute__((format(printf, 2, 3)));
/* The container's name; its id where it has gone. */
const char *link_record_name(struct link *link, const char *id, struct container *room);

/* An image's name goes, or a name is given: which image had it, and what else it is called, says
 * what takes that back. */
void link_record_untag(struct deed *deed, const char *name);
void link_record_tag(struct deed *deed, const char *who, const char *name);

/* It has ended. */
void link_record_add(const struct deed *deed, const struct op_result *result);
void link_record_fini(struct link_record *record);

#endif
