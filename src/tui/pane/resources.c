/* resources.c - volumes, networks, the disk and the trash: lists with what each weighs and who uses
 * it, made, removed, brought back. */
#include <stdio.h>

#include "tui/format.h"
#include "tui/pane/picture.h"
#include "tui/pane/resources_own.h"
#include "util/strs.h"

enum { SETTLE_MS = 300, MINUTE_MS = 60000 };

/* ---- reading, weighing ---- */

static void read_again(struct resources_view *view)
{
	struct err err;

	view->stale = false;
	view->users_of[0] = '\0';
	if (resources_read(view->data, app_world(view->pane.app), &err) < 0)
		app_toast(view->pane.app, ROLE_BAD, "%s", err.text);
	app_dirty(view->pane.app);
}

static void on_weighed(void *arg, const struct op_result *result)
{
	struct resources_view *view = arg;

	view->weighing = false;
	view->weighed_ns = app_real_ns(view->pane.app);
	if (result->err)
		app_toast(view->pane.app, ROLE_BAD, "%s", result->err->text);
	else
		resources_weigh(view->data, result->lines);
	app_let_go(view->pane.app);
	app_dirty(view->pane.app);
}

static void weigh(struct resources_view *view)
{
	struct world *world = app_world(view->pane.app);

	if (view->weighing)
		return;
	view->weighing = true;
	view->outdated = false;
	view->weighing_ms = app_now_ms(view->pane.app);
	if (world->ops->resources->usage(world, on_weighed, view) < 0)
		view->weighing = false;
	app_dirty(view->pane.app);
}

static void resources_changed(struct pane *pane, enum world_noun noun)
{
	struct resources_view *view = container_of(pane, struct resources_view, pane);

	view->outdated |= noun != WORLD_JOBS;
	if (noun == WORLD_IMAGES || view->stale)
		return;
	view->stale = true;
	view->read_at_ms = app_now_ms(pane->app) + SETTLE_MS;
}

/* Minutes pass in the trash; weighing counts seconds. */
static int64_t resources_deadline(struct pane *pane)
{
	const struct resources_view *view = container_of(pane, struct resources_view, pane);
	int64_t now = app_now_ms(pane->app);

	if (view->stale)
		return view->read_at_ms;
	if (view->weighing)
		return now + 1000 - now % 1000;
	return view->tab == RESOURCE_TRASH && view->count ? now + MINUTE_MS - now % MINUTE_MS : -1;
}

static void resources_tick(struct pane *pane)
{
	struct resources_view *view = container_of(pane, struct resources_view, pane);

	if (view->stale || view->tab == RESOURCE_TRASH)
		read_again(view);
	app_dirty(pane->app);
}

/* ---- which rows, in which order ---- */

static int by_name(const void *a, const void *b)
{
	const struct resource *x = *(const struct resource *const *)a,
			      *y = *(const struct resource *const *)b;

	/* What nobody named comes last. */
	return x->anonymous != y->anonymous ? x->anonymous - y->anonymous
					    : strcmp(x->name, y->name);
}

static int by_size(const void *a, const void *b)
{
	const struct resource *x = *(const struct resource *const *)a,
			      *y = *(const struct resource *const *)b;

	return x->size != y->size ? (x->size < y->size) - (x->size > y->size) : by_name(a, b);
}

static void read_users(struct resources_view *view)
{
	const struct resource *row = resources_selected(view);
	struct world *world = app_world(view->pane.app);
	struct err err;

	if (!row || strcmp(row->name, view->users_of) == 0)
		return;
	snprintf(view->users_of, sizeof(view->users_of), "%s", row->name);
	strs_fini(&view->users);
	view->users = (struct strs)STRS_INIT;
	if (view->tab == RESOURCE_VOLUMES)
		world->ops->resources->volume_users(world, row->name, &view->users, &err);
	else if (view->tab == RESOURCE_NETWORKS)
		picture_users(world, row->name, &view->users);
}

