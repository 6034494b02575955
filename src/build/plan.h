/* plan.h - a Dockerfile as a graph of steps, before anything of it is done.
 *
 *     build_plan_new       text -> stages: which are needed, which images they stand on
 *     build_plan_next      the next image whose config planning waits for; none: it is whole
 *     build_plan_give      that config (its ONBUILD triggers may name more images)
 *     plan->steps          every step, each after what it needs
 *
 * Pure: the same text, options and configs make the same plan. A step says everything about what to
 * do (words expanded, environment, directory, user, history line), what it needs (other steps), and
 * has a definition key: a digest of all that and of its inputs' keys. Keys of content (what a
 * context holds, what a step made) are the executor's to add.
 *
 * Instructions that only change the config are no steps: they are in their stage's config, and in
 * the environment of the steps after them. Strings live as long as the plan. */
#ifndef BUILD_PLAN_H
#define BUILD_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "build/config.h"
#include "build/ignore.h"
#include "build/source.h"
#include "build/words.h"
#include "util/digest.h"
#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

enum { BUILD_NONE = -1 };

enum build_step_kind {
	BUILD_IMAGE,   /* an image's tree */
	BUILD_CONTEXT, /* the files of a context */
	BUILD_HTTP,    /* one file from a URL */
	BUILD_GIT,     /* the files of a repository */
	BUILD_RUN,
	BUILD_COPY,
	BUILD_WORKDIR,
};

enum build_mount_kind {
	BUILD_MOUNT_BIND,
	BUILD_MOUNT_CACHE,
	BUILD_MOUNT_TMPFS,
	BUILD_MOUNT_SECRET,
	BUILD_MOUNT_SSH,
};

enum build_sharing { BUILD_SHARED, BUILD_PRIVATE, BUILD_LOCKED };
enum build_network { BUILD_NETWORK_DEFAULT, BUILD_NETWORK_NONE, BUILD_NETWORK_HOST };

struct build_mount {
	enum build_mount_kind kind;
	int from;           /* the step that has the files; BUILD_NONE: nothing (an empty cache) */
	const char *source; /* a path in `from`, absolute and clean: "/", "/src" */
	const char *target; /* absolute and clean; NULL: a secret that is only a variable */
	const char *id;     /* of a cache, a secret, an ssh agent */
	const char *env;    /* a secret: the variable that gets its value; NULL */
	enum build_sharing sharing;
	bool read_only, required;
	int64_t size;     /* tmpfs: bytes; 0: no limit */
	int64_t mode;     /* -1: the kind's default */
	int64_t uid, gid; /* -1: 0 */
};

/* A heredoc's text as a file. */
struct build_file_text {
	const char *name;
	const char *text;
	size_t len;
};

struct build_run {
	struct words argv;      /* the whole command, its shell included */
	const char *command;    /* as an error names it: "/bin/sh -c make" */
	struct words env;       /* "NAME=value": ENV, ARG, PATH */
	struct words proxies;   /* the same, for the process only: in no key */
	const char *cwd, *user; /* user "": root */
	enum build_network network;
	bool insecure;        /* --security=insecure */
	struct words devices; /* --device */
	const struct build_mount *mounts;
	size_t mounts_len;
	const struct build_file_text *script; /* to be at /dev/pipes/NAME, mode 0755; NULL: none */
};

enum build_source_kind {
	BUILD_SOURCE_PATH,
	BUILD_SOURCE_TEXT,
	BUILD_SOURCE_HTTP,
	BUILD_SOURCE_GIT
};

struct build_source {
	enum build_source_kind kind;
	int from;         /* the step that has it; TEXT: BUILD_NONE */
	const char *path; /* PATH: as written, expanded; a pattern of Go's filepath.Match */
	struct build_file_text text; /* TEXT: a file of mode 0644 */
};

enum build_switch { BUILD_UNSET = -1, BUILD_OFF, BUILD_ON };

struct build_copy {
	bool add; /* ADD */
	const struct build_source *sources;
	size_t sources_len;
	const char *dest;      /* absolute; ends with / when it was written so, or is "." */
	const char *chown;     /* "user:group"; NULL */
	const char *chmod;     /* "755", "u=rwX,go=rX"; NULL; checked */
	struct words excludes; /* patterns of .dockerignore's kind, relative to the source */
	bool link, parents;
	enum build_switch unpack; /* UNSET: ADD's local archives are, nothing else is */
	const char *user;         /* of the stage, for nothing but names in --chown */
};

