/* keymap.h - which key does what, as a table.
 *
 * An action has a name, a context where it makes sense, default keys and a few words of help; the
 * help overlay, the hint line and a key map file are all read from this. A key map file has one
 * "context.action = key key ..." a line, '#' begins a comment:
 *
 *     containers.stop = s F8
 */
#ifndef TUI_KEYMAP_H
#define TUI_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/input.h"
#include "util/err.h"
#include "util/own.h"

enum context {
	CONTEXT_GLOBAL, /* tried last, everywhere but in a prompt or a terminal */
	CONTEXT_MOVE,   /* tried before global, in whatever scrolls */
	CONTEXT_CONTAINERS,
	CONTEXT_IMAGES,
	CONTEXT_JOURNAL,
	CONTEXT_LOGS,
	CONTEXT_TEXT,   /* inspect and help */
	CONTEXT_DETAIL, /* one container, its tabs */
	CONTEXT_STATS,
	CONTEXT_RESOURCES,
	CONTEXT_TREE,  /* JSON that folds */
	CONTEXT_TOP,   /* processes */
	CONTEXT_FILES, /* the explorer */
	CONTEXT_FILE,  /* one file's content */
	CONTEXT_DIFF,
	CONTEXT_WASTE,
	CONTEXT_BUILDS,
	CONTEXT_BUILD, /* one of them */
	CONTEXT_JOBS,  /* all of them, over the screen */
	CONTEXT_JOB,   /* one that is no build */
	CONTEXT_RESULTS,
	CONTEXT_HOOD, /* what the kernel says of one */
	CONTEXT_LIFE,
	CONTEXT_TIMELINE, /* how something was done */
	CONTEXT_LEARN,
	CONTEXT_LESSON,
	CONTEXT_FIGURE,
	CONTEXT_COUNT
};

enum action {
	ACTION_NONE,
	ACTION_BACK,
	ACTION_HELP,
	ACTION_REDRAW,
	ACTION_SUSPEND,
	ACTION_CANCEL,
	ACTION_CONTAINERS,
	ACTION_IMAGES,
	ACTION_JOURNAL,
	ACTION_FILTER,
	ACTION_SORT,
	ACTION_SORT_REVERSE,
	ACTION_MARK,
	ACTION_MARK_ALL,
	ACTION_UNMARK,
	ACTION_DOWN,
	ACTION_UP,
	ACTION_FIRST,
	ACTION_LAST,
	ACTION_HALF_DOWN,
	ACTION_HALF_UP,
	ACTION_PAGE_DOWN,
	ACTION_PAGE_UP,
	ACTION_LEFT,
	ACTION_RIGHT,
	ACTION_OPEN,
	ACTION_START,
	ACTION_STOP,
	ACTION_RESTART,
	ACTION_PAUSE,
	ACTION_KILL,
	ACTION_REMOVE,
	ACTION_SHELL,
	ACTION_ATTACH,
	ACTION_ATTACH_FULL,
	ACTION_LOGS,
	ACTION_INSPECT,
	ACTION_USERS,
	ACTION_FOLLOW,
	ACTION_TIMES,
	ACTION_WRAP,
	ACTION_SEARCH,
	ACTION_NEXT,
	ACTION_PREVIOUS,
	ACTION_PALETTE,
	ACTION_MENU,
	ACTION_CUSTOM,
	ACTION_COPY_CHOOSE,
	ACTION_TAB_NEXT,
	ACTION_TAB_PREVIOUS,
	ACTION_UNDO,
	ACTION_RESOURCES,
	ACTION_PRUNE,
	ACTION_PICTURE,
	ACTION_RESTORE,
	ACTION_COLUMNS,
	ACTION_GROUPS,
	ACTION_FOLD,
	ACTION_FOLD_ALL,
	ACTION_UNIT,
	ACTION_STATS,
	ACTION_TOP,
	ACTION_HOOD,
	ACTION_LAUNCH,
	ACTION_LIFE,
	ACTION_LEARN,
	ACTION_LESSON_NEXT,
	ACTION_LESSON_BACK,
	ACTION_LESSON_AGAIN,
	ACTION_LESSON_SKIP,
	ACTION_LESSON_HINT,
	ACTION_LESSON_SOLUTION,
	ACTION_PROVE,
	ACTION_FIGURE,
	ACTION_FIGURE_OBJECT,
	ACTION_TRY,
	ACTION_NEW,
	ACTION_RENAME,
	ACTION_LIMITS,
	ACTION_COMMIT,
	ACTION_EXEC,
	ACTION_RESULTS,
	ACTION_RETRY,
	ACTION_HISTORY,
	ACTION_TAG,
	ACTION_ZOOM_IN,
	ACTION_ZOOM_OUT,
	ACTION_TABLE,
	ACTION_COPY,
	ACTION_FILES,
	ACTION_COMPARE,
	ACTION_PANE_NEXT,
	ACTION_PANE_PREVIOUS,
	ACTION_LAYER_UP,
	ACTION_LAYER_DOWN,
	ACTION_MODE,
	ACTION_PLAY,
	ACTION_CHANGES,
	ACTION_WHY,
	ACTION_DIFF,
	ACTION_EXPORT,
	ACTION_WASTE,
	ACTION_REFRESH,
	ACTION_HEX,
	ACTION_STREAMS,
	ACTION_SINCE,
	ACTION_BOOKMARK,
	ACTION_NEXT_BOOKMARK,
	ACTION_SELECT,
	ACTION_REST,
	ACTION_SAVE,
	ACTION_MERGE,
	ACTION_BUILDS,
	ACTION_JOBS,
	ACTION_BUILD,
	ACTION_RERUN,
	ACTION_END,
	ACTION_EDIT,
	ACTION_LAYERS,
	ACTION_FOCUS,
	ACTION_PULL,
	ACTION_PUSH,
	ACTION_LOAD,
	ACTION_COUNT
};

