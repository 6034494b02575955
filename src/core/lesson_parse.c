/* lesson_parse.c - reads a lesson as it was written: keys, and what each belongs to. */
#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lesson.h"
#include "util/buf.h"

static const size_t NO_ANSWER = (size_t)-1;

struct parser {
	struct lesson *lesson;
	int line, key_line; /* where the key that is being read stands */
	struct err *err;
};

static struct lesson_item *last_item(const struct parser *p)
{
	return p->lesson->count ? &p->lesson->items[p->lesson->count - 1] : NULL;
}

static int out_of_memory(struct parser *p)
{
	return err_set(p->err, ENOMEM, "lesson %s: out of memory", p->lesson->name);
}

static int set_text(struct parser *p, char **field, const char *value)
{
	free(*field);
	*field = strdup(value);
	return *field ? 0 : out_of_memory(p);
}

/* ---- items ---- */

static int add_item(struct parser *p, enum lesson_kind kind, const char *value)
{
	struct lesson *lesson = p->lesson;
	struct lesson_item *item, *grown;

	if (!*value)
		return err_set(
			p->err, EINVAL, "line %d: there is nothing after the colon", p->key_line);
	if (lesson->count == 0 && kind != LESSON_STEP)
		return err_set(p->err, EINVAL,
			"line %d: a lesson begins with a step: put 'step: …' before this",
			p->key_line);
	if (lesson->count == LESSON_MAX_ITEMS)
		return err_set(p->err, E2BIG, "line %d: more than %d things in one lesson",
			p->key_line, LESSON_MAX_ITEMS);
	grown = realloc(lesson->items, (lesson->count + 1) * sizeof(*grown));
	if (!grown)
		return out_of_memory(p);
	lesson->items = grown;
	item = &lesson->items[lesson->count++];
	*item = (struct lesson_item){.kind = kind, .line = p->key_line};
	if (set_text(p, &item->text, value) < 0)
		return -ENOMEM;
	return set_text(p, &item->text2, "");
}

/* The last item, when it is one of two kinds that a key belongs to. */
static struct lesson_item *item_for(
	struct parser *p, const char *key, unsigned kinds, const char *names)
{
	struct lesson_item *item = last_item(p);

	if (item && kinds & 1u << item->kind)
		return item;
	err_set(p->err, EINVAL, "line %d: '%s:' belongs right after %s", p->key_line, key, names);
	return NULL;
}

enum {
	COMMANDS = 1 << LESSON_RUN | 1 << LESSON_TERMINAL | 1 << LESSON_PROVE,
	TASKS = 1 << LESSON_TRY,
};

static int on_title(struct parser *p, const char *value)
{
	return set_text(p, &p->lesson->title, value);
}

static int on_about(struct parser *p, const char *value)
{
	return set_text(p, &p->lesson->about, value);
}

static int on_next(struct parser *p, const char *value)
{
	return set_text(p, &p->lesson->next, value);
}

static int on_read(struct parser *p, const char *value)
{
	struct strs *pages = &p->lesson->read;

	if (!*value || strpbrk(value, " \t\n/"))
		return err_set(p->err, EINVAL,
			"line %d: read: one word: the name of a page of davit's manual",
			p->key_line);
	strs_add(pages, value);
	return strs_failed(pages) ? out_of_memory(p) : 0;
}

static int on_minutes(struct parser *p, const char *value)
{
	char *end;
	unsigned long minutes = strtoul(value, &end, 10);

	if (*end || !isdigit((unsigned char)*value) || minutes == 0 || minutes > 600)
		return err_set(
			p->err, EINVAL, "line %d: minutes: a number from 1 to 600", p->key_line);
	p->lesson->minutes = (unsigned)minutes;
	return 0;
}

