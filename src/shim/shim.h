/* shim.h - davit-shim: one container's monitor, from before its start until after its end.
 *
 *                  GO            exec'd                exit
 *     HELD ───────────▶ STARTING ──────▶ RUNNING ───────────────▶ ENDED ──▶ gone
 *       │ hold failed        │ failed      ▲  │ exit, policy        ▲
 *       └──────────▶ ENDED ◀─┘             │  ▼                     │
 *                                          └─ WAITING ──────────────┘ stopped by hand
 *
 * (PAUSED is RUNNING with the freezer on.) One thread, no allocation: everything lives in one
 * struct shim, tables included; pages of it that were never needed are never touched. The process
 * cannot be ended by a signal short of SIGKILL, and after that a second shim adopts the container
 * (adopt.c). */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#include "runtime/launch/launch.h"
#include "runtime/row.h"
#include "runtime/wire.h"
#include "shim/client.h"
#include "shim/dns_config.h"
#include "shim/health.h"
#include "shim/log.h"
#include "shim/loop.h"
#include "shim/process.h"
#include "shim/restart.h"

enum { SHIM_PROCESSES = 1 + 256, SHIM_CLIENTS = 256, SHIM_PORTS = 4096 };

/* facts.c: lines on their way to containers/ID/timeline. */
struct facts {
	size_t len;
	bool asked; /* somebody has asked for an end */
	char text[4096 - 2 * sizeof(size_t)];
};

enum phase { PHASE_HELD, PHASE_STARTING, PHASE_RUNNING, PHASE_WAITING, PHASE_ENDED };

/* The container's resolver (resolver.c): its sockets, and the process while there is one. */
struct resolver {
	struct watch udp, tcp, line;
	struct timer again;
	int pid, pidfd;
	uint64_t started_ns;
	struct dns_config config; /* as the process has it */
};

struct shim {
	struct loop loop;
	enum phase phase;
	char id[ROW_ID_LEN + 1];
	uint32_t row;
	bool adopted;
	unsigned asked;               /* how often the adopted init's exit code was asked for */
	struct launch launch;         /* its plan is mapped only while it is executed */
	struct plan_header plan;      /* a copy of its head, for the monitor */
	char names[4096];             /* and of the cgroups it names */
	const char *freezer, *memory; /* "": none */
	const char *cgroups;          /* list, an empty item ends it */
	bool shares_pids;             /* no pid namespace of its own */
	struct row_state state;       /* as last written to the roster */
	struct restart restart;
	struct timer restart_timer, kill_timer, freeze_timer, linger_timer;
	uint64_t freeze_until_ns;
	uint64_t oom_before; /* kills counted when this run began */
	bool killed;         /* SIGKILL is on its way to init */
	bool pausing;        /* it is a pause that is being frozen for */
	unsigned holds;      /* clients for whom it is frozen */
	bool freezing, restart_wanted, remover_lives, has_volumes;
	bool is_stopping; /* announced as "stop" when it is over */
	bool restarting_by_hand;
	bool host_ends;    /* nothing starts any more */
	uint64_t again_ns; /* it is being started again, since then; 0: it is not */
	bool records;      /* what it does with its clocks, facts.c */
	struct facts facts;
	struct watch listener, children;
	struct health health;
	struct log log;
	unsigned ports; /* of the host, each kept by a bound socket */
	int port[SHIM_PORTS];
	int ports_from, filter_from; /* as inherited, -1: not */
	struct resolver resolver;
	unsigned clients, processes; /* slots ever used: what a scan must look at */
	struct client client[SHIM_CLIENTS];
	struct process process[SHIM_PROCESSES]; /* [0] is init */
};

static inline struct process *shim_init_process(struct shim *shim)
{
	return &shim->process[0];
}

/* life.c: the story */
void life_go(struct shim *shim);      /* the first start */
void life_started(struct shim *shim); /* init has exec'd */
void life_failed(struct shim *shim, const struct launch_fail *fail);
void life_ended(struct shim *shim); /* init is gone and its output read */
void release_mounts(struct shim *shim);
void life_is_over(
	struct shim *shim); /* ENDED: lets go of everything, leaves when clients have all */
bool life_may_leave(const struct shim *shim);

/* job.c: no life of its own; the exit code of the shim */
int job_main(struct shim *shim);

/* ---- keeper.c ---- */

int keeper_main(void);

