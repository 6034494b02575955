/* build_form.c - see build_form.h. */
#include <stdio.h>

#include "tui/pane/build_form.h"
#include "tui/pane/sheet.h"

enum { WHERE, FILE_OPTION, TAG, TARGET, ARGS, NO_CACHE, PULL, MORE, FIELDS };

static const struct sheet_field fields[FIELDS] = {
	[WHERE] = {SHEET_TEXT, "Build from",
		"Folder, Dockerfile, or git URL: https://host/repo.git#branch:folder", NULL},
	[FILE_OPTION] = {SHEET_TEXT, "Dockerfile", "Only where it is not called Dockerfile", NULL},
	[TAG] = {SHEET_TEXT, "Tag", "Name of the image, shop/api:1.10; several with blanks between",
		NULL},
	[TARGET] = {SHEET_TEXT, "Target", "The stage to build; empty: the last", NULL},
	[ARGS] = {SHEET_TEXT, "Build args", "NAME=value NAME='two words', blanks between", NULL},
	[NO_CACHE] = {SHEET_TOGGLE, "No cache", "Do every step anew", NULL},
	[PULL] = {SHEET_TOGGLE, "Pull", "Ask for newer images that it stands on", NULL},
	[MORE] = {SHEET_TEXT, "More options", "As on the command line: --secret id=k,src=f", NULL},
};

struct build_form {
	struct app *app;
	char dir[400]; /* of the build it is like; "": ours */
};

/* ---- to words ---- */

static void add_each(const char *text, const char *option, struct strs *words)
{
	auto_strs parts = STRS_INIT;

	sheet_words(text, &parts);
	for (size_t i = 0; i < parts.len; i++) {
		if (option)
			strs_add(words, option);
		strs_add(words, parts.v[i]);
	}
}

static void add_option(
	const struct sheet *sheet, size_t field, const char *option, struct strs *words)
{
	if (!sheet_is_on(sheet, field))
		return;
	strs_add(words, option);
	strs_add(words, sheet_get(sheet, field));
}

/* "~/src" is a shell's doing, which nobody else does here. */
static void add_path(const char *path, struct strs *words)
{
	const char *home = getenv("HOME");

	if (str_has_prefix(path, "~/") && home)
		strs_addf(words, "%s%s", home, path + 1);
	else
		strs_add(words, path);
}

/* "src/api/Dockerfile.dev" is a file in the folder "src/api". */
static void add_context(
	const struct build_form *form, const struct sheet *sheet, struct strs *words)
{
	struct world *world = app_world(form->app);
	const char *where = sheet_get(sheet, WHERE), *slash = strrchr(where, '/');

	if (world->ops->jobs->place(world, form->dir, where) != WORLD_FILE) {
		add_path(*where ? where : ".", words);
		return;
	}
	strs_add(words, "-f");
	add_path(where, words);
	if (slash) {
		auto_buf folder = BUF_INIT;

		buf_add(&folder, where, (size_t)(slash + 1 - where));
		add_path(buf_text(&folder), words);
	} else {
		strs_add(words, ".");
	}
}

/* A Dockerfile that is not where we are is looked for in the folder that is built. */
static void put_file(const struct build_form *form, const struct sheet *sheet, struct buf *path)
{
	struct world *world = app_world(form->app);
	const char *where = sheet_get(sheet, WHERE), *file = sheet_get(sheet, FILE_OPTION);
	size_t len = strlen(where);
	auto_buf inside = BUF_INIT;

	buf_addf(&inside, "%s%s%s", where, len && where[len - 1] == '/' ? "" : "/", file);
	if (*file != '/' && world->ops->jobs->place(world, form->dir, file) != WORLD_FILE &&
		world->ops->jobs->place(world, form->dir, where) == WORLD_FOLDER &&
		world->ops->jobs->place(world, form->dir, buf_text(&inside)) == WORLD_FILE)
		file = buf_text(&inside);
	buf_adds(path, file);
}

