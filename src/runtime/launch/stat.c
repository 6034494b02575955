#include "runtime/launch_stat.h"

#include <stdbool.h>
#include <string.h>

#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"

enum { STATE = 3, PARENT = 4, START = 22 /* proc(5) counts from 1 */ };

static bool number(const char *at, unsigned long long *out)
{
	return launch_number(at, strcspn(at, " \n"), UINT64_MAX, out) == 0;
}

int launch_stat_parse(const char *text, struct launch_stat *out)
{
	unsigned long long parent = 0, start = 0;
	/* The second field is a name in parentheses that can hold anything; what follows cannot. */
	const char *at = strrchr(text, ')');

	if (!at || at[1] != ' ' || !at[2])
		return -EBADMSG;
	out->state = at[2];
	for (int field = STATE - 1; field < START; field++) {
		at = strchr(at + (field >= STATE), ' ');
		if (!at || (field + 1 == PARENT && !number(at + 1, &parent)))
			return -EBADMSG;
	}
	if (!number(at + 1, &start) || parent > INT32_MAX)
		return -EBADMSG;
	out->parent = (int32_t)parent;
	out->start = start;
	return 0;
}

int launch_stat(int proc, int pid, struct launch_stat *out)
{
	char path[32], text[640]; /* fifty numbers at most: what is cut off is not asked for */
	ssize_t len;
	int fd;

	launch_say(path, sizeof(path), proc < 0 ? "/proc/%d/stat" : "%d/stat", pid);
	fd = sys_open(proc < 0 ? AT_FDCWD : proc, path, O_RDONLY);
	if (fd < 0)
		return -ESRCH;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return -ESRCH;
	text[len] = '\0';
	return launch_stat_parse(text, out);
}
