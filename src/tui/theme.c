/* theme.c - see theme.h. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "tui/theme.h"
#include "util/own.h"

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, OWN = -1 };

static const char *const role_names[] = {
	[ROLE_TEXT] = "text",
	[ROLE_DIM] = "dim",
	[ROLE_TITLE] = "title",
	[ROLE_FOCUS] = "focus",
	[ROLE_SELECTION] = "selection",
	[ROLE_MARK] = "mark",
	[ROLE_OK] = "ok",
	[ROLE_WARN] = "warn",
	[ROLE_BAD] = "bad",
	[ROLE_BUSY] = "busy",
	[ROLE_INFO] = "info",
	[ROLE_KEY] = "key",
	[ROLE_BORDER] = "border",
	[ROLE_LINK] = "link",
};
static_assert(array_len(role_names) == ROLE_COUNT, "every role has a name");

static const struct theme automatic = {{
	[ROLE_TEXT] = {OWN, 0},
	[ROLE_DIM] = {OWN, STYLE_FAINT},
	[ROLE_TITLE] = {OWN, STYLE_BOLD},
	[ROLE_FOCUS] = {CYAN, STYLE_BOLD},
	[ROLE_SELECTION] = {OWN, STYLE_REVERSE},
	[ROLE_MARK] = {YELLOW, STYLE_BOLD},
	[ROLE_OK] = {GREEN, 0},
	[ROLE_WARN] = {YELLOW, 0},
	[ROLE_BAD] = {RED, STYLE_BOLD},
	[ROLE_BUSY] = {CYAN, 0},
	[ROLE_INFO] = {CYAN, 0},
	[ROLE_KEY] = {OWN, STYLE_BOLD},
	[ROLE_BORDER] = {OWN, STYLE_FAINT},
	[ROLE_LINK] = {OWN, STYLE_UNDERLINE},
}};

/* Yellow, green and cyan on white cannot be read: warnings turn magenta, busy things blue, and what
 * is well has no colour. */
static const struct theme light = {{
	[ROLE_TEXT] = {OWN, 0},
	[ROLE_DIM] = {OWN, STYLE_FAINT},
	[ROLE_TITLE] = {OWN, STYLE_BOLD},
	[ROLE_FOCUS] = {BLUE, STYLE_BOLD},
	[ROLE_SELECTION] = {OWN, STYLE_REVERSE},
	[ROLE_MARK] = {MAGENTA, STYLE_BOLD},
	[ROLE_OK] = {OWN, STYLE_BOLD},
	[ROLE_WARN] = {MAGENTA, 0},
	[ROLE_BAD] = {RED, STYLE_BOLD},
	[ROLE_BUSY] = {BLUE, 0},
	[ROLE_INFO] = {BLUE, 0},
	[ROLE_KEY] = {OWN, STYLE_BOLD},
	[ROLE_BORDER] = {OWN, STYLE_FAINT},
	[ROLE_LINK] = {OWN, STYLE_UNDERLINE},
}};

static const struct theme mono = {{
	[ROLE_TEXT] = {OWN, 0},
	[ROLE_DIM] = {OWN, 0},
	[ROLE_TITLE] = {OWN, STYLE_BOLD},
	[ROLE_FOCUS] = {OWN, STYLE_BOLD},
	[ROLE_SELECTION] = {OWN, STYLE_REVERSE},
	[ROLE_MARK] = {OWN, STYLE_BOLD},
	[ROLE_OK] = {OWN, 0},
	[ROLE_WARN] = {OWN, STYLE_UNDERLINE},
	[ROLE_BAD] = {OWN, STYLE_BOLD | STYLE_REVERSE},
	[ROLE_BUSY] = {OWN, STYLE_UNDERLINE},
	[ROLE_INFO] = {OWN, 0},
	[ROLE_KEY] = {OWN, STYLE_BOLD},
	[ROLE_BORDER] = {OWN, 0},
	[ROLE_LINK] = {OWN, STYLE_UNDERLINE},
}};

static const struct theme contrast = {{
	[ROLE_TEXT] = {OWN, 0},
	[ROLE_DIM] = {OWN, 0},
	[ROLE_TITLE] = {OWN, STYLE_BOLD | STYLE_UNDERLINE},
	[ROLE_FOCUS] = {OWN, STYLE_BOLD},
	[ROLE_SELECTION] = {OWN, STYLE_BOLD | STYLE_REVERSE},
	[ROLE_MARK] = {OWN, STYLE_BOLD | STYLE_UNDERLINE},
	[ROLE_OK] = {OWN, STYLE_BOLD},
	[ROLE_WARN] = {OWN, STYLE_BOLD | STYLE_UNDERLINE},
	[ROLE_BAD] = {RED, STYLE_BOLD | STYLE_REVERSE},
	[ROLE_BUSY] = {OWN, STYLE_UNDERLINE},
	[ROLE_INFO] = {OWN, STYLE_BOLD},
	[ROLE_KEY] = {OWN, STYLE_BOLD | STYLE_UNDERLINE},
	[ROLE_BORDER] = {OWN, 0},
	[ROLE_LINK] = {OWN, STYLE_UNDERLINE},
}};

