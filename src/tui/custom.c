/* custom.c - see custom.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tui/custom.h"
#include "tui/widget/sheet.h"
#include "util/template.h"

enum { COMMANDS_MAX = 64 };

struct custom {
	struct custom_command commands[COMMANDS_MAX];
	size_t count;
};

void custom_free(struct custom *custom)
{
	free(custom);
}

const struct custom_command *custom_at(const struct custom *custom, enum context context, size_t n)
{
	for (size_t i = 0; custom && i < custom->count; i++)
		if (custom->commands[i].context == context && n-- == 0)
			return &custom->commands[i];
	return NULL;
}

static void trim(const char **at, const char **end)
{
	while (*at < *end && strchr(" \t\r", **at))
		++*at;
	while (*end > *at && strchr(" \t\r", (*end)[-1]))
		--*end;
}

static bool read_context(const char *at, size_t len, enum context *context)
{
	for (int i = 0; i < CONTEXT_COUNT; i++) {
		const char *name = keymap_context_name((enum context)i);

		if (strlen(name) == len && memcmp(name, at, len) == 0) {
			*context = (enum context)i;
			return true;
		}
	}
	return false;
}

/* "terminal " or "output " before the template. */
static bool read_way(const char **at, const char *end, bool *terminal)
{
	static const char *const ways[] = {"output", "terminal"};

	for (size_t i = 0; i < array_len(ways); i++) {
		size_t len = strlen(ways[i]);

		if ((size_t)(end - *at) > len && memcmp(*at, ways[i], len) == 0 &&
			strchr(" \t", (*at)[len])) {
			*terminal = i == 1;
			*at += len;
			return true;
		}
	}
	return false;
}

static int read_text(
	struct custom_command *command, const char *at, const char *end, int line, struct err *err)
{
	struct template *template = NULL;

	if (!read_way(&at, end, &command->terminal))
		return err_set(err, EINVAL,
			"commands line %d: after '=' comes terminal or output, and then the command",
			line);
	trim(&at, &end);
	if ((size_t)(end - at) >= sizeof(command->text))
		return err_set(err, EINVAL, "commands line %d: the command is too long", line);
	snprintf(command->text, sizeof(command->text), "%.*s", (int)(end - at), at);
	if (template_parse(command->text, &template, err) < 0)
		return err_in(err, "commands line %d", line);
	template_free(template);
	return 0;
}

static int parse_line(
	struct custom *custom, const char *at, const char *end, int line, struct err *err)
{
	struct custom_command *command = &custom->commands[custom->count];
	const char *equals, *dot, *name_end;

	trim(&at, &end);
	if (at == end || *at == '#')
		return 0;
	equals = memchr(at, '=', (size_t)(end - at));
	dot = equals ? memchr(at, '.', (size_t)(equals - at)) : NULL;
	if (!dot || !read_context(at, (size_t)(dot - at), &command->context))
		return err_set(err, EINVAL,
			"commands line %d: a line is \"view.name = how command\", such as "
			"containers.Shell = terminal …",
			line);
	at = dot + 1;
	name_end = equals;
	trim(&at, &name_end);
	if (at == name_end || (size_t)(name_end - at) >= sizeof(command->name))
		return err_set(
			err, EINVAL, "commands line %d: its name is missing or too long", line);
	if (custom->count + 1 == COMMANDS_MAX)
		return err_set(err, ENOSPC, "commands line %d: more than %d commands", line,
			COMMANDS_MAX - 1);
	snprintf(command->name, sizeof(command->name), "%.*s", (int)(name_end - at), at);
	at = equals + 1;
	trim(&at, &end);
	if (read_text(command, at, end, line, err) < 0)
		return err->code;
	custom->count++;
	return 0;
}

int custom_parse(const char *text, size_t len, struct custom **out, struct err *err)
{
	auto_of(custom) struct custom *custom = calloc(1, sizeof(*custom));
	const char *at = text, *end = text + len;

	if (!custom)
		return err_set(err, ENOMEM, "out of memory");
	for (int line = 1; at < end; line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		stop = stop ? stop : end;
		if (parse_line(custom, at, stop, line, err) < 0)
			return err->code;
		at = stop + (stop < end);
	}
	*out = take(custom);
	return 0;
}

/* Every value quoted, so that a name is never anything but a word to the shell. */
static cJSON *make_data(const struct strs *fields)
{
	cJSON *data = cJSON_CreateObject();

	for (size_t i = 0; data && i < fields->len; i++) {
		const char *equals = strchr(fields->v[i], '=');
		auto_free char *key = strndup(fields->v[i], (size_t)(equals - fields->v[i]));
		auto_buf quoted = BUF_INIT;

		sheet_quote(&quoted, equals + 1);
		if (key)
			cJSON_AddStringToObject(data, key, buf_text(&quoted));
	}
	return data;
}

int custom_line(const struct custom_command *command, const struct strs *fields, struct buf *out,
	struct err *err)
{
	const struct template_options options = {.type = "row"};
	struct template *template;
	cJSON *data;
	int rc = template_parse(command->text, &template, err);

	if (rc < 0)
		return rc;
	data = make_data(fields);
	rc = data ? template_run(template, data, &options, out, err)
		  : err_set(err, ENOMEM, "out of memory");
	cJSON_Delete(data);
	template_free(template);
	return rc < 0 ? err_in(err, "%s", command->name) : 0;
}
