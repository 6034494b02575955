#include "build/command.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "build/number.h"
#include "build/quote.h"

enum { LEAST_INTERVAL = 1000000 };

struct reading {
	const struct instruction *in;
	struct arena *arena;
	struct command *out;
	struct err *err;
};

static const struct flag no_flags[] = {{0}};

static int read_flags(struct reading *r, const struct flag *flags)
{
	return flags_read(flags, r->in, r->arena, r->out, r->err);
}

static int at_least_one(struct reading *r)
{
	return err_set(
		r->err, EINVAL, "%s requires at least one argument", keyword_upper(r->in->keyword));
}

/* ---- FROM ---- */

static bool is_stage_name(const char *name)
{
	if (!(name[0] >= 'a' && name[0] <= 'z'))
		return false;
	for (; *name; name++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", *name))
			return false;
	return true;
}

static char *lower_copy(struct arena *arena, const char *text)
{
	char *copy = arena_copy(arena, text, strlen(text));

	for (char *p = copy; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return copy;
}

static int read_from(struct reading *r)
{
	static const struct flag flags[] = {
		{"platform", FLAG_TEXT, offsetof(struct command, platform)}, {0}};
	const struct words *args = &r->in->args;
	auto_buf quoted = BUF_INIT;

	r->out->stage = r->out->stage_written = r->out->as_word = "";
	if (args->len == 3 && strcasecmp(args->v[1], "as") == 0) {
		r->out->as_word = args->v[1];
		r->out->stage_written = args->v[2];
		r->out->stage = lower_copy(r->arena, args->v[2]);
		if (!r->out->stage)
			return err_set(r->err, ENOMEM, "out of memory");
		quote_add(&quoted, piece_of(args->v[2]));
		if (!is_stage_name(r->out->stage))
			return err_set(r->err, EINVAL,
				"invalid name for build stage: %.100s, name can't start with a number or contain symbols",
				buf_text(&quoted));
	} else if (args->len != 1) {
		return err_set(r->err, EINVAL, "FROM requires either one or three arguments");
	}
	r->out->base = args->v[0];
	return read_flags(r, flags);
}

/* ---- ENV, LABEL, ARG ---- */

static int read_pairs(struct reading *r)
{
	const struct words *args = &r->in->args;
	struct pair *pairs = arena_get(r->arena, (args->len + 1) * sizeof(*pairs));

	if (!pairs)
		return err_set(r->err, ENOMEM, "out of memory");
	if (read_flags(r, no_flags) < 0)
		return r->err->code;
	if (!args->len)
		return at_least_one(r);
	for (size_t i = 0; i + 1 < args->len; i += 2) {
		if (!*args->v[i])
			return err_set(r->err, EINVAL, "%s names can not be blank",
				keyword_upper(r->in->keyword));
		pairs[r->out->pairs_len++] = (struct pair){args->v[i], args->v[i + 1]};
	}
	r->out->pairs = pairs;
	return 0;
}

static int read_arg(struct reading *r)
{
	const struct words *args = &r->in->args;
	struct pair *pairs = arena_get(r->arena, (args->len + 1) * sizeof(*pairs));

	if (!pairs)
		return err_set(r->err, ENOMEM, "out of memory");
	if (!args->len)
		return at_least_one(r);
	for (size_t i = 0; i < args->len; i++) {
		const char *equals = strchr(args->v[i], '=');

		if (equals == args->v[i])
			return err_set(r->err, EINVAL, "ARG names can not be blank");
		pairs[r->out->pairs_len++] = (struct pair){
			equals ? arena_copy(r->arena, args->v[i], (size_t)(equals - args->v[i]))
			       : args->v[i],
			equals ? equals + 1 : NULL};
	}
	r->out->pairs = pairs;
	return read_flags(r, no_flags);
}

/* ---- commands ---- */

static void take_words(struct reading *r, size_t from)
{
	for (size_t i = from; i < r->in->args.len; i++)
		words_add(&r->out->words, r->arena, r->in->args.v[i], strlen(r->in->args.v[i]));
	r->out->shell_form = !r->in->json;
}

static int read_run(struct reading *r)
{
	static const struct flag flags[] = {
		{"mount", FLAG_LIST, offsetof(struct command, mounts)},
		{"network", FLAG_TEXT, offsetof(struct command, network)},
		{"security", FLAG_TEXT, offsetof(struct command, security)},
		{"device", FLAG_LIST, offsetof(struct command, devices)},
		{0},
	};
	struct mount_request mount;

	if (read_flags(r, flags) < 0)
		return r->err->code;
	for (size_t i = 0; i < r->out->mounts.len; i++)
		if (mount_read(r->out->mounts.v[i], NULL, r->arena, &mount, r->err) < 0)
			return r->err->code;
	if (r->out->network && strcmp(r->out->network, "default") != 0 &&
		strcmp(r->out->network, "none") != 0 && strcmp(r->out->network, "host") != 0)
		return err_set(r->err, EINVAL,
			"unsupported network mode \"%.100s\": it is default, none or host",
			r->out->network);
	if (r->out->security && strcmp(r->out->security, "sandbox") != 0 &&
		strcmp(r->out->security, "insecure") != 0)
		return err_set(r->err, EINVAL,
			"security \"%.100s\" is not valid: it is sandbox or insecure",
			r->out->security);
	take_words(r, 0);
	return r->in->json && !r->in->args.len ? at_least_one(r) : 0;
}

static int read_command(struct reading *r)
{
	take_words(r, 0);
	return read_flags(r, no_flags);
}

static int read_shell(struct reading *r)
{
	if (read_flags(r, no_flags) < 0)
		return r->err->code;
	if (!r->in->args.len)
		return at_least_one(r);
	if (!r->in->json)
		return err_set(r->err, EINVAL, "SHELL requires the arguments to be in JSON form");
	take_words(r, 0);
	return 0;
}

static int read_interval(struct reading *r, const char *name, const char *text, int64_t *out)
{
	*out = 0;
	if (!text || !*text)
		return 0;
	if (number_duration(text, out, r->err) < 0)
		return r->err->code;
	if (*out != 0 && *out < LEAST_INTERVAL)
		return err_set(r->err, EINVAL, "Interval \"%s\" cannot be less than 1ms", name);
	return 0;
}

static int read_retries(struct reading *r, const char *text)
{
	char *end;
	long retries;

	if (!text || !*text)
		return 0;
	errno = 0;
	retries = strtol(text, &end, 10);
	if (errno || *end || retries > INT32_MAX)
		return err_set(r->err, EINVAL,
			"strconv.ParseInt: parsing \"%.100s\": invalid syntax", text);
	if (retries < 0)
		return err_set(r->err, EINVAL, "--retries cannot be negative (%ld)", retries);
	r->out->retries = (int)retries;
	return 0;
}

struct health_flags {
	const char *interval, *timeout, *start_period, *start_interval, *retries;
};

static int read_health_flags(struct reading *r, struct health_flags *given)
{
	static const struct flag flags[] = {
		{"interval", FLAG_TEXT, offsetof(struct health_flags, interval)},
		{"timeout", FLAG_TEXT, offsetof(struct health_flags, timeout)},
		{"start-period", FLAG_TEXT, offsetof(struct health_flags, start_period)},
		{"start-interval", FLAG_TEXT, offsetof(struct health_flags, start_interval)},
		{"retries", FLAG_TEXT, offsetof(struct health_flags, retries)},
		{0},
	};

	return flags_read(flags, r->in, r->arena, given, r->err);
}

static int read_healthcheck(struct reading *r)
{
	struct health_flags given = {0};
	const struct words *args = &r->in->args;

	if (!args->len)
		return at_least_one(r);
	if (read_health_flags(r, &given) < 0)
		return r->err->code;
	if (strcasecmp(args->v[0], "NONE") == 0) {
		r->out->none = true;
		return args->len == 1
			       ? 0
			       : err_set(r->err, EINVAL, "HEALTHCHECK NONE takes no arguments");
	}
	if (strcasecmp(args->v[0], "CMD") != 0) {
		auto_buf quoted = BUF_INIT;

		quote_add(&quoted, piece_of(args->v[0]));
		return err_set(r->err, EINVAL, "Unknown type %.100s in HEALTHCHECK (try CMD)",
			buf_text(&quoted));
	}
	if (args->len == 1)
		return err_set(r->err, EINVAL, "Missing command after HEALTHCHECK CMD");
	take_words(r, 1);
	if (read_interval(r, "interval", given.interval, &r->out->interval) < 0 ||
		read_interval(r, "timeout", given.timeout, &r->out->timeout) < 0 ||
		read_interval(r, "start-period", given.start_period, &r->out->start_period) < 0 ||
		read_interval(r, "start-interval", given.start_interval, &r->out->start_interval) <
			0)
		return r->err->code;
	return read_retries(r, given.retries);
}

/* ---- COPY and ADD ---- */

static const struct heredoc *find_heredoc(const struct instruction *in, const char *name)
{
	const struct heredoc *found = NULL;

	for (size_t i = 0; i < in->heredocs_len; i++)
		if (strcmp(in->heredocs[i].name, name) == 0)
			found = &in->heredocs[i];
	return found;
}

/* A source that is a heredoc's name becomes a file of that name. */
static int add_source(struct reading *r, const char *word, struct text_source *texts)
{
	const struct heredoc *found;
	struct heredoc heredoc;
	struct err broken;
	size_t len = 0;

	if (r->in->json || heredoc_word(word, strlen(word), r->arena, &heredoc, &broken) < 0 ||
		!(found = find_heredoc(r->in, heredoc.name))) {
		words_add(&r->out->sources, r->arena, word, strlen(word));
		return 0;
	}
	texts[r->out->texts_len++] = (struct text_source){
		.file = {.name = found->name, .text = heredoc_body(found, r->arena, &len)},
		.expand = found->expand,
	};
	texts[r->out->texts_len - 1].file.len = len;
	return 0;
}

static int read_sources(struct reading *r)
{
	const struct words *args = &r->in->args;
	struct text_source *texts = arena_get(r->arena, args->len * sizeof(*texts));
	struct heredoc heredoc;
	struct err ignored;

	if (!texts)
		return err_set(r->err, ENOMEM, "out of memory");
	r->out->texts = texts;
	r->out->dest = args->v[args->len - 1];
	if (!r->in->json &&
		heredoc_word(r->out->dest, strlen(r->out->dest), r->arena, &heredoc, &ignored) == 0)
		return err_set(r->err, EINVAL, "%s cannot accept a heredoc as a destination",
			keyword_upper(r->in->keyword));
	for (size_t i = 0; i + 1 < args->len; i++)
		if (add_source(r, args->v[i], texts) < 0)
			return r->err->code;
	return 0;
}

static int read_copy(struct reading *r)
{
	static const struct flag add_flags[] = {
		{"chown", FLAG_TEXT, offsetof(struct command, chown)},
		{"chmod", FLAG_TEXT, offsetof(struct command, chmod)},
		{"link", FLAG_BOOL, offsetof(struct command, link)},
		{"checksum", FLAG_TEXT, offsetof(struct command, checksum)},
		{"keep-git-dir", FLAG_SWITCH, offsetof(struct command, keep_git_dir)},
		{"unpack", FLAG_SWITCH, offsetof(struct command, unpack)},
		{"exclude", FLAG_LIST, offsetof(struct command, excludes)},
		{0},
	};
	static const struct flag copy_flags[] = {
		{"from", FLAG_TEXT, offsetof(struct command, from)},
		{"chown", FLAG_TEXT, offsetof(struct command, chown)},
		{"chmod", FLAG_TEXT, offsetof(struct command, chmod)},
		{"link", FLAG_BOOL, offsetof(struct command, link)},
		{"parents", FLAG_BOOL, offsetof(struct command, parents)},
		{"exclude", FLAG_LIST, offsetof(struct command, excludes)},
		{0},
	};

	r->out->keep_git_dir = r->out->unpack = BUILD_UNSET;
	if (r->in->args.len < 2)
		return err_set(r->err, EINVAL,
			"%s requires at least two arguments, but only one was provided. Destination could not be determined",
			keyword_upper(r->in->keyword));
	if (read_flags(r, r->in->keyword == KEYWORD_ADD ? add_flags : copy_flags) < 0)
		return r->err->code;
	return read_sources(r);
}

/* ---- the others ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_expose(struct reading *r)
{
	if (!r->in->args.len)
		return at_least_one(r);
	take_words(r, 0);
	if (r->out->words.len)
		qsort(r->out->words.v, r->out->words.len, sizeof(*r->out->words.v), by_text);
	return read_flags(r, no_flags);
}

static int read_volume(struct reading *r)
{
	if (!r->in->args.len)
		return at_least_one(r);
	for (size_t i = 0; i < r->in->args.len; i++) {
		struct piece word = piece_trim(piece_of(r->in->args.v[i]));

		if (!word.len)
			return err_set(
				r->err, EINVAL, "VOLUME specified can not be an empty string");
		words_add(&r->out->words, r->arena, word.at, word.len);
	}
	return read_flags(r, no_flags);
}

static int read_text(struct reading *r)
{
	if (r->in->args.len != 1)
		return err_set(r->err, EINVAL, "%s requires exactly one argument",
			keyword_upper(r->in->keyword));
	r->out->text = r->in->args.v[0];
	return read_flags(r, no_flags);
}

/* A trigger is kept as it was written, its heredocs below it. */
static int read_onbuild(struct reading *r)
{
	const struct instruction *trigger = r->in->trigger;
	auto_buf text = BUF_INIT;

	if (read_flags(r, no_flags) < 0)
		return r->err->code;
	if (!trigger)
		return at_least_one(r);
	if (trigger->keyword == KEYWORD_FROM || trigger->keyword == KEYWORD_MAINTAINER)
		return err_set(r->err, EINVAL, "%s isn't allowed as an ONBUILD trigger",
			keyword_upper(trigger->keyword));
	if (trigger->keyword == KEYWORD_UNKNOWN)
		return ast_unknown(trigger, r->err);
	buf_adds(&text, trigger->line);
	for (size_t i = 0; i < r->in->heredocs_len; i++) {
		buf_addc(&text, '\n');
		buf_add(&text, r->in->heredocs[i].text, r->in->heredocs[i].len);
		buf_adds(&text, r->in->heredocs[i].name);
	}
	r->out->text = arena_copy(r->arena, buf_text(&text), text.len);
	return r->out->text && !buf_failed(&text) ? 0 : err_set(r->err, ENOMEM, "out of memory");
}

int command_read(
	const struct instruction *in, struct arena *arena, struct command *out, struct err *err)
{
	static int (*const readers[KEYWORD_COUNT])(struct reading *) = {
		[KEYWORD_ADD] = read_copy,
		[KEYWORD_ARG] = read_arg,
		[KEYWORD_CMD] = read_command,
		[KEYWORD_COPY] = read_copy,
		[KEYWORD_ENTRYPOINT] = read_command,
		[KEYWORD_ENV] = read_pairs,
		[KEYWORD_EXPOSE] = read_expose,
		[KEYWORD_FROM] = read_from,
		[KEYWORD_HEALTHCHECK] = read_healthcheck,
		[KEYWORD_LABEL] = read_pairs,
		[KEYWORD_MAINTAINER] = read_text,
		[KEYWORD_ONBUILD] = read_onbuild,
		[KEYWORD_RUN] = read_run,
		[KEYWORD_SHELL] = read_shell,
		[KEYWORD_STOPSIGNAL] = read_text,
		[KEYWORD_USER] = read_text,
		[KEYWORD_VOLUME] = read_volume,
		[KEYWORD_WORKDIR] = read_text,
	};
	struct reading r = {in, arena, out, err};
	int failed;

	*out = (struct command){.keyword = in->keyword, .in = in};
	if (in->keyword == KEYWORD_UNKNOWN)
		return ast_unknown(in, err);
	for (size_t i = 0; in->json && i < in->args.len; i++)
		if (strstr(in->args.v[i], WORD_NUL))
			return err_set(err, EINVAL, "a word cannot have a NUL character in it");
	failed = readers[in->keyword](&r);
	return !failed && arena->failed ? err_set(err, ENOMEM, "out of memory") : failed;
}
