/* op.h - one asynchronous façade call.
 *
 *     prepare (pool) → talk to the shim, or wait for a child (loop) → finish (pool) → done
 *
 * Each verb is a struct op_verb: what it does in each state; a verb without a talk or a finish
 * skips it. */
#ifndef CORE_OP_H
#define CORE_OP_H

#include "core/channel.h"
#include "core/engine_own.h"
#include "core/lifecycle.h"

enum op_state { OP_PREPARE, OP_TALK, OP_CHILD, OP_FINISH, OP_DONE };

struct op {
	struct engine *engine;
	const struct op_verb *verb;
	enum op_state state;
	struct work work;
	struct channel *channel;
	op_done_fn done;
	void *arg;
	bool canceled;
	struct err err;
	/* what it is about */
	char *who, *name;
	unsigned number;
	struct row row;
	struct container_request *request; /* create: a deep copy */
	struct network_request *network;   /* network create: likewise */
	struct update_request *update;     /* update: likewise */
	struct launched launched;          /* start */
	int fd; /* prepare leaves a connected socket here when there is somebody to talk to */
	int signal, timeout_ms;
	struct strs platforms; /* images, remove: what it must be for */
	bool force, volumes, next_exit, is_kill;
	unsigned losses;  /* how often its shim went away, or did not run it yet or any more */
	bool looks_again; /* hear: not an answer yet, from prepare on once more */
	int exit_code;
	/* volumes: what one is made with */
	struct strs labels, options;
	/* images, prune */
	struct prune_request prune;
	struct buf lines;
	uint64_t bytes;
	/* job */
	struct strs args;
	int out_fd;
	int pidfd; /* prepare leaves a child here when there is one to wait for */
	uv_poll_t child;
};

struct op_verb {
	const char *doing; /* put before an error: "stop web" */
	int (*prepare)(struct op *op, struct err *err);
	void (*say)(struct op *op);
	/* True when the talk is over; op->err says how it went. */
	bool (*hear)(struct op *op, const struct wire_head *head, const char *payload);
	int (*finish)(struct op *op, struct err *err);
	bool looks; /* changes nothing: what a read-only engine does, too */
	/* When the shim goes away in mid-talk, prepare looks again: the container has ended, or
	 * another shim has it now. */
	bool again;
};

struct op *op_start(struct engine *engine, const struct op_verb *verb, struct op *op,
	op_done_fn done, void *arg);
struct op *op_new(const char *who);
void op_free(struct op *op);                      /* one that was never started */
void update_free(struct update_request *request); /* update.c; NULL is fine */
/* Whether there is any use in that; counts. */
bool op_may_look_again(struct op *op);
/* op_new with a copy of the request; NULL: out of memory. */
struct op *op_new_prune(const struct prune_request *request);

#endif
