/* hood_environment.c - what its first process was told by its environment; what is named like a
 * secret is told by its name alone, and no command of it prints more.
 *
 * The process owns that memory and may have written anything there since: it is shown, never
 * trusted. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/hood_parts.h"
#include "util/redact.h"

enum { VARIABLES_MAX = 500, NAME_MAX_BYTES = 100 };

static bool is_name(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("_.-", name[i]))
			return false;
	return len && len < NAME_MAX_BYTES;
}

static void add_variable(struct hooded *h, const char *variable)
{
	auto_buf shown = BUF_INIT;
	size_t len = strcspn(variable, "=");
	char name[NAME_MAX_BYTES];
	bool hidden;

	if (!is_name(variable, len))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)len, variable);
	redact_word(variable, &shown);
	hidden = strcmp(buf_text(&shown), variable) != 0;
	hood_add(
		h, HOOD_ENVIRONMENT, name, "%s", shown.len > len ? buf_text(&shown) + len + 1 : "");
	hood_words(
		h, hidden ? "Named like a secret, or with a password in it: davit shows that it is "
			    "there, and not what it is."
			  : "What its first process was told when it began.");
	hood_proof(h, "/proc/%d/environ", h->pid);
	if (hidden)
		hood_command(h, "tr '\\0' '\\n' < /proc/%d/environ | grep -c '^%s='", h->pid, name);
	else
		hood_command(h, "tr '\\0' '\\n' < /proc/%d/environ | grep '^%s='", h->pid, name);
}

void hood_environment(struct hooded *h)
{
	auto_buf text = BUF_INIT;
	const char *at = hood_read(h, "environ", &text);
	const char *end = at + text.len;

	for (int n = 0; n < VARIABLES_MAX && at && at < end; n++, at += strlen(at) + 1)
		add_variable(h, at);
}