static int on_needs(struct parser *p, const char *value)
{
	struct lesson_item *item = last_item(p);
	struct strs *needs = item ? &item->needs : &p->lesson->needs;

	if (item && item->kind != LESSON_STEP)
		return err_set(p->err, EINVAL,
			"line %d: 'needs:' belongs at the head, or right after 'step:'",
			p->key_line);
	if (!*value || strpbrk(value, " \t\n/"))
		return err_set(p->err, EINVAL,
			"line %d: needs: one word: root, uplink, limits, or the name of a program",
			p->key_line);
	strs_add(needs, value);
	return strs_failed(needs) ? out_of_memory(p) : 0;
}

static int on_step(struct parser *p, const char *value)
{
	return add_item(p, LESSON_STEP, value);
}

static int on_say(struct parser *p, const char *value)
{
	return add_item(p, LESSON_SAY, value);
}

static int on_run(struct parser *p, const char *value)
{
	return add_item(p, LESSON_RUN, value);
}

static int on_terminal(struct parser *p, const char *value)
{
	return add_item(p, LESSON_TERMINAL, value);
}

static int on_prove(struct parser *p, const char *value)
{
	return add_item(p, LESSON_PROVE, value);
}

static int on_show(struct parser *p, const char *value)
{
	enum figure_kind kind;
	const char *object;

	if (!lesson_figure(value, &kind, &object))
		return add_item(p, LESSON_SHOW, value);
	if (kind == FIGURE_KINDS)
		return err_set(p->err, EINVAL,
			"line %d: no figure is called '%.30s'; there are engine, image, layers, "
			"files, merged, index and machines",
			p->key_line, value + strlen("figure "));
	return add_item(p, LESSON_SHOW, value);
}

static int on_figure(struct parser *p, const char *value)
{
	auto_buf show = BUF_INIT;

	buf_addf(&show, "figure %s", value);
	return buf_failed(&show) ? out_of_memory(p) : on_show(p, buf_text(&show));
}

static int on_try(struct parser *p, const char *value)
{
	return add_item(p, LESSON_TRY, value);
}

static bool begins_answer(const char *line)
{
	return (*line == '-' || *line == '+') && line[1] == ' ';
}

static int add_choice(struct parser *p, struct lesson_item *item, const char *text, bool right)
{
	if (right && item->right != NO_ANSWER)
		return err_set(p->err, EINVAL, "line %d: this question has two right answers",
			p->key_line);
	if (right)
		item->right = item->choices.len;
	strs_add(&item->choices, text);
	return strs_failed(&item->choices) ? out_of_memory(p) : 0;
}

/* All lines up to the next answer, in one. */
static void take_lines(char **rest, struct buf *out)
{
	while (*rest && !begins_answer(*rest)) {
		const char *line = strsep(rest, "\n");

		buf_addf(out, "%s%s", out->len && *line ? " " : "", line);
	}
}

/* The question, and then its answers. */
static int on_ask(struct parser *p, const char *value)
{
	auto_free char *copy = strdup(value);
	char *rest = copy;
	auto_buf text = BUF_INIT;
	struct lesson_item *item;

	take_lines(&rest, &text);
	if (!copy || buf_failed(&text))
		return out_of_memory(p);
	if (add_item(p, LESSON_ASK, buf_text(&text)) < 0)
		return p->err->code;
	item = last_item(p);
	item->right = NO_ANSWER;
	while (rest) {
		bool right = *rest == '+';

		rest += 2;
		buf_clear(&text);
		take_lines(&rest, &text);
		if (add_choice(p, item, buf_text(&text), right) < 0)
			return p->err->code;
	}
	if (item->choices.len < 2 || item->right == NO_ANSWER)
		return err_set(p->err, EINVAL,
			"line %d: a question needs two answers or more, one of them with '+'",
			p->key_line);
	return 0;
}

static int on_because(struct parser *p, const char *value)
{
	struct lesson_item *item = item_for(p, "because", 1 << LESSON_ASK, "a question");

	return item ? set_text(p, &item->text2, value) : p->err->code;
}

static int on_hint(struct parser *p, const char *value)
{
	struct lesson_item *item = item_for(p, "hint", TASKS, "'try:'");

	return item ? set_text(p, &item->text2, value) : p->err->code;
}