void resources_arrange(struct resources_view *view, size_t height)
{
	struct list *list = &view->lists[view->tab];
	char *selected = view->selected[view->tab];
	uint64_t now = app_real_ns(view->pane.app);
	const struct resource *row;
	size_t all;
	const struct resource *rows = resources_rows(view->data, view->tab, &all);

	free(view->shown);
	view->shown = calloc(all + 1, sizeof(*view->shown));
	view->count = 0;
	for (size_t i = 0; view->shown && i < all; i++)
		if (!view->filter || filter_meets(view->filter, &rows[i], now))
			view->shown[view->count++] = &rows[i];
	/* The disk's rows have an order of their own, and the trash's are by time. */
	if (view->count && view->tab != RESOURCE_DISK &&
		(view->by_size || view->tab != RESOURCE_TRASH))
		qsort(view->shown, view->count, sizeof(*view->shown),
			view->by_size ? by_size : by_name);
	list_fit(list, view->count, height);
	for (size_t i = 0; i < view->count; i++)
		if (strcmp(view->shown[i]->name, selected) == 0)
			list_select(list, i);
	for (size_t i = 0; *view->wanted && i < view->count; i++)
		if (strcmp(view->shown[i]->name, view->wanted) == 0) {
			list_select(list, i);
			view->wanted[0] = '\0';
		}
	if ((row = resources_selected(view)))
		snprintf(selected, sizeof(view->selected[0]), "%s", row->name);
	read_users(view);
}

const struct resource *resources_selected(const struct resources_view *view)
{
	size_t at = view->lists[view->tab].selected;

	return at < view->count ? view->shown[at] : NULL;
}

/* ---- making ---- */

static void on_name(void *arg, const char *text, bool done)
{
	struct resources_view *view = arg;
	struct app *app = view->pane.app;
	struct world *world = app_world(app);
	uint64_t ticket;

	if (!done || !*text)
		return;
	ticket = app_ticket(app, VERB_CREATE, text);
	/* It is what one wants to see next. */
	snprintf(view->wanted, sizeof(view->wanted), "%s", text);
	if (ticket)
		app_begun(app, ticket,
			world->ops->resources->create(
				world, view->tab == RESOURCE_NETWORKS, text, ticket));
}

static void make(struct resources_view *view)
{
	bool network = view->tab == RESOURCE_NETWORKS;

	if (view->tab != RESOURCE_VOLUMES && !network)
		app_toast(view->pane.app, ROLE_INFO,
			"Volumes and networks can be made, in their tabs");
	else if (!app_refuses(view->pane.app,
			 network ? "davit network create NAME" : "davit volume create NAME"))
		app_prompt(view->pane.app, network ? "New network: " : "New volume: ", "", on_name,
			view);
}

/* ---- removing ---- */

struct goer {
	enum resource_tab tab;
	char name[256], id[72];
};

static void on_sure(struct app *app, void *arg, int index)
{
	const struct goer *goer = arg;
	struct world *world = app_world(app);
	uint64_t ticket;

	if (index != 1 || !(ticket = app_ticket(app, VERB_REMOVE, goer->name)))
		return;
	if (goer->tab == RESOURCE_TRASH)
		app_begun(app, ticket, world->ops->resources->empty(world, goer->id, ticket));
	else
		app_begun(app, ticket,
			world->ops->resources->remove(
				world, goer->tab == RESOURCE_NETWORKS, goer->name, ticket));
}

static void put_command(const struct resource *row, struct buf *out)
{
	if (row->tab == RESOURCE_TRASH)
		buf_addf(out, "davit trash empty %.12s", row->id);
	else
		buf_addf(out, "davit %s rm %s",
			row->tab == RESOURCE_NETWORKS ? "network" : "volume", row->name);
}

static void put_loss(const struct resource *row, char *out, size_t room)
{
	char size[FIGURE_MAX];

	if (row->sized)
		format_bytes(row->size, size);
	if (row->tab == RESOURCE_NETWORKS)
		snprintf(out, room, "Nothing runs on it. Containers made for it need another.");
	else if (row->sized)
		snprintf(out, room, "%s of data, and nothing brings it back.", size);
	else
		snprintf(out, room, "Its data is lost, and nothing brings it back.");
}

