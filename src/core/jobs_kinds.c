/* jobs_kinds.c - which commands can be jobs, and what is to be known of them. */
#include <stdio.h>

#include "core/jobs_own.h"

static const struct job_kind kinds[] = {
	{"build", JOBS_IN_STORE,
		"finished steps stay in the build cache; no image is made and nothing is tagged"},
	{"pull", JOBS_IN_RUN_ROOT,
		"no image is made; what was fetched is kept, and the next pull goes on from there"},
	{"push", JOBS_IN_RUN_ROOT,
		"layers that were sent stay in the registry; the name there is as it was"},
	{"load", JOBS_IN_RUN_ROOT, "images that were loaded whole stay; the rest is dropped"},
	{"save", JOBS_IN_RUN_ROOT, "the unfinished file is removed"},
	{"import", JOBS_IN_RUN_ROOT, "no image is made"},
	{"export", JOBS_IN_RUN_ROOT, "the unfinished file is removed"},
	{"commit", JOBS_IN_RUN_ROOT, "no image is made; the container goes on as it was"},
	{"slim", JOBS_IN_RUN_ROOT, "images that were slimmed stay so"},
	{"image bootstrap", JOBS_IN_RUN_ROOT, "no image is made"},
	{"image prune", JOBS_IN_RUN_ROOT, "images that were removed stay removed"},
	{"container prune", JOBS_IN_RUN_ROOT, "containers that were removed stay removed"},
	{"volume prune", JOBS_IN_RUN_ROOT, "volumes that were removed stay removed"},
	{"network prune", JOBS_IN_RUN_ROOT, "networks that were removed stay removed"},
	{"builder prune", JOBS_IN_RUN_ROOT, "what was removed stays removed"},
	{"system prune", JOBS_IN_RUN_ROOT, "what was removed stays removed"},
};

/* Longer spellings of the same. */
static const struct {
	const char *spelling, *name;
} spellings[] = {
	{"image build", "build"},
	{"builder build", "build"},
	{"buildx build", "build"},
	{"image pull", "pull"},
	{"image push", "push"},
	{"image load", "load"},
	{"image save", "save"},
	{"image import", "import"},
	{"container export", "export"},
	{"container commit", "commit"},
	{"image slim", "slim"},
};

const struct job_kind *job_kind_named(const char *name)
{
	for (size_t i = 0; i < array_len(kinds); i++)
		if (str_eq(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

const struct job_kind *job_kind_of(const char *const *args, size_t *words)
{
	const struct job_kind *kind;
	char two[60];

	*words = 1;
	if (!args[0] || (kind = job_kind_named(args[0])) || !args[1])
		return args[0] ? job_kind_named(args[0]) : NULL;
	*words = 2;
	snprintf(two, sizeof(two), "%.28s %.28s", args[0], args[1]);
	for (size_t i = 0; i < array_len(spellings); i++)
		if (str_eq(spellings[i].spelling, two))
			return job_kind_named(spellings[i].name);
	return job_kind_named(two);
}

int job_check(const char *const *args, struct err *err)
{
	size_t words;

	if (job_kind_of(args, &words))
		return 0;
	return err_set(err, EINVAL,
		"'%.60s' cannot be a job: those are builds, pulls, pushes, loads, saves, imports, "
		"exports, commits and prunes",
		args[0] ? args[0] : "");
}

const char *job_leaves(const char *name)
{
	const struct job_kind *kind = job_kind_named(name);

	return kind ? kind->leaves : "what was done stays done";
}

static const char *tag_of(const char *const *args)
{
	for (; *args; args++) {
		if ((str_eq(*args, "-t") || str_eq(*args, "--tag")) && args[1])
			return args[1];
		if (str_has_prefix(*args, "--tag="))
			return *args + 6;
		if (str_has_prefix(*args, "-t") && (*args)[2] && (*args)[1] != '-')
			return *args + 2 + ((*args)[2] == '=');
	}
	return NULL;
}

void job_what(const struct job_kind *kind, const char *const *args, char *out, size_t room)
{
	const char *what = str_eq(kind->name, "build") ? tag_of(args) : NULL;
	size_t words;

	job_kind_of(args, &words);
	for (args += words; !what && *args; args++)
		if (!args[1] && **args != '-')
			what = *args;
	snprintf(out, room, "%s", what ? what : "");
}

bool job_is_over(const struct job *job)
{
	return job->state != JOB_QUEUED && job->state != JOB_RUNNING;
}

const char *job_state_name(enum job_state state)
{
	static const char *const names[JOB_STATE_COUNT] = {
		[JOB_QUEUED] = "queued",
		[JOB_RUNNING] = "running",
		[JOB_DONE] = "done",
		[JOB_FAILED] = "failed",
		[JOB_CANCELED] = "canceled",
		[JOB_LOST] = "lost",
	};

	return names[state];
}
