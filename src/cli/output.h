/* output.h - what a command prints on standard output, in few and large writes.
 *
 * A reader that went away (EPIPE) ends a command quietly, as SIGPIPE would have;
 * any other failure to print, such as a full disk, is told and makes the exit code 1. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

struct output {
	int fd;
	struct buf text; /* append here, then output_flush or output_flow */
	int failed;      /* errno of the first write that failed */
};

#define OUTPUT_INIT(number)                                                                        \
	{                                                                                          \
		.fd = (number)                                                                     \
	}

void output_fini(struct output *output);
bool output_flush(struct output *output); /* false once writing failed */
bool output_flow(struct output *output);  /* flushes when much is waiting */
/* Flushes and turns a command's exit code into the one to leave with. */
int output_end(struct output *output, int code);

/* write(2) until all is out; 0 or a negative errno. */
int output_write(int fd, const char *data, size_t len);

#endif
