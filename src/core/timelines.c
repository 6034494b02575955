/* timelines.c - see engine_timeline.h: finds the record and has it planned.
 *
 *     containers/ID/plan, trace              launch
 *     containers/ID/timeline.1, timeline     stop, restart: the monitor's last facts (shim/facts.c)
 *     containers/ID/plan, trace.again        the last restart's launch (shim/clocks.c)
 *     cache/pulls/ID                         pull: the facts of image/pull.c (pulls.h)
 *     jobs/ID/facts                          a pull or a build that is or was a job
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/engine_own.h"
#include "core/jobs_own.h"
#include "core/pulls.h"
#include "core/timelines.h"
#include "util/own.h"
#include "util/path.h"

enum { FILE_MAX = 4 << 20 };

/* The older of two files first; none is fine. */
static int read_facts(int dir_fd, const char *older, const char *name, struct facts *out)
{
	const char *names[] = {older, name};

	for (size_t i = 0; i < array_len(names); i++) {
		auto_buf text = BUF_INIT;
		int failed = names[i] ? path_read_at(dir_fd, names[i], FILE_MAX, &text) : -ENOENT;

		if (!failed)
			facts_parse(out, buf_text(&text), text.len);
		else if (failed != -ENOENT)
			return failed;
	}
	return out->failed ? -ENOMEM : 0;
}

int timelines_read_ends(int own, struct facts *out)
{
	return read_facts(own, "timeline.1", "timeline", out);
}

static bool is_up(const struct container *c)
{
	return c->state == CONTAINER_RUNNING || c->state == CONTAINER_PAUSED ||
	       c->state == CONTAINER_RESTARTING;
}

static int of_container(struct engine *engine, enum timeline_kind kind, const char *who,
	struct timeline *out, struct err *err)
{
	struct container c;
	auto_facts facts = {0};
	auto_close int own = -1;
	int failed = engine_container(engine, who, &c, err);
	struct timeline_subject subject = {.name = c.name, .now_ns = timing_now()};
	bool found;

	if (failed)
		return failed;
	own = launch_own_dir(engine, c.id, err);
	if (own < 0)
		return own;
	failed = timelines_read_ends(own, &facts);
	if (failed)
		return err_set(err, failed, "the timeline of %s: %s", c.name, err_name(failed));
	subject.running = is_up(&c);
	found = kind == TIMELINE_STOP ? timeline_of_stop(&subject, &facts, out)
				      : explain_restart(own, &subject, &facts, out);
	if (found)
		return 0;
	return err_set(err, ENODATA,
		kind == TIMELINE_STOP ? "nobody has stopped %s yet: davit stop %s does"
				      : "%s was not started again yet: davit restart %s does that, "
					"or a policy (davit update --restart)",
		c.name, c.name);
}

/* ---- images and jobs ---- */

/* A job that is not over goes on. */
static int read_job(
	struct engine *engine, const char *id, struct facts *facts, bool *running, struct err *err)
{
	auto_close int dir = jobs_dir_open(engine->store, id, err);
	int failed;

	if (dir < 0)
		return dir;
	*running = jobs_dir_is_held(dir);
	failed = read_facts(dir, NULL, "facts", facts);
	return failed ? err_set(err, failed, "the facts of job %s: %s", id, err_name(failed)) : 0;
}

static int read_pull(
	struct engine *engine, const char *who, struct facts *facts, bool *running, struct err *err)
{
	auto_buf text = BUF_INIT;
	char id[65];
	struct err ignored;
	int failed;

	if (job_id_is_good(who) && read_job(engine, who, facts, running, &ignored) == 0)
		return 0;
	failed = engine_image_find(engine, who, id, err);
	if (failed)
		return failed;
	failed = pulls_read(engine->store, id, &text);
	if (failed && failed != -ENOENT)
		return err_set(err, failed, "the pull of %s: %s", who, err_name(failed));
	facts_parse(facts, buf_text(&text), text.len);
	return 0;
}

static int of_pull(struct engine *engine, const char *who, struct timeline *out, struct err *err)
{
	auto_facts facts = {0};
	struct timeline_subject subject = {
		.name = who, .now_ns = timing_now(), .root = store_root(engine->store)};
	int failed = read_pull(engine, who, &facts, &subject.running, err);

	if (failed)
		return failed;
	if (timeline_of_pull(&subject, &facts, out))
		return 0;
	return err_set(err, ENODATA,
		"no pull of %s is on record: it was built, loaded or made here, or pulled without a record",
		who);
}

/* ---- builds ---- */

/* The build whose facts were told last. */
static int newest_build(struct engine *engine, char id[JOB_ID_SIZE], struct err *err)
{
	auto_close int place = jobs_place_open(engine->store, JOBS_IN_STORE, err);
	DIR *dir = place < 0 ? NULL : fdopendir(dup(place));
	struct dirent *entry;
	uint64_t newest = 0, changed;

	*id = '\0';
	while (dir && (entry = readdir(dir))) {
		char path[40];
		struct stat st;

		snprintf(path, sizeof(path), "%.20s/facts", entry->d_name);
		if (!job_id_is_good(entry->d_name) ||
			fstatat(place, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		changed = (uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec;
		if (changed < newest)
			continue;
		newest = changed;
		memcpy(id, entry->d_name, JOB_ID_SIZE);
	}
	if (dir)
		closedir(dir);
	return *id ? 0 : err_set(err, ENODATA, "no build is on record: davit build DIR makes one");
}

static int of_build(struct engine *engine, const char *who, unsigned step, struct timeline *out,
	struct err *err)
{
	char id[JOB_ID_SIZE];
	auto_facts facts = {0};
	struct timeline_subject subject = {
		.name = id, .now_ns = timing_now(), .root = store_root(engine->store)};
	int failed = 0;

	if (*who)
		snprintf(id, sizeof(id), "%s", who);
	else
		failed = newest_build(engine, id, err);
	if (!failed)
		failed = read_job(engine, *who ? who : id, &facts, &subject.running, err);
	if (failed)
		return failed;
	if (timeline_of_build(&subject, &facts, step, out))
		return 0;
	return step && facts.len
		       ? err_set(err, ENODATA, "build %s has no step %u that was begun", id, step)
		       : err_set(err, ENODATA, "build %s has no clocks on record", id);
}

int engine_timeline(struct engine *engine, enum timeline_kind kind, const char *who, unsigned step,
	struct timeline *out, struct err *err)
{
	int failed = -EINVAL;

	switch (kind) {
	case TIMELINE_LAUNCH:
		failed = explain_launch(engine, who, out, err);
		break;
	case TIMELINE_STOP:
	case TIMELINE_RESTART:
		failed = of_container(engine, kind, who, out, err);
		break;
	case TIMELINE_PULL:
		failed = of_pull(engine, who, out, err);
		break;
	case TIMELINE_BUILD:
		failed = of_build(engine, who, step, out, err);
		break;
	default:
		return err_set(err, EINVAL, "there is no timeline of that kind");
	}
	if (!failed && out->failed)
		failed = err_set(err, ENOMEM, "the timeline of %s: out of memory", who);
	return failed;
}
