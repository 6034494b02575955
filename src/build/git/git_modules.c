#include "build/git/git_modules.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "util/buf.h"
#include "util/strs.h"

struct module {
	char *path, *url;
};

struct git_modules {
	struct module *modules;
	size_t count;
};

struct reading {
	const char *at, *end;
	unsigned line;
	bool in_module; /* the section is [submodule "…"] */
	struct git_modules *modules;
};

static int wrong(const struct reading *reading, const char *why, struct err *err)
{
	return err_set(err, EINVAL, ".gitmodules line %u: %s", reading->line, why);
}

static bool at_end(const struct reading *reading)
{
	return reading->at >= reading->end;
}

static void skip_blanks(struct reading *reading)
{
	while (!at_end(reading) &&
		(*reading->at == ' ' || *reading->at == '\t' || *reading->at == '\r'))
		reading->at++;
}

static void skip_line(struct reading *reading)
{
	while (!at_end(reading) && *reading->at != '\n')
		reading->at++;
}

/* ---- sections ---- */

static int add_module(struct reading *reading, struct err *err)
{
	struct git_modules *modules = reading->modules;
	struct module *more;

	if (modules->count == GIT_MODULES_MAX)
		return wrong(reading, "more than 1,000 submodules", err);
	more = realloc(modules->modules, (modules->count + 1) * sizeof(*more));
	if (!more)
		return err_set(err, ENOMEM, ".gitmodules: out of memory");
	modules->modules = more;
	more[modules->count++] = (struct module){0};
	return 0;
}

/* After the '[': a name, perhaps a quoted one more, and the ']'. */
static int read_section(struct reading *reading, struct err *err)
{
	const char *name = reading->at;
	size_t len;
	bool quoted = false;

	while (!at_end(reading) &&
		(isalnum((unsigned char)*reading->at) || strchr("-.", *reading->at)))
		reading->at++;
	len = (size_t)(reading->at - name);
	skip_blanks(reading);
	if (!at_end(reading) && *reading->at == '"') {
		quoted = true;
		for (reading->at++; !at_end(reading) && *reading->at != '"' && *reading->at != '\n';
			reading->at++)
			if (*reading->at == '\\' && reading->at + 1 < reading->end)
				reading->at++;
		if (at_end(reading) || *reading->at != '"')
			return wrong(reading, "a section's name does not end", err);
		reading->at++;
	}
	if (at_end(reading) || *reading->at != ']')
		return wrong(reading, "a section does not end", err);
	reading->at++;
	reading->in_module =
		quoted && len == strlen("submodule") && strncasecmp(name, "submodule", len) == 0;
	return reading->in_module ? add_module(reading, err) : 0;
}

/* ---- values ---- */

static int escaped(struct reading *reading, struct buf *out, struct err *err)
{
	static const char from[] = "nt\"\\b", to[] = "\n\t\"\\\b";
	const char *found;

	if (++reading->at >= reading->end)
		return wrong(reading, "a value ends in a backslash", err);
	if (*reading->at == '\n') {
		reading->line++;
		reading->at++;
		return 0;
	}
	found = memchr(from, *reading->at, sizeof(from) - 1);
	if (!found)
		return wrong(reading, "a value has an escape that git does not know", err);
	buf_addc(out, to[found - from]);
	reading->at++;
	return 0;
}

/* Up to the end of the line or a comment, without blanks at its end, quotes taken away. */
static int read_value(struct reading *reading, struct buf *out, struct err *err)
{
	size_t solid = 0; /* what blanks at the end are not cut from */
	bool quoted = false;

	while (!at_end(reading) && *reading->at != '\n') {
		char c = *reading->at;

		if (!quoted && (c == '#' || c == ';'))
			break;
		if (c == '\0')
			return wrong(reading, "a value has a NUL in it", err);
		if (c == '\\') {
			if (escaped(reading, out, err) < 0)
				return err->code;
			solid = out->len;
			continue;
		}
		reading->at++;
		if (c == '"') {
			quoted = !quoted;
			solid = out->len;
			continue;
		}
		buf_addc(out, c);
		if (quoted || !isspace((unsigned char)c))
			solid = out->len;
	}
	if (quoted)
		return wrong(reading, "a quoted value does not end", err);
	skip_line(reading);
	if (out->data)
		out->data[out->len = solid] = '\0';
	return 0;
}

static int set_value(
	struct reading *reading, const char *key, size_t len, const char *value, struct err *err)
{
	struct module *module = &reading->modules->modules[reading->modules->count - 1];
	char **field = len == 4 && strncasecmp(key, "path", 4) == 0  ? &module->path
		       : len == 3 && strncasecmp(key, "url", 3) == 0 ? &module->url
								     : NULL;

	if (!field)
		return 0;
	free(*field);
	*field = strdup(value);
	return *field ? 0 : err_set(err, ENOMEM, ".gitmodules: out of memory");
}

static int read_key(struct reading *reading, struct err *err)
{
	const char *key = reading->at;
	auto_buf value = BUF_INIT;
	size_t len;

	while (!at_end(reading) && (isalnum((unsigned char)*reading->at) || *reading->at == '-'))
		reading->at++;
	len = (size_t)(reading->at - key);
	if (!len)
		return wrong(reading, "neither a section nor a name", err);
	skip_blanks(reading);
	if (!at_end(reading) && *reading->at == '=') {
		reading->at++;
		skip_blanks(reading);
		if (read_value(reading, &value, err) < 0)
			return err->code;
	} else if (!at_end(reading) && !strchr("\n#;", *reading->at)) {
		return wrong(reading, "a name without an equals sign", err);
	}
	if (buf_failed(&value))
		return err_set(err, ENOMEM, ".gitmodules: out of memory");
	return reading->in_module ? set_value(reading, key, len, buf_text(&value), err) : 0;
}

static int read_all(struct reading *reading, struct err *err)
{
	int failed = 0;

	while (!failed) {
		skip_blanks(reading);
		if (at_end(reading))
			return 0;
		if (*reading->at == '\n') {
			reading->line++;
			reading->at++;
		} else if (*reading->at == '#' || *reading->at == ';') {
			skip_line(reading);
		} else if (*reading->at == '[') {
			reading->at++;
			failed = read_section(reading, err);
		} else {
			failed = read_key(reading, err);
		}
	}
	return failed;
}

int git_modules_parse(const char *text, size_t len, struct git_modules **out, struct err *err)
{
	auto_of(git_modules) struct git_modules *modules = calloc(1, sizeof(*modules));
	struct reading reading = {.at = text, .end = text + len, .line = 1, .modules = modules};

	if (!modules)
		return err_set(err, ENOMEM, ".gitmodules: out of memory");
	if (len > GIT_MODULES_SIZE_MAX)
		return err_set(err, EFBIG, ".gitmodules: more than 1 MiB");
	if (read_all(&reading, err) < 0)
		return err->code;
	*out = take(modules);
	return 0;
}

const char *git_modules_url(const struct git_modules *modules, const char *path)
{
	for (size_t i = 0; i < modules->count; i++)
		if (str_eq(modules->modules[i].path, path))
			return modules->modules[i].url;
	return NULL;
}

void git_modules_free(struct git_modules *modules)
{
	if (!modules)
		return;
	for (size_t i = 0; i < modules->count; i++) {
		free(modules->modules[i].path);
		free(modules->modules[i].url);
	}
	free(modules->modules);
	free(modules);
}
