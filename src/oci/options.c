#include "oci/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/own.h"

int options_number(const char *text, int64_t *out)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || *end || errno || text[0] == ' ' || text[0] == '+')
		return -EINVAL;
	*out = value;
	return 0;
}

static const struct option *find(const struct option *table, const char *name, size_t len)
{
	for (; table->name; table++) {
		if (strlen(table->name) == len && memcmp(table->name, name, len) == 0)
			return table;
		if (len == 1 && table->letter == name[0])
			return table;
	}
	return NULL;
}

static int set_flag(const struct option *option, const char *value, struct err *err)
{
	if (value && !str_eq(value, "true") && !str_eq(value, "false"))
		return err_set(err, EINVAL, "--%s: \"%.40s\" is neither true nor false",
			option->name, value);
	*(bool *)option->to = !value || str_eq(value, "true");
	return 0;
}

static int set(const struct option *option, const char *value, struct err *err)
{
	switch (option->kind) {
	case OPTION_FLAG:
		return set_flag(option, value, err);
	case OPTION_TEXT:
		*(const char **)option->to = value;
		return 0;
	case OPTION_LIST:
		strs_add(option->to, value);
		return 0;
	case OPTION_NUMBER:
		if (options_number(value, option->to) < 0)
			return err_set(err, EINVAL, "--%s: \"%.40s\" is not a number", option->name,
				value);
		return 0;
	case OPTION_NONE:
		return 0;
	case OPTION_REFUSED:
		return err_set(err, ENOTSUP, "--%s: is not supported", option->name);
	}
	return 0;
}

static _Noreturn void help(const struct option *table, const char *usage)
{
	printf("Usage: davit-runtime %s\n", usage);
	if (table->name)
		printf("\nOptions:\n");
	for (; table->name; table++) {
		char letter[8] = "";

		if (table->letter)
			snprintf(letter, sizeof(letter), "-%c, ", table->letter);
		printf("  %s--%-24s %s\n", letter, table->name, table->what ? table->what : "");
	}
	exit(0);
}

/* One word that begins with '-', and its value. */
static int read_one(
	const struct option *table, const char *usage, int *argc, char ***argv, struct err *err)
{
	const char *word = **argv, *name = word + (word[1] == '-' ? 2 : 1);
	size_t len = strcspn(name, "=");
	const char *value = name[len] ? name + len + 1 : NULL;
	const struct option *option = find(table, name, len);

	if (!option && (str_eq(name, "help") || str_eq(name, "h")))
		help(table, usage);
	if (!option)
		return err_set(err, EINVAL, "unknown option %.60s", word);
	++*argv;
	--*argc;
	if (option->kind != OPTION_FLAG && option->kind != OPTION_REFUSED && !value) {
		if (!*argc)
			return err_set(err, EINVAL, "--%s: needs a value", option->name);
		value = **argv;
		++*argv;
		--*argc;
	}
	return set(option, value, err);
}

static bool is_one(const struct option *table, const char *word)
{
	const char *name = word + (word[0] == '-' && word[1] == '-' ? 2 : 1);

	return word[0] == '-' && (find(table, name, strcspn(name, "=")) || str_eq(name, "help"));
}

/* Those among the words, which move together. */
static int read_behind(
	const struct option *table, const char *usage, int *argc, char **argv, struct err *err)
{
	char **at = argv;
	int left = *argc, words = 0, rc = 0;

	while (rc == 0 && left) {
		if (is_one(table, *at)) {
			rc = read_one(table, usage, &left, &at, err);
			continue;
		}
		argv[words++] = *at++;
		left--;
	}
	*argc = words;
	return rc;
}

int options_read(const struct option *table, const char *usage, int min, int max, int *argc,
	char ***argv, struct err *err)
{
	bool ended = false;
	int rc = 0;

	++*argv;
	--*argc;
	while (rc == 0 && *argc && (**argv)[0] == '-' && (**argv)[1]) {
		if (str_eq(**argv, "--")) {
			++*argv;
			--*argc;
			ended = true;
			break;
		}
		rc = read_one(table, usage, argc, argv, err);
	}
	if (rc == 0 && max >= 0 && !ended)
		rc = read_behind(table, usage, argc, *argv, err);
	if (rc == 0 && (*argc < min || (max >= 0 && *argc > max)))
		return err_set(err, EINVAL, "usage: davit-runtime %s", usage);
	return rc;
}
