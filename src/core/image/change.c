#include "core/image/change.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/image/change_words.h"
#include "util/json.h"

struct changing {
	cJSON *config;
	struct strs env; /* the config's, for variables */
	bool cmd_set;
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "change: out of memory");
}

static void put(cJSON *config, const char *key, cJSON *value)
{
	cJSON_DeleteItemFromObjectCaseSensitive(config, key);
	cJSON_AddItemToObject(config, key, value);
}

static cJSON *object_of(cJSON *config, const char *key)
{
	cJSON *object = cJSON_GetObjectItemCaseSensitive(config, key);

	if (!cJSON_IsObject(object)) {
		object = cJSON_CreateObject();
		put(config, key, object);
	}
	return object;
}

static cJSON *list_of(const struct strs *words)
{
	return cJSON_CreateStringArray((const char *const *)words->v, (int)words->len);
}

/* A JSON list of strings, or NULL: it is in shell form. */
static cJSON *exec_form(const char *rest)
{
	auto_json *json = NULL;
	auto_strs words = STRS_INIT;
	struct err ignored;

	if (*rest != '[' || json_parse(rest, strlen(rest), &json, &ignored) < 0 ||
		!cJSON_IsArray(json) || json_strs(json, &words) < 0)
		return NULL;
	return take(json);
}

static cJSON *shell_form(const cJSON *config, const char *rest)
{
	const cJSON *shell = json_array(config, "Shell");
	cJSON *list = cJSON_Duplicate(shell, true);

	if (!list) {
		list = cJSON_CreateArray();
		cJSON_AddItemToArray(list, cJSON_CreateString("/bin/sh"));
		cJSON_AddItemToArray(list, cJSON_CreateString("-c"));
	}
	cJSON_AddItemToArray(list, cJSON_CreateString(rest));
	return list;
}

static cJSON *command_of(const struct changing *c, const char *rest)
{
	cJSON *list = exec_form(rest);

	if (!list && *rest)
		list = shell_form(c->config, rest);
	return list ? list : cJSON_CreateNull();
}

static int do_cmd(struct changing *c, const char *rest, struct err *err)
{
	(void)err;
	put(c->config, "Cmd", command_of(c, rest));
	c->cmd_set = true;
	return 0;
}

/* A command that was meant for another entrypoint makes no sense for this one. */
static int do_entrypoint(struct changing *c, const char *rest, struct err *err)
{
	(void)err;
	put(c->config, "Entrypoint", command_of(c, rest));
	if (!c->cmd_set)
		put(c->config, "Cmd", cJSON_CreateNull());
	return 0;
}

/* "KEY=value KEY2=value2", or of one alone "KEY value up to the end". */
typedef void pair_fn(struct changing *c, const char *key, const char *value);

static int each_pair(
	struct changing *c, const char *name, const char *rest, pair_fn *each, struct err *err)
{
	const char *at = rest;

	for (bool first = true;; first = false) {
		auto_buf key = BUF_INIT, value = BUF_INIT;

		if (!change_word(&at, &c->env, '=', &key, err))
			return err->code;
		if (*at != '=' && first && *(at += strspn(at, " \t"))) {
			each(c, buf_text(&key), at);
			return 0;
		}
		if (*at != '=' || !key.len)
			return err_set(err, EINVAL,
				"Syntax error - can't find = in \"%.100s\". Must "
				"be of the form: name=value (%s)",
				buf_text(&key), name);
		at++;
		if (*at && !isspace((unsigned char)*at) &&
			!change_word(&at, &c->env, '\0', &value, err))
			return err->code;
		each(c, buf_text(&key), buf_text(&value));
	}
}

static void set_env(struct changing *c, const char *key, const char *value)
{
	auto_buf assignment = BUF_INIT;

	buf_addf(&assignment, "%s=%s", key, value);
	strs_set_env(&c->env, buf_text(&assignment));
	put(c->config, "Env", list_of(&c->env));
}

static void set_label(struct changing *c, const char *key, const char *value)
{
	put(object_of(c->config, "Labels"), key, cJSON_CreateString(value));
}

static int do_env(struct changing *c, const char *rest, struct err *err)
{
	return each_pair(c, "ENV", rest, set_env, err);
}

static int do_label(struct changing *c, const char *rest, struct err *err)
{
	return each_pair(c, "LABEL", rest, set_label, err);
}

static bool is_port(const char *text, size_t len)
{
	char number[8];
	long port;

	if (!len || len >= sizeof(number) || strspn(text, "0123456789") < len)
		return false;
	snprintf(number, sizeof(number), "%.*s", (int)len, text);
	port = strtol(number, NULL, 10);
	return port > 0 && port < 65536;
}