struct keymap_entry {
	enum action action;
	enum context context;
	const char *name; /* "stop" */
	const char *keys; /* "s F8", the defaults */
	const char *help; /* at most 18 columns */
};

struct keymap;

/* With the default keys; NULL when out of memory. */
struct keymap *keymap_new(void);
void keymap_free(struct keymap *keymap);
own_define(keymap)

/* Tries context, then moving, then global. */
enum action keymap_find(const struct keymap *keymap, enum context context, const struct key *key);
/* Tries context alone. */
enum action keymap_find_in(
	const struct keymap *keymap, enum context context, const struct key *key);
/* The first key of an action as shown to people, such as "s", "^D" or "PgUp"; "" when it has none.
 */
const char *keymap_label(const struct keymap *keymap, enum action action);
/* The same where the action has keys of its own in that context. */
const char *keymap_label_in(const struct keymap *keymap, enum context context, enum action action);
/* All entries in help order. */
const struct keymap_entry *keymap_entries(size_t *count);
const char *keymap_action_help(enum action action);
const char *keymap_context_name(enum context context);

/* "default", "lazydocker", "ctop", "k9s", "dry": the default keys, over them the preset's, which
 * take a key away from whatever else has it there, and over them the user's, if keymap_parse took
 * any. */
int keymap_choose(struct keymap *keymap, const char *preset, struct err *err);
/* What a key would do in one of the other presets, and which; ACTION_NONE: in none of them. */
enum action keymap_elsewhere(enum context context, const struct key *key, const char **preset);

/* Replaces the keys of the actions named in text; the error names the line. Nothing is changed on
 * failure, and kept over presets else. A key that two actions of one context would share is an
 * error. */
int keymap_parse(struct keymap *keymap, const char *text, size_t len, struct err *err);
/* "j", "^d", "PgUp", "F5", "Esc", "Space": false when it is none. */
bool keymap_read_key(const char *name, size_t len, uint32_t *code);

#endif
