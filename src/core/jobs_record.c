/* jobs_record.c - the texts that a job's directory holds. */
#include <inttypes.h>
#include <stdio.h>

#include "core/jobs_own.h"
#include "util/json.h"

enum { VERSION = 1 };

/* Numbers of nanoseconds are text: JSON's end at 2^53. */
void job_record_write(const struct job *job, struct buf *out)
{
	auto_json *json = cJSON_CreateObject();
	cJSON *args = cJSON_AddArrayToObject(json, "args");
	auto_free char *text = NULL;
	char asked[24];

	snprintf(asked, sizeof(asked), "%" PRIu64, job->asked_ns);
	cJSON_AddNumberToObject(json, "version", VERSION);
	cJSON_AddStringToObject(json, "kind", job->kind);
	cJSON_AddStringToObject(json, "what", job->what);
	cJSON_AddStringToObject(json, "who", job->who);
	cJSON_AddStringToObject(json, "dir", job->dir);
	cJSON_AddStringToObject(json, "asked", asked);
	for (size_t i = 0; i < job->args.len; i++)
		cJSON_AddItemToArray(args, cJSON_CreateString(job->args.v[i]));
	text = cJSON_PrintUnformatted(json);
	if (text)
		buf_adds(out, text);
	else
		out->failed = true;
}

static void copy(const cJSON *json, const char *key, char *out, size_t room)
{
	snprintf(out, room, "%s", json_str_or(json, key, ""));
}

static bool read_number(const char *text, uint64_t *out)
{
	char rest;

	return text && sscanf(text, "%" SCNu64 "%c", out, &rest) == 1;
}

int job_record_read(const char *text, size_t len, struct job *job, struct err *err)
{
	auto_json *json = NULL;
	uint64_t version;

	if (json_parse(text, len, &json, err) < 0)
		return err_in(err, "record of a job");
	if (!json_size(json, "version", &version) ||
		!read_number(json_str(json, "asked"), &job->asked_ns) || !json_str(json, "kind"))
		return err_set(err, EBADMSG, "the record of a job is damaged");
	if (version > VERSION)
		return err_set(err, ENOTSUP, "this job was started by a newer davit");
	copy(json, "kind", job->kind, sizeof(job->kind));
	copy(json, "what", job->what, sizeof(job->what));
	copy(json, "who", job->who, sizeof(job->who));
	copy(json, "dir", job->dir, sizeof(job->dir));
	if (json_strs(json_array(json, "args"), &job->args) < 0)
		return err_set(err, EBADMSG, "the record of a job is damaged");
	return strs_failed(&job->args) ? err_set(err, ENOMEM, "jobs: out of memory") : 0;
}

bool job_process_read(const char *text, struct row_process *process, uint64_t *began_ns)
{
	int pid;

	if (sscanf(text, "%d %" SCNu64 " %" SCNu64, &pid, &process->start, began_ns) != 3 ||
		pid < 1)
		return false;
	process->pid = pid;
	return true;
}

bool job_end_read(const char *text, int *code, uint64_t *ended_ns)
{
	char newline;

	return sscanf(text, "%d %" SCNu64 "%c", code, ended_ns, &newline) == 3 && newline == '\n';
}
