#include "cli/args.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/units.h"
#include "util/strs.h"

struct reader {
	const struct syntax *syntax;
	char **argv;
	int argc, at;
	void *values;
	struct err *err;
};

const struct option *args_find(const struct syntax *syntax, const char *name, size_t len)
{
	for (size_t i = 0; syntax->tables && syntax->tables[i]; i++)
		for (const struct option *option = syntax->tables[i]; option->name; option++)
			if (strncmp(option->name, name, len) == 0 && !option->name[len])
				return option;
	return NULL;
}

static const struct option *find_letter(const struct syntax *syntax, char letter)
{
	for (size_t i = 0; syntax->tables && syntax->tables[i]; i++)
		for (const struct option *option = syntax->tables[i]; option->name; option++)
			if (option->letter == letter)
				return option;
	return NULL;
}

const char *option_value_word(const struct option *option)
{
	static const char *const words[] = {
		[OPTION_STRING] = "string",
		[OPTION_LIST] = "list",
		[OPTION_LABELS] = "list",
		[OPTION_INT] = "int",
		[OPTION_BYTES] = "bytes",
		[OPTION_SWAP] = "bytes",
		[OPTION_CPUS] = "decimal",
		[OPTION_DURATION] = "duration",
		[OPTION_REFUSED] = NULL,
		[OPTION_LATER] = NULL,
	};

	return option->value ? option->value : words[option->kind];
}

static bool read_bool(const char *text, bool *out)
{
	static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"};
	static const char *const no[] = {"0", "f", "F", "FALSE", "false", "False"};

	for (size_t i = 0; i < 6; i++) {
		if (strcmp(text, yes[i]) != 0 && strcmp(text, no[i]) != 0)
			continue;
		*out = strcmp(text, yes[i]) == 0;
		return true;
	}
	return false;
}

static int read_int(const char *text, int64_t *out, struct err *err)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	if (end == text || *end || errno)
		return err_set(err, EINVAL, "strconv.ParseInt: parsing \"%s\": %s", text,
			errno == ERANGE ? "value out of range" : "invalid syntax");
	return 0;
}

static int set_value(const struct option *option, const char *text, void *values, struct err *err)
{
	void *at = (char *)values + option->at;

	switch (option->kind) {
	case OPTION_BOOL:
		if (read_bool(text, at))
			return 0;
		return err_set(
			err, EINVAL, "strconv.ParseBool: parsing \"%s\": invalid syntax", text);
	case OPTION_STRING:
		*(const char **)at = text;
		return 0;
	case OPTION_LIST:
		strs_add(at, text);
		return 0;
	case OPTION_LABELS:
		if (!*text || *text == '=')
			return err_set(err, EINVAL, "invalid label '%s': empty name", text);
		strs_add(at, text);
		return 0;
	case OPTION_INT:
		return read_int(text, at, err);
	case OPTION_BYTES:
		return units_bytes(text, at, err);
	case OPTION_SWAP:
		return units_swap(text, at, err);
	case OPTION_DURATION:
		return units_duration(text, at, err);
	default:
		return units_cpus(text, at, err);
	}
}

static int take(struct reader *reader, const struct option *option, const char *text)
{
	struct err why;

	if (option->kind == OPTION_REFUSED)
		return err_set(reader->err, ENOTSUP, "--%s is not supported: %s", option->name,
			option->help);
	if (option->kind == OPTION_LATER)
		return err_set(reader->err, ENOTSUP, "--%s is not supported yet", option->name);
	if (set_value(option, text, reader->values, &why) == 0)
		return 0;
	if (option->letter)
		return err_set(reader->err, EINVAL,
			"invalid argument \"%s\" for \"-%c, --%s\" flag: %s", text, option->letter,
			option->name, why.text);
	return err_set(reader->err, EINVAL, "invalid argument \"%s\" for \"--%s\" flag: %s", text,
		option->name, why.text);
}

static bool stands_alone(const struct option *option)
{
	return option->kind == OPTION_BOOL || option->kind == OPTION_LATER ||
	       option->kind == OPTION_REFUSED;
}

static int read_long(struct reader *reader, const char *name)
{
	size_t len = strcspn(name, "=");
	const struct option *option = args_find(reader->syntax, name, len);

	if (len == 0)
		return err_set(reader->err, EINVAL, "bad flag syntax: --%s", name);
	if (!option)
		return err_set(reader->err, EINVAL, "unknown flag: --%.*s", (int)len, name);
	if (name[len] == '=')
		return take(reader, option, name + len + 1);
	if (stands_alone(option))
		return take(reader, option, "true");
	if (reader->at == reader->argc)
		return err_set(reader->err, EINVAL, "flag needs an argument: --%s", name);
	return take(reader, option, reader->argv[reader->at++]);
}

/* "-itd", "-eKEY", "-e KEY", "-e=KEY". */
static int read_letters(struct reader *reader, const char *letters)
{
	for (; *letters; letters++) {
		const struct option *option = find_letter(reader->syntax, *letters);
		int failed;

		if (!option)
			return err_set(reader->err, EINVAL, "unknown shorthand flag: '%c' in -%s",
				*letters, letters);
		if (letters[1] == '=' && letters[2])
			return take(reader, option, letters + 2);
		if (!stands_alone(option)) {
			if (letters[1])
				return take(reader, option, letters + 1);
			if (reader->at == reader->argc)
				return err_set(reader->err, EINVAL,
					"flag needs an argument: '%c' in -%s", *letters, letters);
			return take(reader, option, reader->argv[reader->at++]);
		}
		failed = take(reader, option, "true");
		if (failed)
			return failed;
	}
	return 0;
}

static bool asks_help(const struct syntax *syntax, const char *arg)
{
	return strcmp(arg, "--help") == 0 || (strcmp(arg, "-h") == 0 && !find_letter(syntax, 'h'));
}

int args_read(const struct syntax *syntax, int argc, char **argv, void *values,
	struct operands *operands, bool *help, struct err *err)
{
	struct reader reader = {
		.syntax = syntax, .argv = argv, .argc = argc, .values = values, .err = err};
	bool handed_on = syntax->passes_on;
	int len = 0;

	*help = false;
	while (reader.at < argc) {
		char *arg = argv[reader.at++];
		int failed = 0;

		if (handed_on || arg[0] != '-' || !arg[1]) {
			argv[len++] = arg;
			if (syntax->hands_on_after >= 0 && len >= syntax->hands_on_after)
				handed_on = true;
			continue;
		}
		if (strcmp(arg, "--") == 0) {
			handed_on = true;
			continue;
		}
		if (asks_help(syntax, arg)) {
			*help = true;
			return 0;
		}
		failed = arg[1] == '-' ? read_long(&reader, arg + 2)
				       : read_letters(&reader, arg + 1);
		if (failed)
			return failed;
	}
	argv[len] = NULL;
	*operands = (struct operands){.v = argv, .len = len};
	return 0;
}

void args_fini(const struct syntax *syntax, void *values)
{
	for (size_t i = 0; syntax->tables && syntax->tables[i]; i++)
		for (const struct option *option = syntax->tables[i]; option->name; option++)
			if (option->kind == OPTION_LIST || option->kind == OPTION_LABELS)
				strs_fini((struct strs *)((char *)values + option->at));
}
