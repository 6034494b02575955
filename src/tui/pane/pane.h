/* pane.h - what fills the screen, or lies over it: one of a stack.
 *
 * The top pane hears keys first. Panes paint from the model and ask the app for everything that is
 * not theirs. An overlay leaves the pane below visible. */
#ifndef TUI_PANE_PANE_H
#define TUI_PANE_PANE_H

#include "tui/actions.h"
#include "tui/app.h"
#include "tui/batch.h"
#include "tui/canvas.h"
#include "tui/choices.h"
#include "tui/filter.h"
#include "tui/model.h"

struct custom;
struct pane;

struct pane_ops {
	const char *title;
	enum context context;
	bool overlay;
	bool whole; /* wants the whole screen: no header, no hints */
	void (*paint)(struct pane *pane, struct canvas canvas);
	/* Sees a key before the key map; true: it was for the pane. */
	bool (*key)(struct pane *pane, const struct key *key);
	/* count 0: none was typed. True: it was for the pane. */
	bool (*act)(struct pane *pane, enum action action, int count);
	/* Why an action would do nothing now, in a few words; NULL: it would. No function: it
	 * would.
	 */
	const char *(*why_not)(struct pane *pane, enum action action);
	/* Adds the names of whom actions act on, as the command line takes them. */
	void (*subject)(struct pane *pane, struct strs *names);
	/* Adds what the user's commands may ask of the selected: "Name=shop/web", … */
	void (*fields)(struct pane *pane, struct strs *fields);
	/* The nth of what can be copied from here, the likeliest first: "the id", and it. False: no
	 * more. */
	bool (*copies)(struct pane *pane, size_t nth, const char **what, struct buf *text);
	/* The line of keys at the bottom. */
	void (*hints)(struct pane *pane, struct canvas canvas);
	/* When pane_tick wants to be called; -1: never. */
	int64_t (*deadline)(struct pane *pane);
	void (*tick)(struct pane *pane);
	void (*log_grew)(struct pane *pane, struct world_log *log);
	void (*changed)(struct pane *pane, enum world_noun noun);
	/* Whether figures are in view, and are to be read: of *only, or NULL: of the rows in view.
	 */
	bool (*measures)(struct pane *pane, const char **only);
	/* A program that had the terminal has ended, whoever asked for it. */
	void (*resumed)(struct pane *pane);
	/* The pane that stands in this one and hears keys before it. */
	struct pane *(*inner)(struct pane *pane);
	enum context fallback; /* with inner: tried after context */
	void (*free)(struct pane *pane);
};

struct pane {
	const struct pane_ops *ops;
	struct app *app;
	struct pane *below;
};

/* ---- what a pane may ask of the app ---- */

struct model *app_model(struct app *app);
struct world *app_world(struct app *app);
const struct keymap *app_keymap(struct app *app);
struct choices *app_choices(struct app *app);
void app_turn_unit(struct app *app); /* what CPU figures are percent of */
int64_t app_now_ms(const struct app *app);
uint64_t app_real_ns(const struct app *app);
const char *app_trouble(const struct app *app);

/* Puts a pane on top; it belongs to the app from here on. NULL (out of memory) shows a toast. */
void app_push(struct app *app, struct pane *pane);
/* Takes the top pane away and frees it: the caller may be it, and returns at once. */
void app_pop(struct app *app);
/* The same for a pane that may be covered by others. */
void app_close(struct app *app, struct pane *pane);
/* The containers view, narrowed to `filter`; every pane there is goes, the caller too. */
void app_show_containers(struct app *app, const char *filter);
void app_dirty(struct app *app);
/* The same for the answer to a key that took more than a turn of the loop: it is painted at once.
 */
