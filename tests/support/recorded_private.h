/* recorded_private.h - what the nouns of the recorded world share. For recorded*.c only. */
#ifndef SUPPORT_RECORDED_PRIVATE_H
#define SUPPORT_RECORDED_PRIVATE_H

#include "recorded.h"
#include "util/strs.h"

enum { ROWS_MAX = 1200, IMAGES_MAX = 40, PENDING_MAX = 40, EVENTS_MAX = 80 };

struct recorded_line {
	enum session_stream stream;
	uint64_t time_ns, offset;
	char *text;
	size_t len;
};

struct recorded_container {
	struct container c;
	double cpu, received, sent, written; /* bytes a second */
	uint64_t memory;
	unsigned restless; /* how often it was read, from 1 on; 0: it holds still */
	struct container_stats moved;
	struct container_facts facts; /* less the texts: */
	struct {
		char project[80], ports[160], networks[120], addresses[120], user[64], restart[32];
		char probe[200];
	} texts;
	struct buf labels, shares, mounts;
	int grace_s; /* that stopping waits; 0: as usual, below: for ever */
	struct recorded_line *lines;
	size_t line_count;
	uint64_t log_end, log_before;
	int64_t stopping_ms; /* when somebody asked it to stop; 0: nobody did */
};

enum { ACTIONS_MAX = 40, QUESTIONS_MAX = 40, RECORDED_PID = 4242 };

struct recorded_action {
	enum event_type type;
	char what[24], id[65];
	struct strs attrs; /* key, value, … */
};

/* What something weighs was asked, and nobody has answered. */
struct recorded_question {
	int row;
	world_answer_fn *answer;
	void *arg;
};

enum { JOBS_MAX = 40 };

struct recorded_job {
	struct job job;
	struct buf told;
};

struct recorded_jobs {
	struct recorded_job v[JOBS_MAX];
	struct job *lent[JOBS_MAX];
	size_t count;
	world_made_fn *made; /* what is being started */
	void *made_arg;
	char made_id[80];
};

enum recorded_topic { TOPIC_USAGE, TOPIC_PLAN, TOPIC_PICTURE, TOPIC_PRUNED, TOPICS };
enum { THINGS_MAX = 20 };

/* A volume, a network, or what is in the trash (then users: seconds since). */
struct recorded_thing {
	char name[136], kind[80], extra[64];
	uint64_t bytes;
	unsigned users;
	bool anonymous;
};

struct recorded {
	struct world world;
	struct recorded_jobs jobs;
	struct recorded_container rows[ROWS_MAX];
	size_t count, image_count, pending_count;
	struct image_entry images[IMAGES_MAX];
	uint64_t pending[PENDING_MAX];
	struct buf acts, typed;
	char broken[200]; /* why nothing can be read; "": it can */
	struct world_session *session;
	struct world_log *logs; /* open ones */
	struct world_command *command;
	void (*corner_opened)(
		void *arg, void *corner, const struct strs *env, const struct err *err);
	void *corner_arg;
	char file[200]; /* the name of one that is there */
	int64_t now_ms;
	world_made_fn *made; /* what is being made */
	void *made_arg;
	struct {
		char action[24], name[136];
	} events[EVENTS_MAX];
	size_t event_count;
	struct recorded_layers *layers;
	struct world_ask *asks;          /* not answered yet */
	struct world_figuring *figuring; /* likewise */
	struct recorded_action actions[ACTIONS_MAX];
	struct recorded_question questions[QUESTIONS_MAX];
	size_t action_count, question_count;
	bool acting, undoable, name_taken; /* acting: the listener hears of actions */
	char note[200];
	struct recorded_thing volumes[THINGS_MAX], networks[THINGS_MAX], trash[THINGS_MAX];
	size_t volume_count, network_count, trash_count;
	struct recorded_question topics[TOPICS];
	struct buf plan;
};

static inline struct recorded *recorded_of(struct world *world)
{
	return container_of(world, struct recorded, world);
}

/* By id or name; -1: there is none. */
int recorded_find(const struct recorded *recorded, const char *who);
/* Something is under way until recorded_finish; -ENOMEM when too much is. */
int recorded_pend(struct recorded *recorded, uint64_t ticket);

extern const struct world_resources_ops recorded_resources_ops;
bool recorded_resources_tell(struct recorded *recorded, const char *verb, char *rest);
void recorded_resources_forget(struct recorded *recorded, const void *arg);

extern const struct world_safety_ops recorded_safety_ops;
/* False: the line says nothing of this noun. */
bool recorded_safety_tell(struct recorded *recorded, const char *verb, char *rest);
void recorded_safety_fini(struct recorded *recorded);

extern const struct world_jobs_ops recorded_jobs_ops;
bool recorded_jobs_tell(struct recorded *recorded, const char *verb, char *rest);
void recorded_jobs_made(struct recorded *recorded, const struct err *err);
void recorded_jobs_fini(struct recorded *recorded);

extern const struct world_session_ops recorded_session_ops;
extern const struct world_image_ops recorded_image_ops;
extern const struct world_container_ops recorded_container_ops;
extern const struct world_layers_ops recorded_layers_ops;
/* Lines of recorded_layers.c; rest is used up. */
void recorded_tell_layer(struct recorded *recorded, char *rest, bool wrote);
void recorded_tell_thousands(struct recorded *recorded, char *rest);
void recorded_tell_web(struct recorded *recorded);
void recorded_layers_free(struct recorded *recorded);
extern const struct world_hood_ops recorded_hood_ops;
extern const struct world_timeline_ops recorded_timeline_ops;
bool recorded_timeline_tell(struct recorded *recorded, const char *verb, char *rest);
extern const struct world_figure_ops recorded_figure_ops;
/* False: none is being drawn. */
bool recorded_figure_answer(struct recorded *recorded);
extern const struct world_lesson_ops recorded_lesson_ops;
/* The corner that was asked for is there now. */
void recorded_lesson_opens(struct recorded *recorded);
extern const struct world_command_ops recorded_command_ops;
extern const struct world_log_ops recorded_log_ops;
void recorded_tell_log(struct recorded *recorded, char *rest);
void recorded_tell_flood(struct recorded *recorded, char *rest);
void recorded_log_fini(struct recorded_container *row);
/* A word "key=value" of a container's line that only its facts know; "" when it has no value. */
void recorded_container_word(struct recorded_container *row, const char *key, const char *value);
/* Ends what is being made; err NULL: well. */
void recorded_container_made(struct recorded *recorded, const struct err *err);
void recorded_container_fini(struct recorded_container *row);

#endif
