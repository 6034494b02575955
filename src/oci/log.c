/* Errors on stderr, and in the caller's log as runc writes them: containerd and podman read there
 * what to tell their user. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "oci/oci.h"
#include "util/buf.h"
#include "util/json_text.h"
#include "util/own.h"

static void add_line(struct buf *out, bool json, const char *level, const char *text)
{
	time_t now = time(NULL);
	struct tm parts;
	char when[40] = "";

	if (gmtime_r(&now, &parts))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &parts);
	buf_addf(out,
		json ? "{\"level\":\"%s\",\"msg\":" : "time=\"%s\" level=", json ? level : when);
	if (!json)
		buf_addf(out, "%s msg=", level);
	json_put_text(out, text);
	if (json)
		buf_addf(out, ",\"time\":\"%s\"}", when);
	buf_addc(out, '\n');
}

static void append(const char *path, const struct buf *line)
{
	auto_close int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);

	if (fd >= 0 && write(fd, line->data, line->len) < 0)
		return;
}

/* What a bundle says may end on a terminal: one line, and nothing that moves its cursor. */
static void clean(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
	}
}

static void tell(const struct oci *oci, const char *level, const char *said)
{
	auto_buf line = BUF_INIT;
	char text[600];

	snprintf(text, sizeof(text), "%s", said);
	clean(text);

	if (oci->log) {
		add_line(&line, oci->log_json, level, text);
		if (!buf_failed(&line))
			append(oci->log, &line);
	}
	fprintf(stderr, "davit-runtime: %s\n", text);
}

int oci_fail(const struct oci *oci, const struct err *err, int status)
{
	tell(oci, "error", err->text[0] ? err->text : "it failed, and nobody said why");
	return status;
}

void oci_warn(const struct oci *oci, const char *fmt, ...)
{
	char text[500];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	tell(oci, "warning", text);
}
