/* keymap.c - see keymap.h. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "tui/keymap.h"
#include "tui/text.h"

enum { KEYS_MAX = 6, LABEL_MAX = 12 };

/* In the order of the help overlay. */
static const struct keymap_entry entries[] = {
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
	{ACTION_INSPECT, CONTEXT_CONTAINERS, "inspect", "i", "inspect"},
	{ACTION_MARK, CONTEXT_CONTAINERS, "mark", "Space", "mark, unmark"},
	{ACTION_MARK_ALL, CONTEXT_CONTAINERS, "mark-all", "*", "mark all shown"},
	{ACTION_UNMARK, CONTEXT_CONTAINERS, "unmark", "-", "unmark all"},
	{ACTION_SORT, CONTEXT_CONTAINERS, "sort", "o", "sort by the next"},
	{ACTION_SORT_REVERSE, CONTEXT_CONTAINERS, "sort-reverse", "O", "reverse the order"},
	{ACTION_FILTER, CONTEXT_CONTAINERS, "filter", "/", "filter"},

	{ACTION_USERS, CONTEXT_IMAGES, "users", "c Enter", "its containers"},
	{ACTION_INSPECT, CONTEXT_IMAGES, "inspect", "i", "inspect"},
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
	{ACTION_JOURNAL, CONTEXT_GLOBAL, "journal", "3", "journal"},
	{ACTION_HELP, CONTEXT_GLOBAL, "help", "? F1", "this help"},
	{ACTION_REDRAW, CONTEXT_GLOBAL, "redraw", "^l", "redraw"},
	{ACTION_SUSPEND, CONTEXT_GLOBAL, "suspend", "^z", "suspend davit"},
	{ACTION_CANCEL, CONTEXT_GLOBAL, "cancel", "^c", "cancel"},
	{ACTION_BACK, CONTEXT_GLOBAL, "back", "q Esc Backspace", "back, at last quit"},
};

static const char *const context_names[] = {
	[CONTEXT_GLOBAL] = "global",
	[CONTEXT_MOVE] = "move",
	[CONTEXT_CONTAINERS] = "containers",
	[CONTEXT_IMAGES] = "images",
	[CONTEXT_JOURNAL] = "journal",
	[CONTEXT_LOGS] = "logs",
	[CONTEXT_TEXT] = "text",
};
static_assert(array_len(context_names) == CONTEXT_COUNT, "every context has a name");

static const struct {
	const char *name;
	uint32_t code;
} key_names[] = {
	{"Up", KEY_UP},
	{"Down", KEY_DOWN},
	{"Left", KEY_LEFT},
	{"Right", KEY_RIGHT},
	{"Home", KEY_HOME},
	{"End", KEY_END},
	{"Ins", KEY_INSERT},
	{"Del", KEY_DELETE},
	{"PgUp", KEY_PAGE_UP},
	{"PgDn", KEY_PAGE_DOWN},
	{"Tab", KEY_TAB},
	{"Esc", KEY_ESC},
	{"Enter", KEY_ENTER},
	{"Space", ' '},
	{"Backspace", KEY_BACKSPACE},
	{"S-Tab", KEY_BACKTAB},
};

struct binding {
	uint32_t keys[KEYS_MAX];
	size_t count;
	int line; /* of the file that set it; 0: a default */
	char label[LABEL_MAX];
};

struct keymap {
	struct binding bindings[array_len(entries)]; /* the same index as entries */
};

static bool read_function_key(const char *name, size_t len, uint32_t *code)
{
	unsigned number = 0;

	if (len < 2 || len > 3 || name[0] != 'F')
		return false;
	for (size_t i = 1; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		number = number * 10 + (unsigned)(name[i] - '0');
	}
	if (number < 1 || number > 12)
		return false;
	*code = KEY_F1 + number - 1;
	return true;
}

bool keymap_read_key(const char *name, size_t len, uint32_t *code)
{
	for (size_t i = 0; i < array_len(key_names); i++)
		if (strlen(key_names[i].name) == len && memcmp(key_names[i].name, name, len) == 0) {
			*code = key_names[i].code;
			return true;
		}
	if (len == 2 && name[0] == '^' && name[1] >= '@' && name[1] <= '~') {
		*code = KEY_CONTROL((unsigned char)name[1]);
		return true;
	}
	if (read_function_key(name, len, code))
		return true;
	return len > 0 && text_decode(name, len, code) == len && *code > ' ' && *code != 0x7f;
}

static void set_label(struct binding *binding, const char *name, size_t len)
{
	snprintf(binding->label, sizeof(binding->label), "%.*s", (int)len, name);
	if (len == 2 && name[0] == '^' && name[1] >= 'a' && name[1] <= 'z')
		binding->label[1] = (char)(name[1] - 'a' + 'A');
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
		at++;
	return at;
}

static const char *skip_word(const char *at, const char *end)
{
	while (at < end && *at != ' ' && *at != '\t' && *at != '\r')
		at++;
	return at;
}

/* Fills the binding from "s F8"; the word that is no key, or NULL. */
static const char *read_keys(
	struct binding *binding, const char *at, const char *end, size_t *bad_len)
{
	*binding = (struct binding){0};
	for (at = skip_blanks(at, end); at < end; at = skip_blanks(at, end)) {
		const char *stop = skip_word(at, end);
		size_t len = (size_t)(stop - at);

		if (binding->count == KEYS_MAX ||
			!keymap_read_key(at, len, &binding->keys[binding->count])) {
			*bad_len = len;
			return at;
		}
		if (binding->count++ == 0)
			set_label(binding, at, len);
		at = stop;
	}
	return NULL;
}