/* "80", "80/udp", "8000-8010/tcp" */
static int expose(struct changing *c, const char *word, struct err *err)
{
	cJSON *ports = object_of(c->config, "ExposedPorts");
	const char *slash = strchr(word, '/'), *protocol = slash ? slash + 1 : "tcp";
	size_t len = slash ? (size_t)(slash - word) : strlen(word);
	const char *dash = memchr(word, '-', len);
	size_t first_len = dash ? (size_t)(dash - word) : len;
	long from, to;

	if (!is_port(word, first_len) || (dash && !is_port(dash + 1, len - first_len - 1)) ||
		(strcasecmp(protocol, "tcp") && strcasecmp(protocol, "udp") &&
			strcasecmp(protocol, "sctp")))
		return err_set(err, EINVAL, "invalid containerPort: %.60s", word);
	from = strtol(word, NULL, 10);
	to = dash ? strtol(dash + 1, NULL, 10) : from;
	if (to < from)
		return err_set(err, EINVAL, "invalid range specified for port: %.60s", word);
	for (; from <= to; from++) {
		char key[32];

		snprintf(key, sizeof(key), "%ld/%.4s", from, protocol);
		for (char *p = key; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		put(ports, key, cJSON_CreateObject());
	}
	return 0;
}

static int do_expose(struct changing *c, const char *rest, struct err *err)
{
	auto_strs words = STRS_INIT;

	if (change_words(rest, &c->env, &words, err) < 0)
		return err->code;
	for (size_t i = 0; i < words.len; i++)
		if (expose(c, words.v[i], err) < 0)
			return err->code;
	return 0;
}

static int do_volume(struct changing *c, const char *rest, struct err *err)
{
	auto_strs words = STRS_INIT;
	auto_json *list = exec_form(rest);

	if (list)
		json_strs(list, &words);
	else if (change_words(rest, &c->env, &words, err) < 0)
		return err->code;
	for (size_t i = 0; i < words.len; i++) {
		if (!*words.v[i])
			return err_set(err, EINVAL, "VOLUME specified can not be an empty string");
		put(object_of(c->config, "Volumes"), words.v[i], cJSON_CreateObject());
	}
	return 0;
}

static int do_onbuild(struct changing *c, const char *rest, struct err *err)
{
	cJSON *list = cJSON_GetObjectItemCaseSensitive(c->config, "OnBuild");
	size_t len = strcspn(rest, " \t");

	if ((len == 7 && strncasecmp(rest, "ONBUILD", 7) == 0) ||
		(len == 4 && strncasecmp(rest, "FROM", 4) == 0) ||
		(len == 10 && strncasecmp(rest, "MAINTAINER", 10) == 0))
		return err_set(
			err, EINVAL, "%.*s isn't allowed as an ONBUILD trigger", (int)len, rest);
	if (!cJSON_IsArray(list)) {
		list = cJSON_CreateArray();
		put(c->config, "OnBuild", list);
	}
	cJSON_AddItemToArray(list, cJSON_CreateString(rest));
	return 0;
}

/* Instructions of one word. */
static int one_word(
	struct changing *c, const char *name, const char *rest, struct strs *out, struct err *err)
{
	if (change_words(rest, &c->env, out, err) < 0)
		return err->code;
	return out->len == 1 ? 0 : err_set(err, EINVAL, "%s requires exactly one argument", name);
}

static int do_user(struct changing *c, const char *rest, struct err *err)
{
	auto_strs words = STRS_INIT;

	if (one_word(c, "USER", rest, &words, err) < 0)
		return err->code;
	put(c->config, "User", cJSON_CreateString(words.v[0]));
	return 0;
}

static int do_stopsignal(struct changing *c, const char *rest, struct err *err)
{
	auto_strs words = STRS_INIT;

	if (one_word(c, "STOPSIGNAL", rest, &words, err) < 0)
		return err->code;
	put(c->config, "StopSignal", cJSON_CreateString(words.v[0]));
	return 0;
}

/* "/a/./b/../c" is "/a/c". */
static void clean(const char *path, struct buf *out)
{
	while (*(path += strspn(path, "/"))) {
		size_t len = strcspn(path, "/");

		if (len == 2 && strncmp(path, "..", 2) == 0) {
			while (out->len && out->data[--out->len] != '/')
				;
		} else if (len != 1 || *path != '.') {
			buf_addc(out, '/');
			buf_add(out, path, len);
		}
		path += len;
	}
	if (!out->len)
		buf_addc(out, '/');
	else
		out->data[out->len] = '\0';
}

static int do_workdir(struct changing *c, const char *rest, struct err *err)
{
	const char *at = rest;
	auto_buf word = BUF_INIT, whole = BUF_INIT, cleaned = BUF_INIT;

	while (change_word(&at, &c->env, '\0', &word, err))
		buf_addc(&word, ' '); /* a directory's name may have blanks */
	if (err->code < 0)
		return err->code;
	if (!word.len)
		return err_set(err, EINVAL, "WORKDIR requires exactly one argument");
	word.data[--word.len] = '\0';
	if (word.data[0] != '/')
		buf_addf(&whole, "%s/", json_str_or(c->config, "WorkingDir", "/"));
	buf_adds(&whole, buf_text(&word));
	clean(buf_text(&whole), &cleaned);
	put(c->config, "WorkingDir", cJSON_CreateString(buf_text(&cleaned)));
	return 0;
}

/* ---- HEALTHCHECK ---- */

static int health_option(cJSON *check, const char *word, struct err *err)
{
	static const struct {
		const char *name, *key;
	} times[] = {{"--interval=", "Interval"}, {"--timeout=", "Timeout"},
		{"--start-period=", "StartPeriod"}, {"--start-interval=", "StartInterval"}};
	int64_t ns;

	if (str_has_prefix(word, "--retries=")) {
		char *end;
		long retries = strtol(word + 10, &end, 10);

		if (*end || end == word + 10 || retries < 0)
			return err_set(
				err, EINVAL, "--retries must be at least 1 (not %.20s)", word + 10);
		put(check, "Retries", cJSON_CreateNumber((double)retries));
		return 0;
	}
	for (size_t i = 0; i < array_len(times); i++) {
		if (!str_has_prefix(word, times[i].name))
			continue;
		if (change_duration(word + strlen(times[i].name), &ns, err) < 0)
			return err->code;
		put(check, times[i].key, cJSON_CreateNumber((double)ns));
		return 0;
	}
	return err_set(err, EINVAL, "unknown flag: %.40s", word);
}

static int health_test(const char *rest, cJSON *check, struct err *err)
{
	cJSON *test;

	if (strncasecmp(rest, "NONE", 4) == 0 && !rest[4 + strspn(rest + 4, " \t")]) {
		test = cJSON_CreateArray();
		cJSON_AddItemToArray(test, cJSON_CreateString("NONE"));
	} else if (strncasecmp(rest, "CMD", 3) == 0 && (rest[3] == ' ' || rest[3] == '\t')) {
		rest += 3 + strspn(rest + 3, " \t");
		test = exec_form(rest);
		if (test) {
			cJSON_InsertItemInArray(test, 0, cJSON_CreateString("CMD"));
		} else {
			test = cJSON_CreateArray();
			cJSON_AddItemToArray(test, cJSON_CreateString("CMD-SHELL"));
			cJSON_AddItemToArray(test, cJSON_CreateString(rest));
		}
	} else {
		return err_set(err, EINVAL, "Unknown type \"%.*s\" in HEALTHCHECK (try CMD)",
			(int)strcspn(rest, " \t"), rest);
	}
	cJSON_AddItemToObject(check, "Test", test);
	return 0;
}

static int do_healthcheck(struct changing *c, const char *rest, struct err *err)
{
	auto_json *check = cJSON_CreateObject();

	while (str_has_prefix(rest, "--")) {
		auto_buf word = BUF_INIT;

		if (!change_word(&rest, &c->env, '\0', &word, err) ||
			health_option(check, buf_text(&word), err) < 0)
			return err->code;
		rest += strspn(rest, " \t");
	}
	if (health_test(rest, check, err) < 0)
		return err->code;
	put(c->config, "Healthcheck", take(check));
	return 0;
}

/* ---- all of them ---- */

static int apply(struct changing *c, const char *text, struct err *err)
{
	static const struct {
		const char *name;
		int (*run)(struct changing *c, const char *rest, struct err *err);
	} instructions[] = {
		{"CMD", do_cmd},
		{"ENTRYPOINT", do_entrypoint},
		{"ENV", do_env},
		{"EXPOSE", do_expose},
		{"HEALTHCHECK", do_healthcheck},
		{"LABEL", do_label},
		{"ONBUILD", do_onbuild},
		{"STOPSIGNAL", do_stopsignal},
		{"USER", do_user},
		{"VOLUME", do_volume},
		{"WORKDIR", do_workdir},
	};
	const char *rest;
	size_t len;

	text += strspn(text, " \t\n");
	len = strcspn(text, " \t");
	rest = text + len + strspn(text + len, " \t");
	for (size_t i = 0; i < array_len(instructions); i++) {
		if (strlen(instructions[i].name) != len ||
			strncasecmp(instructions[i].name, text, len) != 0)
			continue;
		if (!*rest && i > 1)
			return err_set(err, EINVAL, "%s requires at least one argument",
				instructions[i].name);
		return instructions[i].run(c, rest, err);
	}
	return err_set(err, EINVAL, "%.*s is not a valid change command", (int)len, text);
}

int change_config(cJSON *config, const struct strs *instructions, struct err *err)
{
	struct changing c = {.config = config};
	int failed = 0;

	json_strs(json_array(config, "Env"), &c.env);
	for (size_t i = 0; i < instructions->len && !failed; i++)
		failed = apply(&c, instructions->v[i], err);
	if (!failed && strs_failed(&c.env))
		failed = no_memory(err);
	strs_fini(&c.env);
	return failed;
}
