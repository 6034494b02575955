/* bpf_run.h - the kernel's seccomp filter machine, for tests. */
#ifndef SUPPORT_BPF_RUN_H
#define SUPPORT_BPF_RUN_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

/* What the program answers. Aborts on anything the kernel would refuse to load. */
uint32_t bpf_run(const struct sock_filter *insns, size_t len, const struct seccomp_data *data);

#endif