static int on_check(struct parser *p, const char *value)
{
	struct lesson_item *item = item_for(p, "check", TASKS, "'try:'");

	return item ? set_text(p, &item->check, value) : p->err->code;
}

static int on_solution(struct parser *p, const char *value)
{
	struct lesson_item *item = item_for(p, "solution", TASKS, "'try:'");

	return item ? set_text(p, &item->solution, value) : p->err->code;
}

static int on_expect(struct parser *p, const char *value)
{
	struct lesson_item *item = item_for(p, "expect", COMMANDS, "a command");
	size_t len = strlen(value);
	regex_t expression;

	if (!item)
		return p->err->code;
	if (len > 1 && value[0] == '/' && value[len - 1] == '/') {
		auto_free char *inside = strndup(value + 1, len - 2);

		if (!inside || regcomp(&expression, inside, REG_EXTENDED | REG_NOSUB) != 0)
			return err_set(p->err, EINVAL,
				"line %d: expect: not an expression that can be looked for",
				p->key_line);
		regfree(&expression);
	}
	strs_add(&item->expect, value);
	return 0;
}

static int on_code(struct parser *p, const char *value)
{
	struct lesson_item *item = item_for(p, "code", COMMANDS, "a command");
	char *end;
	long code = strtol(value, &end, 10);

	if (!item)
		return p->err->code;
	if (strcmp(value, "any") == 0) {
		item->code = LESSON_ANY_CODE;
		return 0;
	}
	if (*end || end == value || code < 0 || code > 255)
		return err_set(p->err, EINVAL, "line %d: code: a number from 0 to 255, or 'any'",
			p->key_line);
	item->code = (int)code;
	return 0;
}

static int on_only(struct parser *p, const char *value)
{
	struct lesson_item *item =
		item_for(p, "only", ~(1u << LESSON_STEP), "what it is about (a step has 'needs:')");

	if (!item)
		return p->err->code;
	if (strcmp(value, "root") != 0 && strcmp(value, "rootless") != 0)
		return err_set(p->err, EINVAL, "line %d: only: root or rootless", p->key_line);
	item->only = strcmp(value, "root") == 0 ? LESSON_FOR_ROOT : LESSON_FOR_ROOTLESS;
	return 0;
}

static int on_keys(struct parser *p, const char *value)
{
	struct lesson_item *item = item_for(p, "keys", 1 << LESSON_TERMINAL, "'terminal:'");

	return item ? set_text(p, &item->keys, value) : p->err->code;
}

/* ---- lines ---- */

static const struct key {
	const char *name;
	int (*read)(struct parser *p, const char *value);
} keys[] = {
	{"title", on_title},
	{"about", on_about},
	{"minutes", on_minutes},
	{"needs", on_needs},
	{"next", on_next},
	{"read", on_read},
	{"step", on_step},
	{"say", on_say},
	{"ask", on_ask},
	{"because", on_because},
	{"run", on_run},
	{"expect", on_expect},
	{"code", on_code},
	{"only", on_only},
	{"terminal", on_terminal},
	{"keys", on_keys},
	{"prove", on_prove},
	{"show", on_show},
	{"figure", on_figure},
	{"try", on_try},
	{"hint", on_hint},
	{"check", on_check},
	{"solution", on_solution},
};

static const struct key *find_key(const char *name, size_t len)
{
	for (size_t i = 0; i < array_len(keys); i++)
		if (strlen(keys[i].name) == len && strncmp(keys[i].name, name, len) == 0)
			return &keys[i];
	return NULL;
}

/* The key that a wrong one was meant to be: one that begins alike, or NULL. */
static const char *guess_key(const char *name, size_t len)
{
	for (size_t i = 0; i < array_len(keys); i++)
		if (len > 1 && strncmp(keys[i].name, name, 2) == 0)
			return keys[i].name;
	return NULL;
}

static int unknown_key(struct parser *p, const char *line, size_t len)
{
	const char *guess = guess_key(line, len);
	int shown = (int)(len > 30 ? 30 : len);

	if (guess)
		return err_set(p->err, EINVAL, "line %d: no key is called '%.*s': '%s'?",
			p->key_line, shown, line, guess);
	return err_set(
		p->err, EINVAL, "line %d: no key is called '%.*s'", p->key_line, shown, line);
}

