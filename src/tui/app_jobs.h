/* app_jobs.h - the app's share in jobs: the list as it is now, what ends is told, and one line
 * about what runs. For app*.c only; what panes ask is in pane/pane.h. */
#ifndef TUI_APP_JOBS_H
#define TUI_APP_JOBS_H

#include "tui/canvas.h"
#include "tui/world.h"

enum { JOBS_NOTED = 32 };

struct app_wait;

/* Zeroed is none. */
struct app_jobs {
	struct job *const *v; /* lent by the world until it is asked again */
	size_t n;
	bool stale;                              /* ask again */
	char under_way[JOBS_NOTED][JOB_ID_SIZE]; /* when it was asked last */
	size_t noted;
	struct app_wait *waits;  /* answers that are waited for */
	char told[JOB_ID_SIZE];  /* one of which the answer says that it was begun */
	char shows[JOB_ID_SIZE]; /* one that was just started, to be opened when it is listed */
};

struct app;

void app_jobs_read(struct app *app);
void app_jobs_fini(struct app *app);
int64_t app_jobs_deadline(const struct app *app); /* -1: never */
void app_jobs_tick(struct app *app);
/* One line; nothing where nothing is to be said. */
void app_jobs_paint(struct app *app, struct canvas canvas);

#endif
