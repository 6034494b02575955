/* Instructions that change the config, and WORKDIR. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/number.h"
#include "build/paths.h"
#include "build/planner.h"
#include "build/quote.h"

static void commit(struct stage *stage, const struct buf *text)
{
	build_config_commit(stage->pub->config, buf_text(text), BUILD_NONE);
	stage->pub->config->failed |= buf_failed(text);
}

static void commit_text(struct stage *stage, const char *word, const char *text)
{
	auto_buf line = BUF_INIT;

	buf_addf(&line, "%s %s", word, text);
	commit(stage, &line);
}

static const struct words default_shell = {
	.v = (const char *[]){"/bin/sh", "-c"}, .len = 2, .room = 2};

static const char *joined(struct planner *p, const struct words *words)
{
	auto_buf text = BUF_INIT;

	for (size_t i = 0; i < words->len; i++)
		buf_addf(&text, "%s%s", i ? " " : "", words->v[i]);
	return keep_text(p, &text);
}

int with_shell(struct planner *p, struct stage *stage, const struct command *command,
	const struct words *words, struct words *out)
{
	const struct strs *shell = &stage->pub->config->shell;
	const char *line;

	*out = (struct words){0};
	if (!command->shell_form) {
		for (size_t i = 0; i < words->len; i++)
			words_add(out, &p->arena, words->v[i], strlen(words->v[i]));
		return 0;
	}
	for (size_t i = 0; i < (shell->len ? shell->len : default_shell.len); i++) {
		const char *word = shell->len ? shell->v[i] : default_shell.v[i];

		words_add(out, &p->arena, word, strlen(word));
	}
	line = joined(p, words);
	if (!line)
		return out_of_memory(p);
	words_add(out, &p->arena, line, strlen(line));
	return 0;
}

/* ---- ENV and LABEL ---- */

/* All words of a line see the values from before it. */
static int expand_pairs(
	struct planner *p, struct stage *stage, const struct command *command, struct pair **out)
{
	struct pair *pairs = arena_get(&p->arena, (command->pairs_len + 1) * sizeof(*pairs));

	if (!pairs)
		return out_of_memory(p);
	for (size_t i = 0; i < command->pairs_len; i++)
		if (args_expand(p, stage, command, command->pairs[i].name, &pairs[i].name) < 0 ||
			args_expand(p, stage, command, command->pairs[i].value, &pairs[i].value) <
				0)
			return p->err->code;
	*out = pairs;
	return 0;
}

static void warn_legacy(struct planner *p, const struct command *command)
{
	const char *word = keyword_upper(command->keyword);

	if (command->in->legacy)
		lint_warn(&p->lint, LINT_LEGACY_KEY_VALUE_FORMAT, &command->in->place,
			"\"%s key=value\" should be used instead of legacy \"%s key value\" format",
			word, word);
}

static int plan_env(struct planner *p, struct stage *stage, const struct command *command)
{
	struct pair *pairs;
	auto_buf line = BUF_INIT;

	warn_legacy(p, command);
	if (expand_pairs(p, stage, command, &pairs) < 0)
		return p->err->code;
	buf_adds(&line, "ENV");
	for (size_t i = 0; i < command->pairs_len; i++) {
		if (!*pairs[i].name)
			return refuse_at(p, &command->in->place, "ENV names can not be blank");
		args_check_secret(p, command, pairs[i].name);
		args_set(p, &stage->env, pairs[i].name, pairs[i].value);
		build_config_env(stage->pub->config, pairs[i].name, pairs[i].value);
		buf_addf(&line, " %s=%s", pairs[i].name, pairs[i].value);
	}
	commit(stage, &line);
	return check_pairs(p, &command->in->place, &stage->env);
}

static int plan_label(struct planner *p, struct stage *stage, const struct command *command)
{
	struct pair *pairs;
	auto_buf line = BUF_INIT;

	warn_legacy(p, command);
	if (expand_pairs(p, stage, command, &pairs) < 0)
		return p->err->code;
	buf_adds(&line, "LABEL");
	for (size_t i = 0; i < command->pairs_len; i++) {
		build_config_label(stage->pub->config, pairs[i].name, pairs[i].value);
		buf_addf(&line, " %s=%s", pairs[i].name, pairs[i].value);
	}
	commit(stage, &line);
	return check_pairs(p, &command->in->place, &stage->pub->config->labels);
}

