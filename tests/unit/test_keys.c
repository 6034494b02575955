#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tui/keymap.h"
#include "tui/theme.h"
#include "tui/widget/prompt.h"

/* What the bytes mean, fed in pieces of `piece`, as "CODE/MODS CODE/MODS". */
static const char *read_keys(const char *bytes, size_t len, size_t piece)
{
	static char text[4000];
	struct input input = {0};
	struct key key;
	bool got;
	int used = 0;

	text[0] = '\0';
	for (size_t at = 0; at < len;) {
		size_t part = len - at < piece ? len - at : piece;

		for (size_t in = 0;;) {
			in += input_next(&input, bytes + at + in, part - in, &key, &got);
			if (!got)
				break;
			used += snprintf(text + used, sizeof(text) - (size_t)used, "%x/%d ",
				(unsigned)key.code, key.mods);
		}
		at += part;
	}
	while (input_flush(&input, &key))
		used += snprintf(text + used, sizeof(text) - (size_t)used, "flushed %x ",
			(unsigned)key.code);
	return text;
}

static void sequences_mean_the_same_whole_or_byte_by_byte(void **state)
{
	static const char bytes[] =
		"j\033[A\033OB\033[5~\033[1;5C\303\244\033x\033[0n\033[[A\033[999q!";
	char whole[4000];

	(void)state;
	snprintf(whole, sizeof(whole), "%s", read_keys(bytes, sizeof(bytes) - 1, 100));
	assert_string_equal(whole,
		"6a/0 110000/0 110001/0 110008/0 110003/2 e4/0 78/1 110017/0 11000b/0 "
		"110019/0 21/0 ");
	assert_string_equal(read_keys(bytes, sizeof(bytes) - 1, 1), whole);
}

static void a_lone_escape_waits_and_then_stands_for_itself(void **state)
{
	(void)state;
	assert_string_equal(read_keys("\033", 1, 1), "flushed 1b ");
	assert_string_equal(read_keys("\033\033[A", 4, 4), "1b/0 110000/0 ");
}

static void an_answer_is_heard_whatever_it_breaks_off(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 7; piece++) {
		assert_string_equal(read_keys("\033[\033[0n", 6, piece), "110019/0 110017/0 ");
		assert_string_equal(read_keys("\033O\033[0n", 6, piece), "110019/0 110017/0 ");
		assert_string_equal(read_keys("\303\033[0n", 5, piece), "110019/0 110017/0 ");
	}
}

static void an_endless_sequence_ends(void **state)
{
	char bytes[200];

	(void)state;
	memset(bytes, '1', sizeof(bytes));
	memcpy(bytes, "\033[", 2);
	assert_non_null(strstr(read_keys(bytes, sizeof(bytes), 200), "110019/0 31/0 31/0"));
}

static enum action find(const struct keymap *keymap, enum context context, uint32_t code)
{
	struct key key = {.code = code};

	return keymap_find(keymap, context, &key);
}

static void the_nearest_context_wins(void **state)
{
	auto_of(keymap) struct keymap *keymap = keymap_new();

	(void)state;
	assert_int_equal(find(keymap, CONTEXT_CONTAINERS, '/'), ACTION_FILTER);
	assert_int_equal(find(keymap, CONTEXT_LOGS, '/'), ACTION_SEARCH);
	assert_int_equal(find(keymap, CONTEXT_LOGS, 'j'), ACTION_DOWN);
	assert_int_equal(find(keymap, CONTEXT_LOGS, 's'), ACTION_NONE);
	assert_int_equal(find(keymap, CONTEXT_LOGS, KEY_CONTROL('h')), ACTION_BACK);
}

static void a_key_map_file_changes_keys_and_labels(void **state)
{
	static const char text[] = "# mine\ncontainers.stop = F8 X\n";
	auto_of(keymap) struct keymap *keymap = keymap_new();
	struct err err;

	(void)state;
	assert_int_equal(keymap_parse(keymap, text, sizeof(text) - 1, &err), 0);
	assert_int_equal(find(keymap, CONTEXT_CONTAINERS, 's'), ACTION_NONE);
	assert_int_equal(find(keymap, CONTEXT_CONTAINERS, 'X'), ACTION_STOP);
	assert_string_equal(keymap_label(keymap, ACTION_STOP), "F8");
}

