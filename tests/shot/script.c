/* script.c - what is typed, what is waited for, what is written down. The words are in main.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shot.h"

enum { LINE_MAX_BYTES = 4096, PRESSES_MAX = 200, PRESS_MS = 150, GLANCE_MS = 50, ESCAPE_MS = 100 };

struct play {
	struct terminal *terminal;
	int patience_ms;
	bool escape; /* is the last that was typed */
};

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- keys ---- */

static const struct {
	const char *name, *bytes;
} key_names[] = {
	{"Enter", "\r"},
	{"Esc", "\33"},
	{"Tab", "\t"},
	{"Space", " "},
	{"Backspace", "\177"},
	{"Up", "\33OA"},
	{"Down", "\33OB"},
	{"Right", "\33OC"},
	{"Left", "\33OD"},
	{"Home", "\33OH"},
	{"End", "\33OF"},
	{"PgUp", "\33[5~"},
	{"PgDn", "\33[6~"},
	{"Del", "\33[3~"},
	{"Lt", "<"},
};

static const char *named_key(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++)
		if (strlen(key_names[i].name) == len && strncmp(key_names[i].name, name, len) == 0)
			return key_names[i].bytes;
	return NULL;
}

static void pump_for(struct play *play, int ms)
{
	long long until = now_ms() + ms;

	while (now_ms() < until && !terminal_ended(play->terminal))
		terminal_pump(play->terminal, (int)(until - now_ms()));
}

/* A key right behind an ESC would be one with Alt: the ESC is to be read first, and some time to pass. */
static void let_escape_be_one(struct play *play)
{
	long long until = now_ms() + play->patience_ms;

	if (!play->escape)
		return;
	while (terminal_unread(play->terminal) && now_ms() < until &&
		!terminal_ended(play->terminal))
		terminal_pump(play->terminal, GLANCE_MS);
	pump_for(play, ESCAPE_MS);
}

/* Types "ls -l<Enter>" or "<^P><^Q>". */
static bool type(struct play *play, const char *keys)
{
	while (*keys) {
		const char *end = *keys == '<' ? strchr(keys, '>') : NULL;
		const char *bytes = end ? named_key(keys + 1, (size_t)(end - keys) - 1) : NULL;
		char one = *keys;

		if (*keys == '<' && !bytes) {
			if (!end || end != keys + 3 || keys[1] != '^')
				return false;
			one = keys[2] & 0x1f;
		}
		let_escape_be_one(play);
		if (bytes)
			terminal_type(play->terminal, bytes, strlen(bytes));
		else
			terminal_type(play->terminal, &one, 1);
		play->escape = bytes && strcmp(bytes, "\33") == 0;
		keys = end ? end + 1 : keys + 1;
	}
	return true;
}

/* ---- waiting ---- */

static bool wait_for(struct play *play, const char *text, bool there)
{
	long long until = now_ms() + play->patience_ms;

	while (text_has(terminal_look(play->terminal), text) != there) {
		if (now_ms() >= until || terminal_ended(play->terminal))
			return false;
		terminal_pump(play->terminal, GLANCE_MS);
	}
	return true;
}

static bool do_wait(struct play *play, const char *text)
{
	return wait_for(play, text, true);
}

static bool do_gone(struct play *play, const char *text)
{
	return wait_for(play, text, false);
}

static bool do_settle(struct play *play, const char *text)
{
	long long until = now_ms() + play->patience_ms;

	while (terminal_pump(play->terminal, atoi(text)))
		if (now_ms() >= until || terminal_ended(play->terminal))
			return false;
	return true;
}

static bool do_end(struct play *play, const char *text)
{
	long long until = now_ms() + play->patience_ms;

	(void)text;
	while (!terminal_ended(play->terminal) && now_ms() < until)
		terminal_pump(play->terminal, GLANCE_MS);
	return terminal_ended(play->terminal);
}

static bool do_until(struct play *play, const char *line)
{
	const char *text = strchr(line, ' ');
	char key[16] = "";

	if (!text || (size_t)(text - line) >= sizeof(key))
		return false;
	memcpy(key, line, (size_t)(text - line));
	for (int i = 0; i < PRESSES_MAX; i++) {
		if (text_has(terminal_look(play->terminal), text + 1))
			return true;
		if (!type(play, key))
			return false;
		terminal_pump(play->terminal, PRESS_MS);
	}
	return false;
}

/* ---- writing down ---- */

static bool write_down(struct play *play, const char *path,
	void (*write)(const struct picture *picture, FILE *out))
{
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");

	if (!out) {
		fprintf(stderr, "shot: %s: %s\n", path, strerror(errno));
		return false;
	}
	write(terminal_look(play->terminal), out);
	return (out == stdout ? fflush(out) : fclose(out)) == 0;
}

static bool do_text(struct play *play, const char *path)
{
	return write_down(play, path, text_write);
}

static bool do_svg(struct play *play, const char *path)
{
	return write_down(play, path, svg_write);
}

static const struct {
	const char *word;
	bool (*run)(struct play *play, const char *rest);
} words[] = {
	{"keys", type},
	{"wait", do_wait},
	{"gone", do_gone},
	{"settle", do_settle},
	{"until", do_until},
	{"end", do_end},
	{"text", do_text},
	{"svg", do_svg},
};

static bool run_line(struct play *play, const char *line)
{
	size_t len = strcspn(line, " ");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == len && strncmp(words[i].word, line, len) == 0)
			return words[i].run(play, line[len] ? line + len + 1 : "");
	return false;
}

int script_run(struct terminal *terminal, FILE *script, int patience_ms)
{
	struct play play = {.terminal = terminal, .patience_ms = patience_ms};
	char line[LINE_MAX_BYTES];

	while (fgets(line, sizeof(line), script)) {
		line[strcspn(line, "\n")] = '\0';
		if (!line[0] || line[0] == '#' || run_line(&play, line))
			continue;
		fprintf(stderr, "shot: could not do '%s'; the screen shows:\n", line);
		text_write(terminal_look(terminal), stderr);
		return 1;
	}
	return 0;
}
