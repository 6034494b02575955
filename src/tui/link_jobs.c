/* link_jobs.c - jobs, as the engine knows them: see world_jobs.h. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tui/link_private.h"

/* ---- all of them ---- */

static void on_changed(void *arg)
{
	struct link *link = arg;
	const struct world_listener *listener = &link->world.listener;

	if (listener->changed)
		listener->changed(listener->self, WORLD_JOBS);
}

/* On first use: a screen that was only just opened has other things to do. */
static int open_jobs(struct link *link, struct err *err)
{
	if (link->jobs)
		return 0;
	if (!link->engine)
		return link_no_engine(err);
	if (engine_jobs(link->engine, &link->jobs, err) < 0)
		return err->code;
	if (jobs_follow(link->jobs, on_changed, link, err) == 0)
		return 0;
	jobs_close(take(link->jobs));
	return err->code;
}

static int list(
	struct world *world, struct job *const **out, size_t *count, bool *more, struct err *err)
{
	struct link *link = link_of(world);

	if (open_jobs(link, err) < 0 || jobs_refresh(link->jobs, more, err) < 0)
		return err->code;
	*out = jobs_list(link->jobs, count);
	return 0;
}

static int cancel(struct world *world, const char *id, struct err *err)
{
	struct link *link = link_of(world);

	return open_jobs(link, err) < 0 ? err->code : jobs_cancel(link->jobs, id, err);
}

static void see(struct world *world, const char *id)
{
	struct link *link = link_of(world);

	if (link->jobs)
		jobs_see(link->jobs, id);
}

static int forget(struct world *world, const char *id, struct err *err)
{
	struct link *link = link_of(world);

	return open_jobs(link, err) < 0 ? err->code : jobs_forget(link->jobs, id, err);
}

/* One that is still used stays: refused, which nobody needs to hear. */
void link_jobs_tidy(struct link *link)
{
	for (size_t i = 0; i < link->leftovers.len; i++)
		engine_image_remove(link->engine, link->leftovers.v[i], false, NULL, NULL);
}

void link_jobs_stop(struct link *link)
{
	link_jobs_tidy(link);
	jobs_close(take(link->jobs));
}

/* ---- starting ---- */

static void on_started(void *arg, const struct op_result *result)
{
	struct deed *deed = arg;

	if (deed->made)
		deed->made(deed->made_arg, result->id ? result->id : "", result->err);
	link_deed_free(deed);
}

static int start(struct world *world, const char *dir, const char *const *args, world_made_fn *made,
	void *arg)
{
	struct link *link = link_of(world);
	struct deed *deed = link_deed_new(link, 0);

	if (!deed)
		return -ENOMEM;
	deed->made = made;
	deed->made_arg = arg;
	return link_deed_begun(deed, engine_job_start(link->engine, dir, args, on_started, deed));
}

/* ---- one of them ---- */

struct world_job {
	struct job_reader *reader;
};

static int open_one(struct world *world, const char *id, struct world_job **out, struct err *err)
{
	auto_free struct world_job *job = calloc(1, sizeof(*job));
	struct link *link = link_of(world);

	if (!job)
		return err_set(err, ENOMEM, "out of memory");
	if (engine_job_read(link->engine, id, &job->reader, err) < 0)
		return err->code;
	*out = take(job);
	return 0;
}

static int next(struct world_job *job, struct job_event *event)
{
	return job_reader_next(job->reader, event);
}

static void close_one(struct world_job *job)
{
	job_reader_close(job->reader);
	free(job);
}

static int find(struct link *link, const char *id, const struct job **out, struct err *err)
{
	return open_jobs(link, err) < 0 ? err->code : jobs_find(link->jobs, id, out, err);
}

/* ---- what was before a step ---- */

struct before {
	world_made_fn *made;
	void *arg;
	int out_fd; /* what it says: the image, or why not */
	struct deed *deed;
};

/* Its last line. */
static void read_answer(int fd, struct buf *out)
{
	char text[4096];
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	const char *line;

	text[got > 0 ? got : 0] = '\0';
	while (got > 0 && text[got - 1] == '\n')
		text[--got] = '\0';
	line = strrchr(text, '\n');
	line = line ? line + 1 : text;
	buf_adds(out, strncmp(line, "davit: ", 7) == 0 ? line + 7 : line);
}

static void on_before(void *arg, const struct op_result *result)
{
	auto_free struct before *before = arg;
	auto_buf answer = BUF_INIT;
	struct err err = {0};

	read_answer(before->out_fd, &answer);
	close(before->out_fd);
	if (result->err)
		err = *result->err;
	else if (result->exit_code)
		err_set(&err, EIO, "%.400s", buf_text(&answer));
	if (!err.code)
		strs_add(&before->deed->link->leftovers, buf_text(&answer));
	if (before->deed->made)
		before->made(before->arg, buf_text(&answer), err.code ? &err : NULL);
	link_deed_free(before->deed);
}

static bool names_image(const char *word)
{
	return str_eq(word, "-t") || str_eq(word, "--tag") || str_eq(word, "-o") ||
	       str_eq(word, "--output") || str_eq(word, "--progress") || str_eq(word, "--redo");
}

static bool is_of_result(const char *word)
{
	return str_has_prefix(word, "--tag=") || str_has_prefix(word, "--output=") ||
	       str_has_prefix(word, "--progress=") || str_has_prefix(word, "--redo=") ||
	       str_eq(word, "--push") || str_eq(word, "--no-cache") || str_eq(word, "--pull");
}

