/* Variables: where their values come from, and in which words they are expanded. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "build/expand.h"
#include "build/planner.h"
#include "build/suggest.h"

/* Who asks, for the check that a variable is defined. */
struct asking {
	struct planner *p;
	const struct stage *stage; /* NULL: a FROM */
	const struct command *command;
	const struct strs *env;
};

static const char *look_up(void *context, const char *name)
{
	const struct asking *asking = context;

	return strs_env(asking->env, name);
}

/* Names without values, for a suggestion. */
static const char *nearest(struct planner *p, const struct strs *env, const char *name)
{
	const char *best = NULL;

	for (size_t i = 0; i < env->len && i < 500; i++) {
		size_t len = strcspn(env->v[i], "=");
		const char *option = arena_copy(&p->arena, env->v[i], len);

		if (option && suggest(name, &option, 1, false))
			best = option;
	}
	return best;
}

static bool is_declared(const struct stage *stage, const char *name)
{
	for (size_t i = 0; i < stage->args_len; i++)
		if (str_eq(stage->args[i].name, name))
			return true;
	return false;
}

static void missed(void *context, const char *name)
{
	const struct asking *asking = context;
	struct planner *p = asking->p;
	const char *near;
	bool from = !asking->stage;

	if (p->lint.len >= LINT_MAX)
		return;
	if (!from && (asking->stage->unknown || is_declared(asking->stage, name)))
		return;
	near = nearest(p, asking->env, name);
	lint_warn(&p->lint, from ? LINT_UNDEFINED_ARG_IN_FROM : LINT_UNDEFINED_VAR,
		&asking->command->in->place,
		from ? "FROM argument '%s' is not declared%s%s%s"
		     : "Usage of undefined variable '$%s'%s%s%s",
		name, near ? from ? " (did you mean " : " (did you mean $" : "", near ? near : "",
		near ? "?)" : "");
}

static int expand(struct asking *asking, const char *word, const char **out)
{
	struct planner *p = asking->p;
	const struct expander x = {
		.escape = p->ast->escape, .lookup = look_up, .missed = missed, .context = asking};
	auto_buf text = BUF_INIT;

	if (expand_word(&x, piece_of(word), &text, p->err) < 0) {
		*p->place = asking->command->in->place;
		return p->err->code;
	}
	*out = keep_text(p, &text);
	return *out ? check_size(p, &asking->command->in->place) : out_of_memory(p);
}

int args_from(struct planner *p, const struct command *from, const char *word, const char **out)
{
	struct asking asking = {p, NULL, from, &p->globals};

	return expand(&asking, word, out);
}

struct meaning {
	struct planner *p;
	const char *meant;
};

static const char *look_up_global(void *context, const char *name)
{
	const struct meaning *meaning = context;

	return strs_env(&meaning->p->globals, name);
}

static void find_meaning(void *context, const char *name)
{
	struct meaning *meaning = context;

	if (!meaning->meant)
		meaning->meant = nearest(meaning->p, &meaning->p->globals, name);
}

const char *args_meant(struct planner *p, const char *word)
{
	struct meaning meaning = {.p = p};
	const struct expander x = {.escape = p->ast->escape,
		.lookup = look_up_global,
		.missed = find_meaning,
		.context = &meaning};
	auto_buf ignored = BUF_INIT, text = BUF_INIT;
	struct err wrong;
	const char *kept;

	if (expand_word(&x, piece_of(word), &ignored, &wrong) < 0 || !meaning.meant)
		return "";
	buf_addf(&text, " (did you mean %s?)", meaning.meant);
	kept = keep_text(p, &text);
	return kept ? kept : "";
}

int args_expand(struct planner *p, struct stage *stage, const struct command *command,
	const char *word, const char **out)
{
	struct asking asking = {p, stage, command, &stage->env};

	return expand(&asking, word, out);
}

int args_expand_words(struct planner *p, struct stage *stage, const struct command *command,
	const char *word, struct words *out)
{
	struct asking asking = {p, stage, command, &stage->env};
	const struct expander x = {
		.escape = p->ast->escape, .lookup = look_up, .missed = missed, .context = &asking};
	auto_strs words = STRS_INIT;

	if (expand_words(&x, piece_of(word), &words, p->err) < 0) {
		*p->place = command->in->place;
		return p->err->code;
	}
	for (size_t i = 0; i < words.len; i++)
		words_add(out, &p->arena, words.v[i], strlen(words.v[i]));
	return 0;
}

int args_expand_text(struct planner *p, struct stage *stage, const struct command *command,
	struct piece text, const char **out, size_t *len)
{
	struct asking asking = {p, stage, command, &stage->env};
	const struct expander x = {.escape = '\\',
		.skip_quotes = true,
		.lookup = look_up,
		.missed = missed,
		.context = &asking};
	auto_buf made = BUF_INIT;

