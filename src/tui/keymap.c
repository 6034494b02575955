/* keymap.c - see keymap.h. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "tui/keymap_presets.h"
#include "tui/keymap_table.h"
#include "tui/text.h"

enum { KEYS_MAX = 6, LABEL_MAX = 12 };

static const char *const context_names[] = {
	[CONTEXT_GLOBAL] = "global",
	[CONTEXT_MOVE] = "move",
	[CONTEXT_CONTAINERS] = "containers",
	[CONTEXT_IMAGES] = "images",
	[CONTEXT_JOURNAL] = "journal",
	[CONTEXT_LOGS] = "logs",
	[CONTEXT_TEXT] = "text",
	[CONTEXT_DETAIL] = "detail",
	[CONTEXT_STATS] = "stats",
	[CONTEXT_TREE] = "tree",
	[CONTEXT_TOP] = "top",
	[CONTEXT_BUILDS] = "builds",
	[CONTEXT_BUILD] = "build",
	[CONTEXT_JOBS] = "jobs",
	[CONTEXT_JOB] = "job",
	[CONTEXT_RESULTS] = "results",
	[CONTEXT_RESOURCES] = "resources",
	[CONTEXT_FILES] = "files",
	[CONTEXT_FILE] = "file",
	[CONTEXT_DIFF] = "diff",
	[CONTEXT_WASTE] = "waste",
	[CONTEXT_HOOD] = "hood",
	[CONTEXT_LIFE] = "life",
	[CONTEXT_TIMELINE] = "timeline",
	[CONTEXT_LEARN] = "learn",
	[CONTEXT_LESSON] = "lesson",
	[CONTEXT_FIGURE] = "figure",
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
	struct binding bindings[KEYMAP_ENTRIES_MAX]; /* the same index as keymap_table */
	char *user; /* what keymap_parse took last, to be laid over presets */
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

/* The name of a key that has lost those before it. */
static void label_key(struct binding *binding, uint32_t code)
{
	char name[8] = "";

	for (size_t i = 0; i < array_len(key_names); i++)
		if (key_names[i].code == code) {
			set_label(binding, key_names[i].name, strlen(key_names[i].name));
			return;
		}
	if (code >= KEY_F1 && code <= KEY_F12)
		snprintf(name, sizeof(name), "F%u", (unsigned)(code - KEY_F1 + 1));
	else if (code < ' ')
		snprintf(name, sizeof(name), "^%c", (char)(code | 0x40));
	else
		name[text_encode(code, name)] = '\0';
	set_label(binding, name, strlen(name));
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

static void set_defaults(struct keymap *keymap)
{
	size_t bad_len;

	for (size_t i = 0; i < keymap_table_len; i++) {
		const char *keys = keymap_table[i].keys;
		const char *bad =
			read_keys(&keymap->bindings[i], keys, keys + strlen(keys), &bad_len);

		assert(!bad);
		(void)bad;
	}
}

struct keymap *keymap_new(void)
{
	struct keymap *keymap = calloc(1, sizeof(*keymap));

	if (keymap)
		set_defaults(keymap);
	return keymap;
}

void keymap_free(struct keymap *keymap)
{
	if (keymap)
		free(keymap->user);
	free(keymap);
}

static bool binding_has(const struct binding *binding, uint32_t code)
{
	for (size_t i = 0; i < binding->count; i++)
		if (binding->keys[i] == code)
			return true;
	return false;
}

static uint32_t code_of(const struct key *key)
{
	return key->code == KEY_CONTROL('h') ? KEY_BACKSPACE : key->code;
}

static enum action find_in(const struct keymap *keymap, enum context context, uint32_t code)
{
	for (size_t i = 0; i < keymap_table_len; i++)
		if (keymap_table[i].context == context && binding_has(&keymap->bindings[i], code))
			return keymap_table[i].action;
	return ACTION_NONE;
}

enum action keymap_find_in(const struct keymap *keymap, enum context context, const struct key *key)
{
	return key->mods & KEY_ALT ? ACTION_NONE : find_in(keymap, context, code_of(key));
}

enum action keymap_find(const struct keymap *keymap, enum context context, const struct key *key)
{
	const enum context order[] = {context, CONTEXT_MOVE, CONTEXT_GLOBAL};
	enum action action = ACTION_NONE;

	for (size_t i = 0; i < array_len(order) && action == ACTION_NONE; i++)
		action = keymap_find_in(keymap, order[i], key);
	return action;
}

const char *keymap_label(const struct keymap *keymap, enum action action)
{
	for (size_t i = 0; i < keymap_table_len; i++)
		if (keymap_table[i].action == action && keymap->bindings[i].count)
			return keymap->bindings[i].label;
	return "";
}

const char *keymap_label_in(const struct keymap *keymap, enum context context, enum action action)
{
	for (size_t i = 0; i < keymap_table_len; i++)
		if (keymap_table[i].action == action && keymap_table[i].context == context)
			return keymap->bindings[i].label;
	return keymap_label(keymap, action);
}

const struct keymap_entry *keymap_entries(size_t *count)
{
	*count = keymap_table_len;
	return keymap_table;
}

const char *keymap_action_help(enum action action)
{
	for (size_t i = 0; i < keymap_table_len; i++)
		if (keymap_table[i].action == action)
			return keymap_table[i].help;
	return "";
}

const char *keymap_context_name(enum context context)
{
	return context_names[context];
}

/* The index of "context.action", or -1. */
static int find_entry(const char *name, size_t len)
{
	for (size_t i = 0; i < keymap_table_len; i++) {
		const char *context = context_names[keymap_table[i].context];
		size_t head = strlen(context), tail = strlen(keymap_table[i].name);

		if (len == head + 1 + tail && memcmp(name, context, head) == 0 &&
			name[head] == '.' &&
			memcmp(name + head + 1, keymap_table[i].name, tail) == 0)
			return (int)i;
	}
	return -1;
}

/* The keys that `taken` has are no other's in its context any more. */
static void take_away(struct keymap *keymap, size_t taken)
{
	for (size_t i = 0; i < keymap_table_len; i++) {
		struct binding *binding = &keymap->bindings[i];
		size_t kept = 0;

		if (i == taken || keymap_table[i].context != keymap_table[taken].context)
			continue;
		for (size_t k = 0; k < binding->count; k++)
			if (!binding_has(&keymap->bindings[taken], binding->keys[k]))
				binding->keys[kept++] = binding->keys[k];
		if (!kept)
			binding->label[0] = '\0';
		else if (kept < binding->count)
			label_key(binding, binding->keys[0]);
		binding->count = kept;
	}
}

static int parse_line(struct keymap *keymap, const char *at, const char *end, int line, bool takes,
	struct err *err)
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
	if (takes)
		take_away(keymap, (size_t)entry);
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

	for (size_t i = 0; i < keymap_table_len; i++)
		for (size_t j = i + 1; j < keymap_table_len; j++)
			if (keymap_table[i].context == keymap_table[j].context &&
				clash(&b[i], &b[j]))
				return err_set(err, EINVAL,
					"key map line %d: %s.%s and %s share a key",
					b[i].line > b[j].line ? b[i].line : b[j].line,
					context_names[keymap_table[i].context],
					keymap_table[i].name, keymap_table[j].name);
	return 0;
}

