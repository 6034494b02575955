/* recorded_jobs.c - jobs of the recorded world:
 *
 *     job ID STATE [asked=S] [took=MS] [usual=S] [steps=N/M] [bytes=N/M] [image=I] [dir=D] [code=N]
 *             [now=TEXT] [seen] -- WORDS…         asked: so many seconds ago; anew: it changes
 *     told ID LINE                                a line more of what it told
 *
 * Places: "missing" and what has ".tar" in it is nowhere, what has "://" is a URL, what has "ile"
 * in it a file, all else a folder; in each folder are "src/" and "srv/". */
#include <errno.h>
#include <stdio.h>

#include "core/jobs_own.h"
#include "recorded_private.h"

static const uint64_t second = 1000000000;

static struct recorded_job *find(struct recorded *recorded, const char *id)
{
	for (size_t i = 0; i < recorded->jobs.count; i++)
		if (strcmp(recorded->jobs.v[i].job.id, id) == 0)
			return &recorded->jobs.v[i];
	return NULL;
}

static int newest_first(const void *a, const void *b)
{
	const struct job *x = *(struct job *const *)a, *y = *(struct job *const *)b;

	return (x->asked_ns < y->asked_ns) - (x->asked_ns > y->asked_ns);
}

static int list(
	struct world *world, struct job *const **out, size_t *count, bool *more, struct err *err)
{
	struct recorded_jobs *jobs = &recorded_of(world)->jobs;

	(void)err;
	for (size_t i = 0; i < jobs->count; i++)
		jobs->lent[i] = &jobs->v[i].job;
	qsort(jobs->lent, jobs->count, sizeof(jobs->lent[0]), newest_first);
	*out = jobs->lent;
	*count = jobs->count;
	*more = false;
	return 0;
}

static void changed(struct recorded *recorded)
{
	const struct world_listener *listener = &recorded->world.listener;

	if (listener->self)
		listener->changed(listener->self, WORLD_JOBS);
}

static struct recorded_job *add(struct recorded *recorded, const char *id)
{
	struct recorded_job *job = find(recorded, id);

	if (job || recorded->jobs.count == JOBS_MAX)
		return job;
	job = &recorded->jobs.v[recorded->jobs.count++];
	snprintf(job->job.id, sizeof(job->job.id), "%s", id);
	return job;
}

static void take_args(struct job *job, const char *const *args)
{
	const struct job_kind *kind;
	size_t words;

	strs_fini(&job->args);
	for (const char *const *at = args; *at; at++)
		strs_add(&job->args, *at);
	kind = job_kind_of(args, &words);
	snprintf(job->kind, sizeof(job->kind), "%s", kind ? kind->name : "?");
	if (kind)
		job_what(kind, args, job->what, sizeof(job->what));
}

/* It is there at once, and told of when the test says "finish". */
static int start(struct world *world, const char *dir, const char *const *args, world_made_fn *made,
	void *arg)
{
	struct recorded *recorded = recorded_of(world);
	struct recorded_job *job;
	char id[JOB_ID_SIZE];

	snprintf(id, sizeof(id), "5eed%08zx", recorded->jobs.count);
	buf_adds(&recorded->acts, "job");
	for (const char *const *at = args; *at; at++)
		buf_addf(&recorded->acts, " %s", *at);
	buf_addf(&recorded->acts, "%s%s\n", dir ? " in " : "", dir ? dir : "");
	job = add(recorded, id);
	take_args(&job->job, args);
	snprintf(job->job.dir, sizeof(job->job.dir), "%s", dir ? dir : "/srv/shop");
	job->job.asked_ns = job->job.began_ns =
		(uint64_t)RECORDED_NOW_S * second + (uint64_t)(recorded->now_ms - 100000) * 1000000;
	job->job.state = JOB_RUNNING;
	recorded->jobs.made = made;
	recorded->jobs.made_arg = arg;
	snprintf(recorded->jobs.made_id, sizeof(recorded->jobs.made_id), "%s", id);
	return 0;
}

static int cancel(struct world *world, const char *id, struct err *err)
{
	struct recorded *recorded = recorded_of(world);

	(void)err;
	buf_addf(&recorded->acts, "cancel %s\n", id);
	find(recorded, id)->job.canceled = true;
	return 0;
}

static void see(struct world *world, const char *id)
{
	find(recorded_of(world), id)->job.seen = true;
}

static int forget(struct world *world, const char *id, struct err *err)
{
	(void)err;
	buf_addf(&recorded_of(world)->acts, "forget %s\n", id);
	return 0;
}

/* ---- one ---- */

struct world_job {
	struct recorded_job *job;
	size_t at;
	struct job_parser *parser;
};

static int open_one(struct world *world, const char *id, struct world_job **out, struct err *err)
{
	struct recorded_job *job = find(recorded_of(world), id);

	if (!job)
		return err_set(err, ENOENT, "no such job: %s", id);
	*out = calloc(1, sizeof(**out));
	(*out)->job = job;
	(*out)->parser = job_parser_new();
	return 0;
}

static int next(struct world_job *job, struct job_event *event)
{
	const char *text = buf_text(&job->job->told) + job->at, *end = strchr(text, '\n');

	if (!end)
		return 0;
	job_parse(job->parser, text, (size_t)(end - text), event);
	job->at += (size_t)(end - text) + 1;
	return 1;
}

static void close_one(struct world_job *job)
{
	job_parser_free(job->parser);
	free(job);
}

