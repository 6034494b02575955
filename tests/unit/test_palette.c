/* What the palette is made of: fitting letters, command lines, the user's commands, the clipboard
 * and the manual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tui/clipboard.h"
#include "tui/command_forms.h"
#include "tui/custom.h"
#include "tui/fuzzy.h"
#include "tui/keymap_presets.h"
#include "tui/manual.h"
#include "tui/widget/sheet.h"

static void letters_fit_in_order_and_the_better_the_closer(void **state)
{
	(void)state;
	assert_int_equal(fuzzy_score("xyz", "stop shop/web", NULL), 0);
	assert_int_equal(fuzzy_score("pots", "stop", NULL), 0);
	assert_true(fuzzy_score("", "anything", NULL) > 0);
	assert_true(fuzzy_score("STOP", "stop shop/web", NULL) > 0);
	assert_true(
		fuzzy_score("stop", "stop shop/web", NULL) > fuzzy_score("stop", "set top", NULL));
	assert_true(fuzzy_score("web", "stop web", NULL) > fuzzy_score("web", "stop cobweb", NULL));
	assert_true(fuzzy_score("stop web", "stop shop/web", NULL) > 0);
	assert_int_equal(fuzzy_score("stop db", "stop shop/web", NULL), 0);
}

static void what_was_met_is_told_byte_by_byte(void **state)
{
	uint64_t hits[FUZZY_TEXT_MAX / 64 + 1];

	(void)state;
	assert_true(fuzzy_score("top", "stop", hits) > 0);
	assert_int_equal(hits[0], 0xe);
	assert_true(fuzzy_score("sw", "stop web", hits) > 0);
	assert_int_equal(hits[0], 0x21);
}

static const char *form(enum context context, enum action action, const char *one, const char *two)
{
	static char out[200];
	auto_strs names = STRS_INIT;
	auto_buf line = BUF_INIT;

	if (one)
		strs_add(&names, one);
	if (two)
		strs_add(&names, two);
	*out = '\0';
	if (command_form(context, action, &names, &line))
		snprintf(out, sizeof(out), "%s", buf_text(&line));
	return out;
}

static void an_action_has_the_command_line_that_does_the_same(void **state)
{
	(void)state;
	assert_string_equal(form(CONTEXT_CONTAINERS, ACTION_STOP, "a", "b"), "davit stop a b");
	assert_string_equal(
		form(CONTEXT_CONTAINERS, ACTION_SHELL, "a", NULL), "davit exec -it a sh");
	assert_string_equal(form(CONTEXT_IMAGES, ACTION_REMOVE, "a b", NULL), "davit rmi 'a b'");
	assert_string_equal(form(CONTEXT_IMAGES, ACTION_USERS, "web:2", NULL),
		"davit ps -a --filter ancestor=web:2");
	assert_string_equal(form(CONTEXT_GLOBAL, ACTION_CONTAINERS, "a", NULL), "davit ps -a");
	assert_string_equal(form(CONTEXT_CONTAINERS, ACTION_MARK, "a", NULL), "");
}

static bool wants_terminal(const char *line, bool *reads)
{
	auto_strs words = STRS_INIT;

	assert_int_equal(sheet_words(line, &words), 0);
	*reads = command_only_reads(&words);
	return command_wants_terminal(&words);
}

static void a_line_that_needs_a_terminal_is_known(void **state)
{
	static const struct {
		const char *line;
		bool terminal, reads;
	} cases[] = {
		{"davit exec -it web sh", true, false},
		{"davit exec web ls -t", false, false},
		{"davit run -ti --rm alpine", true, false},
		{"davit run -d alpine top", false, false},
		{"davit run -itd alpine", false, false},
		{"davit container exec -t web top", true, false},
		{"davit attach web", true, false},
		{"davit start -a web", true, false},
		{"davit start web", false, false},
		{"davit ps -a", false, true},
		{"davit network ls", false, true},
		{"davit network rm x", false, false},
		{"davit rm -f web", false, false},
		{"davit", false, false},
	};

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		bool reads;

		assert_int_equal(wants_terminal(cases[i].line, &reads), cases[i].terminal);
		assert_int_equal(reads, cases[i].reads);
	}
}

/* ---- the user's commands ---- */

