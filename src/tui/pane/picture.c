/* picture.c - see picture.h. */
#include <stdio.h>

#include "tui/pane/picture.h"
#include "util/json.h"
#include "util/strs.h"

struct picture {
	struct pane pane;
	struct strs lines;
	size_t top, height;
	bool done;
};

/* ---- drawing ---- */

static void put_list(struct buf *out, const cJSON *list)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
		buf_addf(out, " %s", cJSON_IsString(one) ? cJSON_GetStringValue(one) : "");
}

/* However long it is, its address stays in view. */
static void put_name(struct buf *out, const char *name)
{
	enum { MOST = 36, HALF = 17 };
	size_t len = strlen(name);

	if (len <= MOST)
		buf_adds(out, name);
	else
		buf_addf(out, "%.*s…%s", HALF, name, name + len - HALF);
}

static void draw_endpoint(struct strs *lines, const cJSON *one, bool last)
{
	auto_buf addresses = BUF_INIT, name = BUF_INIT;
	const cJSON *port;

	put_name(&name, json_str_or(one, "Container", "?"));
	put_list(&addresses, json_array(one, "Addresses"));
	strs_addf(lines, "   %s %s  %s%s", last ? "└─" : "├─", buf_text(&name),
		json_str_or(one, "Interface", ""), buf_text(&addresses));
	cJSON_ArrayForEach(port, json_array(one, "Ports"))
		strs_addf(lines, "   %s    %s → %s", last ? "  " : "│ ",
			json_str_or(port, "Host", ""), json_str_or(port, "Container", ""));
}

static void draw_network(struct strs *lines, const cJSON *network)
{
	const cJSON *endpoints = json_array(network, "Endpoints"), *one;
	auto_buf subnets = BUF_INIT;
	int left = cJSON_GetArraySize(endpoints);

	put_list(&subnets, json_array(network, "Subnets"));
	strs_addf(lines, "%s  %s%s%s%s", json_str_or(network, "Name", "?"),
		json_str_or(network, "Bridge", ""), json_is_true(network, "Up") ? "" : " (down)",
		buf_text(&subnets), json_is_true(network, "Internal") ? "  internal" : "");
	if (!left)
		strs_add(lines, "   nobody is on it");
	cJSON_ArrayForEach(one, endpoints)
		draw_endpoint(lines, one, --left == 0);
	strs_add(lines, "");
}

/* Of an ordinary user's networks alone. */
static void draw_uplink(struct strs *lines, const cJSON *uplink)
{
	const char *state = json_str_or(uplink, "State", "none"),
		   *error = json_str_or(uplink, "Error", "");

	if (!uplink)
		return;
	if (str_eq(state, "none"))
		strs_add(lines, "Nothing leads out until a container is on a network");
	else
		strs_addf(lines, "pasta leads out: %s%s%s", state, *error ? ": " : "", error);
}

static void draw(struct strs *lines, const cJSON *tree)
{
	const cJSON *forwarding = json_object(tree, "Forwarding"), *one;

	cJSON_ArrayForEach(one, json_array(tree, "Networks"))
		draw_network(lines, one);
	strs_addf(lines, "The host forwards: IPv4 %s, IPv6 %s",
		json_is_true(forwarding, "IPv4") ? "yes" : "no",
		json_is_true(forwarding, "IPv6") ? "yes" : "no");
	draw_uplink(lines, json_object(tree, "Uplink"));
	cJSON_ArrayForEach(one, json_array(tree, "Blocks"))
		strs_addf(lines, "! %s", cJSON_IsString(one) ? cJSON_GetStringValue(one) : "");
}

static void on_answer(void *arg, const struct op_result *result)
{
	struct picture *picture = arg;
	auto_json *tree = NULL;

	picture->done = true;
	if (result->err)
		strs_add(&picture->lines, result->err->text);
	else if (json_parse(result->lines, strlen(result->lines), &tree, NULL) == 0)
		draw(&picture->lines, tree);
	app_dirty(picture->pane.app);
}

void picture_users(struct world *world, const char *network, struct strs *out)
{
	auto_buf text = BUF_INIT;
	auto_json *inspect = NULL;
	const cJSON *one;
	struct err err;

	if (world->ops->resources->inspect(world, true, network, &text, &err) < 0 ||
		json_parse(buf_text(&text), text.len, &inspect, NULL) < 0)
		return;
	cJSON_ArrayForEach(one, json_object(inspect, "Containers"))
		strs_add(out, json_str_or(one, "Name", one->string));
}

/* ---- the pane ---- */

static void picture_paint(struct pane *pane, struct canvas canvas)
{
	struct picture *picture = container_of(pane, struct picture, pane);

	picture->height = canvas.h > 2 ? (size_t)canvas.h - 2 : 0;
	canvas_text(canvas, 1, 0, ROLE_TITLE, "Networks");
	if (!picture->done)
		canvas_text(canvas, 4, 2, ROLE_DIM, "asking the host …");
	for (size_t i = 0; i < picture->height && picture->top + i < picture->lines.len; i++) {
		const char *text = picture->lines.v[picture->top + i];
		look style = *text == '!' ? ROLE_WARN : *text == ' ' ? ROLE_TEXT : ROLE_TITLE;

		canvas_cut(canvas, 1, 2 + (int)i, canvas.w - 2, style, text);
	}
}

static bool picture_act(struct pane *pane, enum action action, int count)
{
	struct picture *picture = container_of(pane, struct picture, pane);
	long last = (long)picture->lines.len - (long)picture->height, top = (long)picture->top;
	long page = (long)picture->height, times = count > 0 ? count : 1;

	switch (action) {
	case ACTION_DOWN:
		top += times;
		break;
	case ACTION_UP:
		top -= times;
		break;
	case ACTION_PAGE_DOWN:
		top += page;
		break;
	case ACTION_PAGE_UP:
		top -= page;
		break;
	case ACTION_FIRST:
		top = 0;
		break;
	case ACTION_LAST:
		top = last;
		break;
	default:
		return false;
	}
	top = top > last ? last : top;
	picture->top = top < 0 ? 0 : (size_t)top;
	app_dirty(pane->app);
	return true;
}

static void picture_hints(struct pane *pane, struct canvas canvas)
{
	hint(pane, hint_ends(pane, canvas, "back"), 1, ACTION_DOWN, "down");
}

static void picture_free(struct pane *pane)
{
	struct picture *picture = container_of(pane, struct picture, pane);
	struct world *world = app_world(pane->app);

	world->ops->safety->forget(world, picture);
	strs_fini(&picture->lines);
	free(picture);
}

static const struct pane_ops picture_ops = {
	.title = "Networks",
	.context = CONTEXT_MOVE,
	.paint = picture_paint,
	.act = picture_act,
	.hints = picture_hints,
	.free = picture_free,
};

struct pane *picture_new(struct app *app)
{
	struct picture *picture = calloc(1, sizeof(*picture));
	struct world *world = app_world(app);

	if (!picture)
		return NULL;
	picture->pane = (struct pane){.ops = &picture_ops, .app = app};
	if (world->ops->resources->picture(world, on_answer, picture) < 0)
		picture->done = true;
	return &picture->pane;
}
