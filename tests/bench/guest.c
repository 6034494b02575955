/* guest.c - what the measured containers run; static, and in the image as /bin/guest.
 *
 *     guest obey                  sleeps until SIGTERM, then ends with 0 at once
 *     guest pour BYTES CHUNK FILE writes BYTES to stdout in writes of CHUNK bytes, each a text that
 *                                 ends a line, then its own time in nanoseconds into FILE
 *     guest stir                  uses the processor and memory, a little and never twice as much,
 *                                 until SIGTERM
 *     guest serve PORT            writes to whoever connects for as long as he reads
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { LINE = 100 };

/* Blocked and waited for: as pid 1, the default action would not end us. */
static sigset_t hold_term(void)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	return term;
}

static int obey(void)
{
	sigset_t term = hold_term();
	int sig;

	return sigwait(&term, &sig);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int stir(void)
{
	enum { MEMORY = 2 << 20, BUSY_NS = 4000000, LEAST_NS = 200000 };
	const struct timespec rest = {.tv_nsec = 500000000};
	sigset_t term = hold_term();
	uint64_t dice = now_ns();

	for (;;) {
		uint64_t until = now_ns() + LEAST_NS + (dice >> 40) % BUSY_NS;
		size_t size = (size_t)((dice >> 20) % MEMORY);
		char *memory = malloc(size + 1);

		if (!memory)
			return 1;
		do
			memset(memory, (int)dice, size);
		while (now_ns() < until);
		dice = dice * 6364136223846793005u + 1442695040888963407u;
		if (sigtimedwait(&term, NULL, &rest) == SIGTERM)
			return 0;
		free(memory);
	}
}

/* Lines of LINE bytes, the last one shorter where CHUNK does not divide. */
static char *text_of(size_t chunk)
{
	char *text = malloc(chunk);

	for (size_t i = 0; text && i < chunk; i++)
		text[i] = (i + 1) % LINE == 0 || i + 1 == chunk ? '\n' : (char)('a' + i % 26);
	return text;
}

static int write_all(const char *text, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(STDOUT_FILENO, text + done, size - done);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int pour(uint64_t bytes, size_t chunk, const char *file)
{
	char *text = text_of(chunk);
	uint64_t began = now_ns();
	int fd;

	if (!text)
		return 1;
	for (uint64_t left = bytes; left > 0;) {
		size_t part = left < chunk ? (size_t)left : chunk;

		if (write_all(text, part) < 0)
			return 1;
		left -= part;
	}
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	return fd < 0 || dprintf(fd, "%llu\n", (unsigned long long)(now_ns() - began)) < 0;
}

static int serve(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	static char block[256 << 10];
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (void *)&at, sizeof(at)) < 0 || listen(listener, 8) < 0)
		return 1;
	for (;;) {
		int client = accept(listener, NULL, NULL);

		if (client < 0)
			return 1;
		while (send(client, block, sizeof(block), MSG_NOSIGNAL) > 0)
			;
		close(client);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "obey") == 0)
		return obey();
	if (argc == 2 && strcmp(argv[1], "stir") == 0)
		return stir();
	if (argc == 5 && strcmp(argv[1], "pour") == 0 && atoll(argv[3]) > 0)
		return pour(strtoull(argv[2], NULL, 10), (size_t)atoll(argv[3]), argv[4]);
	if (argc == 3 && strcmp(argv[1], "serve") == 0 && atoi(argv[2]) > 0)
		return serve((uint16_t)atoi(argv[2]));
	fprintf(stderr,
		"usage: guest obey | guest stir | guest pour BYTES CHUNK FILE | guest serve PORT\n");
	return 125;
}
