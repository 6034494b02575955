/* facts.c - what the monitor did of a stop and of a restart, with its clocks, so that it can be
 * shown later as it was: containers/ID/timeline, a line of JSON each (core/fact.h reads them).
 *
 * Lines wait in one page until they are worth a write. A file that is full becomes timeline.1, so
 * that two of them are all there ever is. Nothing here can fail the container. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h> /* renameat(2) is declared there */
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/shim.h"

enum { FILE_MAX = 32 << 10, LINE_ROOM = 400 };

bool facts_are_worth_it(const struct shim *shim)
{
	return shim->records && (!(shim->plan.flags & PLAN_AUTO_REMOVE) || shim->facts.asked);
}

void facts_add(struct shim *shim, uint64_t from_ns, uint64_t to_ns, const char *fmt, ...)
{
	struct facts *facts = &shim->facts;
	char *line;
	size_t len;
	va_list args;

	if (!facts_are_worth_it(shim))
		return;
	if (facts->len + LINE_ROOM > sizeof(facts->text))
		facts_write(shim);
	line = facts->text + facts->len;
	len = launch_say(line, LINE_ROOM, "{\"at\":%U,\"from\":%U,\"to\":%U,",
		(record_now() - (launch_clock() - from_ns)) / 1000, from_ns, to_ns);
	va_start(args, fmt);
	len += launch_vsay(line + len, LINE_ROOM - len - 2, fmt, args);
	va_end(args);
	memcpy(line + len, "}\n", 2);
	facts->len += len + 2;
}

void facts_write(struct shim *shim)
{
	struct facts *facts = &shim->facts;
	int dir = shim->launch.dir[PLAN_OWN], fd;
	struct stat st;

	if (!facts->len)
		return;
	fd = openat(dir, "timeline", O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && write(fd, facts->text, facts->len) == (ssize_t)facts->len &&
		!fstat(fd, &st) && st.st_size > FILE_MAX)
		renameat(dir, "timeline", dir, "timeline.1");
	sys_close(&fd);
	facts->len = 0;
}

/* Between quotes as it is: what JSON or a terminal would take for more becomes a blank or '?'. */
static void tidy(char *text, size_t len)
{
	while (len && !text[len - 1])
		len--;
	text[len] = '\0';
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!c)
			text[i] = ' ';
		else if (c < ' ' || c > '~' || c == '"' || c == '\\')
			text[i] = '?';
	}
}

static void command_of(const struct shim *shim, int pid, char *to, size_t room)
{
	char path[32];
	ssize_t len;
	int fd;

	launch_say(path, sizeof(path), "%d/cmdline", pid);
	fd = openat(shim->launch.proc, path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, to, room - 1);
	sys_close(&fd);
	tidy(to, len > 0 ? (size_t)len : 0);
}

void facts_asked(const struct client *client, const char *verb, int signal, int timeout_ms)
{
	struct shim *shim = client->shim;
	struct ucred who = {.pid = 0};
	socklen_t len = sizeof(who);
	uint64_t now = launch_clock();
	char command[100];

	if (!shim->records || getsockopt(client->watch.fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0)
		return;
	command_of(shim, who.pid, command, sizeof(command));
	shim->facts.asked = true;
	facts_add(shim, now, now,
		"\"fact\":\"asked\",\"verb\":\"%s\",\"signal\":%d,\"wait_ms\":%d,\"pid\":%d,\"uid\":%u,\"by\":\"%s\"",
		verb, signal, timeout_ms, who.pid, who.uid, command);
}

void facts_drop(struct shim *shim)
{
	shim->facts.len = 0;
}