	if (expand_word(&x, text, &made, p->err) < 0) {
		*p->place = command->in->place;
		return p->err->code;
	}
	*len = made.len;
	*out = keep_text(p, &made);
	return *out ? 0 : out_of_memory(p);
}

void args_set(struct planner *p, struct strs *list, const char *name, const char *value)
{
	auto_buf pair = BUF_INIT;

	buf_addf(&pair, "%s=%s", name, value);
	p->arena.failed |= buf_failed(&pair);
	strs_set_env(list, buf_text(&pair));
	p->arena.failed |= strs_failed(list);
}

/* ---- --build-arg ---- */

const char *args_build_arg(struct planner *p, const char *name)
{
	const struct strs *args = &p->options->build_args;
	const char *value = NULL;
	size_t len = strlen(name);

	for (size_t i = 0; i < args->len; i++) {
		if (strncmp(args->v[i], name, len) != 0 || args->v[i][len] != '=')
			continue;
		p->arg_used[i] = true;
		value = args->v[i] + len + 1;
	}
	return value;
}

static const char *const proxies[] = {
	"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"};

static bool is_proxy(const char *arg)
{
	size_t len = strcspn(arg, "=");

	for (size_t i = 0; i < array_len(proxies); i++)
		if (strlen(proxies[i]) == len && strncasecmp(arg, proxies[i], len) == 0)
			return true;
	return false;
}

/* Both spellings, as programs differ in which they read. */
void args_proxies(struct planner *p, const struct stage *stage, struct words *out)
{
	const struct strs *args = &p->options->build_args;

	for (size_t i = 0; i < args->len; i++) {
		size_t len = strcspn(args->v[i], "=");
		auto_buf upper = BUF_INIT, lower = BUF_INIT;

		if (!is_proxy(args->v[i]))
			continue;
		for (size_t c = 0; c < len; c++) {
			buf_addc(&upper, (char)toupper((unsigned char)args->v[i][c]));
			buf_addc(&lower, (char)tolower((unsigned char)args->v[i][c]));
		}
		if (!strs_env(&stage->env, buf_text(&upper))) {
			buf_adds(&upper, args->v[i] + len);
			words_add(out, &p->arena, buf_text(&upper), upper.len);
		}
		if (!strs_env(&stage->env, buf_text(&lower))) {
			buf_adds(&lower, args->v[i] + len);
			words_add(out, &p->arena, buf_text(&lower), lower.len);
		}
	}
}

void args_report(struct planner *p)
{
	const struct strs *args = &p->options->build_args;

	for (size_t i = 0; i < args->len; i++) {
		size_t len = strcspn(args->v[i], "=");

		if (p->arg_used[i] || is_proxy(args->v[i]) ||
			str_has_prefix(args->v[i], "BUILDKIT_") ||
			str_has_prefix(args->v[i], "SOURCE_DATE_EPOCH="))
			continue;
		words_add(&p->plan.unused_args, &p->arena, args->v[i], len);
	}
}

/* ---- predefined and global ---- */

static void set_platform(
	struct planner *p, struct strs *list, const char *prefix, const char *platform)
{
	static const char *const parts[] = {"OS", "ARCH", "VARIANT"};
	struct piece rest = piece_of(platform);
	auto_buf name = BUF_INIT;

	buf_addf(&name, "%sPLATFORM", prefix);
	args_set(p, list, buf_text(&name), platform);
	for (size_t i = 0; i < array_len(parts); i++) {
		const char *slash = rest.len ? memchr(rest.at, '/', rest.len) : NULL;
		size_t len = slash ? (size_t)(slash - rest.at) : rest.len;
		const char *part = arena_copy(&p->arena, rest.at, len);

		buf_clear(&name);
		buf_addf(&name, "%s%s", prefix, parts[i]);
		if (part)
			args_set(p, list, buf_text(&name), part);
		rest = piece_skip(rest, len + (slash != NULL));
	}
}

static void set_predefined(struct planner *p, struct strs *list)
{
	const struct build_plan_options *options = p->options;
	const char *target = options->platform ? options->platform : options->host_platform;

	set_platform(p, list, "BUILD", options->host_platform);
	set_platform(p, list, "TARGET", target);
	args_set(p, list, "TARGETSTAGE", options->target ? options->target : "default");
}

/* What is predefined may be said otherwise with --build-arg. */
static void override_predefined(struct planner *p)
{
	for (size_t i = 0; i < p->defaults.len; i++) {
		size_t len = strcspn(p->defaults.v[i], "=");
		const char *name = arena_copy(&p->arena, p->defaults.v[i], len);
		const char *value = name ? args_build_arg(p, name) : NULL;

		if (value)
			args_set(p, &p->globals, name, value);
	}
}

