/* files.h - the pane of an image's or a container's files: what its parts share. For files*.c
 * alone.
 *
 *     layers | tree | provenance      side by side where there is room, two over one where not
 *
 * All three look at one explorer (tui/explorer.h). */
#ifndef TUI_PANE_FILES_H
#define TUI_PANE_FILES_H

#include "tui/explorer.h"
#include "tui/pane/pane.h"
#include "tui/widget/list.h"

enum files_part { FILES_LAYERS, FILES_TREE, FILES_WHY, FILES_PARTS };

/* Waste, as it is shown: copied from what the engine told. */
struct files_advice {
	enum strata_reason reason;
	uint64_t bytes;
	uint32_t files;
	unsigned layer, by;
	char *path;
};
struct files_waste {
	uint64_t total, lost, doubled;
	double efficiency;
	struct files_advice *advice;
	size_t count;
	uint64_t *lost_of; /* of each layer of the first stack */
	size_t layers;
};

/* What is known about the selected path. */
struct files_story {
	uint32_t spot; /* STRATA_NONE: of nothing */
	unsigned height, turn;
	struct strata_step *steps;
	size_t count;
	struct buf sentence;
	/* The last two versions that count, once they were compared. */
	struct world_ask *asked;
	int64_t ask_ms; /* when to ask; -1: not */
	bool wanted;    /* somebody waits to see it whole */
	bool paired;    /* there are two versions with content */
	struct layers_version old, new;
	struct layers_diff *diff;
	char why_not[200];
};

struct files_play {
	bool on;
	int64_t next_ms;
	unsigned frame; /* of a layer's: what it does flows in a part at a time */
};
enum { PLAY_FRAMES = 4, PLAY_FRAME_MS = 250 };

struct files {
	struct pane pane;
	bool is_tab;
	struct layers_wish wish; /* whose strings are: */
	char who[280], name[280], other[280], other_name[280];

	struct explorer *explorer;
	struct world_ask *opening, *wasting, *exporting;
	int64_t opened_ms; /* when it was asked for */
	int64_t took_ms;
	bool answers; /* what is being worked out answers a key */
	char trouble[500];
	char exported[INDEX_PATH_MAX]; /* where to */
	int64_t export_ms;

	struct world_watch *watch;
	unsigned watched_turn;
	bool changed; /* what is shown is not all there is by now */
	int64_t changed_ms;

	enum files_part focus;
	bool alone; /* the focus fills the pane: it is too small for more */
	struct list layers, tree;
	uint32_t selected; /* spot */
	size_t why_top, why_lines, why_of;
	bool tells_layer; /* the third part tells of the selected layer, not of the selected path */
	struct files_story story;
	struct files_waste *waste;
	struct files_play play;
	char filter[FILTER_MAX];
};

/* ---- files.c ---- */

const struct world_layers_ops *files_world(const struct files *files);
/* A key's first milliseconds of work are done before it is painted; mostly that is all. */
void files_work_now(struct files *files);

/* ---- files_layers.c ---- */

void files_open_layers(struct files *files);
/* Hears of what is written into the directories that are open. */
void files_watch_open_dirs(struct files *files);
void files_see_changes(struct files *files);

/* ---- files_rows.c ---- */

/* The path at the cursor of the tree; false: there is none. */
bool files_selected(const struct files *files, struct layers_row *row);
void files_select(struct files *files, size_t index);
/* Rows have moved: the same path is selected, or the row that took its place. */
void files_keep_selection(struct files *files);
void files_go_to(struct files *files, uint32_t spot);
unsigned files_layer_at(const struct files *files, size_t index); /* of the list of layers */
void files_show_top(struct files *files);
void files_set_height(struct files *files, unsigned height);
bool files_rows_act(struct files *files, enum action action, int count);

/* ---- files_look.c ---- */

bool files_look_act(struct files *files, enum action action, int count);

/* ---- files_export.c ---- */

bool files_export_ask(struct files *files);
bool files_export_cancel(struct files *files); /* false: nothing is under way */

/* ---- files_paint.c ---- */

void files_paint(struct files *files, struct canvas canvas);
enum role files_mark_role(char mark);
/* "RUN apt-get install": what made a layer, without what every builder adds to it. */
const char *files_step_words(const struct layers_layer *layer, char *out, size_t room);
/* A rule with a title; the part that hears keys has a double one. */
void files_rule(struct canvas canvas, bool focused, const char *title);

/* ---- files_story.c ---- */

/* Brings the story up to date with what is selected; cheap when it is. */
void files_story_of(struct files *files);
void files_story_fini(struct files *files);
int64_t files_story_deadline(const struct files *files);
void files_story_tick(struct files *files);
/* What a step of it found; NULL: the layer says nothing of the path itself. */
const struct index_entry *files_entry_of(const struct files *files, const struct strata_step *step);
/* The comparison of the last two versions, in a pane of its own, as soon as it is there. */
void files_show_diff(struct files *files);

/* ---- files_why.c ---- */

/* Lines are counted even where they are not seen: that is how far one can scroll. */
struct files_writing {
	struct canvas canvas;
	size_t top, line;
};

void files_why_paint(struct files *files, struct canvas canvas);
/* The canvas of the next line; of no height when it is not in view. */
struct canvas files_next_line(struct files_writing *w);
void files_put_wrapped(struct files_writing *w, enum role role, const char *text);

/* ---- files_about.c ---- */

/* All that is known about the selected layer. */
void files_about_layer(struct files *files, struct files_writing *w, char *title, size_t room);
/* Of the path or the layer at the cursor, whichever has it: what can be copied. */
bool files_copies(struct pane *pane, size_t nth, const char **what, struct buf *text);

/* ---- files_waste.c ---- */

void files_waste_start(struct files *files);
void files_waste_free(struct files_waste *waste);
/* A pane of its own: each reason with what to do; Enter goes to the path. */
struct pane *files_waste_new(struct files *files);

/* ---- files_play.c ---- */

void files_play_start(struct files *files);
void files_play_stop(struct files *files);
int64_t files_play_deadline(const struct files *files);
void files_play_tick(struct files *files);

/* ---- file.c, file_diff.c: panes over it ---- */

enum { FILE_LINE_MAX = 8192, FILE_TAB = 8 };
/* A line with its tabs as blanks; what comes after FILE_LINE_MAX bytes is not looked at. The
 * length.
 */
size_t file_expand(const char *text, size_t len, char out[FILE_LINE_MAX + FILE_TAB]);

struct pane *file_new(struct app *app, struct layers *layers, struct layers_version version,
	const char *layer_name);
struct pane *file_diff_new(struct app *app, struct layers_diff *diff, const char *title);

#endif