/* ---- CMD, ENTRYPOINT, HEALTHCHECK, SHELL ---- */

/* Only the last one of a stage counts. */
static void warn_repeated(
	struct planner *p, const struct command **last, const struct command *command)
{
	if (*last)
		lint_warn(&p->lint, LINT_MULTIPLE_INSTRUCTIONS_DISALLOWED, &(*last)->in->place,
			"Multiple %s instructions should not be used in the same stage because only the last one will be used",
			keyword_upper(command->keyword));
	*last = command;
}

static void warn_shell_form(struct planner *p, struct stage *stage, const struct command *command)
{
	if (command->shell_form && !stage->pub->config->shell.len)
		lint_warn(&p->lint, LINT_JSON_ARGS_RECOMMENDED, &command->in->place,
			"JSON arguments recommended for %s to prevent unintended behavior related to OS signals",
			keyword_upper(command->keyword));
}

static int plan_cmd(struct planner *p, struct stage *stage, const struct command *command)
{
	struct build_config *config = stage->pub->config;
	auto_buf line = BUF_INIT;
	struct words words;

	warn_repeated(p, &stage->last_cmd, command);
	warn_shell_form(p, stage, command);
	if (with_shell(p, stage, command, &command->words, &words) < 0)
		return p->err->code;
	build_config_list(&config->cmd, &words);
	config->args_escaped = true;
	stage->cmd_set = true;
	buf_adds(&line, "CMD ");
	quote_list(&line, &words);
	commit(stage, &line);
	return 0;
}

/* The base's CMD was made for the base's ENTRYPOINT. */
static int plan_entrypoint(struct planner *p, struct stage *stage, const struct command *command)
{
	struct build_config *config = stage->pub->config;
	const struct words none = {0};
	auto_buf line = BUF_INIT;
	struct words words = {0};

	warn_repeated(p, &stage->last_entrypoint, command);
	warn_shell_form(p, stage, command);
	if ((command->words.len || !command->shell_form) &&
		with_shell(p, stage, command, &command->words, &words) < 0)
		return p->err->code;
	build_config_list(&config->entrypoint, &words);
	if (!stage->cmd_set)
		build_config_list(&config->cmd, &none);
	buf_adds(&line, "ENTRYPOINT ");
	quote_list(&line, &words);
	commit(stage, &line);
	return 0;
}

static int plan_shell(struct planner *p, struct stage *stage, const struct command *command)
{
	auto_buf line = BUF_INIT;

	(void)p;
	build_config_list(&stage->pub->config->shell, &command->words);
	buf_adds(&line, "SHELL ");
	plain_list(&line, &command->words);
	commit(stage, &line);
	return 0;
}

static void health_words(struct planner *p, const struct command *command, struct words *out)
{
	const char *kind = command->none ? "NONE" : command->shell_form ? "CMD-SHELL" : "CMD";

	words_add(out, &p->arena, kind, strlen(kind));
	for (size_t i = 0; i < command->words.len; i++)
		words_add(out, &p->arena, command->words.v[i], strlen(command->words.v[i]));
}

static void add_interval(cJSON *health, const char *name, int64_t value)
{
	if (value)
		cJSON_AddNumberToObject(health, name, (double)value);
}

static void health_line(const struct command *command, const struct words *words, struct buf *line)
{
	const int64_t times[] = {command->interval, command->timeout, command->start_period,
		command->start_interval};

	buf_adds(line, "HEALTHCHECK &{");
	quote_list(line, words);
	for (size_t i = 0; i < array_len(times); i++) {
		buf_adds(line, " \"");
		number_add_duration(line, times[i]);
		buf_addc(line, '"');
	}
	if (command->retries >= ' ' && command->retries < 0x7f)
		buf_addf(line, " '%s%c'}",
			command->retries == '\'' || command->retries == '\\' ? "\\" : "",
			command->retries);
	else if (command->retries >= 7 && command->retries <= 13)
		buf_addf(line, " '\\%c'}", "abtnvfr"[command->retries - 7]);
	else
		buf_addf(line, " '\\x%02x'}", command->retries);
}