static int before(struct world *world, const char *id, int line, world_made_fn *made, void *arg)
{
	struct recorded *recorded = recorded_of(world);

	buf_addf(&recorded->acts, "before line %d of %s\n", line, id);
	recorded->jobs.made = made;
	recorded->jobs.made_arg = arg;
	snprintf(recorded->jobs.made_id, sizeof(recorded->jobs.made_id), "sha256:be4");
	return 0;
}

static bool path(
	struct world *world, const char *dir, const char *typed, size_t nth, struct buf *out)
{
	static const char *const names[] = {"src/", "srv/"};
	const char *slash = strrchr(typed, '/'), *name = slash ? slash + 1 : typed;

	(void)world, (void)dir;
	for (size_t i = 0; i < array_len(names); i++)
		if (str_has_prefix(names[i], name) && nth-- == 0) {
			buf_addf(out, "%.*s%s", (int)(name - typed), typed, names[i]);
			return true;
		}
	return false;
}

static enum world_place place(struct world *world, const char *dir, const char *typed)
{
	(void)world, (void)dir;
	return strstr(typed, "missing") || strstr(typed, ".tar") ? WORLD_NOWHERE
	       : strstr(typed, "://")                            ? WORLD_URL
	       : strstr(typed, "ile") || strstr(typed, "/Slow")  ? WORLD_FILE
								 : WORLD_FOLDER;
}

static int dockerfile(struct world *world, const char *id, struct buf *out, struct err *err)
{
	const struct recorded_job *job = find(recorded_of(world), id);
	const char *where = job->job.args.v[job->job.args.len - 1];

	if (strstr(where, "://"))
		return err_set(err, ENOENT,
			"the Dockerfile of this build is no file here: it came from %s", where);
	buf_addf(out, "%s/Dockerfile", job->job.dir);
	return 0;
}

const struct world_jobs_ops recorded_jobs_ops = {
	.list = list,
	.start = start,
	.cancel = cancel,
	.see = see,
	.forget = forget,
	.open = open_one,
	.next = next,
	.close = close_one,
	.before = before,
	.path = path,
	.place = place,
	.dockerfile = dockerfile,
};

void recorded_jobs_made(struct recorded *recorded, const struct err *err)
{
	world_made_fn *made = recorded->jobs.made;

	recorded->jobs.made = NULL;
	if (made)
		made(recorded->jobs.made_arg, recorded->jobs.made_id, err);
}

/* ---- what the test tells ---- */

static void set(struct job *job, const char *key, char *value)
{
	uint64_t number = strtoull(value, NULL, 10);

	if (strcmp(key, "asked") == 0)
		job->asked_ns = job->began_ns = ((uint64_t)RECORDED_NOW_S - number) * second;
	else if (strcmp(key, "took") == 0)
		job->ended_ns = job->began_ns + number * 1000000;
	else if (strcmp(key, "usual") == 0)
		job->usual_ns = number * second;
	else if (strcmp(key, "steps") == 0)
		sscanf(value, "%zu/%zu", &job->step, &job->steps);
	else if (strcmp(key, "bytes") == 0)
		sscanf(value, "%lu/%lu", &job->done, &job->total);
	else if (strcmp(key, "image") == 0)
		snprintf(job->image, sizeof(job->image), "%s", value);
	else if (strcmp(key, "dir") == 0)
		snprintf(job->dir, sizeof(job->dir), "%s", value);
	else if (strcmp(key, "code") == 0)
		job->exit_code = (int)number;
	else if (strcmp(key, "now") == 0) {
		recorded_unescape(value);
		snprintf(job->now, sizeof(job->now), "%s", value);
	}
}

static enum job_state state_of(const char *word)
{
	for (int i = 0; i < JOB_STATE_COUNT; i++)
		if (strcmp(job_state_name((enum job_state)i), word) == 0)
			return (enum job_state)i;
	return JOB_LOST;
}

static void tell_job(struct recorded *recorded, char *rest)
{
	struct recorded_job *row = add(recorded, strsep(&rest, " "));
	const char *args[20] = {NULL};
	size_t n = 0;
	char *word;

	row->job.state = state_of(strsep(&rest, " "));
	while ((word = strsep(&rest, " ")) && strcmp(word, "--") != 0) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (strcmp(word, "seen") == 0)
			row->job.seen = true;
		else if (value)
			set(&row->job, word, value);
	}
	while ((word = strsep(&rest, " ")) && n < array_len(args) - 1) {
		recorded_unescape(word);
		args[n++] = word;
	}
	if (n)
		take_args(&row->job, args);
	if (row->job.state == JOB_QUEUED)
		row->job.began_ns = 0;
	changed(recorded);
}

static void tell_told(struct recorded *recorded, char *rest)
{
	struct recorded_job *row = find(recorded, strsep(&rest, " "));

	if (row)
		buf_addf(&row->told, "%s\n", rest);
	changed(recorded);
}

bool recorded_jobs_tell(struct recorded *recorded, const char *verb, char *rest)
{
	if (strcmp(verb, "job") == 0)
		tell_job(recorded, rest);
	else if (strcmp(verb, "told") == 0)
		tell_told(recorded, rest);
	else
		return false;
	return true;
}

void recorded_jobs_fini(struct recorded *recorded)
{
	for (size_t i = 0; i < recorded->jobs.count; i++) {
		strs_fini(&recorded->jobs.v[i].job.args);
		buf_fini(&recorded->jobs.v[i].told);
	}
}
