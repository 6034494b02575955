/* settings.c - see settings.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tui/settings.h"

enum { FILTERS_MAX = 100, VALUE_MAX = 500, NAME_MAX_LEN = 40 };

static const struct setting table[] = {
	{"theme", "auto dark light mono hc", "colours"},
	{"lines", "auto ascii", "what lines and signs are drawn with"},
	{"keys", "default lazydocker ctop k9s dry", "whose keys these are"},
	{"sort", "state name cpu memory network i/o tasks restarts age image",
		"the order of containers"},
	{"reverse", "no yes", "the order turned round"},
	{"columns", NULL, "of the containers: names with commas, or nothing for what fits"},
	{"unit", "core limit host", "what CPU figures are percent of"},
	{"groups", "yes no", "containers grouped by project"},
	{"safety", "normal fast strict", "what asks before it acts"},
	{"mouse", "off on", "clicks and the wheel; Shift then selects text"},
	{"slow", "auto on off", "fewer bytes: figures each 5 s, logs 4 times a second"},
	{"meter", "auto on off", "round trip and bytes a second in the corner"},
	{"copy", "terminal screen", "y copies through the terminal, or shows what to select"},
};

struct saved_filter {
	char *name, *text;
};

struct settings {
	char *values[array_len(table)]; /* NULL: the default */
	struct saved_filter filters[FILTERS_MAX];
	size_t filter_count;
};

struct settings *settings_new(void)
{
	return calloc(1, sizeof(struct settings));
}

static void clear(struct settings *settings)
{
	for (size_t i = 0; i < array_len(table); i++)
		free(settings->values[i]);
	for (size_t i = 0; i < settings->filter_count; i++) {
		free(settings->filters[i].name);
		free(settings->filters[i].text);
	}
}

void settings_free(struct settings *settings)
{
	if (settings)
		clear(settings);
	free(settings);
}

const struct setting *settings_table(size_t *count)
{
	*count = array_len(table);
	return table;
}

const struct setting *settings_find(const char *name)
{
	for (size_t i = 0; i < array_len(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

/* ---- reading ---- */

/* The choices' first word, each in a buffer of its own that lives as long as the program. */
static const char *default_of(size_t i)
{
	static char words[array_len(table)][16];

	if (!table[i].choices)
		return "";
	if (!*words[i])
		snprintf(words[i], sizeof(words[i]), "%.*s", (int)strcspn(table[i].choices, " "),
			table[i].choices);
	return words[i];
}

const char *settings_get(const struct settings *settings, const char *name)
{
	size_t i = (size_t)(settings_find(name) - table);

	return settings->values[i] ? settings->values[i] : default_of(i);
}

bool settings_is(const struct settings *settings, const char *name, const char *value)
{
	return strcmp(settings_get(settings, name), value) == 0;
}

static const struct saved_filter *find_filter(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->filter_count; i++)
		if (strcmp(settings->filters[i].name, name) == 0)
			return &settings->filters[i];
	return NULL;
}

const char *settings_filter(const struct settings *settings, const char *name)
{
	const struct saved_filter *filter = find_filter(settings, name);

	return filter ? filter->text : NULL;
}

const char *settings_filter_name(const struct settings *settings, size_t index)
{
	return index < settings->filter_count ? settings->filters[index].name : NULL;
}

/* ---- changing ---- */

static bool is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (const char *at = choices; *at; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");

		if (word == len && memcmp(at, value, len) == 0)
			return true;
		at += word;
	}
	return false;
}

static bool is_filter_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= NAME_MAX_LEN &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
		       len;
}

static void forget_filter(struct settings *settings, struct saved_filter *filter)
{
	size_t after = settings->filter_count - (size_t)(filter - settings->filters) - 1;

	free(filter->name);
	free(filter->text);
	memmove(filter, filter + 1, after * sizeof(*filter));
	settings->filter_count--;
}

static int set_filter(
	struct settings *settings, const char *name, const char *value, struct err *err)
{
	struct saved_filter *filter = (struct saved_filter *)find_filter(settings, name);
	char *text;

	if (!is_filter_name(name))
		return err_set(err, EINVAL,
			"'%.40s' cannot name a filter: letters, digits, - and _ can", name);
	if (!*value) {
		if (filter)
			forget_filter(settings, filter);
		return 0;
	}
	if (!filter && settings->filter_count == FILTERS_MAX)
		return err_set(err, ENOSPC, "there are %d saved filters: remove one", FILTERS_MAX);
	text = strdup(value);
	if (text && !filter) {
		filter = &settings->filters[settings->filter_count];
		*filter = (struct saved_filter){.name = strdup(name)};
		settings->filter_count += filter->name != NULL;
	}
	if (!text || !filter->name) {
		free(text);
		return err_set(err, ENOMEM, "out of memory");
	}
	free(filter->text);
	filter->text = text;
	return 0;
}

