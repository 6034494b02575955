/* lesson_needs.c - what a lesson needs, and whether this machine has it; what it says to whom. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/groups.h"
#include "core/lesson.h"
#include "core/privilege.h"
#include "util/path.h"

static bool has_program(const char *name)
{
	const char *path = getenv("PATH");
	auto_free char *copy = strdup(path ? path : "/usr/bin:/bin");
	char *rest = copy, *dir;
	char file[4096];

	while ((dir = strsep(&rest, ":"))) {
		snprintf(file, sizeof(file), "%s/%s", dir, name);
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

/* A default route: columns are Iface, Destination, … (proc(5), net/route). */
static bool has_uplink(void)
{
	auto_buf text = BUF_INIT;

	return path_read_at(AT_FDCWD, "/proc/net/route", 1 << 16, &text) == 0 &&
	       strstr(buf_text(&text), "\t00000000\t") != NULL;
}

static bool has(const char *need, char words[LESSON_LACK_SIZE])
{
	if (strcmp(need, "root") == 0) {
		snprintf(words, LESSON_LACK_SIZE, "root's rights: start it with sudo");
		return geteuid() == 0;
	}
	if (strcmp(need, "uplink") == 0) {
		snprintf(words, LESSON_LACK_SIZE, "a way to the Internet, which is not here");
		return has_uplink();
	}
	if (strcmp(need, "limits") == 0) {
		snprintf(words, LESSON_LACK_SIZE,
			"control groups, which ordinary users have not got here: sudo davit has them");
		return groups_are_ours();
	}
	snprintf(words, LESSON_LACK_SIZE, "the program %.60s, which is not installed", need);
	return has_program(need);
}

void lesson_fit_here(struct lesson *lesson)
{
	lesson_fit(lesson, privilege_is_rootless());
}

const char *lesson_lacks(const struct strs *needs, char words[LESSON_LACK_SIZE])
{
	for (size_t i = 0; i < needs->len; i++)
		if (!has(needs->v[i], words))
			return words;
	return NULL;
}