static const struct {
	const char *name;
	const struct theme *theme;
} themes[] = {
	{"auto", &automatic},
	{"dark", &automatic},
	{"light", &light},
	{"mono", &mono},
	{"hc", &contrast},
};

const char *theme_role_name(enum role role)
{
	return role_names[role];
}

const struct theme *theme_find(const char *name)
{
	for (size_t i = 0; i < array_len(themes); i++)
		if (strcmp(themes[i].name, name) == 0)
			return themes[i].theme;
	return NULL;
}

const struct theme *theme_choose(const char *wish, int colours, bool no_color)
{
	const struct theme *theme = wish ? theme_find(wish) : NULL;

	if (no_color || colours < 8)
		return &mono;
	return theme ? theme : &automatic;
}

struct word {
	const char *text;
	size_t len;
};

static struct word next_word(const char **at, const char *end)
{
	struct word word;

	while (*at < end && strchr(" \t\r", **at) && **at)
		++*at;
	word.text = *at;
	while (*at < end && **at && !strchr(" \t\r=#", **at))
		++*at;
	word.len = (size_t)(*at - word.text);
	return word;
}

static bool word_is(struct word word, const char *text)
{
	return strlen(text) == word.len && memcmp(word.text, text, word.len) == 0;
}

static int role_of(struct word word)
{
	for (int role = 0; role < ROLE_COUNT; role++)
		if (word_is(word, role_names[role]))
			return role;
	return -1;
}

/* "203": one of xterm's 256 colours. */
static bool read_number(struct word word, int16_t *colour)
{
	int number = 0;

	if (word.len == 0 || word.len > 3)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (word.text[i] < '0' || word.text[i] > '9')
			return false;
		number = number * 10 + word.text[i] - '0';
	}
	*colour = (int16_t)number;
	return number < 256;
}

static bool apply_word(struct theme_look *shown, struct word word)
{
	static const char *const colours[] = {
		"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"};
	static const struct {
		const char *name;
		uint16_t attr;
	} attrs[] = {{"bold", STYLE_BOLD}, {"underline", STYLE_UNDERLINE},
		{"reverse", STYLE_REVERSE}, {"dim", STYLE_FAINT}, {"italic", STYLE_ITALIC}};

	bool bright = word.len > 7 && memcmp(word.text, "bright-", 7) == 0;
	struct word plain = {word.text + (bright ? 7 : 0), word.len - (bright ? 7 : 0)};

	if (read_number(word, &shown->colour))
		return true;
	for (size_t i = 0; i < array_len(colours); i++)
		if (word_is(plain, colours[i])) {
			shown->colour = (int16_t)(i + (bright ? 8 : 0));
			return true;
		}
	for (size_t i = 0; i < array_len(attrs); i++)
		if (word_is(word, attrs[i].name)) {
			shown->attrs |= attrs[i].attr;
			return true;
		}
	return word_is(word, "default");
}

static int parse_line(
	struct theme *theme, const char *at, const char *end, int line, struct err *err)
{
	struct word word = next_word(&at, end);
	struct theme_look shown = {OWN, 0};
	int role = role_of(word);

	if (word.len == 0 && (at == end || *at == '#'))
		return 0;
	if (role < 0)
		return err_set(err, EINVAL, "theme line %d: no role is called '%.*s'", line,
			(int)(word.len > 40 ? 40 : word.len), word.text);
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (at == end || *at++ != '=')
		return err_set(err, EINVAL, "theme line %d: '=' expected after '%s'", line,
			role_names[role]);
	while ((word = next_word(&at, end)).len > 0)
		if (!apply_word(&shown, word))
			return err_set(err, EINVAL,
				"theme line %d: '%.*s' is neither a colour nor an attribute", line,
				(int)(word.len > 40 ? 40 : word.len), word.text);
	if (at < end && *at != '#')
		return err_set(err, EINVAL, "theme line %d: unexpected character", line);
	theme->roles[role] = shown;
	return 0;
}

int theme_parse(struct theme *theme, const char *text, size_t len, struct err *err)
{
	struct theme changed = *theme;
	const char *at = text, *end = text + len;

	for (int line = 1; at < end; line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		stop = stop ? stop : end;
		if (parse_line(&changed, at, stop, line, err) < 0)
			return -EINVAL;
		at = stop + (stop < end);
	}
	*theme = changed;
	return 0;
}
