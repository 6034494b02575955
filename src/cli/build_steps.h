/* build_steps.h - what is known of each step of a build, and its picture on a terminal. */
#ifndef CLI_BUILD_STEPS_H
#define CLI_BUILD_STEPS_H

#include "build/build.h"
#include "util/buf.h"

enum build_state {
	BUILD_STATE_WAITING,
	BUILD_STATE_RUNNING,
	BUILD_STATE_CACHED,
	BUILD_STATE_DONE,
	BUILD_STATE_FAILED,
	BUILD_STATE_LEFT,
};

enum { BUILD_TAIL = 4096 };

struct build_step_view {
	char *name;
	enum build_state state;
	unsigned number;            /* plain lines: in order of appearance; 0: not yet */
	uint64_t began_ns, took_ns; /* began: CLOCK_REALTIME */
	char tail[BUILD_TAIL];      /* the end of what it said, safe to show */
	size_t tail_len;
};

struct build_steps {
	struct build_step_view *v;
	size_t n;
	uint64_t began_ns;
	char note[200]; /* what is done before the steps */
};

void build_steps_take(struct build_steps *steps, const struct build_event *event);
struct build_step_view *build_steps_at(struct build_steps *steps, int step); /* NULL: none */
const struct build_step_view *build_steps_failed(const struct build_steps *steps);
/* Its last lines, each with its newline. */
void build_step_tail(const struct build_step_view *step, unsigned lines, struct buf *out);
void build_steps_fini(struct build_steps *steps);

/* Redrawn in place: the cursor goes up over what was drawn before. */
struct build_picture {
	unsigned lines; /* drawn last time */
	bool color;
};
void build_picture_init(struct build_picture *picture);
void build_picture_draw(struct build_picture *picture, const struct build_steps *steps, bool last);

#endif
