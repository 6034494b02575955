/* screen.c - see screen.h. */
#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>

#include "tui/screen.h"
#include "tui/theme.h"

/* Last: they define macros with names as plain as "columns". */
#include <curses.h>
#include <term.h>

enum {
	BEHIND_MAX = 2,          /* frames that may be under way */
	PATIENCE_MS = 30 * 1000, /* for an answer, once keys arrive */
	SETTLE_MS = 250,
	PAIRS_MAX = 256,
	NEAR = 3,       /* blanks that cost less than to end a look and begin another, */
	NEAR_ALIKE = 8, /* or the same */
};

enum answers { ANSWERS_UNKNOWN, ANSWERS_COME, ANSWERS_NEVER };

struct screen {
	struct tty *tty;
	SCREEN *curses;
	FILE *frame; /* a memfd: where curses writes */
	const struct theme *theme;
	struct theme own; /* with what the user changed */
	struct cell *shown;
	look *looks; /* of a row */
	int width, height;
	bool ascii, whole, asks;
	bool whole_frame; /* the one being made is */
	enum answers answers;
	int behind;                      /* frames asked about and not answered */
	double asked_ms[BEHIND_MAX + 1]; /* those, the oldest first */
	bool mouse;
	short pairs[PAIRS_MAX][2];
	int pair_count;
};

/* Any program that had the terminal may have left these on. Leaving the other screen puts the
 * cursor where it was when that was entered, among what was printed since: so on to a line below
 * all. */
static const char undo_modes[] =
	"\033[0m\033[r\033[?1l\033>\033[?7h\033[?9l\033[?1000l\033[?1001l"
	"\033[?1002l\033[?1003l\033[?1004l\033[?1005l\033[?1006l\033[?1015l"
	"\033[?2004l\033[?2026l\033[4l\033(B\017\033[?25h\033[?1049l"
	"\033[999;1H\r\n";

static bool is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* What of a frame is for nothing; its length, 0: `at` begins nothing like it. With every change of
 * look curses selects the plain character set anew, which is never left, because lines are drawn
 * with characters of their own; and it takes a colour back just before it takes everything back. */
static size_t for_nothing(const char *at, size_t len)
{
	static const struct {
		const char *bytes;
		size_t unneeded; /* of them, from the beginning */
	} patterns[] = {{"\033(B", 3}, {"\033[39m\033[m", 5}, {"\033[39m\033(B\033[m", 8},
		{"\033[39m\033[0;", 5}};

	for (size_t i = 0; i < array_len(patterns); i++) {
		size_t whole = strlen(patterns[i].bytes);

		if (len >= whole && memcmp(at, patterns[i].bytes, whole) == 0)
			return patterns[i].unneeded;
	}
	return 0;
}

/* The length of a change of look at `at`; 0: it is none. */
static size_t look_length(const char *at, size_t len)
{
	size_t n = 2;

	if (len < 3 || at[0] != '\033' || at[1] != '[')
		return 0;
	while (n < len && ((at[n] >= '0' && at[n] <= '9') || at[n] == ';'))
		n++;
	return n < len && at[n] == 'm' ? n + 1 : 0;
}

/* A look begins with taking back the one before; after a plain one there is nothing to take back.
 * *plain: what comes is plain, as far as is known. */
static void slim_look(const char *at, size_t len, bool *plain, struct buf *out)
{
	bool takes_all_back = len == 3 || (at[2] == '0' && (len == 4 || at[3] == ';'));
	size_t head = at[2] == '0' ? 2 : 0; /* "0;" */

	if (takes_all_back && len <= 4) {
		if (!*plain)
			buf_adds(out, "\033[m");
		*plain = true;
		return;
	}
	buf_adds(out, "\033[");
	head = takes_all_back && *plain ? head : 0;
	buf_add(out, at + 2 + head, len - 2 - head);
	*plain = false;
}

