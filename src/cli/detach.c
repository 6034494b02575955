#include "cli/detach.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const char default_keys[] = "ctrl-p,ctrl-q";

/* "ctrl-x" as the byte a terminal sends; 0 for what has none but "ctrl-@". */
static bool control(const char *key, size_t len, char *out)
{
	int letter = len == 6 ? tolower((unsigned char)key[5]) : -1;

	if (strncmp(key, "ctrl-", 5) != 0 || letter < 0)
		return false;
	if (letter >= 'a' && letter <= 'z')
		*out = (char)(letter - 'a' + 1);
	else if (letter == '@')
		*out = 0;
	else if (letter >= '[' && letter <= '_')
		*out = (char)(letter - '[' + 27);
	else
		return false;
	return true;
}

int detach_init(struct detach *detach, const char *text, struct err *err)
{
	const char *all = text ? text : default_keys, *at = all;

	*detach = (struct detach){.len = 0};
	while (*at) {
		/* A comma may itself be a key: "ctrl-,". */
		size_t len = strcspn(at, ",");
		char key;

		if (len == 1)
			key = *at;
		else if (!control(at, len, &key))
			return err_set(err, EINVAL,
				"invalid detach keys (%s): Unknown character: '%.*s'", all,
				(int)len, at);
		if (detach->len == DETACH_KEYS_MAX)
			return err_set(err, EINVAL, "invalid detach keys (%s): too many", all);
		detach->keys[detach->len++] = key;
		at += len;
		if (*at == ',' && !*++at)
			return err_set(err, EINVAL,
				"invalid detach keys (%s): Unknown character: ''", all);
	}
	return 0;
}

/* How much of the sequence still matches once it was matched up to `matched` and failed with c:
 * what was held back may end with a beginning of the sequence. */
static size_t shorter(const struct detach *detach, size_t matched, char c)
{
	while (matched > 0) {
		size_t candidate = matched - 1;

		while (candidate > 0 &&
			memcmp(detach->keys, detach->keys + matched - candidate, candidate) != 0)
			candidate--;
		if (detach->keys[candidate] == c &&
			memcmp(detach->keys, detach->keys + matched - candidate, candidate) == 0)
			return candidate + 1;
		matched = candidate;
	}
	return 0;
}

static void step(struct detach *detach, char c, struct buf *out)
{
	size_t left;

	if (c == detach->keys[detach->matched]) {
		detach->matched++;
		return;
	}
	left = shorter(detach, detach->matched, c);
	/* Held back: the first `matched` keys. With c they are one more, of which the last `left`
	 * stay held. */
	if (left) {
		buf_add(out, detach->keys, detach->matched + 1 - left);
	} else {
		buf_add(out, detach->keys, detach->matched);
		buf_addc(out, c);
	}
	detach->matched = left;
}

bool detach_feed(struct detach *detach, const char *data, size_t len, size_t *used, struct buf *out)
{
	if (!detach->len) {
		buf_add(out, data, len);
		*used = len;
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		step(detach, data[i], out);
		if (detach->matched < detach->len)
			continue;
		detach->matched = 0;
		*used = i + 1;
		return true;
	}
	*used = len;
	return false;
}
