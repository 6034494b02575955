#include "runtime/launch/say.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct page {
	char *to;
	size_t room, len;
};

static void put(struct page *page, char c)
{
	if (page->len + 1 < page->room)
		page->to[page->len++] = c;
}

static void put_text(struct page *page, const char *text)
{
	while (*text)
		put(page, *text++);
}

static void put_number(struct page *page, uint64_t number, unsigned width)
{
	char digits[20];
	unsigned len = 0;

	do
		digits[len++] = (char)('0' + number % 10);
	while ((number /= 10) || len < width);
	while (len)
		put(page, digits[--len]);
}

static void put_signed(struct page *page, int32_t number)
{
	if (number < 0)
		put(page, '-');
	put_number(page, number < 0 ? -(int64_t)number : number, 0);
}

static void put_errno(struct page *page, int code)
{
	const char *words = strerror(code < 0 ? -code : code);
	bool acronym = words[0] && words[1] >= 'A' && words[1] <= 'Z';

	put(page, words[0] >= 'A' && words[0] <= 'Z' && !acronym ? (char)(words[0] | 0x20)
								 : words[0]);
	put_text(page, words[0] ? words + 1 : "");
}

size_t launch_vsay(char *to, size_t room, const char *fmt, va_list args)
{
	struct page page = {to, room, 0};

	for (; *fmt; fmt++) {
		unsigned width = 0;

		if (*fmt != '%' || !fmt[1]) {
			put(&page, *fmt);
			continue;
		}
		for (fmt++; *fmt >= '0' && *fmt <= '9' && fmt[1]; fmt++)
			width = (width * 10 + (unsigned)(*fmt - '0')) % 16;
		switch (*fmt) {
		case 's':
			put_text(&page, va_arg(args, const char *));
			break;
		case 'c':
			put(&page, (char)va_arg(args, int));
			break;
		case 'd':
			put_signed(&page, va_arg(args, int32_t));
			break;
		case 'u':
			put_number(&page, va_arg(args, uint32_t), width);
			break;
		case 'U':
			put_number(&page, va_arg(args, uint64_t), width);
			break;
		case 'e':
			put_errno(&page, va_arg(args, int));
			break;
		default:
			put(&page, *fmt);
		}
	}
	if (room)
		to[page.len] = '\0';
	return page.len;
}

size_t launch_say(char *to, size_t room, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = launch_vsay(to, room, fmt, args);
	va_end(args);
	return len;
}

int launch_number(const char *text, size_t len, unsigned long long max, unsigned long long *out)
{
	unsigned long long value = 0;

	if (!len)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)(text[i] - '0');

		if (digit > 9)
			return -EINVAL;
		if (value > max / 10 || value * 10 > max - digit) {
			/* Still tell a number that is too big from what is no number at all. */
			value = max;
			for (; i < len; i++)
				if (text[i] < '0' || text[i] > '9')
					return -EINVAL;
			return -ERANGE;
		}
		value = value * 10 + digit;
	}
	*out = value;
	return 0;
}
