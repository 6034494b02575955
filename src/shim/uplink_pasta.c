/* uplink_pasta.c - pasta, which leads out of the user's namespace without any rights: it reads the
 * packets from a link of its own in there, and speaks for them with ordinary sockets out here.
 *
 *      OFF ── asked ──▶ STARTING ── default route ──▶ UP
 *       ▲                  │ time is up, it ended      │ it ended
 *       └── asked ◀── FAILED ◀─────────────────────────┤ within a second
 *                          STARTING ◀──────────────────┘ later
 *
 * It is told to copy nothing from the host (`-i lo`, addresses and MAC of our own), so that it
 * starts on a host without any uplink, and goes on when the host's changes. It leads nowhere but
 * out: no ports in, none to the host's loopback. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/launch/launch.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"
#include "shim/uplink.h"

#define SECOND_NS 1000000000ull

static void start(struct uplink *uplink);

static void fail(struct uplink *uplink, const char *why)
{
	struct pasta *pasta = &uplink->pasta;
	char text[256];

	pasta->state = UPLINK_FAILED;
	timer_stop(&uplink->loop, &pasta->limit);
	launch_say(text, sizeof(text), "pasta, which leads out of a rootless network: %s", why);
	ties_hear(uplink, -ENETDOWN, text);
}

/* ---- what it says ---- */

/* The last line that is not about its own log, without the time before it. */
static void keep_words(struct pasta *pasta, char *text)
{
	for (char *line = text, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line += strspn(line, "0123456789.: ");
		if (*line && strncmp(line, "Failed to send", 14) != 0)
			launch_say(pasta->why, sizeof(pasta->why), "%s", line);
	}
}

static void read_words(struct pasta *pasta)
{
	char text[1024];
	ssize_t len;

	while ((len = read(pasta->words.fd, text, sizeof(text) - 1)) > 0) {
		text[len] = '\0';
		keep_words(pasta, text);
	}
}

static void on_words(struct watch *watch, uint32_t events)
{
	struct pasta *pasta = container_of(watch, struct pasta, words);
	struct uplink *uplink = container_of(pasta, struct uplink, pasta);

	read_words(pasta);
	if (events & EPOLLHUP)
		watch_close(&uplink->loop, watch);
}

/* ---- a start ---- */

/* Which link of the host leads to IPv6's world; pasta serves that family through one that does and
 * not else. "lo": none. */
static void find_interface(char out[16])
{
	char text[4096], *line, *next;
	int fd = sys_open(AT_FDCWD, "/proc/net/ipv6_route", O_RDONLY);
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	sys_close(&fd);
	launch_say(out, 16, "lo");
	text[len > 0 ? len : 0] = '\0';
	for (line = text; (next = strchr(line, '\n')); line = next + 1) {
		char *name = next;

		*next = '\0';
		while (name > line && name[-1] != ' ')
			name--;
		if (!strncmp(line, "00000000000000000000000000000000 00 ", 36) &&
			strcmp(name, "lo"))
			launch_say(out, 16, "%s", name);
	}
}

static _Noreturn void become_pasta(const struct pasta *pasta, int words, int parent)
{
	char interface[16];
	char *const argv[] = {(char *)"pasta", (char *)"-f", (char *)"-e", (char *)"-q",
		(char *)"--config-net", (char *)"-i", interface, (char *)"-I", (char *)UPLINK_LINK,
		(char *)"-M", (char *)"02:42:64:61:76:69", (char *)"-a", (char *)UPLINK_ADDRESS4,
		(char *)"-n", (char *)UPLINK_PREFIX4, (char *)"-g", (char *)UPLINK_GATEWAY4,
		(char *)"-a", (char *)UPLINK_ADDRESS6, (char *)"-g", (char *)UPLINK_GATEWAY6,
		(char *)"-t", (char *)"none", (char *)"-u", (char *)"none", (char *)"-T",
		(char *)"none", (char *)"-U", (char *)"none", (char *)"-D", (char *)"none",
		(char *)"--no-map-gw", (char *)"--no-dhcp", (char *)"--no-dhcpv6",
		(char *)"--no-ra", (char *)"--no-netns-quit", (char *)"--netns",
		(char *)"./" UPLINK_SPACE, NULL};
	char *const envp[] = {NULL};
	int null = sys_open(AT_FDCWD, "/dev/null", O_RDWR);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(127);
	find_interface(interface);
	dup2(null, 0);
	dup2(null, 1);
	dup2(words, 2);
	sys_close_range(3, ~0u);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(pasta->path, argv, envp);
	_exit(127);
}

