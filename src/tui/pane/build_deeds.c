/* build_deeds.c - what is done about a build: a shell before a step, the same again, its file in an
 * editor, its image's layers. */
#include <limits.h>
#include <stdio.h>

#include "tui/pane/build_look.h"
#include "tui/widget/sheet.h"

/* ---- a shell in what was there before a step ---- */

struct preparing {
	struct app *app;
	char name[64]; /* of the step */
};

static void on_prepared(void *arg, const char *image, const struct err *err)
{
	struct preparing *preparing = arg;
	struct app *app = preparing->app;
	struct container_request request;
	struct err why;

	if (err) {
		app_toast(app, ROLE_BAD, "%s", err->text);
		app_answered(app, preparing);
		return;
	}
	container_request_init(&request);
	request.image = image;
	request.tty = request.stdin_open = request.stdin_once = request.auto_remove = true;
	request.stop_timeout = INT_MIN;
	request.has_entrypoint = true;
	strs_add(&request.command, "/bin/sh");
	if (terminal_run(app, "shell before", preparing->name, &request, &why) < 0)
		app_toast(app, ROLE_BAD, "%s", why.text);
	container_request_fini(&request);
	app_answered(app, preparing);
}

void build_shell_before(struct app *app, const struct job *job, const struct story_step *step)
{
	struct world *world = app_world(app);
	struct preparing *preparing;

	if (!step || !step->line) {
		app_toast(app, ROLE_WARN, "Choose a step of the Dockerfile: this one is davit's");
		return;
	}
	preparing = app_wait(app, sizeof(*preparing));
	if (preparing) {
		preparing->app = app;
		snprintf(preparing->name, sizeof(preparing->name), "%s",
			step->name ? step->name : "");
	}
	if (!preparing ||
		world->ops->jobs->before(world, job->id, step->line, on_prepared, preparing) < 0) {
		app_answered(app, preparing);
		app_toast(app, ROLE_BAD, "out of memory");
		return;
	}
	app_toast(app, ROLE_INFO, "Lays out the files as they were before %s",
		step->name ? step->name : "");
}

/* ---- the same again ---- */

static bool is_redo(const char *word)
{
	return str_has_prefix(word, "--redo=");
}

/* A step that was done well is done anew; one that failed is so anyway. */
static void fill(const struct job *job, const struct story_step *step, struct strs *words)
{
	bool redo = step && step->line && (step->state == STEP_DONE || step->state == STEP_CACHED);

	for (size_t i = 0; i < job->args.len; i++) {
		if (!is_redo(job->args.v[i]))
			strs_add(words, job->args.v[i]);
		if (redo && str_eq(job->args.v[i], "build")) {
			strs_addf(words, "--redo=%d", step->line);
			redo = false;
		}
	}
}

void build_again(struct app *app, const struct job *job, const struct story_step *step)
{
	auto_strs words = STRS_INIT;
	struct err err;

	if (!job_is_over(job)) {
		app_toast(app, ROLE_INFO, "It is still at it");
		return;
	}
	fill(job, step, &words);
	if (strs_failed(&words))
		app_toast(app, ROLE_BAD, "out of memory");
	else if (app_start_job(app, job->dir, (const char *const *)words.v, true, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
}

/* ---- its file, its image ---- */

static bool takes_line(const char *editor)
{
	static const char *const names[] = {"vi", "vim", "nvim", "view", "vis", "nano", "pico",
		"emacs", "emacsclient", "mg", "jed", "joe", "jmacs", "jstar", "ne", "micro", "kak",
		"less", "ex", "e3"};
	const char *slash = strrchr(editor, '/');

	for (size_t i = 0; i < array_len(names); i++)
		if (str_eq(slash ? slash + 1 : editor, names[i]))
			return true;
	return false;
}

/* $VISUAL, else $EDITOR, else vi; "+7" is understood by those that we know to. */
static void editor_words(const char *path, int line, struct strs *words)
{
	const char *editor = getenv("VISUAL");

	if (!editor || !*editor)
		editor = getenv("EDITOR");
	sheet_words(editor && *editor ? editor : "vi", words);
	if (line > 0 && words->len && takes_line(words->v[0]))
		strs_addf(words, "+%d", line);
	strs_add(words, path);
}

void build_edit(struct app *app, const struct job *job, int line)
{
	struct world *world = app_world(app);
	auto_buf path = BUF_INIT;
	auto_strs words = STRS_INIT;
	struct err err;

	if (world->ops->jobs->dockerfile(world, job->id, &path, &err) < 0) {
		app_toast(app, ROLE_WARN, "%s", err.text);
		return;
	}
	editor_words(buf_text(&path), line, &words);
	if (strs_failed(&words))
		app_toast(app, ROLE_BAD, "out of memory");
	else
		app_edit_on_terminal(app, &words);
}

void build_layers(struct app *app, const struct job *job)
{
	if (!*job->image)
		app_toast(app, ROLE_WARN,
			job_is_over(job) ? "This build made no image" : "There is no image yet");
	else
		app_show_layers(app, job->image, job->what);
}
