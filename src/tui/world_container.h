/* world_container.h - one container beyond its row in the list, and what is done to it that has
 * words of its own: a part of world.h. */
#ifndef TUI_WORLD_CONTAINER_H
#define TUI_WORLD_CONTAINER_H

#include "core/engine.h"

struct world;

/* What hardly ever changes of a container: asked for once, and again when its row tells of a start,
 * a probe or an update. */
struct container_facts {
	/* Texts are never NULL; lists have an entry a line. */
	const char *project;   /* the label of docker compose, or davit.group; "" */
	const char *ports;     /* "8080>80 127.0.0.1:53>53/udp 443": format_ports */
	const char *networks;  /* names, or "host", "none" */
	const char *addresses; /* IP addresses */
	const char *user, *restart, *cpuset;
	const char *probe;  /* the last health check's answer, its first line */
	const char *labels; /* "key=value" */
	const char *mounts; /* "SOURCE:TARGET" */
	const char *shares; /* "net=host", "pid=container:ID": namespaces that are not its own */
	bool probed;
	int probe_code;
	double cpus; /* limit in processors; 0: none */
	int64_t memory, memory_swap, memory_reservation, cpu_shares, pids_limit; /* 0: none */
	uint64_t caps;       /* bit n: container_cap_name(n) */
	bool has_privileges; /* these two are known */
};
extern const struct container_facts container_facts_none; /* nothing is known */
/* A copy with its texts in one piece, freed with free(); NULL texts are "". NULL: out of memory. */
struct container_facts *container_facts_copy(const struct container_facts *facts);

/* done.arg of what makes something: its id, or why not. Once, from the loop. */
typedef void world_made_fn(void *arg, const char *id, const struct err *err);

struct world_container_ops {
	/* The caller frees *out with free(). */
	int (*facts)(struct world *world, const struct container *container,
		struct container_facts **out, struct err *err);
	int (*pressure)(struct world *world, const char *id, struct container_pressure *out);
	/* The caller frees *out. */
	int (*processes)(struct world *world, const char *id, struct container_process **out,
		size_t *count, struct err *err);
	/* Only the process that began then: a number may be another's by now. */
	int (*signal_process)(struct world *world, const char *id, int pid, uint64_t started_ns,
		int signal, struct err *err);
	/* These end in listener.done(ticket), unless they fail at once with -ENOMEM. */
	int (*rename)(struct world *world, const char *id, const char *name, uint64_t ticket);
	int (*update)(struct world *world, const char *id, const struct update_request *request,
		uint64_t ticket);
	/* Makes one and, with start, starts it; the id comes also when only starting failed. */
	int (*create)(struct world *world, const struct container_request *request, bool start,
		world_made_fn *made, void *arg);
	/* Names an image, for `tag`. */
	int (*tag)(struct world *world, const char *who, const char *name, uint64_t ticket);
};

#endif
