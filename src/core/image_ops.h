/* image_ops.h - what the image module can do, as the base program sees it.
 *
 * Each call is one whole operation and blocks: it runs in a job's process, or on a thread of its
 * own, never on a loop. */
#ifndef CORE_IMAGE_OPS_H
#define CORE_IMAGE_OPS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/id_map.h"
#include "core/image.h"
#include "core/store.h"
#include "util/buf.h"
#include "util/err.h"

enum image_phase {
	IMAGE_WAITING,
	IMAGE_DOWNLOADING,
	IMAGE_UNPACKING,
	IMAGE_PRESENT, /* we hold it already */
	IMAGE_COMPLETE,
	IMAGE_PREPARING, /* of a push, like those below */
	IMAGE_COMPRESSING,
	IMAGE_PUSHING,
	IMAGE_PUSHED,
	IMAGE_EXISTS,  /* the registry has it already */
	IMAGE_MOUNTED, /* and has it from another repository: `from` */
	IMAGE_FOREIGN, /* comes from elsewhere, and is not ours to send */
	IMAGE_SAVING,
	IMAGE_SAVED,
};

struct image_progress {
	const char *layer; /* digest of the blob, or diff id; lent for the call */
	enum image_phase phase;
	uint64_t done, total; /* bytes as they come; total 0: not known */
	const char *from;     /* IMAGE_MOUNTED: the repository */
};

/* Who watches an operation. Every member may be NULL. on_progress and on_warning come from the
 * operation's own threads, one at a time; the others from the thread that called. */
struct image_watch {
	void (*on_line)(const char *line, void *arg);    /* docker's lines, without newline */
	void (*on_warning)(const char *text, void *arg); /* a registry's, to be read once */
	void (*on_progress)(const struct image_progress *progress, void *arg);
	void (*on_fact)(const char *line, void *arg); /* core/fact.h; as on_progress */
	image_event_fn *on_event;
	const atomic_bool *canceled; /* set by anyone: the call ends with -ECANCELED */
	void *arg;
};

struct image_load_options {
	const char *path; /* an archive, an OCI layout directory; NULL: read fd */
	int fd;           /* standard input, when path is NULL */
	const char
		*platform; /* "linux/arm64,linux/amd64"; NULL: this machine's, or what there is */
	bool quiet;        /* no progress */
};

struct image_pull_options {
	const char *reference;
	const char *platform;
	bool all_tags;
	bool quiet;
	bool insecure; /* plain HTTP and unverified TLS are fine for this registry */
};

struct image_push_options {
	const char *reference;
	const char *compression; /* "gzip", "zstd", of what is not compressed yet; NULL: gzip */
	const char *platform;    /* what the image must be for; or NULL */
	bool all_tags, quiet, insecure;
};

struct image_save_options {
	const struct strs *names; /* references and ids */
	const char *platform;     /* what they must be for; or NULL */
	const char *path;         /* NULL: write to fd */
	int fd;
};

struct image_bootstrap_options {
	const char *distribution; /* "debian" */
	const char *suite;        /* "bookworm" */
	const char *mirror;       /* NULL: the distribution's default */
	const char *tag;          /* NULL: "<distribution>:<suite>" */
};

/* What was written on top of layers: `name` below dir_fd, an overlay's upper directory, or, when it
 * is whole, everything a container sees. stubs: layer_make.h. */
struct image_tree {
	int dir_fd;
	const char *name;
	bool whole;
	const struct strs *layers; /* ids, bottom first */
	const struct strs *stubs;  /* or NULL */
	struct id_owners owners;   /* whose it is on disk; NULLs: its layers' */
};

struct image_commit_options {
	struct image_tree tree;
	const char *parent;  /* the image's id */
	const cJSON *config; /* of the container, in docker's words; the image's fills its gaps */
	const struct strs *changes;                /* Dockerfile instructions */
	const char *author, *message, *created_by; /* or NULL */
	const char *reference;                     /* as typed, or NULL */
	void (*on_read)(void *arg);                /* the tree may change again; once at most */
	void *arg;
};

enum image_change { IMAGE_ADDED = 'A', IMAGE_CHANGED = 'C', IMAGE_DELETED = 'D' };
/* path without a leading slash, as bytes; lent for the call. Non-zero stops. */
typedef int image_change_fn(void *arg, enum image_change kind, const char *path);

struct image_login_options {
	const char *server;        /* as typed; NULL: docker.io */
	const char *user, *secret; /* NULL: what is stored */
	bool insecure;
};

struct image_search_options {
	const char *term;
	int limit;
	bool insecure;
	const atomic_bool *canceled; /* or NULL */
};

/* The caller frees all. */
struct image_login {
	char *user;   /* that is logged in now, or of what is stored; NULL: none */
	char *file;   /* config.json, when that has the secret in the clear; else NULL */
	char *server; /* "docker.io" */
};

struct image_import_options {
	const char *source; /* a file, a URL, or "-": fd */
	int fd;
	const char *reference; /* as typed, or NULL */
	const char *message, *platform;
	const struct strs *changes; /* Dockerfile instructions */
};

/* A file, or an archive's files, for a build. */
struct image_bring_options {
	const char *source; /* an http(s) URL; NULL: fd */
	int fd;
	const char *into;     /* absolute path of a directory below staging that is not there yet */
	const char *name;     /* what the file is called in it, when it is not unpacked */
	const char *checksum; /* "sha256:…" it must have, or NULL */
	bool unpack;          /* if it is an archive */
};
struct image_brought {
	char digest[DIGEST_SIZE]; /* of what came */
	bool archive;             /* into has its files */
};

