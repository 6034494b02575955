/* figure_words.c - how figures call steps and digests. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/figure_parts.h"
#include "util/redact.h"
#include "util/strs.h"

const char *figure_step(const char *created_by, char text[FIGURE_STEP_TEXT])
{
	static const char nop[] = "/bin/sh -c #(nop) ", shell[] = "/bin/sh -c ",
			  run_shell[] = "RUN /bin/sh -c ", by[] = " # buildkit";
	const char *run = "";
	auto_buf shown = BUF_INIT;
	size_t len;

	if (str_has_prefix(created_by, nop)) {
		created_by += sizeof(nop) - 1;
	} else if (str_has_prefix(created_by, shell)) {
		created_by += sizeof(shell) - 1;
		run = "RUN ";
	} else if (str_has_prefix(created_by, run_shell)) {
		created_by += sizeof(run_shell) - 1;
		run = "RUN ";
	}
	created_by += strspn(created_by, " ");
	len = strlen(created_by);
	if (str_has_suffix(created_by, by))
		len -= sizeof(by) - 1;
	snprintf(text, FIGURE_STEP_TEXT, "%s%.*s", run, (int)(len < 110 ? len : 110), created_by);
	for (char *at = text; *at; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
	redact_line(text, &shown);
	snprintf(text, FIGURE_STEP_TEXT, "%s", buf_text(&shown));
	return text;
}

const char *figure_quote(struct buf *into, const char *fmt, ...)
{
	char text[INDEX_PATH_MAX + 1024];
	const char *word = text;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	buf_clear(into);
	redact_join(&word, 1, into);
	return buf_text(into);
}

const char *figure_digest(const char *digest, char text[FIGURE_DIGEST_TEXT])
{
	snprintf(text, FIGURE_DIGEST_TEXT, "%.19s", digest);
	return text;
}

const char *figure_hex(const char *digest)
{
	const char *colon = strchr(digest, ':');

	return colon ? colon + 1 : digest;
}
