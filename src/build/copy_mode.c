/* copy_mode.c - --chmod: "755", or "u=rwX,go-w" as chmod(1) has it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "build/copy.h"

enum { CLAUSES_MAX = 32 };

struct clause {
	mode_t who;    /* the bits it may touch */
	char action;   /* = + - */
	mode_t bits;   /* of r, w, x, s and t, for everyone */
	bool x_if_any; /* X: only directories, and what somebody may execute */
};

struct copy_mode {
	bool octal;
	mode_t mode;
	struct clause v[CLAUSES_MAX];
	size_t n;
};

static int wrong(const char *text, struct err *err)
{
	return err_set(err, EINVAL,
		"invalid chmod parameter: '%.100s'. it should be octal string and between 0 and 07777",
		text);
}

static const char *read_who(const char *at, mode_t *who)
{
	*who = 0;
	for (; *at && strchr("ugoa", *at); at++)
		*who |= *at == 'u'   ? S_IRWXU | S_ISUID
			: *at == 'g' ? S_IRWXG | S_ISGID
			: *at == 'o' ? S_IRWXO | S_ISVTX
				     : 07777;
	if (!*who)
		*who = 07777;
	return at;
}

static const char *read_bits(const char *at, struct clause *clause)
{
	for (; *at && strchr("rwxXst", *at); at++)
		switch (*at) {
		case 'r':
			clause->bits |= 0444;
			break;
		case 'w':
			clause->bits |= 0222;
			break;
		case 'x':
			clause->bits |= 0111;
			break;
		case 's':
			clause->bits |= S_ISUID | S_ISGID;
			break;
		case 't':
			clause->bits |= S_ISVTX;
			break;
		default:
			clause->x_if_any = true;
		}
	return at;
}

static int read_clauses(const char *text, struct copy_mode *mode, struct err *err)
{
	const char *at = text;

	for (;;) {
		mode_t who;

		at = read_who(at, &who);
		if (!*at || !strchr("=+-", *at))
			return wrong(text, err);
		while (*at && strchr("=+-", *at)) {
			struct clause *clause = &mode->v[mode->n];

			if (mode->n++ == CLAUSES_MAX)
				return wrong(text, err);
			*clause = (struct clause){.who = who, .action = *at};
			at = read_bits(at + 1, clause);
		}
		if (!*at)
			return 0;
		if (*at++ != ',')
			return wrong(text, err);
	}
}

int copy_mode_parse(const char *text, struct copy_mode **out, struct err *err)
{
	auto_of(copy_mode) struct copy_mode *mode = calloc(1, sizeof(*mode));

	if (!mode)
		return err_set(err, ENOMEM, "chmod: out of memory");
	if (*text && strspn(text, "01234567") == strlen(text)) {
		unsigned long value = strlen(text) > 10 ? ~0ul : strtoul(text, NULL, 8);

		if (value > 07777)
			return wrong(text, err);
		mode->octal = true;
		mode->mode = (mode_t)value;
	} else if (read_clauses(text, mode, err) < 0) {
		return err->code;
	}
	*out = take(mode);
	return 0;
}

void copy_mode_free(struct copy_mode *mode)
{
	free(mode);
}

mode_t copy_mode_apply(const struct copy_mode *mode, mode_t before)
{
	mode_t now = before & 07777;

	if (mode->octal)
		return mode->mode;
	for (size_t i = 0; i < mode->n; i++) {
		const struct clause *clause = &mode->v[i];
		mode_t bits = clause->bits;

		if (clause->x_if_any && (S_ISDIR(before) || now & 0111))
			bits |= 0111;
		bits &= clause->who;
		if (clause->action == '+')
			now |= bits;
		else if (clause->action == '-')
			now &= ~bits;
		else
			now = (now & ~(clause->who & (bits & 07000 ? 07777 : 0777))) | bits;
	}
	return now;
}
