/* each.h - one operation on every name that was given, up to fifty at once, told in the order
 * given. */
#ifndef CLI_EACH_H
#define CLI_EACH_H

#include "cli/cli.h"

typedef struct op *(*each_start_fn)(
	struct engine *engine, const char *who, const void *values, op_done_fn done, void *arg);

struct each_verb {
	each_start_fn start;
	const void *values;    /* handed to start */
	bool prints_code;      /* the operation's exit code instead of the name */
	bool prints_lines;     /* what the operation says it did instead of the name */
	bool offers_boot;      /* it starts something: see offer_boot */
	bool forgives_missing; /* rm -f: "No such container" is told but is no failure */
};

/* The command's exit code: 0, or 1 when any of them failed. */
int each_name(struct cli *cli, const struct operands *operands, const struct each_verb *verb);
/* Runs one operation to its end; an interrupt cancels it. exit_code may be NULL; id (65 bytes) too.
 */
typedef struct op *(*one_start_fn)(void *context, op_done_fn done, void *arg);
int one_op(struct cli *cli, one_start_fn start, void *context, int *exit_code, char *id,
	struct err *err);
/* The same, for what answers in lines and bytes (struct op_result); either may be NULL. */
int one_op_lines(struct cli *cli, one_start_fn start, void *context, struct buf *lines,
	uint64_t *bytes, struct err *err);

#endif
