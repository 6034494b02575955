/* passwd.h - /etc/passwd and /etc/group as text of unknown origin: no NSS, no allocation.
 *
 * The rules are moby/sys/user's: the first line whose name is the text, or whose number is when the
 * text is one, decides; a number without a line is used as it is; a number over 2147483647 is
 * refused (CVE-2024-40635), and so is everything that only begins with digits (CVE-2026-30892). */
#ifndef LAUNCH_PASSWD_H
#define LAUNCH_PASSWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PASSWD_LINE = 1024, PASSWD_SIZE_MAX = 1 << 20, PASSWD_GROUPS_MAX = 256 };

struct passwd_line {
	const char *name, *home, *members; /* members: of a group, comma-separated */
	uint32_t uid, gid;
};

/* A file being read line by line; lines longer than PASSWD_LINE are skipped whole. */
struct passwd_file {
	int fd;
	size_t begin, end, total;
	bool skip;
	char text[PASSWD_LINE + 1];
};

/* The next good line as "name:x:uid:gid:gecos:home:shell". It lives until the next call. */
bool passwd_next_user(struct passwd_file *file, struct passwd_line *out);
/* The next good line as "name:x:gid:member,member". */
bool passwd_next_group(struct passwd_file *file, struct passwd_line *out);
bool passwd_is_member(const char *members, const char *name);
/* Digits only: 0, -EINVAL (no number) or -ERANGE. */
int passwd_number(const char *text, uint32_t *out);

#endif
