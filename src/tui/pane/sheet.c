/* sheet.c - a form over the screen: Enter does what its command line says, Esc forgets it. */
#include <stdio.h>

#include "tui/pane/sheet.h"

struct sheet_pane {
	struct pane pane;
	struct sheet_wish wish;
	struct sheet *sheet;
	char title[120];
};

static void sheet_pane_free(struct pane *pane)
{
	struct sheet_pane *self = container_of(pane, struct sheet_pane, pane);

	sheet_free(self->sheet);
	if (self->wish.arg_free)
		self->wish.arg_free(self->wish.arg);
	free(self);
}

static void go(struct sheet_pane *self)
{
	struct app *app = self->pane.app;
	struct sheet_wish wish;
	struct err err;

	if (!sheet_check(self->sheet))
		return;
	if (self->wish.run(app, self->wish.arg, self->sheet, &err) < 0) {
		sheet_complain(self->sheet, err.text);
		return;
	}
	wish = self->wish;
	self->wish.arg_free = NULL;
	app_close(app, &self->pane);
	if (wish.after)
		wish.after(app, wish.arg);
	if (wish.arg_free)
		wish.arg_free(wish.arg);
}

static bool sheet_pane_key(struct pane *pane, const struct key *key)
{
	struct sheet_pane *self = container_of(pane, struct sheet_pane, pane);

	if (key->code == KEY_ENTER)
		go(self);
	else if (key->code == KEY_ESC || key->code == KEY_CONTROL('c'))
		app_close(pane->app, pane);
	else
		sheet_key(self->sheet, key);
	return true;
}

static void sheet_pane_paint(struct pane *pane, struct canvas canvas)
{
	struct sheet_pane *self = container_of(pane, struct sheet_pane, pane);
	int w = canvas.w >= 140 ? 110 : canvas.w - 4, h;
	int side = canvas.w < 44 ? 2 : 3;
	struct canvas box;
	bool tight;

	if (canvas.w < 44 || w > canvas.w)
		w = canvas.w;
	h = sheet_height(self->sheet, w - 6) + 4;
	tight = h > canvas.h || canvas.w < 44;
	h = h > canvas.h ? canvas.h : h;
	box = canvas_sub(canvas, (canvas.w - w) / 2, (canvas.h - h) / 2, w, h);
	canvas_clear(box, ROLE_TEXT);
	canvas_box(box, ROLE_FOCUS, ROLE_TITLE, self->title);
	sheet_paint(self->sheet, tight ? canvas_sub(box, side, 1, box.w - 2 * side, box.h - 2)
				       : canvas_sub(box, side, 2, box.w - 2 * side, box.h - 3));
}

static void sheet_pane_hints(struct pane *pane, struct canvas canvas)
{
	const struct sheet_pane *self = container_of(pane, struct sheet_pane, pane);

	hint_words(canvas,
		"Enter %s   Esc leave   Tab next   Space choose   Right, ^N what is offered",
		self->wish.verb);
}

static const struct pane_ops sheet_pane_ops = {
	.title = "Form",
	.context = CONTEXT_GLOBAL,
	.overlay = true,
	.paint = sheet_pane_paint,
	.key = sheet_pane_key,
	.hints = sheet_pane_hints,
	.free = sheet_pane_free,
};

struct pane *sheet_pane_new(struct app *app, const struct sheet_wish *wish, struct sheet **sheet)
{
	struct sheet_pane *self = calloc(1, sizeof(*self));

	if (self)
		self->sheet = sheet_new(&wish->shape, wish->arg);
	if (!self || !self->sheet) {
		if (wish->arg_free)
			wish->arg_free(wish->arg);
		free(self);
		return NULL;
	}
	self->pane = (struct pane){.ops = &sheet_pane_ops, .app = app};
	self->wish = *wish;
	snprintf(self->title, sizeof(self->title), "%s", wish->title);
	*sheet = self->sheet;
	return &self->pane;
}
