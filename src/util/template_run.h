/* template_run.h - one run of a template: what template_run.c and template_call.c share. */
#ifndef UTIL_TEMPLATE_RUN_H
#define UTIL_TEMPLATE_RUN_H

#include "util/template_tree.h"
#include "util/template_value.h"

enum { ARGS_MAX = 64, DEPTH_MAX = 100 };

struct run {
	const struct template *tmpl;
	const struct template_options *options;
	struct arena arena; /* what functions make: split lists, joined text */
	cJSON *made;        /* lists that functions made */
	struct {
		const char *name;
		struct value value;
	} vars[256];
	size_t vars_len;
	struct value dot;
	struct buf *out;
	size_t steps;
	int depth;
	struct err *err;
	bool failed;
};

/* The first failure of a run: Go's "template: :1:2: executing "" at <.Foo>: …". Returns false. */
bool run_fail(struct run *run, const struct node *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A value for one argument of a command. */
bool run_argument(struct run *run, const struct node *arg, struct value *out);
/* A function with the arguments from args on; final is what the pipe brought, or NULL; at is quoted
 * in an error. */
bool run_call(struct run *run, const struct node *at, const struct node *function,
	const struct node *args, const struct value *final, struct value *out);
/* Puts finished text into the arena. */
bool run_text(struct run *run, const struct node *at, struct buf *text, struct value *out);

#endif
