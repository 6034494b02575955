#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build/ast.h"
#include "build/ops.h"
#include "util/strs.h"

static struct err err;
static struct place place;

static int parse(const char *text, struct ast **out)
{
	struct source source = {"Dockerfile", text, strlen(text)};

	err.text[0] = '\0';
	return ast_parse(&source, out, &place, &err);
}

static struct ast *tree(const char *text)
{
	struct ast *ast = NULL;

	if (parse(text, &ast) < 0)
		fail_msg("%s: %s", text, err.text);
	return ast;
}

/* The dump has a line an instruction; these compare the whole of it. */
static void dumps(const char *text, const char *lines)
{
	auto_of(ast) struct ast *ast = tree(text);
	auto_buf out = BUF_INIT;

	ast_dump(ast, &out);
	assert_string_equal(buf_text(&out), lines);
}

static void is_refused(const char *text, int line, const char *words)
{
	struct ast *ast = NULL;

	if (parse(text, &ast) == 0) {
		ast_free(ast);
		fail_msg("accepted: %s", text);
	}
	assert_string_equal(err.text, words);
	assert_int_equal(place.first, line);
}

static void names_are_lower_case_and_words_stay(void **state)
{
	(void)state;
	dumps("From Debian:12 aS Base\n", "[\"from\",\"Debian:12\",\"aS\",\"Base\"]\n");
	dumps("FROM\tx\v y\r\n", "[\"from\",\"x\",\"y\"]\n");
	dumps("  \t FROM x  \n\n\n", "[\"from\",\"x\"]\n");
	dumps("FROM x\nUSER  a  b \n", "[\"from\",\"x\"]\n[\"user\",\"a  b\"]\n");
	dumps("\xef\xbb\xbf"
	      "FROM x",
		"[\"from\",\"x\"]\n");
}

static void pairs_keep_their_quotes_and_escapes(void **state)
{
	(void)state;
	dumps("ENV a=b", "[\"env\",\"a\",\"b\"]\n");
	dumps("ENV a=\"b c\" d='e f' g=h\\ i j=", "[\"env\",\"a\",\"\\\"b c\\\"\",\"d\",\"'e f'\","
						  "\"g\",\"h\\\\ i\",\"j\",\"\"]\n");
	dumps("ENV name value value2", "[\"env\",\"name\",\"value value2\"]\n");
	dumps("ENV name \t  a  b ", "[\"env\",\"name\",\"a  b\"]\n");
	dumps("ENV a=b\\\" c=d", "[\"env\",\"a\",\"b\\\\\\\"\",\"c\",\"d\"]\n");
	dumps("ENV a='b\\' c=d", "[\"env\",\"a\",\"'b\\\\'\",\"c\",\"d\"]\n");
	dumps("ENV a=b=c", "[\"env\",\"a\",\"b=c\"]\n");
	dumps("LABEL \"a b\"=c", "[\"label\",\"\\\"a b\\\"\",\"c\"]\n");
	dumps("LABEL a b c=d", "[\"label\",\"a\",\"b c=d\"]\n");
	dumps("ENV a=b\\", "[\"env\",\"a\",\"b\"]\n");
	dumps("ENV a=\"b\\", "[\"env\",\"a\",\"\\\"b\"]\n");
	dumps("ENV a=\xc3\xa0\xc3\xb6 b='\xe2\x82\xac'",
		"[\"env\",\"a\",\"\xc3\xa0\xc3\xb6\",\"b\",\"'\xe2\x82\xac'\"]\n");
	is_refused("FROM x\nENV a", 2, "ENV must have two arguments");
	is_refused("LABEL a", 1, "LABEL must have two arguments");
	is_refused("ENV a=b c", 1,
		"Syntax error - can't find = in \"c\". Must be of the form: name=value");
}

static void arg_has_a_word_each(void **state)
{
	(void)state;
	dumps("ARG a b=c \"d e\"=f", "[\"arg\",\"a\",\"b=c\",\"\\\"d e\\\"=f\"]\n");
	dumps("ARG", "[\"arg\"]\n");
}

static void flags_lose_their_quotes(void **state)
{
	(void)state;
	dumps("COPY --from=a x /y", "[\"copy\",{\"flags\":[\"--from=a\"]},\"x\",\"/y\"]\n");
	dumps("COPY --chown=\"a b\":c --link x /y",
		"[\"copy\",{\"flags\":[\"--chown=a b:c\",\"--link\"]},\"x\",\"/y\"]\n");
	dumps("COPY --a=b\\ c x y", "[\"copy\",{\"flags\":[\"--a=b c\"]},\"x\",\"y\"]\n");
	dumps("COPY -- --x /y", "[\"copy\",\"--x\",\"/y\"]\n");
	dumps("COPY --user=me -- foo /tmp/",
		"[\"copy\",{\"flags\":[\"--user=me\"]},\"foo\",\"/tmp/\"]\n");
	dumps("CMD --doit [ \"a\", \"b\" ]", "[\"cmd\",{\"flags\":[\"--doit\"]},\"a\",\"b\"]\n");
	dumps("CMD --doit -- [ ]", "[\"cmd\",{\"flags\":[\"--doit\"]}]\n");
	dumps("RUN --mount=type=bind", "[\"run\",{\"flags\":[\"--mount=type=bind\"]}]\n");
	dumps("RUN -x --y", "[\"run\",\"-x --y\"]\n");
}

