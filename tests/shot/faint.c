/* faint.c - SGR 2 for an emulator that does not know it.
 *
 * The emulator keeps blink but not faint, and no screen that we photograph blinks: in what the
 * program writes faint becomes blink, and 22, which ends faint, ends both. Sequences may be cut
 * anywhere by a read; one that is longer than any terminal's is passed on as it is. */
#include <stdlib.h>
#include <string.h>

#include "faint.h"

static void put(struct faint *faint, const char *bytes, size_t len)
{
	faint->sink(faint->self, bytes, len);
}

/* 38 and 48 take a colour, whose numbers are not attributes: 38;5;N and 38;2;R;G;B. */
static int numbers_of_colour(const char *after)
{
	return strncmp(after, ";5;", 3) == 0 ? 2 : strncmp(after, ";2;", 3) == 0 ? 4 : 0;
}

static void put_number(struct faint *faint, const char *at, size_t len)
{
	if (len == 1 && *at == '2')
		put(faint, "5", 1);
	else if (len == 2 && memcmp(at, "22", 2) == 0)
		put(faint, "22;25", 5);
	else
		put(faint, at, len);
}

/* What was kept is a whole "ESC [ numbers m". */
static void put_rewritten(struct faint *faint)
{
	const char *at = faint->kept + 2;
	int colours = 0;

	put(faint, faint->kept, 2);
	while (*at != 'm') {
		size_t len = strcspn(at, ";m");

		if (colours > 0)
			put(faint, at, len);
		else
			put_number(faint, at, len);
		if (colours > 0)
			colours--;
		else if (len == 2 && (memcmp(at, "38", 2) == 0 || memcmp(at, "48", 2) == 0))
			colours = numbers_of_colour(at + 2);
		at += len;
		if (*at == ';')
			put(faint, at++, 1);
	}
	put(faint, at, 1);
}

static void keep(struct faint *faint, char byte)
{
	bool number = (byte >= '0' && byte <= '9') || byte == ';';

	faint->kept[faint->len++] = byte;
	faint->kept[faint->len] = '\0';
	if (faint->len == 2 ? byte == '[' : number && faint->len + 1 < sizeof(faint->kept))
		return;
	if (faint->len > 2 && byte == 'm')
		put_rewritten(faint);
	else
		put(faint, faint->kept, faint->len);
	faint->len = 0;
}

void faint_feed(struct faint *faint, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const char *escape;
		size_t plain;

		if (faint->len) {
			keep(faint, bytes[i]);
			continue;
		}
		escape = memchr(bytes + i, '\33', len - i);
		plain = escape ? (size_t)(escape - bytes) - i : len - i;
		if (plain)
			put(faint, bytes + i, plain);
		i += plain;
		if (escape)
			faint->kept[faint->len++] = '\33';
	}
}