static void command(void *arg, const struct sheet *sheet, struct strs *words)
{
	strs_add(words, "davit");
	strs_add(words, "build");
	if (sheet_is_on(sheet, FILE_OPTION)) {
		auto_buf path = BUF_INIT;

		put_file(arg, sheet, &path);
		strs_add(words, "-f");
		add_path(buf_text(&path), words);
	}
	add_each(sheet_get(sheet, TAG), "-t", words);
	add_option(sheet, TARGET, "--target", words);
	add_each(sheet_get(sheet, ARGS), "--build-arg", words);
	if (sheet_is_on(sheet, NO_CACHE))
		strs_add(words, "--no-cache");
	if (sheet_is_on(sheet, PULL))
		strs_add(words, "--pull");
	add_each(sheet_get(sheet, MORE), NULL, words);
	add_context(arg, sheet, words);
}

/* ---- what is wrong ---- */

static void check_where(
	const struct build_form *form, const struct sheet *sheet, struct buf *mistake)
{
	struct world *world = app_world(form->app);
	const char *where = sheet_get(sheet, WHERE);

	if (!*where)
		buf_adds(mistake, "Say what to build: a folder, a Dockerfile or a git URL");
	else if (world->ops->jobs->place(world, form->dir, where) == WORLD_NOWHERE)
		buf_addf(mistake, "%s is no folder or file here, and no URL", where);
}

/* Of what is no folder nobody can say what is in it. */
static void check_file(
	const struct build_form *form, const struct sheet *sheet, struct buf *mistake)
{
	struct world *world = app_world(form->app);
	auto_buf path = BUF_INIT;

	put_file(form, sheet, &path);
	if (world->ops->jobs->place(world, form->dir, sheet_get(sheet, WHERE)) != WORLD_URL &&
		world->ops->jobs->place(world, form->dir, buf_text(&path)) != WORLD_FILE)
		buf_addf(mistake, "There is no file %s, neither here nor in what is built",
			sheet_get(sheet, FILE_OPTION));
}

static void check(void *arg, const struct sheet *sheet, size_t field, struct buf *mistake)
{
	const struct build_form *form = arg;
	const char *text = sheet_get(sheet, field);
	auto_strs words = STRS_INIT;

	if (field == WHERE)
		check_where(arg, sheet, mistake);
	else if (field == FILE_OPTION && *text)
		check_file(form, sheet, mistake);
	else if ((field == TAG || field == ARGS || field == MORE) && sheet_words(text, &words) < 0)
		buf_adds(mistake, "A quote is not closed");
	for (size_t i = 0; field == ARGS && i < words.len && !mistake->len; i++)
		if (words.v[i][0] == '-' || words.v[i][0] == '=')
			buf_addf(mistake, "%s is no NAME=value", words.v[i]);
}

/* ---- what is offered ---- */

static bool is_word_of(const struct job *job, size_t at, const char *option, const char **value)
{
	if (at + 1 >= job->args.len || !str_eq(job->args.v[at], option))
		return false;
	*value = job->args.v[at + 1];
	return true;
}

/* The value that a field had in a build; NULL: it had none. */
static const char *value_in(const struct job *job, size_t field)
{
	static const char *const options[FIELDS] = {
		[FILE_OPTION] = "-f", [TAG] = "-t", [TARGET] = "--target", [ARGS] = "--build-arg"};
	const char *value;

	if (field == WHERE)
		return job->args.len ? job->args.v[job->args.len - 1] : NULL;
	for (size_t i = 0; options[field] && i < job->args.len; i++)
		if (is_word_of(job, i, options[field], &value))
			return value;
	return NULL;
}

static bool was_offered(struct app *app, size_t field, size_t before, const char *value)
{
	size_t count;
	struct job *const *jobs = app_jobs(app, &count);

	for (size_t i = 0; i < before; i++) {
		const char *other =
			str_eq(jobs[i]->kind, "build") ? value_in(jobs[i], field) : NULL;

		if (other && str_eq(other, value))
			return true;
	}
	return false;
}

/* From builds before, the newest first, each once. *left counts down. */
static const char *recent(struct app *app, const char *typed, size_t field, size_t *left)
{
	size_t count;
	struct job *const *jobs = app_jobs(app, &count);

	for (size_t i = 0; i < count; i++) {
		const char *value =
			str_eq(jobs[i]->kind, "build") ? value_in(jobs[i], field) : NULL;

		if (!value || !str_has_prefix(value, typed) || str_eq(value, typed) ||
			was_offered(app, field, i, value))
			continue;
		if (!(*left)--)
			return value;
	}
	return NULL;
}