static void a_json_array_gives_plain_words(void **state)
{
	(void)state;
	dumps("CMD [\"a b\",\"c\\td\",\"\\u20ac\\ud83d\\ude00\"]",
		"[\"cmd\",\"a b\",\"c\\td\",\"\xe2\x82\xac\xf0\x9f\x98\x80\"]\n");
	dumps("CMD []", "[\"cmd\"]\n");
	dumps("COPY [ \"a b\" , \"/c\" ]", "[\"copy\",\"a b\",\"/c\"]\n");
	dumps("VOLUME [\"/a\"]", "[\"volume\",\"/a\"]\n");
	dumps("SHELL [\"/bin/bash\",\"-c\"]", "[\"shell\",\"/bin/bash\",\"-c\"]\n");
	dumps("HEALTHCHECK --retries=3 CMD [\"a\", \"b\"]",
		"[\"healthcheck\",{\"flags\":[\"--retries=3\"]},\"CMD\",\"a\",\"b\"]\n");
	is_refused("CMD [1]", 1,
		"when using JSON array syntax, arrays must be comprised of strings only");
	is_refused("CMD [\"a\", [\"b\"]]", 1,
		"when using JSON array syntax, arrays must be comprised of strings only");
	is_refused("COPY [null]", 1,
		"when using JSON array syntax, arrays must be comprised of strings only");
	dumps("CMD [\"\\u0000a\", \"\\b\\f\\n\\r\\/\"]",
		"[\"cmd\",\"\\u0000a\",\"\\b\\f\\n\\r/\"]\n");
}

static void what_is_nearly_json_is_a_command(void **state)
{
	(void)state;
	dumps("CMD ['a','b']", "[\"cmd\",\"['a','b']\"]\n");
	dumps("CMD [\"a\"", "[\"cmd\",\"[\\\"a\\\"\"]\n");
	dumps("CMD [\"a\",]", "[\"cmd\",\"[\\\"a\\\",]\"]\n");
	dumps("CMD [\"a\"] b", "[\"cmd\",\"[\\\"a\\\"] b\"]\n");
	dumps("CMD [\"a\\x\"]", "[\"cmd\",\"[\\\"a\\\\x\\\"]\"]\n");
	dumps("CMD [01]", "[\"cmd\",\"[01]\"]\n");
	dumps("RUN [ -f x ] && y", "[\"run\",\"[ -f x ] && y\"]\n");
	dumps("COPY [a b", "[\"copy\",\"[a\",\"b\"]\n");
}