static int plan_healthcheck(struct planner *p, struct stage *stage, const struct command *command)
{
	struct build_config *config = stage->pub->config;
	auto_buf line = BUF_INIT;
	struct words words = {0};
	cJSON *health = cJSON_CreateObject(), *test;

	if (!health)
		return out_of_memory(p);
	cJSON_Delete(config->healthcheck);
	config->healthcheck = health;
	warn_repeated(p, &stage->last_health, command);
	health_words(p, command, &words);
	test = words.len ? cJSON_CreateStringArray(words.v, (int)words.len) : NULL;
	if (!test || !cJSON_AddItemToObject(health, "Test", test)) {
		cJSON_Delete(test);
		return out_of_memory(p);
	}
	add_interval(health, "Interval", command->interval);
	add_interval(health, "Timeout", command->timeout);
	add_interval(health, "StartPeriod", command->start_period);
	add_interval(health, "StartInterval", command->start_interval);
	add_interval(health, "Retries", command->retries);
	health_line(command, &words, &line);
	commit(stage, &line);
	return 0;
}

/* ---- EXPOSE ---- */

struct ports {
	const char *ip, *host;
	unsigned long first, last;
	const char *protocol;
};

static bool read_range(const char *text, unsigned long *first, unsigned long *last)
{
	char low[8], high[8];
	const char *hyphen = strchr(text, '-');
	uint64_t number;

	if (snprintf(low, sizeof(low), "%.*s", hyphen ? (int)(hyphen - text) : (int)strlen(text),
		    text) >= (int)sizeof(low) ||
		snprintf(high, sizeof(high), "%s", hyphen ? hyphen + 1 : low) >= (int)sizeof(high))
		return false;
	if (!number_whole(low, 10, UINT16_MAX, &number))
		return false;
	*first = number;
	if (!number_whole(high, 10, UINT16_MAX, &number))
		return false;
	*last = number;
	return *first <= *last;
}

/* [[IP:]HOST:]PORTS[/PROTOCOL] */
static int read_ports(
	struct planner *p, const struct command *command, const char *spec, struct ports *out)
{
	const struct place *place = &command->in->place;
	const char *colon = strrchr(spec, ':'), *slash;
	char *ports =
		arena_copy(&p->arena, colon ? colon + 1 : spec, strlen(colon ? colon + 1 : spec));
	unsigned long host_first, host_last;

	if (!ports)
		return out_of_memory(p);
	*out = (struct ports){.protocol = "tcp"};
	slash = strchr(ports, '/');
	if (slash) {
		ports[slash - ports] = '\0';
		out->protocol = slash + 1;
	}
	if (!*ports)
		return refuse_at(p, place, "no port specified: %.100s<empty>", spec);
	if (!*out->protocol)
		out->protocol = "tcp";
	if (strcasecmp(out->protocol, "tcp") != 0 && strcasecmp(out->protocol, "udp") != 0 &&
		strcasecmp(out->protocol, "sctp") != 0)
		return refuse_at(p, place, "invalid proto: %.100s", out->protocol);
	if (!read_range(ports, &out->first, &out->last))
		return refuse_at(p, place, "invalid containerPort: %.100s", ports);
	if (colon) {
		const char *host = colon;

		while (host > spec && host[-1] != ':')
			host--;
		out->host = arena_copy(&p->arena, host, (size_t)(colon - host));
		if (out->host && *out->host && !read_range(out->host, &host_first, &host_last))
			return refuse_at(p, place, "invalid hostPort: %.100s", out->host);
	}
	return 0;
}

