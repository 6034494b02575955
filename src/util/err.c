#include "util/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *err_name(int code)
{
#ifdef __GLIBC__
	const char *words = strerrordesc_np(abs(code));
#else /* strerror of others is as safe */
	const char *words = strerror(abs(code));
#endif

	return words ? words : "unknown error";
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	code = -abs(code);
	if (!err)
		return code;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

int err_sys(struct err *err, const char *fmt, ...)
{
	int code = -errno;
	size_t len;
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", err_name(code));
	return code;
}

int err_in(struct err *err, const char *doing, ...)
{
	char inner[sizeof(err->text)];
	size_t len;
	va_list ap;

	if (!err)
		return -EIO;
	memcpy(inner, err->text, sizeof(inner));
	va_start(ap, doing);
	vsnprintf(err->text, sizeof(err->text), doing, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %.*s", (int)sizeof(inner) - 1, inner);
	return err->code;
}

int err_forgive(struct err *err)
{
	if (err)
		err->code = 0;
	return 0;
}
