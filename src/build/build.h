/* build.h - the façade for builds: everything a front end may ask of them.
 *
 * As in core/engine.h; the work itself is in modules that are opened on first use. */
#ifndef BUILD_BUILD_H
#define BUILD_BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/engine.h"

struct build_git_request {
	const char *url;    /* see build/git_url.h */
	const char *into;   /* an empty directory below the store's root */
	const char *token;  /* for http(s), a password; NULL */
	const char *header; /* for http(s), the value of Authorization; NULL */
	bool allow_local;   /* file:// */
};
/* Fetches a git repository and lays out its files; result: the commit. Confines the process for
 * good (see core/engine_base.h). */
int build_git_here(struct engine *engine, const struct build_git_request *request,
	const struct job_options *options, struct buf *result, struct err *err);

/* The files of a directory become a commit of a repository beside it, for lessons: see
 * build/git/git.h. result: the commit. tag: NULL. */
int build_git_commit(const char *files, const char *repository, const char *message,
	const char *tag, struct buf *result, struct err *err);

struct build_bring_request {
	const char *url;  /* NULL: standard input */
	const char *into; /* see struct image_bring_options in core/image_ops.h */
	const char *name, *checksum;
	bool unpack;
};
/* result: "file" or "archive", a blank, the digest. Confines the process for good. */
int build_bring_here(struct engine *engine, const struct build_bring_request *request,
	const struct job_options *options, struct buf *result, struct err *err);

/* Results of steps, elsewhere: see core/image/cache.h. */
enum build_cache_verb {
	BUILD_CACHE_READ,  /* result: its lines */
	BUILD_CACHE_FETCH, /* result: the ids of the chain's layers, a line each */
	BUILD_CACHE_WRITE, /* standard input: the lines */
};
struct build_cache_request {
	enum build_cache_verb verb;
	const char *reference; /* at a registry; NULL: */
	const char *directory; /* an OCI layout */
	const char *tag, *digest;
	bool insecure;
	struct strs chain;
	const char *compression;
};
/* Confines the process for good. */
int build_cache_here(struct engine *engine, const struct build_cache_request *request,
	const struct job_options *options, struct buf *result, struct err *err);

/* ---- building ---- */

/* What may be asked of a Dockerfile without building it. */
enum build_question {
	BUILD_IT,
	BUILD_CHECK,   /* the build checks' warnings */
	BUILD_OUTLINE, /* what the target may be given */
	BUILD_TARGETS, /* its stages */
	BUILD_DRY_RUN, /* every step in order, what is known, and why the rest is not */
};

struct build_request {
	const char *context;  /* a directory, a URL, "-": standard input */
	const char *file;     /* -f; NULL: Dockerfile in the context; "-": standard input */
	const char *target;   /* NULL: the last stage */
	const char *platform; /* NULL: the host's */
	const char *network;  /* of every RUN: "default", "none", "host"; NULL */
	const char *iid_file, *metadata_file;
	struct strs tags;       /* names for the image */
	struct strs build_args; /* "NAME=value", or "NAME": from the environment */
	struct strs labels;     /* "name=value" */
	struct strs contexts;   /* "name=where" */
	struct strs secrets;    /* "id=…,src=…" or "id=…,env=…" */
	struct strs ssh;        /* "default" or "id=socket" */
	struct strs add_hosts;  /* "name:address" */
	struct strs no_cache_stages;
	struct strs allow;   /* "security.insecure", "network.host", "git.file" */
	struct strs outputs; /* "type=local,dest=…"; empty: an image */
	struct strs ulimits;
	struct strs cache_from, cache_to; /* "type=registry,ref=…" or a reference */
	bool no_cache, pull, squash;
	int redo_line;        /* the steps at this line of the file are done anew; 0: none */
	int stop_before_line; /* the image is what is there before the step at this line; 0 */
	enum build_question question;
	bool keep_failed; /* an image of what was there before the RUN that failed, and its mounts: see
			   * result */
	int64_t memory, memory_swap, cpu_shares; /* of a RUN; 0: not given */
	uint64_t shm_size;
	unsigned workers; /* steps at once; 0: as many as there are processors */
};
void build_request_init(struct build_request *request);
void build_request_fini(struct build_request *request);

enum build_event_kind {
	BUILD_EVENT_PLAN, /* a step that will be: first of all, one each */
	BUILD_EVENT_STARTED,
	BUILD_EVENT_WHY,    /* text: half a sentence, why it is not known from before */
	BUILD_EVENT_CACHED, /* it did not have to be done */
	BUILD_EVENT_DONE,
	BUILD_EVENT_FAILED, /* text: why */
	BUILD_EVENT_LEFT,   /* canceled before it ended */
	BUILD_EVENT_OUTPUT, /* text: what its process says, as it comes */
	BUILD_EVENT_NOTE,   /* text: one line about what it is doing */
	BUILD_EVENT_PROGRESS,
	BUILD_EVENT_WARNING, /* of no step */
	BUILD_EVENT_FACT,    /* text: what was done with its clocks, a line of core/fact.h: for
			      * engine_timeline */
};
struct build_event {
	enum build_event_kind kind;
	int step;           /* counts from 0; -1: none */
	unsigned stage;     /* that it stands in */
	const char *name;   /* "[build 2/5] RUN make" */
	const char *digest; /* its key */
	const int *inputs;  /* of a PLAN event */
	size_t inputs_len;
	int line;         /* in the file; 0: none */
	uint64_t time_ns; /* CLOCK_REALTIME */
	uint64_t took_ns; /* CACHED, DONE, FAILED */
	const char *text;
	size_t text_len;
	uint64_t done, total; /* PROGRESS: bytes; total 0: not known */
};
typedef void build_event_fn(void *arg, const struct build_event *event);

struct build_result {
	char image[80];          /* "sha256:…"; "" when the outputs are no image */
	struct buf excerpt;      /* of a failure: the lines in question, or "" */
	struct buf text;         /* of a question: what to print */
	int exit_code;           /* of the process that failed, or 1 */
	char before_failure[80]; /* keep_failed: an image without a name */
	char working_dir[256];   /* of the step that failed */
	struct strs mounts, env; /* what its mounts bring: as --mount and -e of run have it */
	struct build_kept *kept; /* what they are made of, and the build's directories; or NULL */
};
/* Nothing is mounted and locked for a failed step any more. Done by build_result_fini, too. */
void build_result_let_go(struct build_result *result);
void build_result_fini(struct build_result *result);

/* The whole build, blocking, in this process, which should do nothing else: it enters a mount
 * namespace of its own and starts threads. Events come one at a time, from any of them. */
int build_here(struct engine *engine, const struct build_request *request, build_event_fn *on_event,
	void *arg, const atomic_bool *canceled, struct build_result *result, struct err *err);

/* A Dockerfile's text and what the user calls it; lent. */
struct build_file {
	const char *name;
	const char *text;
	size_t len;
};
/* Appends one JSON array an instruction. On failure excerpt has the lines in question in their
 * frame, or nothing. */
int build_dump(
	const struct build_file *file, struct buf *out, struct buf *excerpt, struct err *err);

#endif