static void on_limit(struct timer *timer)
{
	struct pasta *pasta = container_of(timer, struct pasta, limit);
	struct uplink *uplink = container_of(pasta, struct uplink, pasta);

	if (pasta->pid > 0) {
		sys_pidfd_signal(pasta->pidfd, SIGKILL);
		fail(uplink, "it was not ready within five seconds");
	} else
		start(uplink);
}

static void start(struct uplink *uplink)
{
	struct pasta *pasta = &uplink->pasta;
	struct sys_clone args = {.flags = SYS_CLONE_PIDFD,
		.pidfd = (uintptr_t)&pasta->pidfd,
		.exit_signal = SIGCHLD};
	int words[2], parent = getpid();
	long pid;

	pasta->why[0] = '\0';
	if (pipe2(words, O_CLOEXEC | O_NONBLOCK) < 0) {
		fail(uplink, "too many open files");
		return;
	}
	watch_close(&uplink->loop, &pasta->words);
	pid = sys_result(syscall(SYS_clone3, &args, sizeof(args)));
	if (!pid)
		become_pasta(pasta, words[1], parent);
	close(words[1]);
	watch_open(&uplink->loop, &pasta->words, words[0], EPOLLIN, on_words);
	pasta->pid = pid < 0 ? 0 : (int)pid;
	if (pid < 0) {
		fail(uplink, "no process can be started");
		return;
	}
	pasta->starts++;
	pasta->started_ns = launch_clock();
	pasta->state = UPLINK_STARTING;
	timer_start(&uplink->loop, &pasta->limit, UPLINK_START_MS, on_limit);
}

void pasta_want(struct uplink *uplink, const char *path)
{
	struct pasta *pasta = &uplink->pasta;

	if (pasta->state == UPLINK_UP)
		ties_hear(uplink, 0, "");
	if (pasta->state == UPLINK_UP || pasta->state == UPLINK_STARTING || pasta->pid > 0)
		return;
	launch_say(pasta->path, sizeof(pasta->path), "%s", path);
	start(uplink);
}

void pasta_route_seen(struct uplink *uplink)
{
	struct pasta *pasta = &uplink->pasta;

	if (pasta->state != UPLINK_STARTING || pasta->pid <= 0)
		return;
	pasta->state = UPLINK_UP;
	timer_stop(&uplink->loop, &pasta->limit);
	ties_hear(uplink, 0, "");
}

/* ---- an end ---- */

static void say_end(struct pasta *pasta, int status)
{
	if (pasta->why[0])
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		launch_say(pasta->why, sizeof(pasta->why), "%s cannot be executed", pasta->path);
	else if (WIFEXITED(status))
		launch_say(pasta->why, sizeof(pasta->why), "it ended with status %d",
			WEXITSTATUS(status));
	else
		launch_say(pasta->why, sizeof(pasta->why), "it was killed by signal %d",
			WTERMSIG(status));
}

/* One that was at work comes back at once; one that never got there, when it is asked for. */
void pasta_reaped(struct uplink *uplink, int status)
{
	struct pasta *pasta = &uplink->pasta;
	bool was_up = pasta->state == UPLINK_UP;

	pasta->pid = 0;
	sys_close(&pasta->pidfd);
	if (pasta->words.fd >= 0)
		read_words(pasta);
	say_end(pasta, status);
	if (!was_up) {
		fail(uplink, pasta->why); /* also to who asked while it was dying */
		return;
	}
	if (launch_clock() - pasta->started_ns > SECOND_NS)
		start(uplink);
	else {
		pasta->state = UPLINK_STARTING;
		timer_start(&uplink->loop, &pasta->limit, 1000, on_limit);
	}
}

void pasta_end(struct uplink *uplink)
{
	if (uplink->pasta.pid <= 0)
		return;
	sys_pidfd_signal(uplink->pasta.pidfd, SIGKILL);
	waitpid(uplink->pasta.pid, NULL, 0);
}
