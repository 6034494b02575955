#include "core/health.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/exec.h"
#include "core/inspect.h"
#include "util/own.h"

enum { MS = 1000000, RETRIES = 3, LONGEST_MS = 1000000000 };

/* ---- merging ---- */

/* Of docker's numbers 0 is "not given"; they are nanoseconds. */
static int take_number(const cJSON *from, const char *key, cJSON *to, struct err *err)
{
	const cJSON *number = json_get(from, key);
	bool is_time = strcmp(key, "Retries") != 0;

	if (!number || (cJSON_IsNumber(number) && number->valuedouble == 0))
		return 0;
	if (!cJSON_IsNumber(number))
		return err_set(err, EINVAL, "%s in Healthcheck is not a number", key);
	if (is_time && number->valuedouble < MS)
		return err_set(err, EINVAL, "%s in Healthcheck cannot be less than 1ms", key);
	if (number->valuedouble < 0)
		return err_set(err, EINVAL, "%s in Healthcheck cannot be negative", key);
	if (!json_get(to, key))
		cJSON_AddNumberToObject(to, key, number->valuedouble);
	return 0;
}

/* What `to` does not say yet. */
static int add_missing(const cJSON *from, cJSON *to, struct err *err)
{
	static const char *const numbers[] = {
		"Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"};
	const cJSON *test = json_array(from, "Test");
	int failed = 0;

	if (cJSON_GetArraySize(test) > 0 && !json_get(to, "Test"))
		cJSON_AddItemToObject(to, "Test", cJSON_Duplicate(test, true));
	for (size_t i = 0; i < array_len(numbers) && !failed; i++)
		failed = take_number(from, numbers[i], to, err);
	return failed;
}

static int merge(const char *asked, const struct image_config *image, cJSON **out, struct err *err)
{
	auto_json *user = NULL, *config = NULL;
	int failed = asked ? json_parse(asked, strlen(asked), &user, err) : 0;

	if (failed)
		return err_in(err, "health check");
	if (!user && !image->healthcheck)
		return 0;
	config = cJSON_CreateObject();
	failed = user ? add_missing(user, config, err) : 0;
	if (!failed && image->healthcheck)
		failed = add_missing(image->healthcheck, config, err);
	if (!failed)
		*out = take(config);
	return failed;
}

/* ---- what it comes to ---- */

static int set_command(
	const struct strs *test, const struct strs *shell, struct strs *command, struct err *err)
{
	const char *kind = test->len ? test->v[0] : "NONE";

	if (strcmp(kind, "NONE") == 0)
		return 0;
	if (strcmp(kind, "CMD-SHELL") == 0 && !shell->len) {
		strs_add(command, "/bin/sh");
		strs_add(command, "-c");
	} else if (strcmp(kind, "CMD-SHELL") == 0)
		strs_copy(command, shell);
	else if (strcmp(kind, "CMD") != 0)
		return err_set(err, EINVAL,
			"Unknown healthcheck type '%s' (expected 'CMD', 'CMD-SHELL' or 'NONE')",
			kind);
	for (size_t i = 1; i < test->len; i++)
		strs_add(command, test->v[i]);
	if (test->len < 2)
		return err_set(err, EINVAL, "Healthcheck: %s needs a command", kind);
	return strs_failed(command) ? err_set(err, ENOMEM, "health check: out of memory") : 0;
}

static uint64_t ms_of(const cJSON *config, const char *key, uint64_t otherwise)
{
	const cJSON *number = json_get(config, key);
	double ms = number ? number->valuedouble / MS : 0;

	if (!number)
		return otherwise;
	return ms > LONGEST_MS ? LONGEST_MS : (uint64_t)ms;
}

static struct health_head head_of(const cJSON *config)
{
	const cJSON *retries = json_get(config, "Retries");
	struct health_head head = {
		.version = 1,
		.retries = retries && retries->valuedouble < INT32_MAX
				   ? (uint32_t)retries->valuedouble
				   : RETRIES,
		.interval_ms = ms_of(config, "Interval", 30000),
		.timeout_ms = ms_of(config, "Timeout", 30000),
		.start_period_ms = ms_of(config, "StartPeriod", 0),
		.start_interval_ms = ms_of(config, "StartInterval", 5000),
	};

