/* --flags of instructions. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "build/command.h"
#include "build/suggest.h"

enum { FLAGS_MAX = 16 };

static int unknown_flag(const struct flag *flags, const char *name, struct err *err)
{
	const char *names[FLAGS_MAX], *meant;
	size_t len = 0;

	for (; len < FLAGS_MAX && flags[len].name; len++)
		names[len] = flags[len].name;
	meant = suggest(name, names, len, false);
	if (meant)
		return err_set(err, EINVAL, "unknown flag: %.100s (did you mean %s?)", name, meant);
	return err_set(err, EINVAL, "unknown flag: %.100s", name);
}

static int read_bool(const char *name, const char *value, bool *out, struct err *err)
{
	*out = !value || strcasecmp(value, "true") == 0;
	if (value && !*value)
		return err_set(err, EINVAL, "missing a value on flag: %s", name);
	if (!*out && strcasecmp(value, "false") != 0)
		return err_set(err, EINVAL, "expecting boolean value for flag %s, not: %.100s",
			name, value);
	return 0;
}

static int set_flag(const struct flag *flag, const char *value, struct arena *arena, void *into,
	struct err *err)
{
	void *at = (char *)into + flag->at;
	bool on;

	if (flag->kind == FLAG_BOOL || flag->kind == FLAG_SWITCH) {
		if (read_bool(flag->name, value, &on, err) < 0)
			return err->code;
		if (flag->kind == FLAG_BOOL)
			*(bool *)at = on;
		else
			*(enum build_switch *)at = on ? BUILD_ON : BUILD_OFF;
		return 0;
	}
	if (!value)
		return err_set(err, EINVAL, "missing a value on flag: %s", flag->name);
	if (flag->kind == FLAG_LIST)
		words_add(at, arena, value, strlen(value));
	else
		*(const char **)at = value;
	return 0;
}

int flags_read(const struct flag *flags, const struct instruction *in, struct arena *arena,
	void *into, struct err *err)
{
	unsigned used = 0;

	for (size_t i = 0; i < in->flags.len; i++) {
		const char *word = in->flags.v[i] + 2, *equals = strchr(word, '=');
		size_t len = equals ? (size_t)(equals - word) : strlen(word), which = 0;
		const char *name = arena_copy(arena, word, len);

		if (!name)
			return err_set(err, ENOMEM, "out of memory");
		while (flags[which].name && strcmp(flags[which].name, name) != 0)
			which++;
		if (!flags[which].name)
			return unknown_flag(flags, name, err);
		if (used & 1u << which && flags[which].kind != FLAG_LIST)
			return err_set(err, EINVAL, "duplicate flag specified: %s", name);
		used |= 1u << which;
		if (set_flag(&flags[which], equals ? equals + 1 : NULL, arena, into, err) < 0)
			return err->code;
	}
	return 0;
}
