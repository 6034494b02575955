/* <<NAME: which words of a line are heredocs, and what their bodies become. */
#include <errno.h>
#include <string.h>

#include "build/ast.h"
#include "build/expand.h"

static size_t count_quotes(const char *word)
{
	size_t quotes = 0;

	for (; *word; word++)
		quotes += *word == '\'' || *word == '"';
	return quotes;
}

/* The word's one part without its quotes (or, raw, with them); -ENOENT when it is several. */
static int one_word(struct piece word, bool raw, struct strs *out, struct err *err)
{
	const struct expander x = {.escape = '\\', .raw_quotes = raw, .keep_unset = true};

	if (expand_words(&x, word, out, err) < 0)
		return err->code;
	return out->len == 1 ? 0 : err_set(err, ENOENT, "no heredoc");
}

/* A name of which any part is quoted wants its body left alone. */
static int read_name(struct piece word, struct arena *arena, struct heredoc *out, struct err *err)
{
	auto_strs bare = STRS_INIT, raw = STRS_INIT;

	if (one_word(word, false, &bare, err) < 0 || one_word(word, true, &raw, err) < 0)
		return err->code;
	out->name = arena_copy(arena, bare.v[0], strlen(bare.v[0]));
	out->expand = count_quotes(bare.v[0]) == count_quotes(raw.v[0]);
	return out->name ? 0 : err_set(err, ENOMEM, "out of memory");
}

int heredoc_word(
	const char *word, size_t len, struct arena *arena, struct heredoc *out, struct err *err)
{
	struct piece rest = {word, len};

	*out = (struct heredoc){.text = ""};
	while (rest.len && rest.at[0] >= '0' && rest.at[0] <= '9')
		rest = piece_skip(rest, 1);
	if (rest.len < 3 || memcmp(rest.at, "<<", 2) != 0)
		return err_set(err, ENOENT, "no heredoc");
	rest = piece_skip(rest, 2);
	if (rest.at[0] == '-') {
		out->chomp = true;
		rest = piece_skip(rest, 1);
	}
	rest = piece_trim_left(rest);
	if (!rest.len || memchr(rest.at, '<', rest.len))
		return err_set(err, ENOENT, "no heredoc");
	return read_name(rest, arena, out, err);
}

const char *heredoc_body(const struct heredoc *heredoc, struct arena *arena, size_t *len)
{
	char *body = arena_copy(arena, heredoc->text, heredoc->len);
	bool begins = true;

	*len = heredoc->len;
	if (!body || !heredoc->chomp)
		return body;
	*len = 0;
	for (size_t i = 0; i < heredoc->len; i++) {
		if (begins && heredoc->text[i] == '\t')
			continue;
		begins = heredoc->text[i] == '\n';
		body[(*len)++] = heredoc->text[i];
	}
	body[*len] = '\0';
	return body;
}
