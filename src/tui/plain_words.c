/* plain_words.c - what a typed line means that is no number: the screen's own words, or davit's. */
#include <stdio.h>

#include "tui/command_forms.h"
#include "tui/manual.h"
#include "tui/plain_private.h"
#include "tui/row_fields.h"

void plain_menu(struct plain *plain)
{
	plain->place = PLAIN_TOP;
	plain_say(plain, "1. containers");
	plain_say(plain, "2. images");
	plain_say(plain, "3. what happened");
	plain_say(plain,
		"Or any command: list, log NAME, filter TEXT, set NAME VALUE, help TOPIC, quit, "
		"and all of davit's: stop NAME, run IMAGE.");
}

static const char *saved(const void *settings, const char *name)
{
	return settings_filter(settings, name);
}

static void do_filter(struct plain *plain, const char *rest)
{
	struct filter_context context = {
		.now_ns = plain->real_ns, .saved = saved, .arg = keep_settings(plain->o.keep)};
	struct filter *filter = *rest ? filter_new(&container_fields, rest, &context) : NULL;
	size_t count;
	const struct filter_bad *bad = filter ? filter_bad(filter, &count) : NULL;

	for (size_t i = 0; bad && i < count; i++)
		plain_say(plain, "%.*s is taken as text: %s", (int)bad[i].len, rest + bad[i].from,
			bad[i].why);
	model_filter(plain->model, filter);
	plain_containers(plain);
}

static void do_set(struct plain *plain, const char *rest)
{
	char name[60];
	size_t len = strcspn(rest, " =");
	const struct setting *setting;
	struct err err;

	snprintf(name, sizeof(name), "%.*s", (int)len, rest);
	rest += len + strspn(rest + len, " =");
	setting = settings_find(name);
	if (setting && !*rest)
		plain_say(plain, "%s is %s%s%s", name,
			settings_get(keep_settings(plain->o.keep), name),
			setting->choices ? "; there are " : "",
			setting->choices ? setting->choices : "");
	else if (keep_set(plain->o.keep, name, rest, true, &err) < 0)
		plain_say(plain, "%s", err.text);
	else
		plain_say(plain, "%s is %s, from now on", name, rest);
}

static void do_save(struct plain *plain, const char *rest)
{
	const char *filter = model_filter_text(plain->model);
	char name[FILTER_MAX + 8];
	struct err err;

	snprintf(name, sizeof(name), "filter.%s", rest);
	if (!*filter)
		plain_say(plain, "There is no filter to save: \"filter TEXT\" makes one.");
	else if (keep_set(plain->o.keep, name, filter, true, &err) < 0)
		plain_say(plain, "%s", err.text);
	else
		plain_say(plain, "@%s is %s", rest, filter);
}

static void do_help(struct plain *plain, const char *rest)
{
	const struct topic *topic = *rest ? manual_find(rest) : NULL;
	auto_buf page = BUF_INIT;
	char *at, *line;

	if (!topic) {
		plain_say(plain,
			*rest ? "The manual has no such page. There are:" : "Pages of the manual:");
		for (size_t i = 0; (topic = manual_topic(i)); i++)
			plain_say(plain, "%s: %s", topic->name, topic->title);
		return;
	}
	manual_render(topic, MANUAL_WIDTH, &page);
	at = page.data;
	while (at && (line = strsep(&at, "\n")))
		plain_say(plain, "%s", line);
}

static void do_quit(struct plain *plain, const char *rest)
{
	(void)rest;
	plain->leaving = true;
}

static void do_menu(struct plain *plain, const char *rest)
{
	(void)rest;
	plain_menu(plain);
}

static void do_containers(struct plain *plain, const char *rest)
{
	(void)rest;
	plain_containers(plain);
}

static void run_line(struct plain *plain, const char *line)
{
	auto_strs argv = STRS_INIT;

	if (command_words(line, plain->o.read_only, &argv) < 0) {
		plain_say(plain, "A quote is not closed in: %s", line);
		return;
	}
	if (plain->o.read_only && !command_only_reads(&argv)) {
		plain_say(plain, "Read-only: nothing was changed. Elsewhere: davit %s", line);
		return;
	}
	keep_remember(plain->o.keep, line);
	strs_copy(&plain->program, &argv);
}

static void do_list(struct plain *plain, const char *rest)
{
	static const struct {
		const char *name;
		void (*list)(struct plain *plain);
	} lists[] = {{"containers", plain_containers}, {"images", plain_images},
		{"journal", plain_journal}};

	for (size_t i = 0; i < array_len(lists); i++)
		if (!*rest || strcmp(lists[i].name, rest) == 0) {
			lists[i].list(plain);
			return;
		}
	plain_say(plain, "There is no list of %s: there are containers, images and journal.", rest);
}

/* The end of it: all of it is what "logs NAME" prints. */
static void do_log(struct plain *plain, const char *rest)
{
	auto_buf line = BUF_INIT;

	if (!*rest) {
		plain_say(plain, "Whose? log NAME tells the last 20 lines, logs NAME all of them.");
		return;
	}
	buf_addf(&line, "logs --tail 20 %s", rest);
	run_line(plain, buf_text(&line));
}

static const struct {
	const char *word;
	void (*run)(struct plain *plain, const char *rest);
} words[] = {
	{"list", do_list},
	{"log", do_log},
	{"filter", do_filter},
	{"set", do_set},
	{"help", do_help},
	{"h", do_help},
	{"?", do_help},
	{"menu", do_menu},
	{"containers", do_containers},
	{"quit", do_quit},
	{"q", do_quit},
	{"exit", do_quit},
};

void plain_words(struct plain *plain, const char *line)
{
	size_t len;
	const char *rest;

	line += str_has_prefix(line, "davit ") ? 6 : 0;
	len = strcspn(line, " ");
	rest = line + len + strspn(line + len, " ");
	if (str_has_prefix(line, "save filter ")) {
		do_save(plain, line + strlen("save filter "));
		return;
	}
	for (size_t i = 0; i < array_len(words); i++)
		if (strlen(words[i].word) == len && memcmp(words[i].word, line, len) == 0) {
			words[i].run(plain, rest);
			return;
		}
	run_line(plain, line);
}