static void slim(const char *bytes, size_t len, struct buf *out)
{
	const char *end = bytes + len;
	bool plain = false;

	while (bytes < end) {
		const char *next = memchr(bytes, '\033', (size_t)(end - bytes));
		size_t skip, change;

		if (!next)
			next = end;
		buf_add(out, bytes, (size_t)(next - bytes));
		bytes = next;
		if (bytes == end)
			return;
		skip = for_nothing(bytes, (size_t)(end - bytes));
		change = skip ? 0 : look_length(bytes, (size_t)(end - bytes));
		if (change)
			slim_look(bytes, change, &plain, out);
		else if (!skip)
			buf_addc(out, *bytes);
		bytes += skip ? skip : change ? change : 1;
	}
}

static void send_bytes(struct screen *screen, const char *bytes, size_t len)
{
	auto_buf slimmer = BUF_INIT;

	if (!screen->whole_frame)
		slim(bytes, len, &slimmer);
	if (screen->whole_frame || buf_failed(&slimmer))
		tty_write(screen->tty, bytes, len);
	else
		tty_write(screen->tty, slimmer.data, slimmer.len);
	screen->whole_frame = false;
}

/* Moves the finished frame from the file to the terminal's queue. */
static void send_frame(struct screen *screen)
{
	int fd = fileno(screen->frame);
	off_t size;
	void *bytes;

	fflush(screen->frame);
	size = lseek(fd, 0, SEEK_CUR);
	if (size <= 0)
		return;
	bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes != MAP_FAILED) {
		send_bytes(screen, bytes, (size_t)size);
		munmap(bytes, (size_t)size);
	}
	lseek(fd, 0, SEEK_SET);
	if (size > 1 << 16 && ftruncate(fd, 0) < 0)
		screen->whole = true;
}

static int check_terminal(struct err *err)
{
	const char *term = getenv("TERM");
	int found;

	if (!term || !*term)
		return err_set(err, ENOTTY, "TERM is not set: no way to know this terminal");
	if (setupterm(term, STDOUT_FILENO, &found) == ERR)
		return err_set(err, ENOTTY,
			"terminal type '%.60s' (TERM) is unknown on this machine", term);
	if (!cursor_address || !*cursor_address)
		return err_set(err, ENOTTY,
			"terminal type '%.60s' (TERM) cannot move its cursor: the screen needs that",
			term);
	return 0;
}

static void add_capability(struct buf *out, const char *capability)
{
	if (capability)
		buf_adds(out, capability);
}

static void arm_crash(struct screen *screen)
{
	auto_buf restore = BUF_INIT;

	if (screen->asks)
		buf_adds(&restore, "\033[?1006l\033[?1000l");
	add_capability(&restore, exit_attribute_mode);
	add_capability(&restore, orig_pair);
	add_capability(&restore, cursor_normal);
	add_capability(&restore, exit_ca_mode);
	buf_adds(&restore, "\r\n");
	tty_on_crash(screen->tty, buf_text(&restore), restore.len);
}

static void choose_theme(struct screen *screen, const struct screen_look *wish)
{
	struct err err;

	screen->theme = theme_choose(wish->theme, max_colors, wish->no_color);
	if (wish->no_color || max_colors < 8)
		return;
	screen->own = *screen->theme;
	if (wish->roles && screen->theme != theme_find("mono") &&
		theme_parse(&screen->own, wish->roles, strlen(wish->roles), &err) == 0)
		screen->theme = &screen->own;
}

static void start_colours(struct screen *screen, const struct screen_look *wish)
{
	choose_theme(screen, wish);
	if (wish->no_color || max_colors < 8)
		return;
	start_color();
	use_default_colors();
}

void screen_restyle(struct screen *screen, const struct screen_look *wish)
{
	choose_theme(screen, wish);
	screen->whole = true;
}

