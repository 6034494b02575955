/* args.h - a command line read by tables, with docker's grammar.
 *
 *     --name value   --name=value   -n value   -nvalue   -n=value   -itd   --flag   --flag=false --
 *
 * Rules and sentences: github.com/spf13/pflag, which docker uses. Options may follow operands, but
 * for commands that hand what follows their first operands on to a container. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

enum option_kind {
	OPTION_BOOL = 1, /* bool */
	OPTION_STRING,   /* const char *, points into argv */
	OPTION_LIST,     /* struct strs, one entry each time it is given */
	OPTION_LABELS,   /* struct strs: KEY or KEY=VALUE each time */
	OPTION_INT,      /* int64_t */
	OPTION_BYTES,    /* int64_t: 512m, 1.5GiB, … */
	OPTION_SWAP,     /* int64_t: the same, or -1 */
	OPTION_CPUS,     /* int64_t: billionths of a processor */
	OPTION_DURATION, /* int64_t: nanoseconds, 1m30s, … */
	OPTION_REFUSED,  /* docker has it and we never will: refused, help says why */
	OPTION_LATER,    /* docker has it and we do not yet: refused by name */
};

struct option {
	const char *name; /* NULL ends a table */
	char letter;      /* 0: none */
	enum option_kind kind;
	const char *value; /* the word for its value in the help; NULL: the kind's */
	const char *help;  /* NULL: not shown */
	size_t at;         /* where the value goes: offsetof in the command's values */
};

struct operands {
	char **v; /* ends with NULL */
	int len;
};

struct syntax {
	const struct option *const *tables; /* ends with NULL; may itself be NULL */
	bool passes_on;                     /* not even options are ours */
	int hands_on_after; /* so many operands, what follows is not ours; -1: never */
};

/* Fills values and moves the operands to the front of argv (which operands then lends). -EINVAL
 * with docker's sentence; *help is set when --help was met, and nothing more is read then. */
int args_read(const struct syntax *syntax, int argc, char **argv, void *values,
	struct operands *operands, bool *help, struct err *err);
/* Frees the lists in values. */
void args_fini(const struct syntax *syntax, void *values);

/* The table row of an option, or NULL. */
const struct option *args_find(const struct syntax *syntax, const char *name, size_t len);
/* The word that stands for its value ("list", "int"), NULL for a flag. */
const char *option_value_word(const struct option *option);

#endif
