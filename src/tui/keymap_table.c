/* keymap_table.c - every action that a key can have, with its words. */
#include "tui/keymap_table.h"

/* In the order of the help overlay. */
const struct keymap_entry keymap_table[] = {
	{ACTION_DOWN, CONTEXT_MOVE, "down", "j Down", "down"},
	{ACTION_UP, CONTEXT_MOVE, "up", "k Up", "up"},
	{ACTION_FIRST, CONTEXT_MOVE, "first", "g Home", "first"},
	{ACTION_LAST, CONTEXT_MOVE, "last", "G End", "last"},
	{ACTION_HALF_DOWN, CONTEXT_MOVE, "half-down", "^d", "half a page down"},
	{ACTION_HALF_UP, CONTEXT_MOVE, "half-up", "^u", "half a page up"},
	{ACTION_PAGE_DOWN, CONTEXT_MOVE, "page-down", "PgDn ^f", "page down"},
	{ACTION_PAGE_UP, CONTEXT_MOVE, "page-up", "PgUp ^b", "page up"},
	{ACTION_LEFT, CONTEXT_MOVE, "left", "Left", "to the left"},
	{ACTION_RIGHT, CONTEXT_MOVE, "right", "Right", "to the right"},

	{ACTION_START, CONTEXT_CONTAINERS, "start", "u", "start"},
	{ACTION_STOP, CONTEXT_CONTAINERS, "stop", "s", "stop"},
	{ACTION_RESTART, CONTEXT_CONTAINERS, "restart", "r", "restart"},
	{ACTION_PAUSE, CONTEXT_CONTAINERS, "pause", "p", "pause, resume"},
	{ACTION_KILL, CONTEXT_CONTAINERS, "kill", "K", "send a signal"},
	{ACTION_REMOVE, CONTEXT_CONTAINERS, "remove", "d Del", "remove"},
	{ACTION_SHELL, CONTEXT_CONTAINERS, "shell", "e", "open a shell"},
	{ACTION_ATTACH, CONTEXT_CONTAINERS, "attach", "a", "attach"},
	{ACTION_ATTACH_FULL, CONTEXT_CONTAINERS, "attach-full", "A", "attach full screen"},
	{ACTION_LOGS, CONTEXT_CONTAINERS, "logs", "l Enter", "logs"},
	{ACTION_STATS, CONTEXT_CONTAINERS, "stats", "S", "statistics"},
	{ACTION_INSPECT, CONTEXT_CONTAINERS, "inspect", "i", "inspect"},
	{ACTION_TOP, CONTEXT_CONTAINERS, "top", "t", "processes"},
	{ACTION_MARK, CONTEXT_CONTAINERS, "mark", "Space", "mark, unmark"},
	{ACTION_MARK_ALL, CONTEXT_CONTAINERS, "mark-all", "*", "mark all shown"},
	{ACTION_UNMARK, CONTEXT_CONTAINERS, "unmark", "-", "unmark all"},
	{ACTION_SORT, CONTEXT_CONTAINERS, "sort", "o", "sort by"},
	{ACTION_SORT_REVERSE, CONTEXT_CONTAINERS, "sort-reverse", "O", "reverse the order"},
	{ACTION_FILTER, CONTEXT_CONTAINERS, "filter", "/", "filter"},
	{ACTION_COLUMNS, CONTEXT_CONTAINERS, "columns", "c", "choose columns"},
	{ACTION_UNIT, CONTEXT_CONTAINERS, "unit", "%", "what cpu is of"},
	{ACTION_GROUPS, CONTEXT_CONTAINERS, "groups", "v", "groups on, off"},
	{ACTION_FOLD_ALL, CONTEXT_CONTAINERS, "fold-all", "z", "fold all groups"},

	{ACTION_TAB_NEXT, CONTEXT_DETAIL, "next", "]", "next tab"},
	{ACTION_TAB_PREVIOUS, CONTEXT_DETAIL, "previous", "[", "previous tab"},

	{ACTION_ZOOM_IN, CONTEXT_STATS, "zoom-in", "+", "closer"},
	{ACTION_ZOOM_OUT, CONTEXT_STATS, "zoom-out", "-", "wider"},
	{ACTION_TABLE, CONTEXT_STATS, "table", "T", "table, graphs"},
	{ACTION_UNIT, CONTEXT_STATS, "unit", "%", "what cpu is of"},

	{ACTION_FOLD, CONTEXT_TREE, "fold", "Space Enter", "fold, unfold"},
	{ACTION_FOLD_ALL, CONTEXT_TREE, "fold-all", "z", "fold all"},
	{ACTION_SEARCH, CONTEXT_TREE, "search", "/", "search"},
	{ACTION_NEXT, CONTEXT_TREE, "next", "n", "next match"},
	{ACTION_PREVIOUS, CONTEXT_TREE, "previous", "N", "previous match"},

	{ACTION_KILL, CONTEXT_TOP, "kill", "K", "signal this one"},
	{ACTION_SORT, CONTEXT_TOP, "sort", "o", "sort by the next"},
	{ACTION_SORT_REVERSE, CONTEXT_TOP, "sort-reverse", "O", "reverse the order"},

	{ACTION_USERS, CONTEXT_IMAGES, "users", "c Enter", "its containers"},
	{ACTION_INSPECT, CONTEXT_IMAGES, "inspect", "i", "inspect"},
	{ACTION_REMOVE, CONTEXT_IMAGES, "remove", "d Del", "remove"},
	{ACTION_FILTER, CONTEXT_IMAGES, "filter", "/", "filter"},

	{ACTION_OPEN, CONTEXT_JOURNAL, "open", "Enter", "the container"},
	{ACTION_FILTER, CONTEXT_JOURNAL, "filter", "/", "filter"},

	{ACTION_FOLLOW, CONTEXT_LOGS, "follow", "f", "follow the end"},
	{ACTION_TIMES, CONTEXT_LOGS, "times", "t", "times on, off"},
	{ACTION_WRAP, CONTEXT_LOGS, "wrap", "w", "wrap long lines"},
	{ACTION_SEARCH, CONTEXT_LOGS, "search", "/", "search"},
	{ACTION_NEXT, CONTEXT_LOGS, "next", "n", "next match"},
	{ACTION_PREVIOUS, CONTEXT_LOGS, "previous", "N", "previous match"},

	{ACTION_SEARCH, CONTEXT_TEXT, "search", "/", "search"},
	{ACTION_NEXT, CONTEXT_TEXT, "next", "n", "next match"},
	{ACTION_PREVIOUS, CONTEXT_TEXT, "previous", "N", "previous match"},

	{ACTION_CONTAINERS, CONTEXT_GLOBAL, "containers", "1", "containers"},
	{ACTION_IMAGES, CONTEXT_GLOBAL, "images", "2", "images"},
	{ACTION_JOURNAL, CONTEXT_GLOBAL, "journal", "5", "journal"},
	{ACTION_HELP, CONTEXT_GLOBAL, "help", "? F1", "this help"},
	{ACTION_REDRAW, CONTEXT_GLOBAL, "redraw", "^l", "redraw"},
	{ACTION_SUSPEND, CONTEXT_GLOBAL, "suspend", "^z", "suspend davit"},
	{ACTION_CANCEL, CONTEXT_GLOBAL, "cancel", "^c", "cancel"},
	{ACTION_BACK, CONTEXT_GLOBAL, "back", "q Esc Backspace", "back, at last quit"},
};
const size_t keymap_table_len = array_len(keymap_table);
