/* top.c - the tab of what runs in one container: each process as the host and as the container
 * counts it. Read every two seconds while it is in view. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/pane.h"
#include "tui/widget/list.h"

enum { READ_MS = 2000 };

enum order { BY_CPU, BY_MEMORY, BY_TIME, BY_PID, BY_COMMAND, ORDERS };

static const char *const order_names[ORDERS] = {[BY_CPU] = "cpu now",
	[BY_MEMORY] = "memory",
	[BY_TIME] = "cpu time",
	[BY_PID] = "pid",
	[BY_COMMAND] = "command"};

struct process {
	struct container_process p;
	double cpu; /* percent of one processor; -1: seen once */
};

struct top {
	struct pane pane;
	char id[65];
	struct process *list_of; /* sorted */
	size_t count;
	struct list list;
	int selected; /* pid, or 0 */
	enum order order;
	bool reverse;
	int64_t read_ms; /* 0: never */
	char trouble[500];
};

/* ---- reading ---- */

static int compare(const void *pa, const void *pb, void *arg)
{
	const struct process *a = pa, *b = pb;
	const struct top *top = arg;
	int order = 0;

	switch (top->order) {
	case BY_CPU:
		order = (a->cpu < b->cpu) - (a->cpu > b->cpu);
		break;
	case BY_MEMORY:
		order = (a->p.resident_bytes < b->p.resident_bytes) -
			(a->p.resident_bytes > b->p.resident_bytes);
		break;
	case BY_TIME:
		order = (a->p.cpu_ns < b->p.cpu_ns) - (a->p.cpu_ns > b->p.cpu_ns);
		break;
	case BY_COMMAND:
		order = strcmp(a->p.command, b->p.command);
		break;
	case BY_PID:
	case ORDERS:
		break;
	}
	order = order ? order : (a->p.pid > b->p.pid) - (a->p.pid < b->p.pid);
	return top->reverse ? -order : order;
}

static void sort(struct top *top)
{
	if (top->count)
		qsort_r(top->list_of, top->count, sizeof(*top->list_of), compare, top);
}

static const struct process *before(const struct top *top, const struct container_process *now)
{
	for (size_t i = 0; i < top->count; i++)
		if (top->list_of[i].p.pid == now->pid)
			return &top->list_of[i];
	return NULL;
}

/* A figure that hardly moves is not worth the bytes. */
static double settle(double shown, double measured)
{
	double apart = shown > measured ? shown - measured : measured - shown;

	return apart < (measured < 2 ? 0.3 : measured * 0.03) && measured > 0.05 ? shown : measured;
}

static double cpu_of(const struct top *top, const struct container_process *now, int64_t now_ms)
{
	const struct process *then = before(top, now);
	double measured;

	if (!then || now_ms <= top->read_ms || now->cpu_ns < then->p.cpu_ns)
		return -1;
	measured = (double)(now->cpu_ns - then->p.cpu_ns) / 1e4 / (double)(now_ms - top->read_ms);
	return then->cpu < 0 ? measured : settle(then->cpu, measured);
}

static void read_processes(struct top *top)
{
	struct world *world = app_world(top->pane.app);
	int64_t now_ms = app_now_ms(top->pane.app);
	auto_free struct container_process *now = NULL;
	struct process *list = NULL;
	size_t count = 0;
	struct err err;

	*top->trouble = '\0';
	if (world->ops->container->processes(world, top->id, &now, &count, &err) < 0) {
		snprintf(top->trouble, sizeof(top->trouble), "%s", err.text);
		count = 0;
	}
	list = calloc(count + 1, sizeof(*list));
	for (size_t i = 0; list && i < count; i++)
		list[i] = (struct process){now[i], cpu_of(top, &now[i], now_ms)};
	free(top->list_of);
	top->list_of = list;
	top->count = list ? count : 0;
	top->read_ms = now_ms;
	sort(top);
	app_dirty(top->pane.app);
}

static bool runs(const struct top *top)
{
	const struct row *row = model_row(app_model(top->pane.app), top->id);

	return row && row->c.pid;
}

static int64_t top_deadline(struct pane *pane)
{
	struct top *top = container_of(pane, struct top, pane);

	if (!runs(top))
		return top->count ? app_now_ms(pane->app) : -1;
	return top->read_ms ? top->read_ms + READ_MS : app_now_ms(pane->app);
}

