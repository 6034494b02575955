#include "core/image/base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_put(struct buf *out, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i += 3) {
		unsigned bits = 0, have = len - i < 3 ? (unsigned)(len - i) : 3;

		for (unsigned j = 0; j < 3; j++)
			bits = bits << 8 | (j < have ? bytes[i + j] : 0);
		for (unsigned j = 0; j < 4; j++)
			buf_addc(out, j <= have ? digits[bits >> (18 - 6 * j) & 63] : '=');
	}
}

static int base64_value(char c)
{
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

bool base64_decode(const char *text, struct buf *out)
{
	unsigned bits = 0, have = 0;

	for (; *text && *text != '='; text++) {
		int value = base64_value(*text);

		if (value < 0)
			return false;
		bits = bits << 6 | (unsigned)value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_addc(out, (char)(bits >> have));
		}
	}
	return text[strspn(text, "=")] == '\0' && !buf_failed(out);
}
