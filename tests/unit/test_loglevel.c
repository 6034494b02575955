#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/ansi.h"
#include "tui/loglevel.h"

static void check(enum log_level level, const char *const *lines)
{
	for (; *lines; lines++)
		if (loglevel_of(*lines, strlen(*lines)) != level)
			fail_msg("'%c' for: %s",
				loglevel_letter(loglevel_of(*lines, strlen(*lines))), *lines);
}

static void errors_are_known_by_the_shapes_they_come_in(void **state)
{
	static const char *const lines[] = {"ERROR upstream timed out",
		"2026-03-02 14:05:00 ERROR [main] c.e.App - x",
		"2026/03/02 14:05:00 [error] 31#31: *1 connect() failed",
		"{\"time\":\"x\",\"level\":\"error\",\"msg\":\"y\"}", "{\"level\": 50, \"pid\": 1}",
		"{\"severity\":\"CRITICAL\"}", "{\"log.level\":\"error\"}",
		"time=x level=error msg=y", "lvl=eror t=1", "E0302 14:05:00.123456 1 x.go:5] bad",
		"<3>kernel: bad", "[E] bad", "error: cannot open", "Error: boom",
		"FATAL:  database is gone", "ERROR:  duplicate key value", "panic: runtime error",
		"2026 FATAL x", "   ERROR indented",
		"[2026-03-02 14:05:00,123: ERROR/MainProcess] task", "level=\"error\" x",
		"I am <ERROR> here", NULL};

	(void)state;
	check(LEVEL_ERROR, lines);
}

static void so_are_warnings_and_the_rest(void **state)
{
	static const char *const warnings[] = {"WARN x", "[warn] x", "WARNING:root:x",
		"warning: unused", "W0302 14:05:00.1 x", "{\"level\":\"warn\"}", "{\"level\":40}",
		"<4>x", "14:05:00 WRN slow", NULL};
	static const char *const infos[] = {"INFO x", "LOG:  checkpoint starting: time",
		"I0302 14:05:00.1 x", "{\"level\":\"info\",\"error\":\"none\"}",
		"level=info x=error", "<6>x", "[notice] x", "14:05:00 INF ready", NULL};
	static const char *const debugs[] = {
		"DEBUG x", "{\"level\":20}", "level=trace", "DBG x", "[debug] ERROR later", NULL};

	(void)state;
	check(LEVEL_WARN, warnings);
	check(LEVEL_INFO, infos);
	check(LEVEL_DEBUG, debugs);
}

static void what_only_mentions_a_level_has_none(void **state)
{
	static const char *const lines[] = {"", "   ", "no errors found", "GET /ERROR 200",
		"the error was fixed", "ERROR_CODE=5", "catalog: x", "{\"msg\":\"error\"}",
		"blevel=error", "information", "WARNINGS 5", "a line about an info desk", "{", "<",
		"<999", "E0302", "level=", "{\"level\":", "{\"level\"", "{\"level\":7}", NULL};

	(void)state;
	check(LEVEL_NONE, lines);
}

static void the_text_alone_is_what_would_be_seen(void **state)
{
	char out[64];

	(void)state;
	assert_int_equal(ansi_plain("\033[1;31mbad\033[0m x", 16, out, sizeof(out)), 5);
	assert_string_equal(out, "bad x");
	ansi_plain("10%\r100%", 8, out, sizeof(out));
	assert_string_equal(out, "100%");
	ansi_plain("a\tb\033]52;c;x\007!", 13, out, sizeof(out));
	assert_string_equal(out, "a       b!");
	assert_int_equal(ansi_plain("0123456789012345678901234567890", 31, out, 20), 12);
	assert_true(ansi_is_plain("plain text and \xc3\xa4", 17));
	assert_false(ansi_is_plain("0123456789\033", 11));
	assert_false(ansi_is_plain("0123\t56789abcdef", 16));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_are_known_by_the_shapes_they_come_in),
		cmocka_unit_test(so_are_warnings_and_the_rest),
		cmocka_unit_test(what_only_mentions_a_level_has_none),
		cmocka_unit_test(the_text_alone_is_what_would_be_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