static int parse(const char *text, struct custom **out, struct err *err)
{
	return custom_parse(text, strlen(text), out, err);
}

static void a_command_of_the_users_gets_the_row_quoted_for_the_shell(void **state)
{
	auto_of(custom) struct custom *custom = NULL;
	auto_strs fields = STRS_INIT;
	auto_buf line = BUF_INIT;
	struct err err;

	(void)state;
	assert_int_equal(
		parse("# mine\ncontainers.Root shell = terminal davit exec -it -u 0 {{.Name}} sh\n"
		      "images.Scan = output  scan {{.Name}} --id={{.ID}}\n",
			&custom, &err),
		0);
	assert_string_equal(custom_at(custom, CONTEXT_CONTAINERS, 0)->name, "Root shell");
	assert_true(custom_at(custom, CONTEXT_CONTAINERS, 0)->terminal);
	assert_null(custom_at(custom, CONTEXT_CONTAINERS, 1));
	assert_false(custom_at(custom, CONTEXT_IMAGES, 0)->terminal);
	strs_add(&fields, "Name=a'; rm -rf /");
	strs_add(&fields, "ID=3f2a");
	assert_int_equal(
		custom_line(custom_at(custom, CONTEXT_IMAGES, 0), &fields, &line, &err), 0);
	assert_string_equal(buf_text(&line), "scan 'a'\\''; rm -rf /' --id=3f2a");
}

static void a_mistake_in_the_commands_names_its_line(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"nowhere.x = output ls", "commands line 1: a line is \"view.name = how command\""},
		{"\ncontainers.x = ls", "commands line 2: after '=' comes terminal or output"},
		{"containers. = output ls", "commands line 1: its name is missing or too long"},
		{"containers.x = output {{.Name", "commands line 1: template"},
		{"containers.x", "commands line 1: a line is"},
	};
	struct custom *custom = NULL;
	struct err err;

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		assert_true(parse(cases[i].text, &custom, &err) < 0);
		assert_null(custom);
		if (!strstr(err.text, cases[i].says))
			fail_msg("%s: %s", cases[i].text, err.text);
	}
}

/* ---- the clipboard ---- */

static const char *sequence(const char *text, enum clipboard_way way)
{
	static char out[3000];
	auto_buf buf = BUF_INIT;

	clipboard_sequence(text, strlen(text), way, &buf);
	snprintf(out, sizeof(out), "%s", buf_text(&buf));
	return out;
}

static void copied_text_goes_as_osc_52_and_through_what_is_between(void **state)
{
	(void)state;
	assert_string_equal(sequence("shop/web", CLIPBOARD_PLAIN), "\033]52;c;c2hvcC93ZWI=\a");
	assert_string_equal(sequence("a", CLIPBOARD_PLAIN), "\033]52;c;YQ==\a");
	assert_string_equal(sequence("abc", CLIPBOARD_PLAIN), "\033]52;c;YWJj\a");
	assert_string_equal(sequence("a", CLIPBOARD_TMUX),
		"\033]52;c;YQ==\a\033Ptmux;\033\033]52;c;YQ==\a\033\\");
	assert_string_equal(sequence("a", CLIPBOARD_SCREEN), "\033P\033]52;c;YQ==\a\033\\");
}

static void long_text_goes_through_screen_in_pieces(void **state)
{
	char text[601];
	const char *out, *piece;
	size_t sum = 0;

	(void)state;
	memset(text, 'x', 600);
	text[600] = '\0';
	out = sequence(text, CLIPBOARD_SCREEN);
	while ((piece = strstr(out, "\033\\"))) {
		assert_true(piece - out <= 502);
		sum += (size_t)(piece - out) - 2;
		out = piece + 2;
	}
	assert_int_equal(sum, 7 + 800 + 1);
}

/* ---- the manual ---- */