int settings_set(struct settings *settings, const char *name, const char *value, struct err *err)
{
	const struct setting *setting = settings_find(name);
	char *copy;

	if (strlen(value) >= VALUE_MAX || strpbrk(value, "\n\r"))
		return err_set(err, EINVAL, "%s: its value is too long, or has a line break", name);
	if (strncmp(name, "filter.", 7) == 0)
		return set_filter(settings, name + 7, value, err);
	if (!setting)
		return err_set(err, EINVAL, "no setting is called '%.40s'", name);
	if (setting->choices && !is_choice(setting->choices, value))
		return err_set(err, EINVAL, "%s is one of %s, and not '%.40s'", name,
			setting->choices, value);
	copy = strdup(value);
	if (!copy)
		return err_set(err, ENOMEM, "out of memory");
	free(settings->values[setting - table]);
	settings->values[setting - table] = copy;
	return 0;
}

/* ---- files ---- */

struct line {
	const char *name, *value;
	size_t name_len, value_len;
	bool blank; /* or a comment */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* False: it is no "name = value". */
static bool read_line(const char *at, const char *end, struct line *line)
{
	*line = (struct line){0};
	while (at < end && is_space(*at))
		at++;
	line->blank = at == end || *at == '#';
	line->name = at;
	while (at < end && *at != '=' && !is_space(*at))
		at++;
	line->name_len = (size_t)(at - line->name);
	while (at < end && is_space(*at))
		at++;
	if (at == end || *at != '=')
		return line->blank;
	for (at++; at < end && is_space(*at);)
		at++;
	while (end > at && is_space(end[-1]))
		end--;
	line->value = at;
	line->value_len = (size_t)(end - at);
	return true;
}

static int take_line(
	struct settings *settings, const struct line *line, int number, struct err *err)
{
	char name[NAME_MAX_LEN + 8], value[VALUE_MAX];

	if (line->name_len >= sizeof(name) || line->value_len >= sizeof(value) ||
		memchr(line->value, '\0', line->value_len))
		return err_set(err, EINVAL, "settings line %d: too long, or not text", number);
	snprintf(name, sizeof(name), "%.*s", (int)line->name_len, line->name);
	snprintf(value, sizeof(value), "%.*s", (int)line->value_len, line->value);
	if (settings_set(settings, name, value, err) < 0)
		return err_in(err, "settings line %d", number);
	return 0;
}

static int parse_into(struct settings *settings, const char *text, size_t len, struct err *err)
{
	const char *at = text, *end = text + len;

	for (int number = 1; at < end; number++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		struct line line;

		stop = stop ? stop : end;
		if (!read_line(at, stop, &line))
			return err_set(err, EINVAL,
				"settings line %d: a line is \"name = value\", or a # comment",
				number);
		if (!line.blank && take_line(settings, &line, number, err) < 0)
			return err->code;
		at = stop + (stop < end);
	}
	return 0;
}

int settings_parse(struct settings *settings, const char *text, size_t len, struct err *err)
{
	auto_of(settings) struct settings *fresh = settings_new();

	if (!fresh)
		return err_set(err, ENOMEM, "out of memory");
	if (parse_into(fresh, text, len, err) < 0)
		return err->code;
	/* What was there before is freed with what takes its place. */
	struct settings old = *settings;
	*settings = *fresh;
	*fresh = old;
	return 0;
}

static const char *value_now(const struct settings *settings, const char *name)
{
	const char *value;

	if (strncmp(name, "filter.", 7) != 0)
		return settings_get(settings, name);
	value = settings_filter(settings, name + 7);
	return value ? value : "";
}

void settings_edit(const struct settings *settings, const char *name, const char *text, size_t len,
	struct buf *out)
{
	const char *at = text, *end = text + len, *value = value_now(settings, name);
	bool gone = strncmp(name, "filter.", 7) == 0 && !*value, done = gone;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		const char *next = stop ? stop + 1 : end;
		struct line line;
		bool ours = read_line(at, stop ? stop : end, &line) && !line.blank &&
			    line.name_len == strlen(name) &&
			    memcmp(line.name, name, line.name_len) == 0;

		if (!ours) {
			buf_add(out, at, (size_t)(next - at));
		} else if (!done) {
			buf_addf(out, "%s = %s\n", name, value);
			done = true;
		}
		at = next;
	}
	if (done)
		return;
	if (len && text[len - 1] != '\n')
		buf_addc(out, '\n');
	buf_addf(out, "%s = %s\n", name, value);
}
