#include "runtime/launch/passwd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "runtime/launch/say.h"

enum { ID_MAX = 2147483647 };

int passwd_number(const char *text, uint32_t *out)
{
	unsigned long long number = 0;
	int error = launch_number(text, strlen(text), ID_MAX, &number);

	if (!error)
		*out = (uint32_t)number;
	return error;
}

/* Moves what is left to the front and reads more behind it. */
static bool fill(struct passwd_file *file)
{
	ssize_t got;

	memmove(file->text, file->text + file->begin, file->end - file->begin);
	file->end -= file->begin;
	file->begin = 0;
	if (file->end == PASSWD_LINE) {
		file->skip = true;
		file->end = 0;
	}
	if (file->total > PASSWD_SIZE_MAX)
		return false;
	got = read(file->fd, file->text + file->end, PASSWD_LINE - file->end);
	if (got <= 0)
		return false;
	file->end += (size_t)got;
	file->total += (size_t)got;
	return true;
}

/* A line without its end, NUL-terminated; the last may lack its '\n'. */
static char *next_line(struct passwd_file *file)
{
	for (;;) {
		char *line = file->text + file->begin;
		char *end = memchr(line, '\n', file->end - file->begin);
		bool skipped = file->skip;

		if (!end && fill(file))
			continue;
		line = file->text + file->begin;
		if (!end && (file->begin == file->end || file->skip))
			return NULL;
		end = end ? end : file->text + file->end;
		file->begin = (size_t)(end - file->text) + (end < file->text + file->end);
		file->skip = false;
		*end = '\0';
		if (!skipped && !memchr(line, '\0', (size_t)(end - line)))
			return line;
	}
}

/* Cuts the line at its colons. */
static unsigned cut(char *line, char *field[], unsigned max)
{
	unsigned count = 0;

	while (line && count < max) {
		field[count++] = line;
		line = strchr(line, ':');
		if (line)
			*line++ = '\0';
	}
	return count;
}

bool passwd_next_user(struct passwd_file *file, struct passwd_line *out)
{
	char *line, *field[7];

	while ((line = next_line(file)))
		if (cut(line, field, 7) >= 6 && !passwd_number(field[2], &out->uid) &&
			!passwd_number(field[3], &out->gid)) {
			out->name = field[0];
			out->home = field[5];
			return true;
		}
	return false;
}

bool passwd_next_group(struct passwd_file *file, struct passwd_line *out)
{
	char *line, *field[4];

	while ((line = next_line(file))) {
		unsigned count = cut(line, field, 4);

		if (count >= 3 && !passwd_number(field[2], &out->gid)) {
			out->name = field[0];
			out->members = count == 4 ? field[3] : "";
			return true;
		}
	}
	return false;
}

bool passwd_is_member(const char *members, const char *name)
{
	size_t len = strlen(name);

	while (len && *members) {
		size_t here = strcspn(members, ",");

		if (here == len && !memcmp(members, name, len))
			return true;
		members += here + (members[here] == ',');
	}
	return false;
}