/* A network is made again in a moment; data is not. */
static void ask(struct resources_view *view, const struct resource *row)
{
	static const struct choice choices[] = {{'n', "Cancel"}, {'y', "Remove"}};
	struct app *app = view->pane.app;
	struct goer *goer = calloc(1, sizeof(*goer));
	auto_buf command = BUF_INIT;
	auto_strs lines = STRS_INIT;
	char title[300], loss[200];
	struct pane *pane = NULL;

	put_command(row, &command);
	put_loss(row, loss, sizeof(loss));
	strs_add(&lines, loss);
	strs_add(&lines, "");
	strs_addf(&lines, "Same as: %s", buf_text(&command));
	snprintf(title, sizeof(title), "Remove %.200s?", row->name);
	if (goer) {
		goer->tab = row->tab;
		memcpy(goer->name, row->name, sizeof(goer->name));
		memcpy(goer->id, row->id, sizeof(goer->id));
	}
	if (goer && row->tab != RESOURCE_NETWORKS && app_safety(app) != SAFETY_FAST)
		pane = typed_new(app, title, &lines,
			*row->name && strlen(row->name) < 40 ? row->name : "yes", on_sure, goer);
	else if (goer)
		pane = dialog_new(app, title, (const char *const *)lines.v, lines.len, choices,
			array_len(choices), 0, on_sure, goer);
	if (!pane)
		free(goer);
	app_push(app, pane);
}

static void remove_it(struct resources_view *view, const struct resource *row)
{
	struct app *app = view->pane.app;
	auto_buf command = BUF_INIT;

	put_command(row, &command);
	if (row->tab == RESOURCE_DISK)
		app_toast(app, ROLE_INFO, "%s shows what can go",
			keymap_label_in(app_keymap(app), CONTEXT_RESOURCES, ACTION_PRUNE));
	else if (row->builtin)
		app_toast(app, ROLE_WARN, "%s is always there", row->name);
	else if (row->users)
		app_toast(app, ROLE_WARN, "%s is used by %u container%s: %s shows %s", row->name,
			row->users, row->users == 1 ? "" : "s",
			keymap_label_in(app_keymap(app), CONTEXT_RESOURCES, ACTION_USERS),
			row->users == 1 ? "it" : "them");
	else if (!app_refuses(app, buf_text(&command)))
		ask(view, row);
}

/* ---- deeper ---- */

static void show_inspect(struct resources_view *view, const struct resource *row)
{
	struct world *world = app_world(view->pane.app);
	auto_buf json = BUF_INIT;
	struct err err;

	if (row->tab != RESOURCE_VOLUMES && row->tab != RESOURCE_NETWORKS)
		app_toast(view->pane.app, ROLE_INFO, "Volumes and networks can be inspected");
	else if (world->ops->resources->inspect(
			 world, row->tab == RESOURCE_NETWORKS, row->name, &json, &err) < 0)
		app_toast(view->pane.app, ROLE_BAD, "%s", err.text);
	else
		app_push(view->pane.app, json_pane_new(view->pane.app, row->name, &json));
}

static void bring_back(struct resources_view *view, const struct resource *row)
{
	struct app *app = view->pane.app;
	auto_buf command = BUF_INIT;

	if (row->tab != RESOURCE_TRASH) {
		app_toast(app, ROLE_INFO, "Only what is in the trash can be brought back");
		return;
	}
	buf_addf(&command, "davit trash restore %.12s", row->id);
	if (!app_refuses(app, buf_text(&command)))
		app_bring_back(app, row->id, row->name);
}

static void on_pruned(void *arg)
{
	struct resources_view *view = arg;

	read_again(view);
	weigh(view);
}

static void prune(struct resources_view *view)
{
	if (!app_refuses(view->pane.app, "davit system prune"))
		app_push(view->pane.app, prune_new(view->pane.app, on_pruned, view));
}

