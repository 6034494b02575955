/* app_private.h - what the two halves of the app share: its state. For app*.c only. */
#ifndef TUI_APP_PRIVATE_H
#define TUI_APP_PRIVATE_H

#include "tui/actions.h"
#include "tui/app_jobs.h"
#include "tui/asked.h"
#include "tui/batch.h"
#include "tui/pane/pane.h"
#include "tui/widget/prompt.h"

/* Where something was painted that can be clicked. */
struct hot {
	int x, y, w, h;
	struct pane *pane;
	hot_fn *fn;
	size_t index;
};

struct app {
	struct world *world;
	struct keymap *keymap;
	struct keep *keep, *own_keep; /* own: where the driver has none */
	struct custom *custom;
	char last_filter[PROMPT_MAX];
	bool mouse, mouse_wished;
	struct hot *hots;
	size_t hot_count, hot_room;
	struct app_line line; /* what is known of the way to the terminal */
	unsigned look;
	uint32_t guessed[8]; /* keys that were explained once */
	size_t guesses;
	struct model *model;
	struct pane *top; /* the stack, linked through below */
	char host[64], trouble[500];
	int64_t now_ms;
	uint64_t real_ns;
	bool dirty, urgent, hurry, leavings, reads_many, stale_containers, stale_images;
	bool unread;        /* the containers could not be read when they were asked for last */
	uint64_t unread_ns; /* since */
	int64_t retry_ms;
	bool events_read; /* those of before, too */
	enum wish wish;

	char toast[500], later[500]; /* later: waits until nothing else is said */
	enum role toast_role, later_role;
	int64_t toast_until_ms;

	int count;              /* typed before an action */
	bool number;            /* a digit of it names no view */
	int64_t digit_ms;       /* when the last one came */
	enum action digit_from; /* the view before they changed it; ACTION_NONE: they did not */

	struct asked asked;
	struct batch batch;
	struct update_request update; /* what VERB_UPDATE means now; its strings: */
	char update_cpuset[64], update_restart[64];
	bool making, make_starts, make_attaches; /* a container is being made */
	int64_t making_ms;
	char wanted[65]; /* whom the list is to select */

	char last_command[300]; /* that was typed */
	uint64_t last_command_ns;
	struct buf copied;
	char copied_what[80];
	struct strs program;
	bool program_comes_back;
	const char *program_called; /* NULL: as its words say */

	bool prompting, prompt_left;
	char prompt_label[80], prompt_before[PROMPT_MAX];
	struct prompt prompt;
	prompt_fn *typed;
	void *typed_arg;
	const struct filter_set *filter_set; /* NULL: what is typed is no filter */
	struct filter_rows filter_rows;
	struct filter *filter; /* as far as it is typed */
	struct strs offers;    /* what Tab goes through, from byte offer_from on */
	size_t offer, offer_from;

	struct actions *actions;
	bool actions_read, read_only;
	enum safety safety;
	uint64_t outcome_ticket; /* of what is known for the next `done`: */
	bool undoable;
	char note[300];
	char coming_back[65]; /* whose name is being asked for */

	char lent_id[65], lent_name[136];
	int64_t sample_ms, arranged_ms, key_ms;
	uint32_t last_key; /* its code */
	/* A round of statistics: under way; how many rows it has looked at from sample_from on, and
	 * how many of those are not in view. */
	bool sampling;
	size_t sample_from, sampled, sampled_others;
	struct choices choices;
	struct app_jobs jobs;
};

/* The view at the bottom of the stack that `pane` is in. */
enum action app_view_of(const struct pane *pane);
/* Every pane there is goes, the caller too, unless that view is what is shown. */
void app_go_to_view(struct app *app, enum action view);
void app_mouse_key(struct app *app, const struct key *key);
/* An action as if its key were pressed after a number. */
void app_act_times(struct app *app, enum action action, int count);
void app_read_containers(struct app *app);
void app_take_settings(struct app *app);
void app_done(void *self, uint64_t ticket, const struct err *err);
/* What nobody asked for takes the place of no answer: it is said when there is none any more. */
void app_tell(struct app *app, enum role role, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Begins it; 0: it cannot be, and why. */
uint64_t app_start(
	struct app *app, enum verb verb, const char *id, int signal, char *why, size_t room);
/* app_batch.c: it was one of many, and is told with them. */
bool app_batch_ended(struct app *app, uint64_t ticket, const struct err *err, const char *outcome);

/* ---- app_safety.c ---- */

void app_acted(void *self, const struct event *event);
void app_outcome(void *self, uint64_t ticket, const char *note, bool undoable);
void app_add_outcome(struct app *app, uint64_t ticket, char *text, size_t room);
/* The key that starts what was brought back. */
void app_add_start(struct app *app, char *text, size_t room);
void app_undo_last(struct app *app);
/* Begins it; 0: too much is under way, which it says. */
uint64_t app_start_undo(struct app *app, const struct act *act);
/* app_batch.c: all of them are one thing that is done. */
void app_take_back_many(struct app *app, const struct act *const *acts, size_t count);
/* What is asked for until the next call belongs together, and is taken back together. */
void app_begin_group(struct app *app);
/* What came back would have a name that is in use: asks for another. False: it is no such thing. */
bool app_name_is_taken(struct app *app, const struct asked_one *one);
void app_prompt_key(struct app *app, const struct key *key);
void app_paint_prompt(struct app *app, struct canvas canvas);
void app_paint_prompt_hints(struct app *app, struct canvas canvas);
struct filter_context app_filter_context(const struct app *app);

/* app_figures.c: what is read of containers while they are in view. */
int64_t app_figures_deadline(const struct app *app); /* for app_figures_tick; -1: never */
void app_figures_tick(struct app *app);

#endif