void app_answer(struct app *app);
/* Something large was freed: the system has it back when what is due has been painted. */
void app_let_go(struct app *app);
/* In a tick: a key waits to be answered, and is painted right after it. */
bool app_is_hurried(const struct app *app);
/* As if its key were pressed. */
void app_do(struct app *app, enum action action);
/* The innermost pane below the overlays. */
struct pane *app_pane(struct app *app);
/* Why an action would do nothing there now; NULL: it would. */
const char *app_why_not(struct app *app, enum action action);
/* What was done last, as a command line; "" when nothing was. */
const char *app_last_command(struct app *app);
void app_did(struct app *app, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void app_wish(struct app *app, enum wish wish);
/* A click on this part of what is painted calls fn, with the column in it; it may free the pane. */
typedef void hot_fn(struct pane *pane, int x, size_t index);
void app_hot(struct pane *pane, struct canvas area, hot_fn *fn, size_t index);
/* A row of a list: a click selects it, another one is Enter, the right button is the menu. */
void app_hot_row(struct pane *pane, struct canvas line, size_t index, size_t selected);
/* The same as that key, that action. */
void app_hot_key(struct pane *pane, struct canvas area, uint32_t code);
void app_hot_action(struct pane *pane, struct canvas area, enum action action);
void app_toast(struct app *app, enum role role, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A session that changes nothing: says so with the command line that would; true: do not. */
bool app_refuses(struct app *app, const char *command);
bool app_is_read_only(const struct app *app);
enum safety app_safety(const struct app *app);
/* What was done lately; read when somebody asks for it. */
struct actions *app_actions(struct app *app);
/* For what ends in listener.done: a ticket (0: too much is under way, which was said), and what
 * beginning it came to. */
uint64_t app_ticket(struct app *app, enum verb verb, const char *name);
void app_begun(struct app *app, uint64_t ticket, int code);
/* Out of the trash; asks for another name where its own is in use. */
void app_bring_back(struct app *app, const char *id, const char *name);
/* Takes it back, after a question when it was somebody else's. */
void app_undo(struct app *app, const struct act *act);
struct undo_ground app_undo_ground(struct app *app);
void app_take_back(struct app *app, const struct act *act);
/* Jobs as they are now, the newest first; lent until the next tick. */
struct job *const *app_jobs(const struct app *app, size_t *count);
const struct job *app_job(const struct app *app, const char *id); /* NULL: there is none */
/* `davit ARGS…` as a job in a directory (NULL: ours); shows: it is opened as soon as it is there.
 */
int app_start_job(
	struct app *app, const char *dir, const char *const *args, bool shows, struct err *err);
/* Zeroed memory for an answer that is waited for: it goes with app_answered, or with the app, which
 * hears no answers then. NULL when out of memory. */
void *app_wait(struct app *app, size_t size);
void app_answered(struct app *app, void *waited);     /* NULL is fine */
void app_cancel_job(struct app *app, const char *id); /* asks first */
void app_forget_job(struct app *app, const char *id);
void app_see_job(struct app *app, const char *id); /* its end is on the screen */
void app_show_job(struct app *app, const char *id);
/* The layers of an image. */
void app_show_layers(struct app *app, const char *id, const char *name);
/* Starts verb for the container and shows it as under way. */
/* signal of VERB_REMOVE: flags of enum trash_flag. */
void app_act(struct app *app, enum verb verb, const char *id, int signal);
/* Of many: one after another, told together; see batch.h. */
void app_act_many(struct app *app, enum verb verb, const char (*ids)[65], size_t count, int signal);
struct batch *app_batch(struct app *app); /* the last one */
void app_retry(struct app *app);          /* what failed of it */
void app_rename(struct app *app, const char *id, const char *name);
void app_update(
	struct app *app, const char (*ids)[65], size_t count, const struct update_request *request);
/* Makes a container and, with start, starts it; attach: and opens its terminal. */
int app_make(struct app *app, const struct container_request *request, bool start, bool attach,
	struct err *err);
/* The container that the list is to select, once it has it. */
const char *app_wanted(const struct app *app); /* "": none */
void app_want(struct app *app, const char *id);
void app_tag(struct app *app, const char *who, const char *name); /* an image */
void app_remove_image(struct app *app, const char *who);
void app_remove_images(struct app *app, const struct strs *names); /* one after the other */
void app_lend(struct app *app, const char *id, const char *name);
struct custom *app_custom(struct app *app); /* NULL: there are none */
/* The filter that was typed last, for saving; "" when none was. */
const char *app_last_filter(const struct app *app);
/* Narrows the images, when that is the view. */
void images_filter(struct app *app, const char *name);
const char *app_setting(const struct app *app, const char *name);
struct keep *app_keep(struct app *app);
/* Changes a setting now, and with save for later runs; what failed to be saved is set all the same.
 */
int app_set(struct app *app, const char *name, const char *value, bool save, struct err *err);
/* What was chosen on the screen, order, columns, unit and groups, is kept for later runs. */
void app_keep_choices(struct app *app);
/* To the clipboard, or wherever the user copies to; what: "the id" */
void app_copy(struct app *app, const char *what, const char *text, size_t len);
/* Leaves the screen to a program until it ends. */
void app_run_on_terminal(struct app *app, const struct strs *words);
/* The same for one that paints its own screen: when it ends well, ours is back at once. */
void app_edit_on_terminal(struct app *app, const struct strs *words);
/* The same for one that its words would not name to anybody: "the shell", lent for ever. The pane is
 * told of its end: pane_ops.resumed. */
void app_lend_terminal(struct app *app, const struct strs *words, const char *called);
/* One line typed at the bottom; `typed` is called at every change and, with done, at Enter; Esc
 * calls it with the text it began with. */
typedef void prompt_fn(void *arg, const char *text, bool done);
void app_prompt(struct app *app, const char *label, const char *text, prompt_fn *typed, void *arg);
/* The same for a filter: shows what makes no sense in it, and completes from the rows. set and what
 * rows lean on must outlive the prompt. */
void app_prompt_filter(struct app *app, const struct filter_set *set, const char *text,
	const struct filter_rows *rows, prompt_fn *typed, void *arg);
/* The filter that a text says; NULL when out of memory. */
struct filter *app_filter(struct app *app, const struct filter_set *set, const char *text);
/* Another filter in the place of the one that a pane has: none when the text is empty. Painted
 * anew.
 */
void app_set_filter(
	struct app *app, const struct filter_set *set, const char *text, struct filter **filter);
/* The last prompt ended with Esc: asked in `typed`, where what it began with would be an answer. */
bool app_prompt_was_left(const struct app *app);
/* What happened before the screen was opened is read when somebody asks for it. */
void app_read_events(struct app *app);

/* "key word  key word": hints from the key map. Returns the column after them. */
int hint(struct pane *pane, struct canvas canvas, int x, enum action action, const char *word);
/* The way out and help, at the right end of every pane's line; returns the room left of them.
 * out: "back", "quit". */
struct canvas hint_ends(struct pane *pane, struct canvas canvas, const char *out);
/* "Enter do it   Esc leave": as many of what stands three blanks apart as have room. */
void hint_words(struct canvas canvas, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- the panes; each returns NULL when out of memory ---- */

struct pane *containers_new(struct app *app);
struct pane *images_new(struct app *app);
struct pane *resources_pane_new(struct app *app);
struct pane *journal_new(struct app *app);
struct pane *builds_new(struct app *app);
struct pane *build_new(struct app *app, const char *id); /* one of them */
struct pane *jobs_new(struct app *app);                  /* all of them, over the screen */
struct pane *job_new(struct app *app, const char *id);   /* one that is no build */
struct pane *lessons_new(struct app *app);
/* One container with its tabs; `tab` is the action that opens one of them. */
struct pane *detail_new(struct app *app, const char *id, enum action tab);
struct pane *logs_new(struct app *app, const char *id); /* a tab */
/* The logs of the marked containers as one. */
struct pane *logs_merged_new(struct app *app);
/* The same of these; more than LOGFEED_MAX: of the first ones. */
struct pane *logs_group_new(struct app *app, struct row *const *rows, size_t count);
struct pane *inspect_new(struct app *app, const char *id); /* a tab */
/* One image with its tabs; name: as it was called. */
struct pane *image_detail_new(struct app *app, const char *id, const char *name, enum action tab);
struct pane *inspect_image_new(struct app *app, const char *id); /* a tab */
struct pane *history_new(struct app *app, const char *id);       /* a tab */
struct pane *stats_new(struct app *app, const char *id);         /* a tab */
struct pane *top_new(struct app *app, const char *id);           /* a tab */
struct pane *hood_new(struct app *app, const char *id);          /* a tab */
struct pane *timeline_new(struct app *app, const char *id);      /* a tab */
struct pane *pull_new(struct app *app, const char *id);          /* a tab: how an image came */
struct pane *life_new(struct app *app, const char *id);          /* a tab */
/* JSON that folds; title NULL: whoever it stands in has one. */
struct pane *json_pane_new(struct app *app, const char *title, const struct buf *json);
struct pane *container_files_new(struct app *app, const char *id); /* a tab */
struct pane *image_files_new(struct app *app, const char *id, const char *name);
/* The files of two, one beside the other: what the new one has that the old one has not. */
struct pane *compare_new(struct app *app, const struct compared *old, const struct compared *now);
/* Takes the text; title NULL: whoever it stands in has one. */
struct pane *text_new(struct app *app, const char *title, struct buf *text);
struct pane *results_new(struct app *app);    /* of app_act_many */
void text_go(struct pane *text, size_t line); /* of one from text_new */
struct pane *help_new(struct app *app);
struct pane *palette_new(struct app *app, const char *text);
struct pane *what_new(struct app *app);   /* what can be done with the selected */
struct pane *custom_new(struct app *app); /* the user's commands */
struct pane *copy_new(struct app *app);   /* what can be copied, to choose from */
void copy_first(struct app *app);         /* the likeliest of them, at once */
/* A page of the manual, from a line on; NULL and a toast: there is none. */
struct pane *manual_new(struct app *app, const char *topic, size_t line);
/* Runs words without a terminal and shows what they print. */
int output_open(struct app *app, const char *title, const struct strs *words, struct err *err);
/* Pushes itself when the session could begin. */
int terminal_open(struct app *app, enum session_kind kind, const char *id, struct err *err);
/* A command in a container that runs; and a container of its own, for as long as it is looked at or
 * runs: `what` it is for ("debug shell for", lent for ever) the one with that id. */
int terminal_exec(
	struct app *app, const char *id, const struct exec_request *request, struct err *err);
int terminal_run(struct app *app, const char *what, const char *id,
	const struct container_request *request, struct err *err);

struct choice {
	uint32_t key;
	const char *label; /* "[y] Remove" is written from key and label */
};
/* A question; `chosen` gets the index of the choice, once, or -1 for Esc; then the dialog is gone.
 * lines, label and arg_free: lines are copied, labels lent for ever, arg is freed with the dialog.
 */
typedef void chosen_fn(struct app *app, void *arg, int index);
struct pane *dialog_new(struct app *app, const char *title, const char *const *lines,
	size_t line_count, const struct choice *choices, size_t choice_count, int fallback,
	chosen_fn *chosen, void *arg);
/* For what cannot be taken back: `word` is to be typed. chosen gets 1 or -1; lines and word are
 * copied, arg is freed with it. */
struct pane *typed_new(struct app *app, const char *title, const struct strs *lines,
	const char *word, chosen_fn *chosen, void *arg);
/* whom: "shop/web", "process 7"; index: the signal's number. */
struct pane *signals_new(struct app *app, const char *whom, chosen_fn *chosen, void *arg);

#endif
