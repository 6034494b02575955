#include "cli/names.h"

#include <string.h>
#include <sys/stat.h>

/* The length of a whole, shortest-form UTF-8 character; 0: there is none. */
static size_t utf8_len(const unsigned char *text, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = text[0] < 0x80   ? 1
		   : text[0] < 0xc2 ? 0
		   : text[0] < 0xe0 ? 2
		   : text[0] < 0xf0 ? 3
				    : 4;
	uint32_t rune = n == 1 ? text[0] : text[0] & (0xffu >> (n + 1));

	if (n == 0 || n > len || text[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		rune = rune << 6 | (text[i] & 0x3f);
	}
	if (rune < least[n] || rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
		return 0;
	/* Neither controls nor what turns the writing direction or hides itself. */
	if (rune < 0x20 || (rune >= 0x7f && rune < 0xa0) || (rune >= 0x200b && rune <= 0x200f) ||
		(rune >= 0x2028 && rune <= 0x202e) || (rune >= 0x2066 && rune <= 0x2069))
		return 0;
	return n;
}

void names_put(struct buf *out, const char *name, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_len((const unsigned char *)name + i, len - i);
		if (name[i] == '\\')
			buf_adds(out, "\\\\");
		else if (n)
			buf_add(out, name + i, n);
		else
			buf_addf(out, "\\x%02x", (unsigned char)name[i]);
		n = n ? n : 1;
	}
}

void names_puts(struct buf *out, const char *name)
{
	names_put(out, name, strlen(name));
}

void names_put_path(struct buf *out, const struct strata *strata, uint32_t spot)
{
	char path[INDEX_PATH_MAX];
	size_t len = strata_path(strata, spot, path);

	buf_addc(out, '/');
	names_put(out, path, len);
}

void names_put_short(struct buf *out, const char *text, size_t columns)
{
	size_t used = 0, len = strlen(text);

	for (size_t i = 0, n; i < len; i += n, used++) {
		bool blank = text[i] == ' ' || text[i] == '\t' || text[i] == '\n';

		n = blank ? strspn(text + i, " \t\n")
			  : utf8_len((const unsigned char *)text + i, len - i);
		if (used + 1 >= columns && i + n < len) {
			buf_adds(out, "…");
			return;
		}
		if (blank)
			buf_addc(out, ' ');
		else if (n)
			buf_add(out, text + i, n);
		else
			buf_addc(out, '?');
		n = n ? n : 1;
	}
}

void names_put_mode(struct buf *out, unsigned mode)
{
	static const char bits[] = "rwxrwxrwx";
	char text[] = "?---------";

	text[0] = S_ISDIR(mode)    ? 'd'
		  : S_ISLNK(mode)  ? 'l'
		  : S_ISCHR(mode)  ? 'c'
		  : S_ISBLK(mode)  ? 'b'
		  : S_ISFIFO(mode) ? 'p'
				   : '-';
	for (int i = 0; i < 9; i++)
		if (mode & (0400u >> i))
			text[i + 1] = bits[i];
	if (mode & S_ISUID)
		text[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		text[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		text[9] = mode & S_IXOTH ? 't' : 'T';
	buf_adds(out, text);
}

const char *names_type(const struct index_entry *entry)
{
	if (entry->flags & INDEX_WHITEOUT)
		return "whiteout";
	switch (entry->mode & S_IFMT) {
	case S_IFDIR:
		return "dir";
	case S_IFLNK:
		return "symlink";
	case S_IFCHR:
		return "char";
	case S_IFBLK:
		return "block";
	case S_IFIFO:
		return "fifo";
	default:
		return entry->flags & INDEX_LINK ? "hardlink" : "file";
	}
}