	memcpy(head.magic, HEALTH_MAGIC, sizeof(head.magic));
	return head;
}

int health_make(
	const char *asked, const struct image_config *image, struct health *out, struct err *err)
{
	struct health health = {.command = STRS_INIT};
	auto_strs test = STRS_INIT;
	int failed = merge(asked, image, &health.config, err);

	if (!failed && json_strs(json_array(health.config, "Test"), &test) < 0)
		failed = err_set(
			err, EINVAL, "Healthcheck: the words of its test are not all strings");
	if (!failed)
		failed = set_command(&test, &image->shell, &health.command, err);
	health.head = head_of(health.config);
	if (failed)
		health_fini(&health);
	else
		*out = health;
	return failed;
}

void health_fini(struct health *health)
{
	cJSON_Delete(health->config);
	strs_fini(&health->command);
	*health = (struct health){0};
}

int health_compile(struct engine *engine, const char *id, const struct spec *spec, bool privileged,
	const struct health *health, struct buf *out, struct err *err)
{
	const struct exec_request request = {
		.command = health->command, .env = STRS_INIT, .privileged = privileged};
	auto_buf plan = BUF_INIT;
	int failed = exec_compile(engine, id, spec, &request, 0, 0, &plan, err);

	if (failed)
		return err_in(err, "health check");
	buf_add(out, &health->head, sizeof(health->head));
	buf_add(out, plan.data, plan.len);
	return 0;
}

/* ---- results ---- */

enum { READ_TRIES = 10 };

static bool read_result(int fd, unsigned slot, struct health_result *out)
{
	for (int i = 0; i < READ_TRIES; i++) {
		if (pread(fd, out, sizeof(*out), (off_t)(slot * sizeof(*out))) != sizeof(*out))
			return false;
		if (out->seq == out->seq_end)
			return out->seq && out->len <= sizeof(out->output);
	}
	return false;
}

static int by_seq(const void *a, const void *b)
{
	const struct health_result *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static size_t read_results(struct engine *engine, const char *id, struct health_result *results)
{
	char path[90];
	auto_close int fd = -1;
	size_t count = 0;

	snprintf(path, sizeof(path), "c/%.64s/health", id);
	fd = openat(store_dir(engine->store, STORE_RUN), path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	for (unsigned slot = 0; fd >= 0 && slot < HEALTH_RESULTS; slot++)
		if (read_result(fd, slot, &results[count]))
			count++;
	qsort(results, count, sizeof(*results), by_seq);
	return count;
}

static void add_result(cJSON *log, const struct health_result *result)
{
	char output[sizeof(result->output) + 1];
	cJSON *entry = cJSON_CreateObject();

	snprintf(output, sizeof(output), "%.*s", (int)result->len, result->output);
	inspect_add_time(entry, "Start", result->began_ns);
	inspect_add_time(entry, "End", result->ended_ns);
	cJSON_AddNumberToObject(entry, "ExitCode", result->code);
	cJSON_AddStringToObject(entry, "Output", output);
	cJSON_AddItemToArray(log, entry);
}

void health_describe(struct engine *engine, const struct container *container, cJSON *state)
{
	auto_free struct health_result *results = NULL;
	cJSON *health, *log;
	size_t count;

	if (container->health == CONTAINER_HEALTH_NONE)
		return;
	results = calloc(HEALTH_RESULTS, sizeof(*results));
	count = results ? read_results(engine, container->id, results) : 0;
	health = cJSON_AddObjectToObject(state, "Health");
	cJSON_AddStringToObject(health, "Status", container_health_name(container->health));
	cJSON_AddNumberToObject(health, "FailingStreak", container->failing_streak);
	log = cJSON_AddArrayToObject(health, "Log");
	for (size_t i = 0; i < count; i++)
		add_result(log, &results[i]);
}
