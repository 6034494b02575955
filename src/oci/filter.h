/* filter.h - linux.seccomp as a program, and who listens to it. */
#ifndef OCI_FILTER_H
#define OCI_FILTER_H

#include "oci/oci.h"
#include "runtime/spec.h"

struct filter {
	struct buf program; /* struct sock_filter[]; empty: none */
	unsigned flags;     /* SECCOMP_FILTER_FLAG_*; 0: the usual */
	char *listener;     /* the path of a socket; NULL: nobody listens */
	char *metadata;
};

/* Usually one file is read; else the compiler, a program of its own, is asked. */
int filter_make(
	const struct oci *oci, const struct spec *spec, struct filter *out, struct err *err);
void filter_fini(struct filter *filter);
#define auto_filter __attribute__((cleanup(filter_fini))) struct filter

/* Only what is told to a listener. */
int filter_listener(const struct spec *spec, struct filter *out, struct err *err);
/* Sends the listener's fd and the process's state to whoever listens. */
int filter_send(
	const struct filter *filter, int listener, int pid, const char *state, struct err *err);

#endif
