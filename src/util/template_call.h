/* template_call.h - the functions of templates: how they see a call, and what they share.
 *
 * template_call.c has the table and gathers arguments; template_compare.c, template_part.c and
 * template_word.c have the functions. Each puts its answer into call->out and returns false after a
 * failure. */
#ifndef UTIL_TEMPLATE_CALL_H
#define UTIL_TEMPLATE_CALL_H

#include "util/template_run.h"

/* One call under way; final (what the pipe brought) is the last of the arguments. */
struct call {
	struct run *run;
	const struct node *cmd;
	const char *name;
	struct value args[ARGS_MAX];
	size_t len;
	struct value *out;
};

bool call_fail(struct call *call, const char *words);
const struct template_type *call_types(const struct call *call);
bool call_give_text(struct call *call, struct buf *text);
bool call_give_bool(struct call *call, bool truth);
bool call_give_list(struct call *call, cJSON *list); /* the run frees it */
bool call_eq(struct call *call);
bool call_ne(struct call *call);
bool call_lt(struct call *call);
bool call_le(struct call *call);
bool call_gt(struct call *call);
bool call_ge(struct call *call);
bool call_not(struct call *call);
bool call_index(struct call *call);
bool call_slice(struct call *call);
bool call_len(struct call *call);
bool call_print(struct call *call);
bool call_println(struct call *call);
bool call_printf(struct call *call);
bool call_json(struct call *call);
bool call_html(struct call *call);
bool call_js(struct call *call);
bool call_urlquery(struct call *call);
bool call_call(struct call *call);
bool call_upper(struct call *call);
bool call_lower(struct call *call);
bool call_title(struct call *call);
bool call_pad(struct call *call);
bool call_truncate(struct call *call);
bool call_split(struct call *call);
bool call_join(struct call *call);

#endif