/* stop.c: signals, the stop sequence and the freezer */
int stop_signal(struct shim *shim, int signal, bool by_hand);
/* 0: begun, the client's DONE comes with the end; or a negative errno. */
int stop_begin(struct shim *shim, const struct wire_stop *stop, bool restart);
void stop_by_host(struct shim *shim); /* SIGURG, from systemd: see core/delegation.h */
void stop_is_over(struct shim *shim);
void pause_is_over(struct shim *shim); /* before the end is recorded */
int pause_begin(struct shim *shim);
int pause_end(struct shim *shim);
/* 1: it is frozen already; 0: the client's DONE comes; or a negative errno. */
int hold_begin(struct shim *shim);
void hold_end(struct shim *shim);
void hold_forget(struct shim *shim);

/* record.c: roster row, last, journal. None of them can fail the container: what cannot be written
 * is lost. */
int record_open(struct shim *shim);
void record_status(struct shim *shim, enum row_status status);
void record_last(struct shim *shim);
void record_read_policy(struct shim *shim); /* an update may have changed it */
/* Attributes are key, value, …, NULL; name and image are added. */
void record_event(struct shim *shim, const char *action, ...);
/* Of an exec whose plan is mapped: the action goes on with its command. */
void record_exec(struct process *process, const char *action);
/* That each of the container's volumes is mounted, or no more; once. */
void record_volumes(struct shim *shim, bool mounted);
uint32_t record_unique(int pidfd); /* see struct row_process */
uint64_t record_now(void);         /* CLOCK_REALTIME in ns */

/* facts.c: fmt (say.h) is the rest of a JSON object: "fact":…. */
/* One that goes with its end is worth it only to who watches it being stopped. */
bool facts_are_worth_it(const struct shim *shim);
void facts_add(struct shim *shim, uint64_t from_ns, uint64_t to_ns, const char *fmt, ...);
void facts_write(struct shim *shim); /* so that others see them */
void facts_drop(struct shim *shim);  /* what was not written yet did not come about */
/* A client asks for an end. */
void facts_asked(const struct client *client, const char *verb, int signal, int timeout_ms);

/* clocks.c: when it is started again; what clocks_end saves it unmaps. */
void clocks_begin(struct shim *shim);
void clocks_end(struct shim *shim, struct trace **trace);

/* peer.c: the pidfd of a running container's init, by its id; -ESRCH. ctx: the shim */
int peer_open(void *ctx, const char *id);

/* cgroups.c */
int cgroups_keep(
	struct shim *shim, const struct plan *plan); /* copies what the monitor needs later */
void cgroups_kill(struct shim *shim); /* what the end of a pid namespace does not reach */
void cgroups_remove(struct shim *shim);
uint64_t oom_count(const struct shim *shim);

/* plan_map.c: a plan or trace received as a memfd */
int map_plan(int fd, uint32_t kind, struct plan *out, struct launch_fail *fail);
void unmap_plan(struct plan *plan);
struct trace *map_trace(int fd, const struct plan *plan);
void unmap_trace(struct trace **trace);

/* adopt.c: the first shim is gone, its container is not. */
int adopt(struct shim *shim);
void adopt_remember(struct shim *shim); /* what an adopter will compare */

/* scope.c: the process that keeps the scope of all */
int scope_main(void);

/* resolver.c */
void resolver_init(struct shim *shim);
/* Opens it or closes it, as the container has a resolver of its own by now or not. */
void resolver_look(struct shim *shim);
void resolver_close(struct shim *shim);
bool resolver_reaped(struct shim *shim, int pid, bool well); /* false: that was not it */

/* exec.c */
/* A process of that plan in the container, begun; NULL: fail says why. trace: -1: none. */
struct process *exec_launch(
	struct shim *shim, const char id[64], int plan, int trace, struct launch_fail *fail);
void exec_begin(struct shim *shim, struct client *client, const struct wire_exec *exec, int plan,
	int trace);

/* network.c: the host's ports, and how it is on its networks */
void ports_take(struct shim *shim, int from);     /* from SHIM_FD_PORTS or its like; -1: none */
void ports_bind(struct shim *shim);               /* an adopter's way to them */
int ports_tie(const struct shim *shim);           /* to who serves them instead; -1: nobody */
int network_change(struct shim *shim, int ports); /* launch.fail may have the sentence */
void network_over(struct shim *shim);             /* lets go of ports, addresses, names */

/* sweep.c: `davit sweep ID`, in the host's namespaces */
void sweep_start(struct shim *shim);

/* seal.c: returns only when our executable cannot be overwritten from inside a container. */
int seal_self(char **argv);

#endif