static void show_users(struct resources_view *view, const struct resource *row)
{
	char filter[300];

	if (row->tab == RESOURCE_DISK)
		prune(view);
	else if (row->tab == RESOURCE_TRASH)
		bring_back(view, row);
	else if (!row->users)
		app_toast(view->pane.app, ROLE_INFO, "No container uses %s", row->name);
	else {
		snprintf(filter, sizeof(filter), "%s:\"%s\"",
			row->tab == RESOURCE_NETWORKS ? "net" : "vol", row->name);
		app_show_containers(view->pane.app, filter);
	}
}

/* ---- keys ---- */

void resources_show(struct resources_view *view, enum resource_tab tab)
{
	view->tab = tab;
	if (tab == RESOURCE_DISK && view->outdated)
		weigh(view);
	view->users_of[0] = '\0';
	app_dirty(view->pane.app);
}

static void turn(struct resources_view *view, int by)
{
	resources_show(
		view, (enum resource_tab)(((int)view->tab + by + RESOURCE_TABS) % RESOURCE_TABS));
}

static const void *row_at(const void *arg, size_t index)
{
	const struct resources_view *view = arg;
	size_t count;
	const struct resource *rows = resources_rows(view->data, view->tab, &count);

	return index < count ? &rows[index] : NULL;
}

static void on_filter(void *arg, const char *text, bool done)
{
	struct resources_view *view = arg;

	(void)done;
	app_set_filter(view->pane.app, &resource_fields, text, &view->filter);
}

static bool act_on_row(struct resources_view *view, enum action action)
{
	const struct resource *row = resources_selected(view);

	switch (action) {
	case ACTION_REMOVE:
	case ACTION_INSPECT:
	case ACTION_USERS:
	case ACTION_RESTORE:
		break;
	default:
		return false;
	}
	if (!row)
		return true;
	if (action == ACTION_REMOVE)
		remove_it(view, row);
	else if (action == ACTION_INSPECT)
		show_inspect(view, row);
	else if (action == ACTION_USERS)
		show_users(view, row);
	else
		bring_back(view, row);
	return true;
}

static bool resources_act(struct pane *pane, enum action action, int count)
{
	struct resources_view *view = container_of(pane, struct resources_view, pane);
	const struct resource *row;

	resources_arrange(view, view->lists[view->tab].height);
	if (list_move(&view->lists[view->tab], action, count)) {
		if ((row = resources_selected(view)))
			snprintf(view->selected[view->tab], sizeof(view->selected[0]), "%s",
				row->name);
		return true;
	}
	if (act_on_row(view, action))
		return true;
	switch (action) {
	case ACTION_TAB_NEXT:
	case ACTION_RIGHT:
		turn(view, 1);
		return true;
	case ACTION_TAB_PREVIOUS:
	case ACTION_LEFT:
		turn(view, -1);
		return true;
	case ACTION_NEW:
		make(view);
		return true;
	case ACTION_PRUNE:
		prune(view);
		return true;
	case ACTION_PICTURE:
		app_push(pane->app, picture_new(pane->app));
		return true;
	case ACTION_REFRESH:
		read_again(view);
		weigh(view);
		return true;
	case ACTION_SORT:
		view->by_size = !view->by_size;
		app_toast(pane->app, ROLE_INFO, "By %s", view->by_size ? "size" : "name");
		return true;
	case ACTION_FILTER:
		app_prompt_filter(pane->app, &resource_fields,
			view->filter ? filter_text(view->filter) : "",
			&(struct filter_rows){row_at, view}, on_filter, view);
		return true;
	case ACTION_BACK:
		if (!view->filter)
			return false;
		on_filter(view, "", true);
		return true;
	default:
		return false;
	}
}

