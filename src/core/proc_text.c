#include "core/proc_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The command may hold anything, parentheses and spaces too: it ends at the last one. */
int proc_parse_stat(const char *text, struct proc_stat *out)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned long long user, system, start, virtual;
	long long resident;
	int tty;

	*out = (struct proc_stat){0};
	if (!open || !close || close < open)
		return -EBADMSG;
	snprintf(out->comm, sizeof(out->comm), "%.*s", (int)(close - open - 1), open + 1);
	if (sscanf(close + 1,
		    " %c %d %*d %*d %d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %u %*d %llu "
		    "%llu %lld",
		    &out->state, &out->ppid, &tty, &user, &system, &out->threads, &start, &virtual,
		    &resident) != 9)
		return -EBADMSG;
	out->tty = (unsigned)tty;
	out->cpu_ticks = user + system;
	out->start_ticks = start;
	out->virtual = virtual;
	out->resident = resident > 0 ? (uint64_t)resident : 0;
	return 0;
}

/* What follows "\nkey:"; the name in the first line has its newlines escaped by the kernel. */
static const char *value_of(const char *text, const char *key)
{
	char wanted[16];
	const char *found;

	snprintf(wanted, sizeof(wanted), "\n%s:", key);
	found = strstr(text, wanted);
	return found ? found + strlen(wanted) : NULL;
}

int proc_parse_status(const char *text, struct proc_status *out)
{
	const char *uid = value_of(text, "Uid"), *pids = value_of(text, "NSpid");
	unsigned effective;
	int len;

	*out = (struct proc_status){0};
	if (!uid || !pids || sscanf(uid, "%*u %u", &effective) != 1)
		return -EBADMSG;
	out->uid = effective;
	while (out->depth < PROC_DEPTH_MAX && *pids != '\n' &&
		sscanf(pids, "%*[\t ]%d%n", &out->pids[out->depth], &len) == 1) {
		pids += len;
		out->depth++;
	}
	return out->depth ? 0 : -EBADMSG;
}

/* Bytes of the character at text that a terminal only shows; 0: it is none. C1 controls (U+0080 to
 * U+009F) are none, and neither are the longer forms that hide another character. */
static size_t shown(const unsigned char *text, size_t len)
{
	static const unsigned char least[] = {0, 0, 0xc2, 0xe0, 0xf0};
	size_t size = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;

	if (size == 1)
		return text[0] >= 0x20 && text[0] != 0x7f;
	if (text[0] < least[size] || text[0] > 0xf4 || size > len)
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	if (text[0] == 0xc2 && text[1] < 0xa0)
		return 0;
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90))
		return 0;
	return size;
}

static void put_shown(const char *text, size_t len, char *out, size_t room)
{
	size_t used = 0;

	for (size_t i = 0; i < len;) {
		size_t size = shown((const unsigned char *)text + i, len - i);
		size_t step = size ? size : 1;

		if (used + step >= room)
			break;
		if (size)
			memcpy(out + used, text + i, size);
		else
			out[used] = text[i] ? '?' : ' ';
		used += step;
		i += step;
	}
	out[used] = '\0';
}

void proc_command(const char *cmdline, size_t len, const char *comm, char *out, size_t room)
{
	char name[sizeof(((struct proc_stat *)NULL)->comm) + 2];

	while (len && !cmdline[len - 1])
		len--;
	if (len) {
		put_shown(cmdline, len, out, room);
		return;
	}
	snprintf(name, sizeof(name), "[%s]", comm);
	put_shown(name, strlen(name), out, room);
}