static void top_tick(struct pane *pane)
{
	read_processes(container_of(pane, struct top, pane));
}

/* ---- painting ---- */

static void find_selected(struct top *top, size_t height)
{
	list_fit(&top->list, top->count, height);
	for (size_t i = 0; i < top->count; i++)
		if (top->list_of[i].p.pid == top->selected)
			list_select(&top->list, i);
	top->selected = top->count ? top->list_of[top->list.selected].p.pid : 0;
}

static void headings(const struct top *top, struct canvas canvas)
{
	static const struct {
		const char *heading;
		int x, w;
		enum order order;
	} columns[] = {{"HOST PID", 2, 8, BY_PID}, {"PID", 11, 6, BY_PID}, {"UID", 18, 6, ORDERS},
		{"S", 25, 1, ORDERS}, {"CPU%", 27, 6, BY_CPU}, {"MEM", 34, 5, BY_MEMORY},
		{"TIME", 40, 7, BY_TIME}, {"THR", 48, 4, ORDERS}};

	for (size_t i = 0; i < array_len(columns); i++)
		canvas_right(canvas, columns[i].x, 0, columns[i].w,
			columns[i].order == top->order ? ROLE_TITLE | STYLE_UNDERLINE : ROLE_DIM,
			columns[i].heading);
	canvas_cut(canvas, 54, 0, canvas.w - 54,
		top->order == BY_COMMAND ? ROLE_TITLE | STYLE_UNDERLINE : ROLE_DIM, "COMMAND");
}

static void write_time(uint64_t cpu_ns, char out[FIGURE_MAX])
{
	uint64_t seconds = cpu_ns / 1000000000;

	if (seconds < 3600)
		snprintf(out, FIGURE_MAX, "%u:%02u", (unsigned)(seconds / 60),
			(unsigned)(seconds % 60));
	else
		snprintf(out, FIGURE_MAX, "%uh%02u", (unsigned)(seconds / 3600),
			(unsigned)(seconds / 60 % 60));
}

static void paint_process(struct top *top, struct canvas canvas, size_t i)
{
	const struct process *process = &top->list_of[i];
	char text[FIGURE_MAX];

	snprintf(text, sizeof(text), "%d", process->p.pid);
	canvas_right(canvas, 2, 0, 8, ROLE_TEXT, text);
	snprintf(text, sizeof(text), "%d", process->p.container_pid);
	canvas_right(canvas, 11, 0, 6, ROLE_TEXT, process->p.container_pid ? text : "-");
	snprintf(text, sizeof(text), "%u", process->p.uid);
	canvas_right(canvas, 18, 0, 6, process->p.uid ? ROLE_TEXT : ROLE_DIM, text);
	canvas_textf(canvas, 25, 0, process->p.state == 'R' ? ROLE_OK : ROLE_DIM, "%c",
		process->p.state);
	snprintf(text, sizeof(text), "%.1f", process->cpu);
	canvas_right(canvas, 27, 0, 6, process->cpu >= 80 ? ROLE_WARN : ROLE_TEXT,
		process->cpu < 0 ? "-" : text);
	canvas_right(canvas, 34, 0, 5, ROLE_TEXT, format_bytes(process->p.resident_bytes, text));
	write_time(process->p.cpu_ns, text);
	canvas_right(canvas, 40, 0, 7, ROLE_TEXT, text);
	snprintf(text, sizeof(text), "%u", process->p.threads);
	canvas_right(canvas, 48, 0, 4, ROLE_DIM, text);
	canvas_cut(canvas, 54, 0, canvas.w - 54, ROLE_TEXT, process->p.command);
	app_hot_row(&top->pane, canvas, i, top->list.selected);
	if (i != top->list.selected)
		return;
	canvas_text(canvas, 0, 0, ROLE_TEXT, ">");
	canvas_bar(canvas, 0, ROLE_SELECTION);
	canvas_cursor(canvas, 0, 0, false);
}

static void paint_none(struct top *top, struct canvas canvas)
{
	struct app *app = top->pane.app;

	if (*top->trouble && runs(top)) {
		canvas_wrap(canvas, 0, ROLE_DIM, top->trouble);
		return;
	}
	canvas_text(canvas, 0, 0, ROLE_DIM, "It does not run.");
	if (model_row(app_model(app), top->id))
		canvas_textf(canvas, 0, 2, ROLE_TEXT, "%s  starts it",
			keymap_label(app_keymap(app), ACTION_START));
}