/* Where results of builds' steps are kept for other machines: see core/image/cache.h. */
struct image_cache_place {
	const char *reference;    /* of a registry; NULL: */
	const char *directory;    /* an OCI layout */
	const char *tag, *digest; /* in the layout; NULL: "latest" */
	bool insecure;
};
struct image_cache_write_options {
	int fd;                  /* lines of core/image/step_cache.h to read */
	const char *compression; /* "gzip", "zstd"; NULL: gzip */
};

/* Between this host and a container. Paths are as typed. */
struct image_copy {
	int root_fd;           /* the container's root (view.h) */
	const char *container; /* its name, for sentences; or: */
	bool image;            /* it is an image's */
	const char *inside, *outside;
	int fd;       /* outside NULL: a tar stream, read or written here */
	bool out;     /* from the container */
	bool archive; /* owners are kept, also outside */
	bool follow;  /* a symlink that is named is followed */
	/* Its ids, while its files are reached through its mounts; NULL: the host's. */
	const struct id_maps *users, *groups;
	bool chown; /* all that comes in belongs to: */
	uid_t uid;
	gid_t gid;
	uint64_t *bytes; /* as a tar of it would have */
};

/* One thing that is not as it should be. */
struct doctor_finding {
	const char *kind;    /* "blob", "layer", "image", "name", "container", "database", "host" */
	const char *name;    /* a digest, an id, a reference */
	const char *problem; /* "its file is missing" */
	const char *remedy;  /* what to do; "" when it was repaired */
	bool repaired;
};
struct doctor {
	bool repair;
	void (*found)(const struct doctor_finding *finding, void *arg);
	/* Whether a container of this image ("sha256:…") runs. */
	image_used_fn *is_running;
	void *arg;
};
struct doctor_counts {
	size_t images, layers, blobs;
	uint64_t bytes; /* read */
	bool alone;     /* false: others are at work, so nothing was judged to be left over */
};

struct image_ops {
	int (*load)(struct store *store, const struct image_load_options *options,
		const struct image_watch *watch, struct err *err);
	/* Makes davit/demo:latest unless the store has it. */
	int (*demo)(struct store *store, const struct image_watch *watch, struct err *err);
	int (*pull)(struct store *store, const struct image_pull_options *options,
		const struct image_watch *watch, struct err *err);
	int (*push)(struct store *store, const struct image_push_options *options,
		const struct image_watch *watch, struct err *err);
	int (*save)(struct store *store, const struct image_save_options *options,
		const struct image_watch *watch, struct err *err);
	int (*bootstrap)(struct store *store, const struct image_bootstrap_options *options,
		const struct image_watch *watch, struct err *err);
	/* Of this user, and no store's. -ENODATA: nothing is stored, and nothing was given.
	 * -EACCES: the registry refuses; out->user is set as far as it is known. */
	int (*login)(const struct image_login_options *options, struct image_login *out,
		struct err *err);
	int (*search)(const struct image_search_options *options, cJSON **out, struct err *err);
	/* *key: what it was stored under, which the caller frees. */
	int (*logout)(const char *server, char **key, bool *found, struct err *err);
	/* See image_settle. */
	int (*settle)(struct store *store, const struct image *image, struct err *err);
	int (*commit)(struct store *store, const struct image_commit_options *options,
		const struct image_watch *watch, char id[DIGEST_SIZE], struct err *err);
	/* In order of paths, directories before what is in them. */
	int (*changes)(struct store *store, const struct image_tree *tree, image_change_fn *each,
		void *arg, struct err *err);
	/* The blobs of an image's layers go; *freed: bytes. */
	int (*slim)(struct store *store, const char *who, const struct image_watch *watch,
		uint64_t *freed, struct err *err);
	/* A tree of files as one tar, to a file, or fd when path is NULL. owners: whose it is on
	 * disk; or NULL. */
	int (*export_tree)(int root_fd, const struct id_owners *owners, const char *path, int fd,
		const struct image_watch *watch, struct err *err);
	/* A layer of the store as the tar that its diff id is the digest of. */
	int (*export_layer)(struct store *store, const char *diff_id, const char *path, int fd,
		const struct image_watch *watch, struct err *err);
	int (*import)(struct store *store, const struct image_import_options *options,
		const struct image_watch *watch, char id[DIGEST_SIZE], struct err *err);
	int (*bring)(struct store *store, const struct image_bring_options *options,
		const struct image_watch *watch, struct image_brought *out, struct err *err);
	/* lines: see core/image/step_cache.h. */
	int (*cache_read)(struct store *store, const struct image_cache_place *place,
		const struct image_watch *watch, struct buf *lines, struct err *err);
	/* chain: layers on each other, bottom first: "ID" of one that is here, or
	 * "DIFF-ID,DIGEST,SIZE" of one to fetch. ids: the same, all here. */
	int (*cache_fetch)(struct store *store, const struct image_cache_place *place,
		const struct strs *chain, const struct image_watch *watch, struct strs *ids,
		struct err *err);
	int (*cache_write)(struct store *store, const struct image_cache_place *place,
		const struct image_cache_write_options *options, const struct image_watch *watch,
		struct err *err);
	int (*copy)(
		const struct image_copy *copy, const struct image_watch *watch, struct err *err);
	/* See core/image/fits.h. */
	int (*fits)(const struct image *image, const char *platform, struct err *err);
	/* See core/image/doctor.h. */
	int (*doctor)(struct store *store, const struct doctor *doctor,
		struct doctor_counts *counts, struct err *err);
	/* The copy driver: the image's whole tree, merged, into the empty directory root_fd.
	 * owners: whose it is to be, outside; or NULL. */
	int (*assemble)(struct store *store, const struct image *image, int root_fd,
		const struct id_owners *owners, const atomic_bool *canceled, struct err *err);
};

/* The module's one exported name. */
const struct image_ops *davit_image_ops(void);

#endif
