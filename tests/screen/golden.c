/* golden.c - keystrokes in, grid out: runs files of screens. Usage: golden [-u] FILE...
 *
 * A file is a list of directives; what recorded.h tells a world is also one.
 *     size WxH   ascii   start   keys j<Enter>^p   wait MS   finish   fail TEXT
 *     read-only   safety fast|normal|strict   (before start)
 *     click X Y [right]   wheel up|down   line METER   (a slow line, and its meter)
 *     prints TEXT   ends CODE   (of a command)   output TEXT   exit CODE   (of a session)
 *     screen | roles | acts | typed | copied | program, then the lines expected, then "end"
 * `roles` shows one letter a cell: the role (lower case), or '.' for plain text, upper case when
 * reversed. With -u the files are rewritten with what came out. The clock starts at 100 s. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>

#include "../support/recorded.h"
#include "tui/app.h"

struct player {
	struct recorded *recorded;
	struct keymap *keymap;
	struct app *app;
	struct grid *grid;
	bool ascii, read_only;
	enum safety safety;
	int width, height;
	int64_t now_ms;
	const char *trouble;
	char trouble_text[300];
};

static void set_time(struct player *player)
{
	recorded_set_now(player->recorded, player->now_ms);
	if (player->app)
		app_set_time(player->app, player->now_ms,
			(uint64_t)RECORDED_NOW_S * 1000000000 +
				(uint64_t)(player->now_ms - 100000) * 1000000);
}

/* As the loop does between two events, painting included: what a painting asks for is due next. */
static void settle(struct player *player)
{
	for (int i = 0; i < 100; i++) {
		int64_t at = app_deadline(player->app);

		while (recorded_answer(player->recorded))
			at = app_deadline(player->app);
		app_paint(player->app, player->grid);
		if (at < 0 || at > player->now_ms)
			return;
		app_tick(player->app);
	}
}

/* What the loop does for the app, as far as it can be done without a terminal. */
static void grant(struct player *player)
{
	if (app_take_wish(player->app) != WISH_COPY)
		return;
	app_copy_done(player->app, NULL);
	settle(player);
}

static void start(struct player *player)
{
	struct app_options options = {.host = "ops1",
		.trouble = player->trouble,
		.read_only = player->read_only,
		.safety = player->safety};

	options.world = recorded_world(player->recorded);
	options.keymap = player->keymap;
	player->grid = grid_new(player->width, player->height, player->ascii);
	player->app = app_new(&options);
	set_time(player);
	settle(player);
}

static void wait_for(struct player *player, int64_t ms)
{
	int64_t end = player->now_ms + ms;

	for (;;) {
		int64_t at = app_deadline(player->app);

		if (at < 0 || at > end)
			break;
		player->now_ms = at > player->now_ms ? at : player->now_ms;
		set_time(player);
		settle(player);
		if (app_deadline(player->app) == at)
			player->now_ms++;
	}
	player->now_ms = end;
	set_time(player);
	settle(player);
}

/* "j", "^p", "<Enter>", "<lt>" */
static const char *one_key(const char *at, struct key *key)
{
	const char *stop = *at == '<' ? strchr(at, '>') : NULL;
	size_t len = *at == '^' && at[1] ? 2 : 1;

	*key = (struct key){.code = (unsigned char)*at};
	if (stop) {
		if (strncmp(at, "<lt>", 4) == 0)
			key->code = '<';
		else
			keymap_read_key(at + 1, (size_t)(stop - at - 1), &key->code);
		len = (size_t)(stop + 1 - at);
	} else if (len == 2) {
		keymap_read_key(at, 2, &key->code);
	} else {
		len = text_decode(at, strlen(at), &key->code);
	}
	if (key->code < KEY_FIRST)
		key->len = (uint8_t)text_encode(key->code, key->raw);
	return at + len;
}

static void type(struct player *player, const char *keys)
{
	struct key key;

	while (*keys) {
		keys = one_key(keys, &key);
		app_key(player->app, &key);
		settle(player);
		grant(player);
	}
}