static int start_curses(struct screen *screen, const struct screen_look *wish, struct err *err)
{
	int fd = memfd_create("davit-frame", MFD_CLOEXEC);

	screen->frame = fd < 0 ? NULL : fdopen(fd, "w");
	if (!screen->frame) {
		own_closep(&fd);
		return err_sys(err, "memory for a frame");
	}
	screen->curses = newterm(NULL, screen->frame, stdin);
	if (!screen->curses)
		return err_set(err, ENOTTY, "terminal type '%.60s' (TERM) is of no use to curses",
			getenv("TERM"));
	typeahead(-1);
	nonl();
	leaveok(stdscr, FALSE);
	idlok(stdscr, TRUE);
	start_colours(screen, wish);
	return 0;
}

int screen_open(
	struct tty *tty, const struct screen_look *wish, struct screen **out, struct err *err)
{
	auto_of(screen) struct screen *screen = calloc(1, sizeof(*screen));

	if (!screen)
		return err_set(err, ENOMEM, "out of memory");
	if (check_terminal(err) < 0)
		return err->code;
	screen->tty = tty;
	screen->ascii = !is_utf8();
	screen->whole = true;
	screen->asks = strncmp(cursor_address, "\033[", 2) == 0;
	if (start_curses(screen, wish, err) < 0)
		return err->code;
	arm_crash(screen);
	tty_raw(tty);
	*out = take(screen);
	return 0;
}

/* An answer still on its way would be typed into the shell that we leave to. */
static void await_answers(struct screen *screen)
{
	struct pollfd input = {.fd = tty_fd(screen->tty), .events = POLLIN};

	if (screen->behind > 0 && screen->answers != ANSWERS_NEVER)
		poll(&input, 1, SETTLE_MS);
	screen->behind = 0;
	tty_drop_input(screen->tty);
}

void screen_free(struct screen *screen)
{
	if (!screen)
		return;
	if (screen->curses) {
		screen_leave(screen);
		await_answers(screen);
		delscreen(screen->curses);
		tty_cooked(screen->tty);
	}
	if (screen->frame)
		fclose(screen->frame);
	free(screen->shown);
	free(screen->looks);
	free(screen);
}

bool screen_is_ascii(const struct screen *screen)
{
	return screen->ascii;
}

bool screen_ready(const struct screen *screen)
{
	return tty_unsent(screen->tty) == 0 &&
	       (screen->answers != ANSWERS_COME || screen->behind < BEHIND_MAX);
}

static int fit_colour(int colour, bool *bright)
{
	static const uint8_t cube_to_8[2][2][2] = {
		{{COLOR_BLACK, COLOR_BLUE}, {COLOR_GREEN, COLOR_CYAN}},
		{{COLOR_RED, COLOR_MAGENTA}, {COLOR_YELLOW, COLOR_WHITE}}};

	*bright = false;
	if (colour < COLORS)
		return colour;
	if (colour >= 232)
		return colour < 244 ? COLOR_BLACK : COLOR_WHITE;
	if (colour >= 16) {
		colour -= 16;
		return cube_to_8[colour / 36 > 2][colour / 6 % 6 > 2][colour % 6 > 2];
	}
	*bright = true;
	return colour - 8;
}

/* Pairs are made as they are needed; when all are in use, the text keeps its shape only. */
static short pair_for(struct screen *screen, int fg, int bg)
{
	if (fg < 0 && bg < 0)
		return 0;
	for (int i = 0; i < screen->pair_count; i++)
		if (screen->pairs[i][0] == fg && screen->pairs[i][1] == bg)
			return (short)(i + 1);
	if (screen->pair_count == PAIRS_MAX || screen->pair_count + 1 >= COLOR_PAIRS)
		return 0;
	screen->pairs[screen->pair_count][0] = (short)fg;
	screen->pairs[screen->pair_count][1] = (short)bg;
	init_pair((short)(screen->pair_count + 1), (short)fg, (short)bg);
	return (short)++screen->pair_count;
}