static void warn_ports(
	struct planner *p, const struct command *command, const char *spec, const char *protocol)
{
	for (const char *c = protocol; *c; c++)
		if (*c >= 'A' && *c <= 'Z') {
			lint_warn(&p->lint, LINT_EXPOSE_PROTO_CASING, &command->in->place,
				"Defined protocol '%s' in EXPOSE instruction should be lowercase",
				spec);
			break;
		}
	if (strchr(spec, ':'))
		lint_warn(&p->lint, LINT_EXPOSE_INVALID_FORMAT, &command->in->place,
			"EXPOSE instruction should not define an IP address or host-port mapping, found '%s'",
			spec);
}

static int expose(struct planner *p, struct stage *stage, const struct command *command,
	const char *spec, struct words *out)
{
	struct ports ports;

	if (read_ports(p, command, spec, &ports) < 0)
		return p->err->code;
	warn_ports(p, command, spec, ports.protocol);
	for (unsigned long port = ports.first; port <= ports.last; port++) {
		char text[32];
		int len = snprintf(text, sizeof(text), "%lu/%s", port, ports.protocol);

		for (char *c = text; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c - 'A' + 'a');
		build_config_port(stage->pub->config, text);
		words_add(out, &p->arena, text, (size_t)len);
	}
	return check_size(p, &command->in->place);
}

static int plan_expose(struct planner *p, struct stage *stage, const struct command *command)
{
	auto_buf line = BUF_INIT;
	struct words specs = {0}, ports = {0};

	for (size_t i = 0; i < command->words.len; i++)
		if (args_expand_words(p, stage, command, command->words.v[i], &specs) < 0)
			return p->err->code;
	for (size_t i = 0; i < specs.len; i++)
		if (expose(p, stage, command, specs.v[i], &ports) < 0)
			return p->err->code;
	buf_adds(&line, "EXPOSE ");
	plain_list(&line, &ports);
	commit(stage, &line);
	return 0;
}

/* ---- the single words ---- */

static int plan_volume(struct planner *p, struct stage *stage, const struct command *command)
{
	auto_buf line = BUF_INIT;
	struct words paths = {0};

	for (size_t i = 0; i < command->words.len; i++) {
		const char *path;

		if (args_expand(p, stage, command, command->words.v[i], &path) < 0)
			return p->err->code;
		if (!*path)
			return refuse_at(p, &command->in->place,
				"VOLUME specified can not be an empty string");
		build_config_volume(stage->pub->config, path);
		words_add(&paths, &p->arena, path, strlen(path));
	}
	buf_adds(&line, "VOLUME ");
	plain_list(&line, &paths);
	commit(stage, &line);
	return check_pairs(p, &command->in->place, &stage->pub->config->volumes);
}

static int plan_user(struct planner *p, struct stage *stage, const struct command *command)
{
	const char *user;

	if (args_expand(p, stage, command, command->text, &user) < 0)
		return p->err->code;
	build_config_set(stage->pub->config, &stage->pub->config->user, user);
	commit_text(stage, "USER", user);
	return 0;
}

static bool is_signal(const char *text)
{
	static const char *const names[] = {"HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "IOT",
		"BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
		"CHLD", "CLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
		"VTALRM", "PROF", "WINCH", "IO", "POLL", "PWR", "SYS", "UNUSED"};
	uint64_t number, offset;

	if (number_whole(text, 10, 64, &number))
		return number > 0;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (size_t i = 0; i < array_len(names); i++)
		if (strcasecmp(text, names[i]) == 0)
			return true;
	if (strncasecmp(text, "RTMIN", 5) == 0)
		return !text[5] ||
		       (text[5] == '+' && number_whole(text + 6, 10, 15, &offset) && offset > 0);
	return strncasecmp(text, "RTMAX", 5) == 0 &&
	       (!text[5] ||
		       (text[5] == '-' && number_whole(text + 6, 10, 14, &offset) && offset > 0));
}

static int plan_stopsignal(struct planner *p, struct stage *stage, const struct command *command)
{
	const char *name;

	if (args_expand(p, stage, command, command->text, &name) < 0)
		return p->err->code;
	if (!is_signal(name))
		return refuse_at(p, &command->in->place, "Invalid signal: %.100s", name);
	build_config_set(stage->pub->config, &stage->pub->config->stop_signal, name);
	commit_text(stage, "STOPSIGNAL", name);
	return 0;
}