static void resources_hints(struct pane *pane, struct canvas canvas)
{
	const struct resources_view *view = container_of(pane, struct resources_view, pane);
	bool trash = view->tab == RESOURCE_TRASH, disk = view->tab == RESOURCE_DISK;
	bool any = view->count > 0 && !disk;
	struct canvas room = hint_ends(pane, canvas, view->filter ? "show all" : "quit");
	int x = hint(pane, room, 1, ACTION_TAB_NEXT, "next tab");

	if (any && trash)
		x = hint(pane, room, x, ACTION_RESTORE, "bring back");
	else if (any)
		x = hint(pane, room, x, ACTION_USERS, "containers");
	if (any)
		x = hint(pane, room, x, ACTION_REMOVE, "remove");
	if (!trash && !disk)
		x = hint(pane, room, x, ACTION_NEW, "new");
	if (view->tab == RESOURCE_NETWORKS)
		x = hint(pane, room, x, ACTION_PICTURE, "picture");
	x = hint(pane, room, x, ACTION_PRUNE, "prune");
	if (!disk)
		x = hint(pane, room, x, ACTION_FILTER, "filter");
	hint(pane, room, x, ACTION_REFRESH, "weigh again");
}

/* ---- what menus ask ---- */

static const char *resources_why_not(struct pane *pane, enum action action)
{
	struct resources_view *view = container_of(pane, struct resources_view, pane);
	const struct resource *row = resources_selected(view);
	bool makes = view->tab == RESOURCE_VOLUMES || view->tab == RESOURCE_NETWORKS;

	if (action == ACTION_NEW)
		return makes ? NULL : "volumes and networks can be made";
	if (action == ACTION_RESTORE && view->tab != RESOURCE_TRASH)
		return "not in the trash";
	if (action != ACTION_REMOVE && action != ACTION_INSPECT && action != ACTION_USERS &&
		action != ACTION_RESTORE)
		return NULL;
	if (!row)
		return "nothing is selected";
	if (action == ACTION_INSPECT)
		return makes ? NULL : "nothing more is known of it";
	if (action == ACTION_REMOVE && row->builtin)
		return "it is always there";
	return action == ACTION_REMOVE && row->users && makes ? "in use" : NULL;
}

static void resources_pane_free(struct pane *pane)
{
	struct resources_view *view = container_of(pane, struct resources_view, pane);
	struct world *world = app_world(pane->app);

	world->ops->safety->forget(world, view);
	resources_free(view->data);
	filter_free(view->filter);
	strs_fini(&view->users);
	free(view->shown);
	free(view);
}

static void resources_subject(struct pane *pane, struct strs *names)
{
	const struct resource *row =
		resources_selected(container_of(pane, struct resources_view, pane));

	if (row)
		strs_add(names, row->name);
}

static bool resources_copies(struct pane *pane, size_t nth, const char **what, struct buf *text)
{
	const struct resource *row =
		resources_selected(container_of(pane, struct resources_view, pane));

	if (!row || nth > 1 || (nth == 1 && !*row->id))
		return false;
	*what = nth ? "the id" : "the name";
	buf_adds(text, nth ? row->id : row->name);
	return true;
}

static void resources_fields(struct pane *pane, struct strs *fields)
{
	const struct resource *row =
		resources_selected(container_of(pane, struct resources_view, pane));

	if (!row)
		return;
	strs_addf(fields, "Name=%s", row->name);
	strs_addf(fields, "ID=%s", row->id);
	strs_addf(fields, "Kind=%s", row->kind);
}

static const struct pane_ops resources_ops = {
	.title = "Resources",
	.context = CONTEXT_RESOURCES,
	.paint = resources_paint,
	.act = resources_act,
	.why_not = resources_why_not,
	.subject = resources_subject,
	.copies = resources_copies,
	.fields = resources_fields,
	.hints = resources_hints,
	.deadline = resources_deadline,
	.tick = resources_tick,
	.changed = resources_changed,
	.free = resources_pane_free,
};

struct pane *resources_pane_new(struct app *app)
{
	struct resources_view *view = calloc(1, sizeof(*view));

	if (!view || !(view->data = resources_new())) {
		free(view);
		return NULL;
	}
	view->pane = (struct pane){.ops = &resources_ops, .app = app};
	read_again(view);
	weigh(view);
	return &view->pane;
}