static void top_paint(struct pane *pane, struct canvas canvas)
{
	struct top *top = container_of(pane, struct top, pane);
	struct canvas body = canvas_sub(canvas, 0, 2, canvas.w, canvas.h - 2);
	char title[80];

	snprintf(title, sizeof(title), "%zu process%s by %s%s", top->count,
		top->count == 1 ? "" : "es", order_names[top->order],
		top->reverse ? ", reversed" : "");
	canvas_rule(canvas, 0, ROLE_BORDER, ROLE_TITLE, title);
	if (!runs(top) || *top->trouble) {
		paint_none(top, canvas_sub(canvas, 2, 2, canvas.w - 3, canvas.h - 2));
		return;
	}
	headings(top, canvas_sub(canvas, 0, 1, canvas.w, 1));
	find_selected(top, body.h > 0 ? (size_t)body.h : 0);
	for (int y = 0; y < body.h && top->list.top + (size_t)y < top->count; y++) {
		struct canvas line = canvas_sub(body, 0, y, body.w, 1);

		app_hot_row(pane, line, top->list.top + (size_t)y, top->list.selected);
		paint_process(top, line, top->list.top + (size_t)y);
	}
}

/* ---- keys ---- */

/* Whom a signal is for; owned by the menu. */
struct aim {
	char id[65];
	int pid;
	uint64_t started_ns;
};

static void on_signal(struct app *app, void *arg, int signal)
{
	const struct aim *aim = arg;
	struct world *world = app_world(app);
	struct err err;

	if (signal <= 0)
		return;
	if (world->ops->container->signal_process(
		    world, aim->id, aim->pid, aim->started_ns, signal, &err) < 0)
		app_toast(app, ROLE_BAD, "%s", err.text);
	else
		app_toast(app, ROLE_OK, "Signal %d sent to process %d", signal, aim->pid);
}

static void choose_signal(struct top *top)
{
	const struct process *process = &top->list_of[top->list.selected];
	struct aim *aim;
	struct pane *menu;
	char whom[32];

	if (!top->count || !(aim = calloc(1, sizeof(*aim))))
		return;
	memcpy(aim->id, top->id, sizeof(aim->id));
	aim->pid = process->p.pid;
	aim->started_ns = process->p.started_ns;
	snprintf(whom, sizeof(whom), "process %d", aim->pid);
	menu = signals_new(top->pane.app, whom, on_signal, aim);
	if (!menu)
		free(aim);
	app_push(top->pane.app, menu);
}

static bool top_act(struct pane *pane, enum action action, int count)
{
	struct top *top = container_of(pane, struct top, pane);

	find_selected(top, top->list.height);
	if (list_move(&top->list, action, count)) {
		top->selected = top->count ? top->list_of[top->list.selected].p.pid : 0;
		return true;
	}
	switch (action) {
	case ACTION_KILL:
		choose_signal(top);
		return true;
	case ACTION_SORT:
		top->order = (top->order + 1) % ORDERS;
		top->reverse = false;
		sort(top);
		return true;
	case ACTION_SORT_REVERSE:
		top->reverse = !top->reverse;
		sort(top);
		return true;
	default:
		return false;
	}
}

static void top_hints(struct pane *pane, struct canvas canvas)
{
	struct canvas room = hint_ends(pane, canvas, "back");
	int x = hint(pane, room, 1, ACTION_KILL, "signal this process");

	x = hint(pane, room, x, ACTION_SORT, "sort by the next");
	hint(pane, room, x, ACTION_SORT_REVERSE, "reverse");
}

static void top_free(struct pane *pane)
{
	struct top *top = container_of(pane, struct top, pane);

	free(top->list_of);
	free(top);
}

static const struct pane_ops top_ops = {
	.title = "Processes",
	.context = CONTEXT_TOP,
	.paint = top_paint,
	.act = top_act,
	.hints = top_hints,
	.deadline = top_deadline,
	.tick = top_tick,
	.free = top_free,
};

struct pane *top_new(struct app *app, const char *id)
{
	struct top *top = calloc(1, sizeof(*top));

	if (!top)
		return NULL;
	top->pane = (struct pane){.ops = &top_ops, .app = app};
	snprintf(top->id, sizeof(top->id), "%s", id);
	return &top->pane;
}
