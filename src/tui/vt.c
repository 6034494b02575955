/* vt.c - see vt.h. */
#include <libtsm.h>

#include "tui/vt.h"

enum { VT_SIDE_MAX = 500 };

struct vt {
	struct tsm_screen *screen;
	struct tsm_vte *vte;
	vt_write_fn *write;
	void *self;
};

static void on_write(struct tsm_vte *vte, const char *bytes, size_t len, void *data)
{
	struct vt *vt = data;

	(void)vte;
	if (vt->write)
		vt->write(vt->self, bytes, len);
}

static unsigned clamp_side(int side)
{
	return side < 1 ? 1 : side > VT_SIDE_MAX ? VT_SIDE_MAX : (unsigned)side;
}

struct vt *vt_new(int width, int height, vt_write_fn *write, void *self)
{
	auto_of(vt) struct vt *vt = calloc(1, sizeof(*vt));

	if (!vt || tsm_screen_new(&vt->screen, NULL, NULL) < 0)
		return NULL;
	tsm_screen_set_max_sb(vt->screen, 0);
	if (tsm_vte_new(&vt->vte, vt->screen, on_write, vt, NULL, NULL) < 0)
		return NULL;
	vt->write = write;
	vt->self = self;
	vt_resize(vt, width, height);
	return take(vt);
}

void vt_free(struct vt *vt)
{
	if (!vt)
		return;
	tsm_vte_unref(vt->vte);
	tsm_screen_unref(vt->screen);
	free(vt);
}

int vt_width(const struct vt *vt)
{
	return (int)tsm_screen_get_width(vt->screen);
}

int vt_height(const struct vt *vt)
{
	return (int)tsm_screen_get_height(vt->screen);
}

void vt_resize(struct vt *vt, int width, int height)
{
	tsm_screen_resize(vt->screen, clamp_side(width), clamp_side(height));
}

void vt_feed(struct vt *vt, const char *bytes, size_t len)
{
	tsm_vte_input(vt->vte, bytes, len);
}

/* The emulator speaks of keys as X11 keysyms. */
static uint32_t keysym_of(uint32_t code)
{
	static const struct {
		uint32_t code, keysym;
	} table[] = {
		{KEY_UP, 0xff52},
		{KEY_DOWN, 0xff54},
		{KEY_LEFT, 0xff51},
		{KEY_RIGHT, 0xff53},
		{KEY_HOME, 0xff50},
		{KEY_END, 0xff57},
		{KEY_INSERT, 0xff63},
		{KEY_DELETE, 0xffff},
		{KEY_PAGE_UP, 0xff55},
		{KEY_PAGE_DOWN, 0xff56},
	};

	for (size_t i = 0; i < array_len(table); i++)
		if (table[i].code == code)
			return table[i].keysym;
	if (code >= KEY_F1 && code <= KEY_F12)
		return 0xffbe + code - KEY_F1;
	return 0;
}

void vt_key(struct vt *vt, const struct key *key)
{
	uint32_t keysym = key->mods ? 0 : keysym_of(key->code);

	if (keysym && tsm_vte_handle_keyboard(vt->vte, keysym, 0, 0, TSM_VTE_INVALID))
		return;
	on_write(vt->vte, key->raw, key->len, vt);
}

/* The nearest of xterm's 256 colours: six steps a channel, or the grey ramp. */
static int nearest_colour(int r, int g, int b)
{
	int high = r > g ? (r > b ? r : b) : (g > b ? g : b);
	int low = r < g ? (r < b ? r : b) : (g < b ? g : b);
	int channels[3] = {r, g, b}, index = 16;

	if (high - low < 10)
		return high < 4 ? 16 : high > 246 ? 231 : 232 + (high - 3) / 10;
	for (int i = 0; i < 3; i++) {
		int step = channels[i] < 48 ? 0 : channels[i] < 115 ? 1 : (channels[i] - 35) / 40;

		index += step * (i == 0 ? 36 : i == 1 ? 6 : 1);
	}
	return index;
}

static look look_of(const struct tsm_screen_attr *attr)
{
	look style = ROLE_TEXT;

	style |= attr->bold ? STYLE_BOLD : 0;
	style |= attr->underline ? STYLE_UNDERLINE : 0;
	style |= attr->inverse ? STYLE_REVERSE : 0;
	style |= attr->italic ? STYLE_ITALIC : 0;
	if (attr->fccode < 0)
		style = style_with_fg(style, nearest_colour(attr->fr, attr->fg, attr->fb));
	else if (attr->fccode < 16)
		style = style_with_fg(style, attr->fccode);
	if (attr->bccode < 0)
		style = style_with_bg(style, nearest_colour(attr->br, attr->bg, attr->bb));
	else if (attr->bccode < 16)
		style = style_with_bg(style, attr->bccode);
	return style;
}

static int paint_cell(struct tsm_screen *screen, uint64_t id, const uint32_t *codes, size_t len,
	unsigned width, unsigned x, unsigned y, const struct tsm_screen_attr *attr, tsm_age_t age,
	void *data)
{
	const struct canvas *canvas = data;
	char text[4 * 8];
	size_t bytes = 0;

	(void)screen, (void)id, (void)age;
	if (width == 0)
		return 0;
	for (size_t i = 0; i < len && bytes + 4 <= sizeof(text); i++)
		if (codes[i])
			bytes += text_encode(codes[i], text + bytes);
	if (bytes == 0)
		text[bytes++] = ' ';
	canvas_textn(*canvas, (int)x, (int)y, look_of(attr), text, bytes);
	return 0;
}

void vt_paint(struct vt *vt, struct canvas canvas, bool cursor)
{
	int x = (int)tsm_screen_get_cursor_x(vt->screen);
	int y = (int)tsm_screen_get_cursor_y(vt->screen);
	bool hidden = tsm_screen_get_flags(vt->screen) & TSM_SCREEN_HIDE_CURSOR;

	tsm_screen_draw(vt->screen, paint_cell, &canvas);
	if (cursor)
		canvas_cursor(canvas, x, y, !hidden && x < canvas.w && y < canvas.h);
}