/* The same build, less what becomes of it, and with what is known from before. */
static void fill(const struct job *job, int line, struct strs *words)
{
	size_t at = 0;

	while (at < job->args.len && !str_eq(job->args.v[at], "build"))
		at++;
	strs_add(words, "build");
	strs_add(words, "--quiet");
	strs_addf(words, "--stop-before=%d", line);
	for (at++; at < job->args.len; at++) {
		if (names_image(job->args.v[at]))
			at++;
		else if (!is_of_result(job->args.v[at]))
			strs_add(words, job->args.v[at]);
	}
}

/* Relative to where the build was asked for. */
static void place(const struct job *job, const char *path, struct buf *out)
{
	if (*path != '/')
		buf_addf(out, "%s/", job->dir);
	buf_adds(out, path);
}

static const char *last_word(const struct job *job)
{
	return job->args.len ? job->args.v[job->args.len - 1] : "";
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int before(struct world *world, const char *id, int line, world_made_fn *made, void *arg)
{
	struct link *link = link_of(world);
	auto_strs words = STRS_INIT;
	auto_free struct before *asked = calloc(1, sizeof(*asked));
	const struct job *job;
	struct err err;

	if (!asked || find(link, id, &job, &err) < 0)
		return -ENOMEM;
	fill(job, line, &words);
	*asked = (struct before){made, arg, memfd_create("before", MFD_CLOEXEC), NULL};
	asked->deed = link_deed_new(link, 0);
	if (asked->out_fd < 0 || !asked->deed || strs_failed(&words))
		return -ENOMEM;
	asked->deed->made = made;
	asked->deed->op = engine_job_in(link->engine, job->dir, (const char *const *)words.v,
		asked->out_fd, on_before, asked);
	if (!asked->deed->op) {
		link_deed_free(asked->deed);
		return -ENOMEM;
	}
	asked->deed->lives_on = true;
	take(asked);
	return 0;
}

/* ---- files ---- */

/* The file that -f names, or "". */
static const char *file_option(const struct job *job)
{
	for (size_t i = 0; i < job->args.len; i++) {
		const char *word = job->args.v[i];

		if ((str_eq(word, "-f") || str_eq(word, "--file")) && i + 1 < job->args.len)
			return job->args.v[i + 1];
		if (str_has_prefix(word, "--file="))
			return word + 7;
	}
	return "";
}

static int dockerfile(struct world *world, const char *id, struct buf *path, struct err *err)
{
	struct link *link = link_of(world);
	auto_buf context = BUF_INIT;
	const struct job *job;
	const char *file;

	if (find(link, id, &job, err) < 0)
		return err->code;
	file = file_option(job);
	place(job, last_word(job), &context);
	if (*file)
		place(job, file, path);
	else if (is_directory(buf_text(&context)))
		buf_addf(path, "%s/Dockerfile", buf_text(&context));
	if (path->len && access(buf_text(path), R_OK) == 0)
		return 0;
	return err_set(err, ENOENT,
		"the Dockerfile of this build is no file here: it came from %.200s",
		*file ? file : last_word(job));
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* As a shell and then the command would find it. */
static void find_path(const char *dir, const char *typed, struct buf *out)
{
	const char *home = getenv("HOME");

	if (strncmp(typed, "~/", 2) == 0 && home) {
		buf_addf(out, "%s%s", home, typed + 1);
		return;
	}
	if (*typed != '/' && *dir)
		buf_addf(out, "%s/", dir);
	buf_adds(out, typed);
}

static enum world_place place_of(struct world *world, const char *dir, const char *typed)
{
	auto_buf full = BUF_INIT;
	struct stat st;

	(void)world;
	find_path(dir, typed, &full);
	if (stat(buf_text(&full), &st) == 0)
		return S_ISDIR(st.st_mode) ? WORLD_FOLDER : WORLD_FILE;
	return strstr(typed, "://") || str_has_prefix(typed, "git@") ? WORLD_URL : WORLD_NOWHERE;
}

/* "src/ap": what begins with "ap" in "src/". */
static bool path(
	struct world *world, const char *dir, const char *typed, size_t nth, struct buf *out)
{
	const char *slash = strrchr(typed, '/'), *name = slash ? slash + 1 : typed;
	int head = (int)(name - typed), count;
	struct dirent **names = NULL;
	auto_buf full = BUF_INIT, folder = BUF_INIT;
	bool shown = false;

	(void)world;
	buf_addf(&folder, "%.*s", head, typed);
	find_path(dir, slash ? buf_text(&folder) : "./", &full);
	count = scandir(buf_text(&full), &names, NULL, by_name);
	for (int i = 0; i < count; i++) {
		const char *found = names[i]->d_name;

		if (!shown && (*found != '.' || *name == '.') && str_has_prefix(found, name) &&
			!str_eq(found, ".") && !str_eq(found, "..") && nth-- == 0) {
			shown = true;
			buf_addf(out, "%s%s%s", buf_text(&folder), found,
				names[i]->d_type == DT_DIR ? "/" : "");
		}
		free(names[i]);
	}
	free(names);
	return shown;
}

const struct world_jobs_ops link_jobs_ops = {
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
	.place = place_of,
	.dockerfile = dockerfile,
};