/* "12 3", "12 3 right", "up": columns and rows are counted from 0. */
static void point(struct player *player, bool click, const char *what)
{
	struct key key = {.code = KEY_MOUSE};
	int x = 0, y = 0;

	if (click) {
		sscanf(what, "%d %d", &x, &y);
		key.button = strstr(what, "right") ? MOUSE_RIGHT : MOUSE_LEFT;
	} else {
		key.button = strcmp(what, "up") == 0 ? MOUSE_WHEEL_UP : MOUSE_WHEEL_DOWN;
	}
	key.x = (short)x;
	key.y = (short)y;
	app_key(player->app, &key);
	settle(player);
	grant(player);
}

static char role_letter(const struct cell *cell)
{
	static const char letters[] = ".dtfsmowbyikrl"; /* in the order of enum role */
	char letter = letters[cell->style & STYLE_ROLE];

	if (style_fg(cell->style) >= 0)
		letter = 'c';
	if (cell->style & STYLE_REVERSE)
		letter = letter == '.' ? '#' : (char)(letter - 'a' + 'A');
	return letter == '.' && cell->len == 1 && cell->text[0] == ' ' ? ' ' : letter;
}

static void write_roles(const struct player *player, struct buf *out)
{
	for (int y = 0; y < player->height; y++) {
		size_t keep = out->len;

		for (int x = 0; x < player->width; x++) {
			char letter = role_letter(grid_at(player->grid, x, y));

			buf_addc(out, letter);
			keep = letter == ' ' ? keep : out->len;
		}
		out->len = keep;
		buf_addc(out, '\n');
	}
}

static bool write_result(const struct player *player, const char *what, struct buf *out)
{
	if (strcmp(what, "screen") == 0)
		for (int y = 0; y < player->height; y++) {
			grid_row_text(player->grid, y, out);
			buf_addc(out, '\n');
		}
	else if (strcmp(what, "roles") == 0)
		write_roles(player, out);
	else if (strcmp(what, "acts") == 0)
		buf_adds(out, recorded_acts(player->recorded));
	else if (strcmp(what, "typed") == 0)
		buf_addf(out, "%s\n", recorded_typed(player->recorded));
	else if (strcmp(what, "program") == 0)
		for (size_t i = 0; i < app_program(player->app)->len; i++)
			buf_addf(out, "[%s]\n", app_program(player->app)->v[i]);
	else if (strcmp(what, "copied") == 0)
		buf_addf(out, "%s\n", buf_text(app_copied(player->app)));
	else
		return false;
	return true;
}

static bool play(struct player *player, char *line)
{
	char *rest = line, *verb = strsep(&rest, " ");

	if (strcmp(verb, "size") == 0) {
		sscanf(rest, "%dx%d", &player->width, &player->height);
		if (player->app) {
			grid_resize(player->grid, player->width, player->height);
			settle(player);
		}
	} else if (strcmp(verb, "ascii") == 0) {
		player->ascii = true;
	} else if (strcmp(verb, "read-only") == 0) {
		player->read_only = true;
	} else if (strcmp(verb, "safety") == 0) {
		return safety_read(rest, &player->safety);
	} else if (strcmp(verb, "trouble") == 0) {
		snprintf(player->trouble_text, sizeof(player->trouble_text), "%s", rest);
		player->trouble = player->trouble_text;
	} else if (strcmp(verb, "start") == 0) {
		start(player);
	} else if (strcmp(verb, "keys") == 0) {
		type(player, rest);
	} else if (strcmp(verb, "wait") == 0) {
		wait_for(player, atoll(rest));
	} else if (strcmp(verb, "finish") == 0 || strcmp(verb, "fail") == 0) {
		recorded_finish(player->recorded, rest);
		settle(player);
	} else if (strcmp(verb, "output") == 0) {
		recorded_output(player->recorded, rest);
		settle(player);
	} else if (strcmp(verb, "click") == 0 || strcmp(verb, "wheel") == 0) {
		point(player, strcmp(verb, "click") == 0, rest);
	} else if (strcmp(verb, "line") == 0) {
		struct app_line way = {.slow = true};

		snprintf(way.meter, sizeof(way.meter), "%s", rest);
		app_set_line(player->app, &way);
		settle(player);
	} else if (strcmp(verb, "prints") == 0) {
		recorded_prints(player->recorded, rest);
		settle(player);
	} else if (strcmp(verb, "ends") == 0) {
		recorded_command_ends(player->recorded, atoi(rest));
		settle(player);
	} else if (strcmp(verb, "exit") == 0) {
		recorded_end_session(player->recorded, atoi(rest));
		settle(player);
	} else {
		return false;
	}
	return true;
}

