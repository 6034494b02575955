/* request.h - the options of run and create, and the container they describe. */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include "cli/cli.h"
#include "cli/request_host.h"

struct request_values {
	struct request_host host;
	bool tty, interactive, read_only, privileged, strict, quiet;
	const char *name, *hostname, *domainname, *workdir, *user, *entrypoint, *platform;
	const char *stop_signal, *restart, *pull, *cidfile, *cpuset_cpus, *cpuset_mems;
	int64_t memory, memory_swap, memory_reservation, nano_cpus, cpu_shares, pids_limit,
		shm_size;
	int64_t stop_timeout, oom_score_adj;
	const char *ip, *ip6, *mac;
	struct strs networks, aliases, publish, expose;
	bool publish_all;
	struct strs env, env_files, labels, label_files, binds, mounts, volumes_from, tmpfs,
		cap_add, cap_drop;
	struct strs ulimits, sysctls, groups, attach;
	struct strs dns, dns_search, dns_options, extra_hosts;
	/* run alone */
	bool detach, remove, sig_proxy;
	const char *detach_keys;
};

extern const struct option request_options[];
extern const struct request_values request_defaults;

/* Fills request from the options and "IMAGE [COMMAND] [ARG...]". -EINVAL and -ENOTSUP name the
 * option. The strings stay values'; give the request to container_request_fini in any case. */
int request_build(const struct request_values *values, const struct operands *operands,
	struct container_request *request, struct err *err);

/* What --pull asks for, done before the container is made: a missing image is pulled, with docker's
 * line, and davit/demo is made. 0, or the exit code; the failure was told. */
int request_image(struct cli *cli, const struct request_values *values, const char *image);

/* Reserves and later fills --cidfile; both do nothing without the option. */
int request_open_cidfile(const struct request_values *values, int *fd, struct err *err);
int request_write_cidfile(
	const struct request_values *values, int fd, const char *id, struct err *err);

#endif