struct build_image {
	const char *reference;    /* as written, expanded: "debian:12" */
	const char *platform;     /* "linux/amd64" */
	char digest[DIGEST_SIZE]; /* what build_plan_give was told; "" until then */
	bool content_only;        /* its config is not needed: COPY --from, RUN --mount from */
};

struct build_http {
	const char *url, *name; /* name: what the file is called */
	const char *checksum;   /* "sha256:…"; NULL */
};

struct build_git {
	const char *url;
	const char *checksum;
	enum build_switch keep_git_dir;
};

struct build_step {
	enum build_step_kind kind;
	int stage;        /* the stage that it stands in; BUILD_NONE: several may use it */
	const char *name; /* "[build 2/5] RUN make" */
	struct place place;
	int base;          /* the step whose tree it changes; BUILD_NONE: an empty one */
	const int *inputs; /* every step that must be done before, base included; each once */
	size_t inputs_len;
	bool no_cache;
	char key[DIGEST_SIZE]; /* its definition key */
	char own[DIGEST_SIZE]; /* the same without its inputs' */
	union {
		struct build_image image;
		const char *context; /* "" the main one, else its name */
		struct build_http http;
		struct build_git git;
		struct build_run run;
		struct build_copy copy;
		struct {
			const char *path, *user;
		} workdir;
	};
};

struct build_stage {
	const char *name;        /* "build"; "" when it has none */
	const char *title;       /* in messages: its name, or "stage-0" */
	const char *base;        /* what FROM says, expanded */
	const char *platform;    /* "linux/amd64" */
	const char *description; /* a comment `# NAME what it is` above it; "" */
	struct place place;
	bool needed;
	int from_stage; /* the stage it stands on; BUILD_NONE: an image, a context or scratch */
	int result;     /* the step whose tree it ends as; BUILD_NONE: empty, or not needed */
	struct build_config *config; /* as it ends; NULL: not needed, or not planned yet */
};

struct build_plan_options {
	struct source source;
	const char *target;     /* NULL: the last stage */
	struct strs build_args; /* "NAME=value" */
	struct strs labels;     /* "name=value": --label */
	struct strs contexts;   /* names of --build-context; they replace stages and images */
	bool no_cache;
	struct strs no_cache_stages; /* --no-cache-filter */
	int redo_line;               /* the steps at this line of the file are done anew; 0: none */
	const char *host_platform;   /* "linux/amd64" */
	const char *platform;        /* to build for; NULL: the host's */
	enum build_network network;  /* --network */
	struct strs add_hosts;       /* "name:address" */
	struct strs run_facts;       /* what else a RUN depends on: "shm-size=64m"; only for keys */
	const char *checks;          /* --call=check options on top of the directive's; NULL */
	const struct ignore *ignore; /* of the main context, for the checks; NULL */
};

struct build_plan {
	const struct build_stage *stages;
	size_t stages_len;
	int target;                     /* a stage */
	const struct build_step *steps; /* may move until the plan is whole; indices stay */
	size_t steps_len;
	bool whole;
	const char *syntax; /* the directive; NULL */
	/* Names given with --build-arg that nothing asked for. */
	struct words unused_args;
	const struct lint *lint; /* the checks' warnings: see lint.h */
};

/* -EINVAL, BuildKit's sentence, and *place. options and what it lends must outlive the plan. */
int build_plan_new(const struct build_plan_options *options, struct build_plan **out,
	struct place *place, struct err *err);
void build_plan_free(struct build_plan *plan);
own_define(build_plan)

/* An image step whose digest and config are wanted; BUILD_NONE: none any more. Several may
 * be resolved at once: skip those already under way with `after` (BUILD_NONE: from the
 * first). */
int build_plan_next(const struct build_plan *plan, int after);
/* config may be NULL for a content_only one, and for a context; else NULL means that nobody knows
 * it, which is enough for checks. */
int build_plan_give(struct build_plan *plan, int step, const char *digest, const char *config,
	size_t config_len, struct place *place, struct err *err);

#endif
