/* cgroup_devices.h - device rules as both cgroup versions understand them.
 *
 * v1 keeps a default and a list of exceptions, changed by each rule written. v2 has a
 * BPF program that is asked at every open and mknod. Both are made from the same
 * normalised list, by v1's rules (Documentation/admin-guide/cgroup-v1/devices.rst). */
#ifndef RUNTIME_CGROUP_DEVICES_H
#define RUNTIME_CGROUP_DEVICES_H

#include "runtime/spec.h"

enum { DEVICE_READ = 1, DEVICE_WRITE = 2, DEVICE_MKNOD = 4 };

struct device_exception {
	char type;            /* 'c' or 'b' */
	int64_t major, minor; /* -1: any */
	unsigned access;
};

struct device_rules {
	bool allow; /* what happens to devices that no exception matches */
	struct device_exception *v;
	size_t len;
};

/* Rules in the order written, then what every container needs: its standard nodes and terminals.
 * Without any rule all is allowed. -ENOMEM. The caller finishes *out. */
int device_rules_init(struct device_rules *out, const struct spec_resources *res);
void device_rules_fini(struct device_rules *rules);
/* Nothing to forbid. */
bool device_rules_allow_all(const struct device_rules *rules);
/* "c 1:3 rwm", as devices.allow and devices.deny take it; into text of 64 bytes. */
void device_exception_text(const struct device_exception *exception, char text[64]);
/* struct bpf_insn[] of BPF_PROG_TYPE_CGROUP_DEVICE. */
void device_rules_program(const struct device_rules *rules, struct buf *out);

#endif
