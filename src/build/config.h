/* config.h - what an image says about itself, while instructions change it.
 *
 * Starts as a base image's config (or as nothing, for scratch), is copied from stage to stage, and
 * ends as the JSON document that is the image. Pure. */
#ifndef BUILD_CONFIG_H
#define BUILD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "build/words.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/own.h"
#include "util/strs.h"

struct build_history {
	char *created;    /* RFC 3339; NULL: when the image is finished */
	char *created_by; /* "RUN /bin/sh -c make # buildkit" */
	char *author, *comment;
	bool empty; /* it has no layer */
	int step;   /* the step whose layer it is; -1: none, or a base image's */
};

struct build_config {
	char *os, *architecture, *variant;
	char *author, *user, *working_dir, *stop_signal;
	struct strs env; /* "PATH=…" */
	struct strs cmd, entrypoint, shell, on_build;
	bool args_escaped;
	struct strs labels;        /* "key=value" */
	struct strs ports;         /* "80/tcp"; each once: see ports_seen */
	unsigned char *ports_seen; /* a bit a port and protocol; NULL: none yet */
	struct strs volumes;
	cJSON *healthcheck;   /* docker's object; NULL: none */
	int64_t stop_timeout; /* -1: not given */
	struct strs os_features;
	char *os_version;
	struct strs base_diff_ids; /* the base image's layers, bottom first */
	struct build_history *history;
	size_t history_len, history_room;
	bool failed; /* memory ran out: see build_config_failed */
};

/* What FROM scratch begins with: PATH and "/". platform: "linux/amd64". */
struct build_config *build_config_scratch(const char *platform);
/* A config document; -EINVAL says what is wrong with it. The caller owns *out. */
int build_config_read(const char *json, size_t len, struct build_config **out, struct err *err);
/* NULL: out of memory. */
struct build_config *build_config_copy(const struct build_config *config);
void build_config_free(struct build_config *config);
own_define(build_config)

/* Sticky, like struct buf's. */
bool build_config_failed(const struct build_config *config);

/* ---- one edit an instruction ---- */

void build_config_list(struct strs *field, const struct words *words); /* cmd, shell, … */
void build_config_env(struct build_config *config, const char *name, const char *value);
void build_config_label(struct build_config *config, const char *name, const char *value);
/* author, user, working_dir, … */
void build_config_set(struct build_config *config, char **field, const char *text);
void build_config_port(struct build_config *config, const char *port); /* "80/tcp" */
void build_config_volume(struct build_config *config, const char *path);
/* A line of history by the build. step -1: an empty layer. */
void build_config_commit(struct build_config *config, const char *created_by, int step);
/* A last line, of layers merged into one; those from `first` on have none of their own any more. */
void build_config_squash(
	struct build_config *config, size_t first, const char *comment, bool empty);

/* The image's config document, with docker's names in docker's order. `created` (RFC 3339) is the
 * image's and the new history's; diff_ids all its layers; NULL: no list yet. */
struct build_config_facts {
	const char *created;
	const struct strs *diff_ids;
	bool omit_history;
	const cJSON *steps; /* of an inline cache (core/image/step_cache.h); or NULL */
};
/* NULL: out of memory. */
char *build_config_json(const struct build_config *config, const struct build_config_facts *facts);

#endif
