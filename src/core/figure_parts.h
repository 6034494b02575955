/* figure_parts.h - the seven figures, each drawn from facts that somebody else has read. Pure. */
#ifndef CORE_FIGURE_PARTS_H
#define CORE_FIGURE_PARTS_H

#include "core/engine_figure.h"
#include "core/engine_layers.h"

struct cJSON;

/* A process and what it takes of the memory, shared pages by halves (PSS). */
struct figure_process {
	int pid; /* 0: there is none */
	uint64_t bytes;
};

/* A container that runs, and its monitor. */
struct figure_pair {
	char id[65], name[136], image[200], command[136];
	struct figure_process shim, init;
	bool paused;
};

struct figure_engine_facts {
	const char *root, *run_root, *driver;
	struct figure_process davit, serve;
	const struct figure_pair *pairs;
	size_t count;   /* pairs */
	size_t running; /* all that do */
	size_t containers, images;
};
void figure_of_engine(struct figure *figure, const struct figure_engine_facts *facts);

/* inspect: engine_image_inspect's object; root: the store's. */
void figure_of_image(
	struct figure *figure, const char *name, const struct cJSON *inspect, const char *root);

/* A stack of layers, bottom first, of an image or a container. */
struct figure_stack {
	const char *name, *root;
	const struct layers_layer *layers;
	unsigned count;
	struct strata *strata; /* NULL: for figure_of_layers alone */
	int pid;               /* of the container's first process; 0: it does not run */
};
/* Containers of an image. */
struct figure_writers {
	const struct figure_pair *v; /* the first of them */
	size_t shown, all;
};
/* sharers: for each layer the other images that stand on it too. */
void figure_of_layers(struct figure *figure, const struct figure_stack *stack,
	const struct strs *sharers, const struct figure_writers *writers);

/* path: "etc/hosts", as the stack knows it. */
int figure_of_files(
	struct figure *figure, const struct figure_stack *stack, uint32_t spot, struct err *err);
/* The path that tells most: a file with the most versions, among the first hundred thousand. */
int figure_liveliest(struct strata *strata, uint32_t *spot, struct err *err);

/* The directory of a container, whose topmost layer is what it wrote. */
struct figure_directory {
	uint32_t spot;
	const struct layers_row *rows;
	size_t count;
	struct strs mounted; /* names in it that something else is mounted at */
};
int figure_of_merged(struct figure *figure, const struct figure_stack *stack,
	const struct figure_directory *directory, struct err *err);
/* The directory in which it wrote most names. */
uint32_t figure_busiest(struct strata *strata, unsigned layer, struct err *err);

struct figure_index_facts {
	const char *name, *root, *machine; /* "linux/amd64" */
	const char *platform;              /* the image's own */
	const char *digest;                /* of the index; "": there is none */
	const char *manifest;              /* what was taken; "": it never had one */
	const struct cJSON *index;         /* NULL: not kept, or none */
};
void figure_of_index(struct figure *figure, const struct figure_index_facts *facts);

enum { FIGURE_KERNEL_TEXT = 160 };
struct figure_machine_facts {
	const char *kernel;             /* "Linux 6.1.0-18-amd64" */
	const char *inside, *called;    /* the same as asked in the container, and how it is called
					   there; NULL: nobody was asked */
	bool is_virtual, has_kvm;       /* this machine is one; it could have some */
	const struct figure_pair *pair; /* measured; NULL: no container runs */
	size_t running;
	double start_us; /* from davit's first step to its program; 0: not known */
	uint64_t memory; /* of its control group; 0: not known */
	uint64_t processes;
};
void figure_of_machines(struct figure *figure, const struct figure_machine_facts *facts);

/* How a step of a Dockerfile is called: without the shell that ran it. Of at most 120 bytes. */
enum { FIGURE_STEP_TEXT = 124 };
const char *figure_step(const char *created_by, char text[FIGURE_STEP_TEXT]);
/* As a shell takes it for one word, whatever a stranger called it. Lent from `into`. */
const char *figure_quote(struct buf *into, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "sha256:0123456789ab" */
enum { FIGURE_DIGEST_TEXT = 24 };
const char *figure_digest(const char *digest, char text[FIGURE_DIGEST_TEXT]);
/* The hexadecimal part of a digest: its file below blobs/sha256. */
const char *figure_hex(const char *digest);

#endif