static int plan_maintainer(struct planner *p, struct stage *stage, const struct command *command)
{
	(void)p;
	build_config_set(stage->pub->config, &stage->pub->config->author, command->text);
	commit_text(stage, "MAINTAINER", command->text);
	return 0;
}

/* Kept for children; it leaves no line of history. */
static int plan_onbuild(struct planner *p, struct stage *stage, const struct command *command)
{
	(void)p;
	strs_add(&stage->pub->config->on_build, command->text);
	return 0;
}

/* ---- WORKDIR ---- */

static void warn_relative(
	struct planner *p, struct stage *stage, const struct command *command, const char *path)
{
	auto_buf quoted = BUF_INIT;

	if (!stage->workdir_set && path[0] != '/') {
		quote_add(&quoted, piece_of(path));
		lint_warn(&p->lint, LINT_WORKDIR_RELATIVE_PATH, &command->in->place,
			"Relative workdir %s can have unexpected results if the base image changes",
			buf_text(&quoted));
	}
	stage->workdir_set = true;
}

static int add_workdir(struct planner *p, struct stage *stage, const struct command *command)
{
	const struct build_config *config = stage->pub->config;
	int step = add_step(p, BUILD_WORKDIR, stage->index, &command->in->place);
	struct build_step *made;

	if (step == BUILD_NONE)
		return p->arena.failed ? out_of_memory(p) : p->err->code;
	made = &p->steps[step];
	made->workdir.path =
		arena_copy(&p->arena, config->working_dir, strlen(config->working_dir));
	made->workdir.user =
		config->user ? arena_copy(&p->arena, config->user, strlen(config->user)) : "";
	made->base = stage->tip;
	made->name = line_title(p, stage, command);
	set_inputs(p, step, &stage->tip, 1);
	set_key(p, step);
	stage->tip = step;
	return p->arena.failed ? out_of_memory(p) : 0;
}

static int plan_workdir(struct planner *p, struct stage *stage, const struct command *command)
{
	struct build_config *config = stage->pub->config;
	auto_buf path = BUF_INIT, line = BUF_INIT;
	const char *text;
	bool made;

	if (args_expand(p, stage, command, command->text, &text) < 0)
		return p->err->code;
	warn_relative(p, stage, command, text);
	path_below(config->working_dir ? config->working_dir : "", text, &path);
	build_config_set(config, &config->working_dir, buf_text(&path));
	made = strcmp(buf_text(&path), "/") != 0;
	if (made && add_workdir(p, stage, command) < 0)
		return p->err->code;
	buf_addf(&line, "WORKDIR %s", buf_text(&path));
	build_config_commit(config, buf_text(&line), made ? stage->tip : BUILD_NONE);
	return buf_failed(&path) || buf_failed(&line) ? out_of_memory(p) : 0;
}

int plan_config_command(struct planner *p, struct stage *stage, const struct command *command)
{
	static int (*const plans[KEYWORD_COUNT])(
		struct planner *, struct stage *, const struct command *) = {
		[KEYWORD_ARG] = args_arg,
		[KEYWORD_CMD] = plan_cmd,
		[KEYWORD_ENTRYPOINT] = plan_entrypoint,
		[KEYWORD_ENV] = plan_env,
		[KEYWORD_EXPOSE] = plan_expose,
		[KEYWORD_HEALTHCHECK] = plan_healthcheck,
		[KEYWORD_LABEL] = plan_label,
		[KEYWORD_MAINTAINER] = plan_maintainer,
		[KEYWORD_ONBUILD] = plan_onbuild,
		[KEYWORD_SHELL] = plan_shell,
		[KEYWORD_STOPSIGNAL] = plan_stopsignal,
		[KEYWORD_USER] = plan_user,
		[KEYWORD_VOLUME] = plan_volume,
		[KEYWORD_WORKDIR] = plan_workdir,
	};

	return plans[command->keyword] ? plans[command->keyword](p, stage, command) : 0;
}
