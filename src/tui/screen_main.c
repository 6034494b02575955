/* screen_main.c - see screen_main.h. Opens the parts in order, and lets them go in the other. */
#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>

#include "tui/config.h"
#include "tui/link.h"
#include "tui/loop.h"
#include "tui/plain_main.h"
#include "tui/screen_main.h"

struct cockpit {
	uv_loop_t uv;
	struct engine *engine;
	bool read_only;
	struct tty *tty;
	struct screen *screen;
	struct keymap *keymap;
	struct keep *keep;
	struct custom *custom;
	struct link *link;
	struct app *app;
	struct loop *loop;
	struct err trouble;  /* why there is no engine */
	struct buf roles;    /* of the user's theme file */
	char complaint[500]; /* about the user's files; "": none */
	struct buf offer;    /* of what a boot would start, once a boot; "": none */
	size_t running;      /* containers, when we leave */
};

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* One that cannot be drawn on. */
static bool is_dumb(void)
{
	const char *term = getenv("TERM");

	return term && strcmp(term, "dumb") == 0;
}

static const char *wished_theme(void)
{
	return is_set("DAVIT_THEME") ? getenv("DAVIT_THEME") : NULL;
}

/* Without an engine the screen still opens, and says what, why and what to do. */
static void open_engine(struct cockpit *cockpit, const struct engine_options *options)
{
	cockpit->read_only = options->read_only;
	if (engine_open(&cockpit->uv, options, &cockpit->engine, &cockpit->trouble) < 0)
		cockpit->engine = NULL;
	else if (options->read_only && !engine_is_sealed(cockpit->engine))
		snprintf(cockpit->complaint, sizeof(cockpit->complaint),
			"This kernel cannot hold davit to it: read-only by davit's own word alone");
}

/* What the user's files say; a mistake in one is told on the screen, not instead of it. */
static void read_config(struct cockpit *cockpit)
{
	struct err err;

	if (keep_load(cockpit->keep, &err) < 0)
		snprintf(cockpit->complaint, sizeof(cockpit->complaint), "%s", err.text);
	if (config_custom(&cockpit->custom, &err) < 0)
		snprintf(cockpit->complaint, sizeof(cockpit->complaint), "%s", err.text);
	if (config_theme(wished_theme(), &cockpit->roles, &err) < 0)
		snprintf(cockpit->complaint, sizeof(cockpit->complaint), "%s", err.text);
	if (config_keys(cockpit->keymap, &err) < 0)
		snprintf(cockpit->complaint, sizeof(cockpit->complaint), "%s", err.text);
}

static int open_app(struct cockpit *cockpit, struct err *err)
{
	struct app_options options = {0};
	char host[64] = "";

	cockpit->link = link_new(cockpit->engine, &cockpit->uv);
	cockpit->keymap = keymap_new();
	cockpit->keep = keep_new();
	if (!cockpit->link || !cockpit->keymap || !cockpit->keep)
		return err_set(err, ENOMEM, "out of memory");
	read_config(cockpit);
	if (cockpit->engine && link_follow(cockpit->link, &cockpit->trouble) < 0)
		options.trouble = cockpit->trouble.text;
	if (!cockpit->engine)
		options.trouble = cockpit->trouble.text;
	gethostname(host, sizeof(host) - 1);
	options.host = host;
	options.read_only = cockpit->read_only;
	options.world = link_world(cockpit->link);
	options.keymap = cockpit->keymap;
	options.keep = cockpit->keep;
	options.custom = cockpit->custom;
	options.mouse = is_set("DAVIT_MOUSE");
	options.complaint = cockpit->complaint;
	if (cockpit->engine)
		engine_boot_offer(cockpit->engine, &cockpit->offer);
	options.notice = buf_text(&cockpit->offer);
	cockpit->app = app_new(&options);
	if (!cockpit->app)
		return err_set(err, ENOMEM, "out of memory");
	return 0;
}

/* The environment is for one run, and so before the settings. */
static const char *screen_theme(const struct cockpit *cockpit)
{
	const char *wished = wished_theme();

	return wished ? wished : settings_get(keep_settings(cockpit->keep), "theme");
}

static int open_screen(struct cockpit *cockpit, struct err *err)
{
	struct screen_look wish = {.theme = screen_theme(cockpit),
		.roles = buf_text(&cockpit->roles),
		.no_color = is_set("NO_COLOR")};
	struct loop_parts parts;

	if (screen_open(cockpit->tty, &wish, &cockpit->screen, err) < 0)
		return err->code;
	parts = (struct loop_parts){&cockpit->uv, cockpit->tty, cockpit->screen, cockpit->app,
		link_world(cockpit->link), is_set("DAVIT_SLOW"), wish};
	parts.look.theme = wished_theme();
	return loop_open(&parts, &cockpit->loop, err);
}

/* Whatever still holds the loop: readers, sessions, the follower. */
static void let_go(struct cockpit *cockpit)
{
	if (cockpit->app)
		cockpit->running = app_running(cockpit->app);
	app_free(take(cockpit->app));
	link_stop(cockpit->link);
}

static void say_goodbye(size_t running)
{
	if (running)
		printf("%zu container%s keep%s running.\n", running, running == 1 ? "" : "s",
			running == 1 ? "s" : "");
}

static int run(struct cockpit *cockpit, const struct engine_options *options, struct err *err)
{
	int rc = tty_open(&cockpit->tty, err);

	if (rc < 0)
		return rc;
	open_engine(cockpit, options);
	rc = open_app(cockpit, err);
	if (rc == 0)
		rc = open_screen(cockpit, err);
	if (rc == 0)
		loop_run(cockpit->loop);
	if (cockpit->link)
		let_go(cockpit);
	return rc;
}

int screen_main(const struct engine_options *options)
{
	struct cockpit cockpit = {0};
	struct err err;
	int rc;

	setlocale(LC_CTYPE, "");
	/* What is large and free again is given back, however large it was once. */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	signal(SIGPIPE, SIG_IGN);
	setenv("DAVIT_SCREEN", "1", 1); /* what is started here is the screen's doing */
	if (options->root)
		setenv("DAVIT_ROOT", options->root, 1); /* for what is started here */
	if (options->run_root)
		setenv("DAVIT_RUN_ROOT", options->run_root, 1);
	if (is_set("DAVIT_PLAIN") || is_dumb())
		return plain_main(options);
	uv_loop_init(&cockpit.uv);
	rc = run(&cockpit, options, &err);
	/* The terminal goes back first: an act under way may take a moment to end. */
	screen_free(cockpit.screen);
	tty_free(cockpit.tty);
	uv_run(&cockpit.uv, UV_RUN_DEFAULT);
	loop_free(cockpit.loop);
	link_free(cockpit.link);
	engine_close(cockpit.engine);
	keymap_free(cockpit.keymap);
	keep_free(cockpit.keep);
	custom_free(cockpit.custom);
	buf_fini(&cockpit.roles);
	buf_fini(&cockpit.offer);
	uv_loop_close(&cockpit.uv);
	if (rc < 0) {
		fprintf(stderr, "davit: %s\n", err.text);
		return 1;
	}
	say_goodbye(cockpit.running);
	return 0;
}