static int lay(struct keymap *keymap, const char *text, size_t len, bool takes, struct err *err)
{
	const char *at = text, *end = text + len;

	for (int line = 1; at < end; line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		stop = stop ? stop : end;
		if (parse_line(keymap, at, stop, line, takes, err) < 0)
			return -EINVAL;
		at = stop + (stop < end);
	}
	return check_clashes(keymap, err);
}

int keymap_parse(struct keymap *keymap, const char *text, size_t len, struct err *err)
{
	struct keymap changed = *keymap;

	if (lay(&changed, text, len, false, err) < 0)
		return -EINVAL;
	changed.user = strndup(text, len);
	free(keymap->user);
	*keymap = changed;
	return 0;
}

/* The defaults, and a preset over them. */
static int lay_preset(struct keymap *keymap, const char *preset, struct err *err)
{
	const char *text;
	size_t len;

	set_defaults(keymap);
	if (strcmp(preset, "default") == 0)
		return 0;
	text = keymap_preset(preset, &len);
	if (!text)
		return err_set(err, EINVAL, "no preset of keys is called '%.40s'", preset);
	return lay(keymap, text, len, true, err);
}

int keymap_choose(struct keymap *keymap, const char *preset, struct err *err)
{
	struct keymap changed = *keymap;

	if (lay_preset(&changed, preset, err) < 0)
		return -EINVAL;
	/* One's own are taken from the preset: they were read before, and go with each other. */
	if (keymap->user && lay(&changed, keymap->user, strlen(keymap->user), true, err) < 0)
		return err_in(err, "your keys over those of %s", preset);
	*keymap = changed;
	return 0;
}

enum action keymap_elsewhere(enum context context, const struct key *key, const char **preset)
{
	struct keymap other = {0};
	struct err err;

	for (size_t i = 0; (*preset = keymap_preset_name(i)); i++) {
		enum action action;

		if (lay_preset(&other, *preset, &err) < 0)
			continue;
		action = keymap_find_in(&other, context, key);
		if (action == ACTION_NONE)
			action = keymap_find_in(&other, CONTEXT_GLOBAL, key);
		if (action)
			return action;
	}
	return ACTION_NONE;
}