static int set_global(struct planner *p, const struct command *command, const struct pair *pair,
	struct strs *list)
{
	struct asking asking = {p, NULL, command, list};
	const char *value;

	if (!pair->value)
		return 0;
	if (expand(&asking, pair->value, &value) < 0)
		return p->err->code;
	args_set(p, list, pair->name, value);
	return 0;
}

int args_globals(struct planner *p, const struct command *commands, size_t len)
{
	set_predefined(p, &p->globals);
	set_predefined(p, &p->defaults);
	override_predefined(p);
	for (size_t i = 0; i < len; i++) {
		for (size_t j = 0; j < commands[i].pairs_len; j++) {
			const struct pair *pair = &commands[i].pairs[j];
			const char *given = args_build_arg(p, pair->name);

			args_check_secret(p, &commands[i], pair->name);
			if (given)
				args_set(p, &p->globals, pair->name, given);
			else if (set_global(p, &commands[i], pair, &p->globals) < 0)
				return p->err->code;
			if (set_global(p, &commands[i], pair, &p->defaults) < 0)
				return p->err->code;
		}
	}
	return 0;
}

/* ---- ARG in a stage ---- */

void args_remember(struct planner *p, struct stage *stage, const struct stage_arg *arg)
{
	for (size_t i = 0; i < stage->args_len; i++)
		if (str_eq(stage->args[i].name, arg->name)) {
			stage->args[i] = *arg;
			return;
		}
	if (stage->args_len == stage->args_room) {
		size_t room = stage->args_room ? stage->args_room * 2 : 8;
		struct stage_arg *args = arena_get(&p->arena, room * sizeof(*args));

		if (!args)
			return;
		if (stage->args_len)
			memcpy(args, stage->args, stage->args_len * sizeof(*args));
		stage->args = args;
		stage->args_room = room;
	}
	stage->args[stage->args_len++] = *arg;
}

/* Those that never come into the environment. */
static bool is_silent(const char *name)
{
	return str_eq(name, "BUILDKIT_SBOM_SCAN_CONTEXT") ||
	       str_eq(name, "BUILDKIT_SBOM_SCAN_STAGE");
}

static int arg_value(struct planner *p, struct stage *stage, const struct command *command,
	const struct pair *pair, const char *name, const char **out)
{
	const char *given = args_build_arg(p, name);

	*out = given;
	if (given)
		return 0;
	if (pair->value)
		return args_expand(p, stage, command, pair->value, out);
	*out = strs_env(&p->globals, name);
	if (*out)
		*out = arena_copy(&p->arena, *out, strlen(*out));
	return 0;
}

/* Each sees those before it, on its own line too. */
int args_arg(struct planner *p, struct stage *stage, const struct command *command)
{
	auto_buf history = BUF_INIT;

	buf_adds(&history, "ARG");
	for (size_t i = 0; i < command->pairs_len; i++) {
		const struct pair *pair = &command->pairs[i];
		const char *name, *value;

		args_check_secret(p, command, pair->name);
		if (args_expand(p, stage, command, pair->name, &name) < 0 ||
			arg_value(p, stage, command, pair, name, &value) < 0)
			return p->err->code;
		if (value && !is_silent(name))
			args_set(p, &stage->env, name, value);
		args_remember(p, stage,
			&(struct stage_arg){.name = name,
				.value = value,
				.command = command,
				.inherited = !pair->value && strs_env(&p->globals, name)});
		buf_addf(&history, " %s%s%s", name, value ? "=" : "", value ? value : "");
	}
	build_config_commit(stage->pub->config, buf_text(&history), BUILD_NONE);
	if (buf_failed(&history))
		return out_of_memory(p);
	return check_pairs(p, &command->in->place, &stage->env);
}

/* ---- secrets ---- */

/* A name one of whose words says that its value is one. */
void args_check_secret(struct planner *p, const struct command *command, const char *name)
{
	static const char *const secret[] = {"apikey", "auth", "credential", "credentials", "key",
		"password", "pword", "passwd", "secret", "token"};
	static const char *const open[] = {"public"};
	bool found = false;

	for (const char *at = name; *at;) {
		size_t len = strcspn(at, "_");

		for (size_t i = 0; i < array_len(open); i++)
			if (strlen(open[i]) == len && strncasecmp(at, open[i], len) == 0)
				return;
		for (size_t i = 0; i < array_len(secret); i++)
			found |= strlen(secret[i]) == len && strncasecmp(at, secret[i], len) == 0;
		at += len + (at[len] != '\0');
	}
	if (found)
		lint_warn(&p->lint, LINT_SECRETS_USED_IN_ARG_OR_ENV, &command->in->place,
			"Do not use ARG or ENV instructions for sensitive data (%s \"%s\")",
			keyword_upper(command->keyword), name);
}
