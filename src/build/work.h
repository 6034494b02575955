/* work.h - one build being done: the plan's steps as nodes, what they made, and who works on them.
 *
 *     WAITING ──▶ RUNNING ──▶ DONE | CACHED | FAILED        inputs not done, or canceled: LEFT
 *
 * Workers take any node whose inputs are done. A node's result is a tree: layers on layers, or the
 * files of a context. The lock guards nodes' states and the store's database; a node's other fields
 * are its worker's until it is done, and then nobody changes them. */
#ifndef BUILD_WORK_H
#define BUILD_WORK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "build/build.h"
#include "build/context.h"
#include "build/files.h"
#include "build/key.h"
#include "build/plan.h"
#include "build/recall.h"
#include "build/remote.h"
#include "build/trees.h"
#include "core/build_cache.h"
#include "core/engine_own.h"
#include "core/image/layer_make.h"
#include "core/image/sha.h"

enum node_state { NODE_WAITING, NODE_RUNNING, NODE_DONE, NODE_CACHED, NODE_FAILED, NODE_LEFT };

struct node {
	enum node_state state;
	/* A tree: */
	struct strs layers;         /* ids, bottom first; "": elsewhere (remote.h) */
	struct strs diff_ids;       /* the same */
	struct layer **stack;       /* the same, open, or NULL; lent by the work */
	uint8_t content[SHA_BYTES]; /* of diff_ids */
	bool unknown;               /* dry: it would have to be made first */
	bool made;                  /* it has a layer of its own: the last */
	struct strs keys;           /* that its result is known by */
	const char *where;          /* the cache elsewhere that knows it; NULL; lent */
	/* Files: of a context, or where the tree is mounted. */
	char *root; /* absolute path; NULL: not yet */
	int root_fd;
	const struct ignore *ignore; /* lent */
	char *cover;        /* a directory that hides what that leaves out; NULL: not yet */
	bool foreign_owner; /* owners count (a tree's), or are this host's (a context's) */
	struct stamps *stamps;
	int64_t created;             /* seconds since 1970: when its own layer was made */
	uint64_t began_ns, ended_ns; /* CLOCK_MONOTONIC */
	uint64_t looked_ns;          /* when its key was last looked for */
	struct err err;
};

struct build_work {
	struct engine *engine;
	struct store *store;
	const struct build_request *request;
	const struct build_plan *plan;
	struct node *nodes; /* one a step */
	struct stage *stage;
	char *dir; /* its absolute path */
	struct trees *trees;
	struct context_place place;
	struct contexts *contexts;
	int stamps_fd;                  /* the directory of stamps */
	pthread_mutex_t lock, mounting; /* mounting: roots of nodes, opened when first asked for */
	pthread_cond_t moved;
	struct layer **opened;
	size_t n_opened;
	const atomic_bool *canceled;
	atomic_bool stop; /* canceled, or a step failed: begin nothing more */
	int64_t latest;   /* SOURCE_DATE_EPOCH, or SCAN_ANY_TIME */
	struct recall *recall;
	struct remote *remote; /* or NULL */
	bool stale;            /* what was counted on did not come: begin again */
	bool facts;            /* somebody wants them */
	bool dry;              /* look everything up, make nothing */
	unsigned names;        /* of directories made in the stage */
	int failed_step;       /* the first; BUILD_NONE */
	int exit_code;         /* its process's */
	build_event_fn *on_event;
	void *arg;
};

/* ---- exec.c ---- */

/* All steps that the target needs. *err is the first failed step's. -EREMCHG: begin again
 * (remote.h). */
int work_run(struct build_work *work, struct err *err);
/* Tells whoever watches; any thread, without the lock. step -1: it is about the whole build. */
void work_tell(struct build_work *work, int step, enum build_event_kind kind, const char *text,
	size_t len);
/* A step that is not known from before is going to be done. */
void work_tell_why(struct build_work *work, int step);
/* Before work_run: only what comes before this step is done. */
int work_stop_before(struct build_work *work, int step, struct err *err);
/* What a step did from then until now, for replays; any thread, without the lock. fmt is the rest
 * of the fact (core/fact.h), an object's inside without braces. */
void work_fact(struct build_work *work, int step, uint64_t from_ns, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The same of what was only begun. */
void work_fact_begun(struct build_work *work, int step, const char *what);
bool work_is_canceled(const struct build_work *work);
/* Of what is made now, unless SOURCE_DATE_EPOCH says another time. */
struct timespec work_time(const struct build_work *work);

/* ---- node.c: trees ---- */

/* The node gets the base's tree; BUILD_NONE: an empty one. */
int node_begin_tree(struct build_work *work, struct node *node, int base, struct err *err);
/* A layer of the store, opened for as long as the build lasts. With the lock held. */
int node_layer(struct build_work *work, const char *id, struct layer **out, struct err *err);
/* One more layer on top, that is in the store. With the lock held. */
int node_add_layer(struct build_work *work, struct node *node, const char *id, struct err *err);
void node_seal(struct node *node); /* after the last: content */
/* Where the root directory's mode and owner stand: *entry of *index; NULL: no layer has one. */
int node_root(const struct node *node, const struct index **index, const struct index_entry **entry,
	struct err *err);
/* What becomes the node's own layer, unless it is empty, and what that is remembered by. */
struct dest;
struct node_product {
	const struct strs *keys;
	const struct strs *stubs;      /* mount points made for it; or NULL */
	const struct layer_late *late; /* what was written is completed by it; or NULL */
	/* Writes it through a destination on the node's tree; or, `alone`, on an empty one. */
	int (*write)(
		struct build_work *work, int step, struct dest *dest, struct err *err, void *arg);
	bool alone;
	/* After the layer was made, before it is kept: completes the keys. NULL: they are. */
	int (*complete)(void *arg, struct err *err);
	void *arg;
};
/* Of what was written into `name` below dir_fd, an upper directory that is given away. */
int node_make_layer(struct build_work *work, int step, int dir_fd, const char *name,
	const struct node_product *product, struct err *err);
/* The same, of what product->write writes. */
int node_write(
	struct build_work *work, int step, const struct node_product *product, struct err *err);
/* The layer that a key stands for, if there is one. Sets *hit. */
int node_from_cache(struct build_work *work, int step, const char *key, bool *hit, struct err *err);
/* All layers below are here: those that are elsewhere are fetched. */
bool node_is_here(const struct node *node);
int node_bring(struct build_work *work, struct node *node, struct err *err);
/* Where the node's files can be read: mounts a tree when it is first asked for. */
int node_open_root(struct build_work *work, struct node *node, struct err *err);
void node_fini(struct node *node);

/* A new directory in the stage: its absolute path and an fd, both the caller's. */
int work_directory(struct build_work *work, char **path, int *fd, struct err *err);

/* ---- one kind of step a file ---- */

/* Whatever the step's kind asks for: one of those below. */
int work_step(struct build_work *work, int step, struct err *err);
int step_image(struct build_work *work, int step, struct err *err);
int step_context(struct build_work *work, int step, struct err *err);
int step_http(struct build_work *work, int step, struct err *err);
int step_git(struct build_work *work, int step, struct err *err);
int step_run_command(struct build_work *work, int step, struct err *err);
int step_copy(struct build_work *work, int step, struct err *err);
int step_workdir(struct build_work *work, int step, struct err *err);

#endif