static bool tell(struct player *player, const char *line)
{
	if (!recorded_tell(player->recorded, line))
		return false;
	if (player->app)
		settle(player);
	return true;
}

struct file {
	const char *name;
	struct buf text, rewritten;
	int checks, failed, line;
};

/* One line without its newline, or NULL at the end; *at moves on. */
static char *next_line(struct file *file, char **at)
{
	char *line = *at, *end = line + strcspn(line, "\n");

	if (!*line)
		return NULL;
	*at = *end ? end + 1 : end;
	*end = '\0';
	file->line++;
	return line;
}

static void check(struct file *file, const struct player *player, const char *what, char **at)
{
	auto_buf expected = BUF_INIT;
	auto_buf actual = BUF_INIT;
	int from = file->line;
	char *line;

	while ((line = next_line(file, at)) && strcmp(line, "end") != 0)
		buf_addf(&expected, "%s\n", line);
	write_result(player, what, &actual);
	buf_addf(&file->rewritten, "%send\n", buf_text(&actual));
	file->checks++;
	if (strcmp(buf_text(&expected), buf_text(&actual)) == 0)
		return;
	file->failed++;
	printf("%s:%d: %s differs; expected:\n%sbut it is:\n%s", file->name, from, what,
		buf_text(&expected), buf_text(&actual));
}

static bool is_check(const char *line)
{
	return strcmp(line, "screen") == 0 || strcmp(line, "roles") == 0 ||
	       strcmp(line, "acts") == 0 || strcmp(line, "typed") == 0 ||
	       strcmp(line, "copied") == 0 || strcmp(line, "program") == 0;
}

static void run_lines(struct file *file, struct player *player)
{
	char *at = file->text.data, *line;

	while ((line = next_line(file, &at))) {
		buf_addf(&file->rewritten, "%s\n", line);
		if (!*line || *line == '#')
			continue;
		if (is_check(line)) {
			check(file, player, line, &at);
		} else if (!tell(player, line) && !play(player, line)) {
			printf("%s:%d: unknown directive: %s\n", file->name, file->line, line);
			file->failed++;
		}
	}
}

static bool read_file(struct file *file)
{
	FILE *from = fopen(file->name, "r");
	char bytes[4096];
	size_t n;

	if (!from)
		return false;
	while ((n = fread(bytes, 1, sizeof(bytes), from)) > 0)
		buf_add(&file->text, bytes, n);
	fclose(from);
	return file->text.len > 0;
}

static void rewrite(const struct file *file)
{
	FILE *to = fopen(file->name, "w");

	if (to) {
		fwrite(file->rewritten.data, 1, file->rewritten.len, to);
		fclose(to);
	}
}

static void run_file(struct file *file, bool update)
{
	struct player player = {.width = 80, .height = 24, .now_ms = 100000};

	if (!read_file(file)) {
		printf("%s: cannot be read\n", file->name);
		file->failed++;
		return;
	}
	player.recorded = recorded_new();
	recorded_set_now(player.recorded, player.now_ms);
	player.keymap = keymap_new();
	run_lines(file, &player);
	if (update && file->failed)
		rewrite(file);
	app_free(player.app);
	grid_free(player.grid);
	keymap_free(player.keymap);
	recorded_free(player.recorded);
}

int main(int argc, char **argv)
{
	bool update = argc > 1 && strcmp(argv[1], "-u") == 0;
	int passed = 0, failed = 0;

	setenv("TZ", "UTC", 1);
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 2;
	for (int i = 1 + update; i < argc; i++) {
		struct file file = {.name = argv[i]};

		run_file(&file, update);
		passed += file.checks > file.failed ? file.checks - file.failed : 0;
		failed += file.failed;
		buf_fini(&file.text);
		buf_fini(&file.rewritten);
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0;
}
