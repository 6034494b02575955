/* sheet_words.c - words as a shell is given them: apart, and together again. */
#include <errno.h>

#include "tui/widget/sheet.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Reads one word at `at` into `word`; NULL: a quote is not closed. */
static const char *read_word(const char *at, struct buf *word)
{
	char quote = '\0';

	buf_clear(word);
	for (; *at && (quote || !is_blank(*at)); at++) {
		if (!quote && (*at == '\'' || *at == '"'))
			quote = *at;
		else if (*at == quote)
			quote = '\0';
		else if (*at == '\\' && quote != '\'' && at[1])
			buf_addc(word, *++at);
		else
			buf_addc(word, *at);
	}
	return quote ? NULL : at;
}

int sheet_words(const char *text, struct strs *words)
{
	auto_buf word = BUF_INIT;

	for (;;) {
		while (is_blank(*text))
			text++;
		if (!*text)
			return 0;
		text = read_word(text, &word);
		if (!text)
			return -EINVAL;
		strs_add(words, buf_text(&word));
	}
}

static bool is_plain(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-./:=,@%+#";

	return *word && *word != '#' && word[strspn(word, plain)] == '\0';
}

void sheet_quote(struct buf *line, const char *word)
{
	if (is_plain(word)) {
		buf_adds(line, word);
		return;
	}
	buf_addc(line, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_adds(line, "'\\''");
		else
			buf_addc(line, *word);
	}
	buf_addc(line, '\'');
}