static void a_trigger_nests(void **state)
{
	(void)state;
	dumps("ONBUILD RUN x", "[\"onbuild\",[\"run\",\"x\"]]\n");
	dumps("onbuild copy --from=a x /y",
		"[\"onbuild\",[\"copy\",{\"flags\":[\"--from=a\"]},\"x\",\"/y\"]]\n");
	dumps("ONBUILD CMD [\"a\"]", "[\"onbuild\",[\"cmd\",\"a\"]]\n");
	dumps("ONBUILD", "[\"onbuild\"]\n");
	is_refused(
		"ONBUILD ONBUILD RUN x", 1, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
}

static void a_line_goes_on_after_an_escape(void **state)
{
	(void)state;
	dumps("RUN a \\\n  b", "[\"run\",\"a   b\"]\n");
	dumps("RUN a \\ \t \n\n# comment\n  # comment\nb", "[\"run\",\"a b\"]\n");
	dumps("RUN a \\\\\nUSER b", "[\"run\",\"a \\\\\\\\\"]\n[\"user\",\"b\"]\n");
	dumps("RUN a \\", "[\"run\",\"a\"]\n");
	dumps("RUN a \\\n", "[\"run\",\"a\"]\n");
	dumps("FR\\\nOM x", "[\"from\",\"x\"]\n");
	dumps("# escape=`\nRUN a `\n b\\\nUSER c", "[\"run\",\"a  b\\\\\"]\n[\"user\",\"c\"]\n");
	dumps("RUN a # b\n#c\n", "[\"run\",\"a # b\"]\n");
	dumps("RUN a \\\r\n b\r\n", "[\"run\",\"a  b\"]\n");
}

static void blank_lines_inside_are_noticed(void **state)
{
	auto_of(ast) struct ast *ast = tree("RUN a \\\n\n b\nRUN c \\\n # d\n e\n");

	(void)state;
	assert_true(ast->v[0].empty_continuation);
	assert_false(ast->v[1].empty_continuation);
	assert_int_equal(ast->v[0].place.first, 1);
	assert_int_equal(ast->v[0].place.last, 3);
	assert_int_equal(ast->v[1].place.last, 6);
}

static void directives_come_first_or_not_at_all(void **state)
{
	auto_of(ast) struct ast *all = tree("#syntax = a/b:1\n# Escape=`\n#check=skip=all\nFROM x");
	auto_of(ast) struct ast *late = tree("# note\n# escape=`\nRUN a \\\n b");
	auto_of(ast) struct ast *blank = tree("\n# escape=`\nRUN a \\\n b");
	auto_of(ast) struct ast *shebang = tree("#!/bin/x\n# syntax=a\n# escape=`\nRUN a \\\n b");

	(void)state;
	assert_string_equal(all->syntax, "a/b:1");
	assert_string_equal(all->check, "skip=all");
	assert_int_equal(all->check_line, 3);
	assert_int_equal(all->escape, '`');
	assert_int_equal(late->escape, '\\');
	assert_int_equal(blank->escape, '\\');
	assert_string_equal(shebang->syntax, "a");
	assert_int_equal(shebang->escape, '\\');
	is_refused("# escape=`\n# escape=\\\nFROM x", 2,
		"only one escape parser directive can be used");
	is_refused("# escape=x\nFROM x", 1, "invalid escape token 'x' does not match ` or \\");
}

static void heredoc_is(
	const char *text, const char *name, const char *body, bool expand, bool chomp)
{
	auto_of(ast) struct ast *ast = tree(text);
	const struct heredoc *heredoc = ast->v[0].heredocs;

	assert_int_equal(ast->v[0].heredocs_len, 1);
	assert_string_equal(heredoc->name, name);
	assert_string_equal(heredoc->text, body);
	assert_int_equal(heredoc->expand, expand);
	assert_int_equal(heredoc->chomp, chomp);
}

static void a_heredoc_is_read_to_its_name(void **state)
{
	(void)state;
	heredoc_is("RUN <<EOF\na\n b\nEOF\n", "EOF", "a\n b\n", true, false);
	heredoc_is("RUN <<EOF\nEOF", "EOF", "", true, false);
	heredoc_is("RUN 3<<EOF\nEOF", "EOF", "", true, false);
	heredoc_is("RUN <<-EOF\n\ta\n\tEOF\n", "EOF", "\ta\n", true, true);
	heredoc_is("RUN <<-'EOF'\n\ta $b\nEOF\n", "EOF", "\ta $b\n", false, true);
	heredoc_is("RUN <<eo'f'\nx\neof\n", "eof", "x\n", false, false);
	heredoc_is("RUN <<eo\\'f\nx\neo'f\n", "eo'f", "x\n", true, false);
	heredoc_is("RUN <<'e'o\\'f\nx\neo'f\n", "eo'f", "x\n", false, false);
	heredoc_is("RUN <<'one two'\nx\none two\n", "one two", "x\n", false, false);
	heredoc_is("RUN <<$EOF\n$EOF\n", "$EOF", "", true, false);
	heredoc_is("RUN << EOF > foo\nEOF\n", "EOF", "", true, false);
	heredoc_is("RUN << -EOF\n-EOF\n", "-EOF", "", true, false);
	heredoc_is("RUN <<EOF python3\n# kept\nEOF\n", "EOF", "# kept\n", true, false);
	heredoc_is("RUN --mount=type=cache,target=/x <<EOF\ny \\\n\nEOF\n", "EOF", "y \\\n\n", true,
		false);
	heredoc_is("ONBUILD RUN <<EOF\nx\nEOF\n", "EOF", "x\n", true, false);
	is_refused("FROM x\nRUN <<EOF\nx\n", 2, "unterminated heredoc");
}

static void some_things_only_look_like_heredocs(void **state)
{
	(void)state;
	dumps("RUN \"<<EOF\"\nUSER a", "[\"run\",\"\\\"<<EOF\\\"\"]\n[\"user\",\"a\"]\n");
	dumps("RUN [\"<<EOF\"]\nUSER a", "[\"run\",\"<<EOF\"]\n[\"user\",\"a\"]\n");
	dumps("USER <<EOF\nUSER a", "[\"user\",\"<<EOF\"]\n[\"user\",\"a\"]\n");
	dumps("RUN a <<<b\nUSER a", "[\"run\",\"a <<<b\"]\n[\"user\",\"a\"]\n");
	dumps("RUN a <<\nUSER a", "[\"run\",\"a <<\"]\n[\"user\",\"a\"]\n");
	dumps("RUN a \"b <<c\nUSER a", "[\"run\",\"a \\\"b <<c\"]\n[\"user\",\"a\"]\n");
}

static void heredocs_of_a_line_come_in_its_order(void **state)
{
	auto_of(ast) struct ast *ast = tree("COPY <<X <<Y /dest\nY\nX\nX\nY\nUSER a\n");

	(void)state;
	assert_int_equal(ast->len, 2);
	assert_int_equal(ast->v[0].heredocs_len, 2);
	assert_string_equal(ast->v[0].heredocs[0].text, "Y\n");
	assert_string_equal(ast->v[0].heredocs[1].text, "X\n");
	assert_int_equal(ast->v[0].place.last, 5);
}

static void tabs_leave_a_dashed_heredoc(void **state)
{
	auto_of(ast) struct ast *ast = tree("RUN <<-E\n\t\ta\n\tb\tc\n d\nE\n");
	size_t len;

	(void)state;
	assert_string_equal(heredoc_body(ast->v[0].heredocs, &ast->arena, &len), "a\nb\tc\n d\n");
	assert_int_equal(len, 9);
}

static void comments_above_belong_to_an_instruction(void **state)
{
	auto_of(ast) struct ast *ast = tree("# old\n#\n# base  is x\nFROM x AS base\nRUN a");

	(void)state;
	assert_int_equal(ast->v[0].comments.len, 1);
	assert_string_equal(ast->v[0].comments.v[0], "base  is x");
	assert_int_equal(ast->v[1].comments.len, 0);
}

static void nothing_is_no_dockerfile(void **state)
{
	(void)state;
	is_refused("", 0, "the Dockerfile cannot be empty");
	is_refused("# only\n\n", 0, "file with no instructions");
}

static void a_nul_byte_is_refused_with_its_line(void **state)
{
	struct source source = {"Dockerfile", "FROM x\nRUN a\0b\n", 15};
	struct ast *ast = NULL;

	(void)state;
	assert_int_equal(ast_parse(&source, &ast, &place, &err), -EINVAL);
	assert_string_equal(err.text, "line 2 has a NUL byte: a Dockerfile is text");
}

static void an_unknown_instruction_names_a_near_one(void **state)
{
	const char *text = "FROM x\n  RNU make\n";
	struct build_file file = {"Dockerfile", text, strlen(text)};
	auto_buf out = BUF_INIT, excerpt = BUF_INIT;

	(void)state;
	assert_int_equal(davit_build_ops()->dump(&file, &out, &excerpt, &err), -EINVAL);
	assert_string_equal(err.text,
		"dockerfile parse error on line 2: unknown instruction: RNU (did you mean RUN?)");
	assert_string_equal(buf_text(&excerpt), "Dockerfile:2\n"
						"--------------------\n"
						"   1 |     FROM x\n"
						"   2 | >>>   RNU make\n"
						"     |       ^^^\n"
						"   3 |     \n"
						"--------------------\n");
}

static void guesses(const char *word, const char *words)
{
	auto_of(ast) struct ast *ast = tree(word);

	ast_unknown(&ast->v[0], &err);
	assert_string_equal(err.text, words);
}

static void a_guess_keeps_the_case_of_what_was_typed(void **state)
{
	(void)state;
	guesses("form x", "unknown instruction: form (did you mean from?)");
	guesses("COPPY x", "unknown instruction: COPPY (did you mean COPY?)");
	guesses("WORKDRI x", "unknown instruction: WORKDRI (did you mean WORKDIR?)");
	guesses("FOOBAR x", "unknown instruction: FOOBAR");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_lower_case_and_words_stay),
		cmocka_unit_test(pairs_keep_their_quotes_and_escapes),
		cmocka_unit_test(arg_has_a_word_each),
		cmocka_unit_test(flags_lose_their_quotes),
		cmocka_unit_test(a_json_array_gives_plain_words),
		cmocka_unit_test(what_is_nearly_json_is_a_command),
		cmocka_unit_test(a_trigger_nests),
		cmocka_unit_test(a_line_goes_on_after_an_escape),
		cmocka_unit_test(blank_lines_inside_are_noticed),
		cmocka_unit_test(directives_come_first_or_not_at_all),
		cmocka_unit_test(a_heredoc_is_read_to_its_name),
		cmocka_unit_test(some_things_only_look_like_heredocs),
		cmocka_unit_test(heredocs_of_a_line_come_in_its_order),
		cmocka_unit_test(tabs_leave_a_dashed_heredoc),
		cmocka_unit_test(comments_above_belong_to_an_instruction),
		cmocka_unit_test(nothing_is_no_dockerfile),
		cmocka_unit_test(a_nul_byte_is_refused_with_its_line),
		cmocka_unit_test(an_unknown_instruction_names_a_near_one),
		cmocka_unit_test(a_guess_keeps_the_case_of_what_was_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
