/* build.c - one build in a pane of its own. */
#include "tui/jobtext.h"
#include "tui/pane/build_look.h"

struct build {
	struct pane pane;
	struct build_look look;
};

static struct build *of(struct pane *pane)
{
	return container_of(pane, struct build, pane);
}

static void build_free(struct pane *pane)
{
	build_look_close(&of(pane)->look);
	free(of(pane));
}

/* Being looked at is being seen. */
static void build_paint(struct pane *pane, struct canvas canvas)
{
	build_look_paint(&of(pane)->look, canvas, true);
	app_see_job(pane->app, of(pane)->look.id);
}

static bool build_act(struct pane *pane, enum action action, int count)
{
	return build_look_act(&of(pane)->look, action, count);
}

static void build_hints(struct pane *pane, struct canvas canvas)
{
	const struct build_look *self = &of(pane)->look;
	const struct job *job = build_look_job(self);
	const struct story_step *step = build_look_step(self);
	bool over = job && job_is_over(job);
	struct canvas room = hint_ends(pane, canvas, "back");
	int x = 1;

	if (self->on_output) {
		x = hint(pane, room, x, ACTION_SEARCH, "search");
		x = hint(pane, room, x, ACTION_WRAP, "wrap");
		x = hint(pane, room, x, ACTION_FOLLOW, "follow");
	} else {
		x = hint(pane, room, x, ACTION_FOCUS, "output");
	}
	if (!over)
		x = hint(pane, room, x, ACTION_END, "cancel");
	if (over)
		x = hint(pane, room, x, ACTION_RERUN, self->picked ? "from here" : "again");
	if (step && step->line)
		x = hint(pane, room, x, ACTION_SHELL, "shell before it");
	x = hint(pane, room, x, ACTION_EDIT, "edit");
	if (job && *job->image)
		hint(pane, room, x, ACTION_LAYERS, "layers");
}

static void build_changed(struct pane *pane, enum world_noun noun)
{
	if (noun == WORLD_JOBS)
		build_look_changed(&of(pane)->look);
}

static int64_t build_deadline(struct pane *pane)
{
	return build_look_deadline(&of(pane)->look);
}

static void build_tick(struct pane *pane)
{
	build_look_tick(&of(pane)->look);
}

static const char *build_why_not(struct pane *pane, enum action action)
{
	const struct story_step *step = build_look_step(&of(pane)->look);

	if (action == ACTION_SHELL && (!step || !step->line))
		return "no step of the file is selected";
	return jobtext_why_not(build_look_job(&of(pane)->look), action);
}

static bool build_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	const struct build_look *self = &of(pane)->look;
	const struct job *job = build_look_job(self);

	if (self->on_output && nth-- == 0) {
		*what = "the output";
		buf_add(text, buf_text(&self->text), self->text.len);
		return true;
	}
	return job && jobtext_copies(job, nth, what, text);
}

static void build_subject(struct pane *pane, struct strs *names)
{
	strs_add(names, of(pane)->look.id);
}

static const struct pane_ops build_ops = {
	.title = "Build",
	.context = CONTEXT_BUILD,
	.paint = build_paint,
	.act = build_act,
	.why_not = build_why_not,
	.subject = build_subject,
	.copies = build_copies,
	.hints = build_hints,
	.deadline = build_deadline,
	.tick = build_tick,
	.changed = build_changed,
	.free = build_free,
};

struct pane *build_new(struct app *app, const char *id)
{
	struct build *build = calloc(1, sizeof(*build));

	if (!build)
		return NULL;
	build->pane = (struct pane){.ops = &build_ops, .app = app};
	build_look_open(&build->look, app, id);
	return &build->pane;
}