static attr_t curses_attrs(look bits)
{
	attr_t attrs = A_NORMAL;

	attrs |= bits & STYLE_BOLD ? A_BOLD : 0;
	attrs |= bits & STYLE_UNDERLINE ? A_UNDERLINE : 0;
	attrs |= bits & STYLE_REVERSE ? A_REVERSE : 0;
	attrs |= bits & STYLE_FAINT ? A_DIM : 0;
	attrs |= bits & STYLE_ITALIC ? A_ITALIC : 0;
	return attrs;
}

static attr_t resolve(struct screen *screen, look style, short *pair)
{
	const struct theme_look *role = &screen->theme->roles[style & STYLE_ROLE];
	attr_t attrs = curses_attrs((style & STYLE_ATTRS) | role->attrs);
	int fg = style_fg(style), bg = style_bg(style);
	bool bright = false, ignored;

	*pair = 0;
	if (!has_colors() || COLORS < 8 || screen->theme == theme_find("mono"))
		return attrs;
	fg = fg < 0 ? role->colour : fg;
	fg = fg < 0 ? fg : fit_colour(fg, &bright);
	bg = bg < 0 ? bg : fit_colour(bg, &ignored);
	*pair = pair_for(screen, fg, bg);
	return bright ? attrs | A_BOLD : attrs;
}

static void put_cell(struct screen *screen, int x, int y, const struct cell *cell)
{
	wchar_t text[CCHARW_MAX + 1] = {0};
	attr_t attrs;
	cchar_t drawn;
	short pair;
	uint32_t code;
	size_t at = 0, used, n = 0;

	while (at < cell->len && n < CCHARW_MAX &&
		(used = text_decode(cell->text + at, cell->len - at, &code)) > 0) {
		text[n++] = (wchar_t)code;
		at += used;
	}
	attrs = resolve(screen, cell->style, &pair);
	if (setcchar(&drawn, text, attrs, pair, NULL) == OK)
		mvadd_wch(y, x, &drawn);
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
	return a->style == b->style && a->width == b->width && a->len == b->len &&
	       memcmp(a->text, b->text, a->len) == 0;
}

static bool fit_to(struct screen *screen, const struct grid *grid)
{
	int width = grid_width(grid), height = grid_height(grid);
	struct cell *shown;
	look *looks;

	if (width == screen->width && height == screen->height)
		return true;
	shown = calloc((size_t)width * (size_t)height, sizeof(*shown));
	looks = calloc((size_t)width, sizeof(*looks));
	if (!shown || !looks) {
		free(shown);
		free(looks);
		return false;
	}
	free(screen->shown);
	free(screen->looks);
	screen->shown = shown;
	screen->looks = looks;
	screen->width = width;
	screen->height = height;
	resize_term(height, width);
	screen->whole = true;
	return true;
}

/* A blank has this look and a plain one alike. */
static bool is_unseen(const struct screen *screen, look style)
{
	unsigned attrs = (style & STYLE_ATTRS) | screen->theme->roles[style & STYLE_ROLE].attrs;

	return !(attrs & (STYLE_UNDERLINE | STYLE_REVERSE)) && style_bg(style) < 0;
}

static bool is_blank(const struct cell *cell)
{
	return cell->width == 1 && cell->len == 1 && cell->text[0] == ' ';
}

/* The blanks before `x`, from `from` on, between two glyphs: they go on in the look of the first
 * where that ends nothing only to begin it again. */
static void bridge(struct screen *screen, int from, int x, look second)
{
	look first = from > 0 ? screen->looks[from - 1] : ROLE_TEXT;

	if (x - from > (first == second ? NEAR_ALIKE : NEAR) || first == ROLE_TEXT ||
		second == ROLE_TEXT || !is_unseen(screen, first) || !is_unseen(screen, second))
		return;
	for (int i = from; i < x; i++)
		screen->looks[i] = first;
}

static void choose_looks(struct screen *screen, const struct grid *grid, int y)
{
	int from = 0;

	for (int x = 0; x < screen->width; x++) {
		const struct cell *cell = grid_at(grid, x, y);

		screen->looks[x] = cell->style;
		if (is_blank(cell) && is_unseen(screen, cell->style))
			continue;
		bridge(screen, from, x, cell->style);
		from = x + 1;
	}
}