static bool offer(void *arg, const struct sheet *sheet, size_t field, size_t nth, struct buf *value)
{
	const struct build_form *form = arg;
	struct world *world = app_world(form->app);
	const char *typed = sheet_get(sheet, field), *before;

	if (field == MORE)
		return false;
	before = recent(form->app, typed, field, &nth);
	if (before) {
		buf_adds(value, before);
		return true;
	}
	return (field == WHERE || field == FILE_OPTION) && *typed &&
	       world->ops->jobs->path(world, form->dir, typed, nth, value);
}

/* ---- as it was before ---- */

static void add_word(struct sheet *sheet, size_t field, const char *word)
{
	auto_buf text = BUF_INIT;

	buf_addf(&text, "%s%s", sheet_get(sheet, field), sheet_is_on(sheet, field) ? " " : "");
	sheet_quote(&text, word);
	sheet_set(sheet, field, buf_text(&text));
}

/* An option with its value; false: it is none that the form has a field for, or leaves out. */
static bool take_pair(struct sheet *sheet, const struct job *job, size_t at)
{
	const char *value;

	if (is_word_of(job, at, "-t", &value) || is_word_of(job, at, "--tag", &value))
		add_word(sheet, TAG, value);
	else if (is_word_of(job, at, "--build-arg", &value))
		add_word(sheet, ARGS, value);
	else if (is_word_of(job, at, "-f", &value) || is_word_of(job, at, "--file", &value))
		sheet_set(sheet, FILE_OPTION, value);
	else if (is_word_of(job, at, "--target", &value))
		sheet_set(sheet, TARGET, value);
	else
		return is_word_of(job, at, "--progress", &value);
	return true;
}

/* It says how much is told: a screen shows all there is. */
static bool is_about_telling(const char *word)
{
	return str_eq(word, "-q") || str_eq(word, "--quiet") || str_has_prefix(word, "--progress=");
}

/* What the form has no field for is kept as it is. */
static void take_word(struct sheet *sheet, const char *word)
{
	if (str_eq(word, "--no-cache"))
		sheet_set(sheet, NO_CACHE, "yes");
	else if (str_eq(word, "--pull"))
		sheet_set(sheet, PULL, "yes");
	else if (!str_has_prefix(word, "--redo=") && !is_about_telling(word))
		add_word(sheet, MORE, word);
}

static void take_words(struct sheet *sheet, const struct job *job)
{
	size_t at = 0;

	while (at < job->args.len && !str_eq(job->args.v[at], "build"))
		at++;
	for (at++; at + 1 < job->args.len; at++) {
		if (take_pair(sheet, job, at))
			at++;
		else
			take_word(sheet, job->args.v[at]);
	}
	sheet_set(sheet, WHERE, value_in(job, WHERE));
}

static const struct job *last_build(struct app *app)
{
	size_t count;
	struct job *const *jobs = app_jobs(app, &count);

	for (size_t i = 0; i < count; i++)
		if (str_eq(jobs[i]->kind, "build"))
			return jobs[i];
	return NULL;
}

/* ---- all ---- */

static int run(struct app *app, void *arg, const struct sheet *sheet, struct err *err)
{
	const struct build_form *form = arg;
	auto_strs words = STRS_INIT;

	command(arg, sheet, &words);
	if (strs_failed(&words))
		return err_set(err, ENOMEM, "out of memory");
	return app_start_job(
		app, *form->dir ? form->dir : NULL, (const char *const *)words.v + 1, true, err);
}

struct pane *build_form_new(struct app *app, const struct job *like)
{
	struct build_form *form = calloc(1, sizeof(*form));
	char title[440] = "Build an image";
	struct sheet_wish wish = {.title = title,
		.verb = "build",
		.shape = {fields, FIELDS, check, command, offer},
		.arg = form,
		.arg_free = free,
		.run = run};
	struct sheet *sheet;
	struct pane *pane;

	if (!form)
		return NULL;
	form->app = app;
	like = like ? like : last_build(app);
	if (like)
		snprintf(form->dir, sizeof(form->dir), "%s", like->dir);
	if (*form->dir)
		snprintf(title, sizeof(title), "Build an image in %s", form->dir);
	pane = sheet_pane_new(app, &wish, &sheet);
	if (!pane)
		return NULL;
	if (like && like->args.len > 1)
		take_words(sheet, like);
	else
		sheet_set(sheet, WHERE, ".");
	return pane;
}