static void a_bad_key_map_file_names_the_line_and_changes_nothing(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"containers.stop = x\ncontainers.sotp = s",
			"key map line 2: no action is called 'containers.sotp'"},
		{"containers.stop s", "key map line 1: '=' expected after the action"},
		{"containers.stop = Hyper",
			"key map line 1: 'Hyper' is not a key, or one too many"},
		{"containers.stop = u", "key map line 1: containers.start and stop share a key"},
	};
	auto_of(keymap) struct keymap *keymap = keymap_new();
	struct err err;

	(void)state;
	for (size_t i = 0; i < array_len(cases); i++) {
		assert_int_equal(
			keymap_parse(keymap, cases[i].text, strlen(cases[i].text), &err), -EINVAL);
		assert_string_equal(err.text, cases[i].says);
		assert_int_equal(find(keymap, CONTEXT_CONTAINERS, 's'), ACTION_STOP);
	}
}

static void a_theme_file_changes_roles_or_names_the_line(void **state)
{
	static const char good[] = "bad = magenta bold underline # loud\n\n ok=default\n";
	struct theme theme = *theme_find("auto");
	struct err err;

	(void)state;
	assert_int_equal(theme_parse(&theme, good, sizeof(good) - 1, &err), 0);
	assert_int_equal(theme.roles[ROLE_BAD].colour, 5);
	assert_int_equal(theme.roles[ROLE_BAD].attrs, STYLE_BOLD | STYLE_UNDERLINE);
	assert_int_equal(theme.roles[ROLE_OK].colour, -1);
	assert_int_equal(theme_parse(&theme, "ok = pink\n", 10, &err), -EINVAL);
	assert_string_equal(err.text, "theme line 1: 'pink' is neither a colour nor an attribute");
	assert_int_equal(theme_parse(&theme, "\nyes = red", 10, &err), -EINVAL);
	assert_string_equal(err.text, "theme line 2: no role is called 'yes'");
}

static void without_colours_the_theme_is_mono(void **state)
{
	(void)state;
	assert_ptr_equal(theme_choose("light", 256, true), theme_find("mono"));
	assert_ptr_equal(theme_choose(NULL, -1, false), theme_find("mono"));
	assert_ptr_equal(theme_choose("light", 8, false), theme_find("light"));
	assert_ptr_equal(theme_choose("nonsense", 8, false), theme_find("auto"));
}

static void type(struct prompt *prompt, uint32_t code)
{
	struct key key = {.code = code};

	prompt_key(prompt, &key);
}

static void a_prompt_edits_whole_characters(void **state)
{
	struct prompt prompt;

	(void)state;
	prompt_set(&prompt, "shop wäb");
	type(&prompt, KEY_LEFT);
	type(&prompt, KEY_BACKSPACE);
	type(&prompt, 'e');
	assert_string_equal(prompt.text, "shop web");
	type(&prompt, KEY_END);
	type(&prompt, KEY_CONTROL('w'));
	assert_string_equal(prompt.text, "shop ");
	for (int i = 0; i < 300; i++)
		type(&prompt, 0x4e16);
	assert_in_range(strlen(prompt.text), 100, sizeof(prompt.text) - 1);
	type(&prompt, KEY_CONTROL('u'));
	assert_string_equal(prompt.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequences_mean_the_same_whole_or_byte_by_byte),
		cmocka_unit_test(a_lone_escape_waits_and_then_stands_for_itself),
		cmocka_unit_test(an_answer_is_heard_whatever_it_breaks_off),
		cmocka_unit_test(an_endless_sequence_ends),
		cmocka_unit_test(the_nearest_context_wins),
		cmocka_unit_test(a_key_map_file_changes_keys_and_labels),
		cmocka_unit_test(a_bad_key_map_file_names_the_line_and_changes_nothing),
		cmocka_unit_test(a_theme_file_changes_roles_or_names_the_line),
		cmocka_unit_test(without_colours_the_theme_is_mono),
		cmocka_unit_test(a_prompt_edits_whole_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