static void put_changes(struct screen *screen, const struct grid *grid)
{
	for (int y = 0; y < screen->height; y++) {
		choose_looks(screen, grid, y);
		for (int x = 0; x < screen->width; x++) {
			struct cell cell = *grid_at(grid, x, y);
			struct cell *shown = &screen->shown[y * screen->width + x];

			cell.style = screen->looks[x];
			if (!screen->whole && same_cell(&cell, shown))
				continue;
			*shown = cell;
			if (cell.width > 0)
				put_cell(screen, x, y, &cell);
		}
	}
}

static void ask_alive(struct screen *screen, double now_ms)
{
	if (!screen->asks || screen->answers == ANSWERS_NEVER)
		return;
	if (screen->answers == ANSWERS_UNKNOWN && screen->behind > 0)
		return; /* asked once: a terminal that says nothing is not asked again */
	if (screen->behind <= BEHIND_MAX)
		screen->asked_ms[screen->behind] = now_ms;
	screen->behind++;
	fputs("\033[5n", screen->frame);
}

void screen_paint(struct screen *screen, const struct grid *grid, double now_ms)
{
	int x, y;
	bool visible;

	if (!fit_to(screen, grid))
		return;
	if (screen->whole) {
		erase();
		clearok(stdscr, TRUE);
	}
	put_changes(screen, grid);
	screen->whole_frame = screen->whole;
	screen->whole = false;
	grid_cursor(grid, &x, &y, &visible);
	curs_set(visible);
	move(y, x);
	refresh();
	fflush(screen->frame);
	if (lseek(fileno(screen->frame), 0, SEEK_CUR) > 0) {
		ask_alive(screen, now_ms);
		send_frame(screen);
	}
}

void screen_redraw(struct screen *screen)
{
	screen->whole = true;
}

double screen_alive(struct screen *screen, double now_ms)
{
	double took = screen->behind > 0 ? now_ms - screen->asked_ms[0] : -1;

	screen->answers = ANSWERS_COME;
	if (screen->behind == 0)
		return -1;
	screen->behind--;
	memmove(screen->asked_ms, screen->asked_ms + 1,
		sizeof(screen->asked_ms) - sizeof(screen->asked_ms[0]));
	return took;
}

double screen_waits_ms(const struct screen *screen, double now_ms)
{
	return screen->behind > 0 ? now_ms - screen->asked_ms[0] : 0;
}

void screen_key_seen(struct screen *screen, int64_t now_ms)
{
	if (screen->behind > 0 && screen->answers == ANSWERS_COME &&
		(double)now_ms - screen->asked_ms[0] > PATIENCE_MS)
		screen->answers = ANSWERS_NEVER;
}

static void send_mouse(struct screen *screen, bool on)
{
	static const char yes[] = "\033[?1000h\033[?1006h", no[] = "\033[?1006l\033[?1000l";

	if (screen->asks) /* one that understands DSR knows these, or ignores them */
		tty_write(screen->tty, on ? yes : no, (on ? sizeof(yes) : sizeof(no)) - 1);
}

void screen_mouse(struct screen *screen, bool on)
{
	if (screen->mouse != on)
		send_mouse(screen, on);
	screen->mouse = on;
}

void screen_leave(struct screen *screen)
{
	if (screen->mouse)
		send_mouse(screen, false);
	tty_settle(screen->tty, SETTLE_MS);
	endwin();
	send_frame(screen);
	tty_settle(screen->tty, SETTLE_MS);
}

void screen_return(struct screen *screen)
{
	tty_raw(screen->tty);
	if (screen->asks)
		tty_write(screen->tty, undo_modes, sizeof(undo_modes) - 1);
	if (screen->mouse)
		send_mouse(screen, true);
	screen->whole = true;
}