static int take_entry(struct parser *p, const char *line, const struct buf *value)
{
	size_t len = strcspn(line, ":");
	const struct key *key = find_key(line, len);

	if (!key)
		return unknown_key(p, line, len);
	return key->read(p, buf_text(value));
}

static void trim_end(char *line)
{
	size_t len = strlen(line);

	while (len && isspace((unsigned char)line[len - 1]))
		line[--len] = '\0';
}

/* One entry: the line with its key, and those below that begin with a blank. Comments and empty
 * lines end nothing; in between, an empty line is a paragraph's end. */
static int read_entry(struct parser *p, char *line, char **rest)
{
	auto_buf value = BUF_INIT;
	char *colon = strchr(line, ':'), *next;
	bool gap = false;

	p->key_line = p->line;
	if (isspace((unsigned char)*line))
		return err_set(p->err, EINVAL, "line %d: goes on with nothing", p->line);
	if (!colon)
		return err_set(p->err, EINVAL,
			"line %d: a key and a colon expected, such as 'say:'", p->line);
	buf_adds(&value, colon + 1 + strspn(colon + 1, " \t"));
	while (*rest && (**rest == ' ' || **rest == '\t' || **rest == '\n' || **rest == '#')) {
		bool comment = **rest == '#';

		next = strsep(rest, "\n");
		p->line++;
		trim_end(next);
		if (!*next && !comment)
			gap = value.len > 0;
		if (!*next || comment)
			continue;
		if (value.len)
			buf_adds(&value, gap ? "\n\n" : "\n");
		buf_adds(&value, next + strspn(next, " \t"));
		gap = false;
	}
	return buf_failed(&value) ? out_of_memory(p) : take_entry(p, line, &value);
}

static int check_whole(struct parser *p)
{
	const struct lesson *lesson = p->lesson;

	if (!*lesson->title)
		return err_set(p->err, EINVAL, "line 1: a lesson has a title: put 'title: …' here");
	if (lesson->count == 0)
		return err_set(p->err, EINVAL, "line %d: there is no step in it", p->line);
	for (size_t i = 0; i < lesson->count; i++) {
		const struct lesson_item *item = &lesson->items[i];

		if (item->kind == LESSON_TRY && (!item->check || !item->solution))
			return err_set(p->err, EINVAL,
				"line %d: a task needs 'check:' and 'solution:'", item->line);
		if (item->kind == LESSON_TERMINAL && !item->keys)
			return err_set(p->err, EINVAL,
				"line %d: a terminal needs 'keys:', what a learner types",
				item->line);
	}
	return 0;
}

static int parse(struct parser *p, char *text)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		p->line++;
		trim_end(line);
		if (!*line || *line == '#')
			continue;
		if (read_entry(p, line, &rest) < 0)
			return p->err->code;
	}
	return check_whole(p);
}

int lesson_parse(
	const char *name, const char *text, size_t len, struct lesson **out, struct err *err)
{
	auto_of(lesson) struct lesson *lesson = calloc(1, sizeof(*lesson));
	struct parser p = {.lesson = lesson, .err = err};
	auto_free char *copy = strndup(text, len);

	if (!lesson || !copy)
		return err_set(err, ENOMEM, "lesson %s: out of memory", name);
	if (set_text(&p, &lesson->name, name) < 0 || set_text(&p, &lesson->title, "") < 0 ||
		set_text(&p, &lesson->about, "") < 0 || set_text(&p, &lesson->next, "") < 0)
		return -ENOMEM;
	if (len > LESSON_MAX_BYTES)
		return err_set(err, E2BIG, "line 1: longer than a megabyte");
	if (strlen(copy) != len)
		return err_set(err, EINVAL, "line 1: a text has no zero bytes");
	if (parse(&p, copy) < 0)
		return err->code;
	*out = take(lesson);
	return 0;
}