static void the_manual_has_the_pages_of_docs(void **state)
{
	const struct topic *topic = manual_find("keys");
	auto_buf page = BUF_INIT;

	(void)state;
	assert_non_null(topic);
	assert_string_equal(topic->title, "Keys");
	assert_non_null(manual_find("netw"));
	assert_null(manual_find("HACKING"));
	assert_null(manual_find("nothing of the kind"));
	manual_render(topic, 60, &page);
	assert_non_null(strstr(buf_text(&page), "KEYS OF YOUR OWN\n"));
	assert_non_null(strstr(buf_text(&page), "    containers.stop = s F8\n"));
}

/* Words that are parted by blanks alone, so that every line can be held to it. */
static void paragraphs_are_filled_to_the_width(void **state)
{
	static const char text[] =
		"# Title\n\nOne `two` **three** four five six seven\neight nine.\n"
		"- an item that is longer than it should be\n\n    code  as it is\n";
	const struct topic topic = {.text = text, .len = sizeof(text) - 1};
	auto_buf page = BUF_INIT;

	(void)state;
	manual_render(&topic, 20, &page);
	assert_string_equal(buf_text(&page),
		"TITLE\n\nOne two three four\nfive six seven eight\nnine.\n"
		"- an item that is\n  longer than it\n  should be\n\n    code  as it is\n");
}

static void the_manual_is_searched_line_by_line(void **state)
{
	struct manual_match matches[20];
	size_t found = manual_search("keys ctop", 78, matches, 20);

	(void)state;
	assert_true(found > 0 && found < 20);
	for (size_t i = 0; i < found; i++)
		assert_non_null(strcasestr(matches[i].text, "ctop"));
	assert_int_equal(manual_search("", 78, matches, 20), 0);
	assert_int_equal(manual_search("the", 78, matches, 20), 20);
}

/* ---- keys of other programs ---- */

static void a_preset_takes_keys_and_the_users_lie_over_it(void **state)
{
	auto_of(keymap) struct keymap *keymap = keymap_new();
	const char *mine = "containers.stop = F8\n", *preset;
	struct key key = {.code = 's'};
	struct err err;

	(void)state;
	assert_int_equal(keymap_parse(keymap, mine, strlen(mine), &err), 0);
	assert_int_equal(keymap_choose(keymap, "k9s", &err), 0);
	assert_int_equal(keymap_find(keymap, CONTEXT_CONTAINERS, &key), ACTION_SHELL);
	assert_string_equal(keymap_label(keymap, ACTION_STOP), "F8");
	assert_int_equal(keymap_choose(keymap, "default", &err), 0);
	assert_int_equal(keymap_find(keymap, CONTEXT_CONTAINERS, &key), ACTION_NONE);
	assert_true(keymap_choose(keymap, "emacs", &err) < 0);
	assert_string_equal(err.text, "no preset of keys is called 'emacs'");
	for (size_t i = 0; (preset = keymap_preset_name(i)); i++)
		assert_int_equal(keymap_choose(keymap, preset, &err), 0);
}

static void a_key_of_another_program_is_known(void **state)
{
	struct key key = {.code = 'f'};
	const char *preset;

	(void)state;
	assert_int_equal(keymap_elsewhere(CONTEXT_CONTAINERS, &key, &preset), ACTION_FILTER);
	assert_string_equal(preset, "ctop");
	key.code = 'Q';
	assert_int_equal(keymap_elsewhere(CONTEXT_CONTAINERS, &key, &preset), ACTION_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_fit_in_order_and_the_better_the_closer),
		cmocka_unit_test(what_was_met_is_told_byte_by_byte),
		cmocka_unit_test(an_action_has_the_command_line_that_does_the_same),
		cmocka_unit_test(a_line_that_needs_a_terminal_is_known),
		cmocka_unit_test(a_command_of_the_users_gets_the_row_quoted_for_the_shell),
		cmocka_unit_test(a_mistake_in_the_commands_names_its_line),
		cmocka_unit_test(copied_text_goes_as_osc_52_and_through_what_is_between),
		cmocka_unit_test(long_text_goes_through_screen_in_pieces),
		cmocka_unit_test(the_manual_has_the_pages_of_docs),
		cmocka_unit_test(paragraphs_are_filled_to_the_width),
		cmocka_unit_test(the_manual_is_searched_line_by_line),
		cmocka_unit_test(a_preset_takes_keys_and_the_users_lie_over_it),
		cmocka_unit_test(a_key_of_another_program_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