struct keymap *keymap_new(void)
{
	struct keymap *keymap = calloc(1, sizeof(*keymap));
	size_t bad_len;

	for (size_t i = 0; keymap && i < array_len(entries); i++) {
		const char *keys = entries[i].keys;
		const char *bad =
			read_keys(&keymap->bindings[i], keys, keys + strlen(keys), &bad_len);

		assert(!bad);
		(void)bad;
	}
	return keymap;
}

void keymap_free(struct keymap *keymap)
{
	free(keymap);
}

static bool binding_has(const struct binding *binding, uint32_t code)
{
	for (size_t i = 0; i < binding->count; i++)
		if (binding->keys[i] == code)
			return true;
	return false;
}

static enum action find_in(const struct keymap *keymap, enum context context, uint32_t code)
{
	for (size_t i = 0; i < array_len(entries); i++)
		if (entries[i].context == context && binding_has(&keymap->bindings[i], code))
			return entries[i].action;
	return ACTION_NONE;
}

enum action keymap_find(const struct keymap *keymap, enum context context, const struct key *key)
{
	uint32_t code = key->code == KEY_CONTROL('h') ? KEY_BACKSPACE : key->code;
	enum action action;

	if (key->mods & KEY_ALT)
		return ACTION_NONE;
	if ((action = find_in(keymap, context, code)))
		return action;
	if ((action = find_in(keymap, CONTEXT_MOVE, code)))
		return action;
	return find_in(keymap, CONTEXT_GLOBAL, code);
}

const char *keymap_label(const struct keymap *keymap, enum action action)
{
	for (size_t i = 0; i < array_len(entries); i++)
		if (entries[i].action == action && keymap->bindings[i].count)
			return keymap->bindings[i].label;
	return "";
}

const char *keymap_label_in(const struct keymap *keymap, enum context context, enum action action)
{
	for (size_t i = 0; i < array_len(entries); i++)
		if (entries[i].action == action && entries[i].context == context)
			return keymap->bindings[i].label;
	return keymap_label(keymap, action);
}

const struct keymap_entry *keymap_entries(size_t *count)
{
	*count = array_len(entries);
	return entries;
}

const char *keymap_context_name(enum context context)
{
	return context_names[context];
}

/* The index of "context.action", or -1. */
static int find_entry(const char *name, size_t len)
{
	for (size_t i = 0; i < array_len(entries); i++) {
		const char *context = context_names[entries[i].context];
		size_t head = strlen(context), tail = strlen(entries[i].name);

		if (len == head + 1 + tail && memcmp(name, context, head) == 0 &&
			name[head] == '.' && memcmp(name + head + 1, entries[i].name, tail) == 0)
			return (int)i;
	}
	return -1;
}

static int parse_line(
	struct keymap *keymap, const char *at, const char *end, int line, struct err *err)
{
	const char *stop, *bad;
	size_t bad_len;
	int entry;

	at = skip_blanks(at, end);
	if (at == end || *at == '#')
		return 0;
	stop = skip_word(at, end);
	entry = find_entry(at, (size_t)(stop - at));
	if (entry < 0)
		return err_set(err, EINVAL, "key map line %d: no action is called '%.*s'", line,
			(int)(stop - at > 40 ? 40 : stop - at), at);
	at = skip_blanks(stop, end);
	if (at == end || *at != '=')
		return err_set(err, EINVAL, "key map line %d: '=' expected after the action", line);
	bad = read_keys(&keymap->bindings[entry], at + 1, end, &bad_len);
	keymap->bindings[entry].line = line;
	if (bad)
		return err_set(err, EINVAL, "key map line %d: '%.*s' is not a key, or one too many",
			line, (int)(bad_len > 40 ? 40 : bad_len), bad);
	return 0;
}

static bool clash(const struct binding *a, const struct binding *b)
{
	for (size_t k = 0; k < a->count; k++)
		if (binding_has(b, a->keys[k]))
			return true;
	return false;
}

static int check_clashes(const struct keymap *keymap, struct err *err)
{
	const struct binding *b = keymap->bindings;

	for (size_t i = 0; i < array_len(entries); i++)
		for (size_t j = i + 1; j < array_len(entries); j++)
			if (entries[i].context == entries[j].context && clash(&b[i], &b[j]))
				return err_set(err, EINVAL,
					"key map line %d: %s.%s and %s share a key",
					b[i].line > b[j].line ? b[i].line : b[j].line,
					context_names[entries[i].context], entries[i].name,
					entries[j].name);
	return 0;
}

int keymap_parse(struct keymap *keymap, const char *text, size_t len, struct err *err)
{
	struct keymap changed = *keymap;
	const char *at = text, *end = text + len;

	for (int line = 1; at < end; line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		stop = stop ? stop : end;
		if (parse_line(&changed, at, stop, line, err) < 0)
			return -EINVAL;
		at = stop + (stop < end);
	}
	if (check_clashes(&changed, err) < 0)
		return -EINVAL;
	*keymap = changed;
	return 0;
}
