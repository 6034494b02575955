/* options.h - the words after a command: "--name value", "--name=value", "-n value", up to the
 * first that is none of them; where what follows is not somebody else's command line, also behind
 * it, as runc has it. */
#ifndef OCI_OPTIONS_H
#define OCI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"
#include "util/strs.h"

enum option_kind {
	OPTION_FLAG,    /* bool */
	OPTION_TEXT,    /* const char * */
	OPTION_LIST,    /* struct strs, one more each time */
	OPTION_NUMBER,  /* int64_t */
	OPTION_NONE,    /* known, and of no meaning here; takes a value */
	OPTION_REFUSED, /* known to others: an error */
};

struct option {
	const char *name;
	char letter; /* '\0': none */
	enum option_kind kind;
	void *to;
	const char *what; /* for --help: "FILE  where it is" */
};

/* Moves *argc and *argv behind the options. Then there must be from min to max words (max -1: any).
 * `usage` begins what --help says, on stdout, and then exits. */
int options_read(const struct option *table, const char *usage, int min, int max, int *argc,
	char ***argv, struct err *err);
/* Digits, with a minus in front if negative; -EINVAL. */
int options_number(const char *text, int64_t *out);

#endif
