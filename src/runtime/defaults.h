/* defaults.h - the spec of a container when the user asks for nothing: docker's.
 *
 * Where each value comes from: moby's profiles, oci/defaults.go and daemon/oci_linux.go. */
#ifndef RUNTIME_DEFAULTS_H
#define RUNTIME_DEFAULTS_H

#include "runtime/spec.h"

/* Our profile (assets/apparmor). */
#define DEFAULTS_APPARMOR "davit-default"

/* What the defaults depend on. */
struct defaults_host {
	bool pure_v2;         /* cgroups: a private cgroup namespace only there */
	uint64_t groups;      /* how many there are, from 0 on; 0: all */
	uint64_t nofile_hard; /* our own hard limits: a default may not exceed them */
	uint64_t core_hard;
	bool apparmor;       /* the kernel enforces it */
	bool apparmor_ready; /* and our own profile is loaded */
	unsigned
		thermal_cpus; /* CPUs 0 to n-1 have /sys/devices/system/cpu/cpuN/thermal_throttle */
};

/* Reads limits and CPUs; pure_v2 and groups are the caller's to set. */
void defaults_host_read(struct defaults_host *host);

/* A whole spec but for what to run: process.args is empty, root.path is "rootfs", the user is "0".
 * -ENOMEM. The caller frees *out. */
int defaults_spec(const struct defaults_host *host, struct spec **out, struct err *err);

/* Each changes a default spec; all return 0 or -ENOMEM. */
int defaults_set_caps(struct spec *spec, uint64_t mask);
int defaults_privileged(struct spec *spec); /* --privileged */
int defaults_strict(struct spec *spec); /* --strict: 11 capabilities, no_new_privs, 4,096 pids */
int defaults_host_network(struct spec *spec); /* --network host */
void defaults_unmask(struct spec *spec);      /* --security-opt systempaths=unconfined */

#endif
