/* uplink.c - the machine's side of --uplink: a veth, a masquerade, and forwarding.
 *
 * The veth goes with the sandbox's network namespace. The masquerade and forwarding on the
 * machine's own interface are shared: under a lock, the first in writes down what it found and the
 * last one out, who sees no living sandbox's veth any more, puts it back.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"

#define LOCK  "/run/davit-sandbox.uplink"
#define VETH  "dsb"
#define TABLE "davit_sandbox"

/* Four addresses of 198.18.0.0/15, which RFC 2544 keeps for tests. */
static const char *address(pid_t id, int host, char out[32])
{
	unsigned n = (unsigned)id % 32768 * 4 + (unsigned)host;

	snprintf(out, 32, "198.%u.%u.%u", 18 + (n >> 16), n >> 8 & 255, n & 255);
	return out;
}

static void default_interface(char out[32])
{
	FILE *file = fopen("/proc/net/route", "re");
	char line[256], destination[16];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%31s %15s", out, destination) == 2 &&
			strcmp(destination, "00000000") == 0) {
			fclose(file);
			return;
		}
	die("--uplink: the machine has no default route");
}

static void forwarding_path(const char *interface, char *out, size_t size)
{
	snprintf(out, size, "/proc/sys/net/ipv4/conf/%s/forwarding", interface);
}

static void forward(const char *interface, const char *value)
{
	char path[128];

	forwarding_path(interface, path, sizeof(path));
	if (!file_write(path, value))
		complain("%s: %m", path);
}

static int take_lock(void)
{
	struct stat st;
	int fd;

	for (;;) {
		/* Not close-on-exec: while a helper of a killed sandbox runs, its janitor waits. */
		fd = open(LOCK, O_RDWR | O_CREAT, 0600);
		if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &st) < 0)
			die_sys(LOCK);
		if (st.st_nlink > 0)
			return fd;
		close(fd); /* the last one out removed it while we waited */
	}
}

/* The lock file says "eth0 0": what to write back where. */
static void remember_forwarding(int lock, const char *interface)
{
	char path[128], old[64], text[128];

	if (pread(lock, text, sizeof(text), 0) > 0)
		return;
	forwarding_path(interface, path, sizeof(path));
	if (!file_read(path, old, sizeof(old)))
		die_sys("%s", path);
	snprintf(text, sizeof(text), "%s %s", interface, old);
	if (pwrite(lock, text, strlen(text), 0) < 0)
		die_sys(LOCK);
}

static void restore_forwarding(int lock)
{
	char text[128] = "", interface[32], value[16];

	if (pread(lock, text, sizeof(text) - 1, 0) > 0 &&
		sscanf(text, "%31s %15s", interface, value) == 2)
		forward(interface, value);
	unlink(LOCK);
}

static bool is_last(void)
{
	DIR *dir = opendir("/sys/class/net");
	bool last = true;

	for (struct dirent *e; dir && (e = readdir(dir)) != NULL;)
		if (strncmp(e->d_name, VETH, strlen(VETH)) == 0 &&
			is_alive(e->d_name + strlen(VETH)))
			last = false;
	if (dir)
		closedir(dir);
	return last;
}

static int feed(const char *program, const char *text)
{
	char *const ip[] = {"ip", "-batch", "-", NULL};
	char *const nft[] = {"nft", "-f", "-", NULL};

	return run(strcmp(program, "ip") == 0 ? ip : nft, text);
}

void uplink_make(pid_t id, pid_t init)
{
	char out[32], host[32], veth[32], text[1024];
	int lock = take_lock();

	default_interface(out);
	remember_forwarding(lock, out);
	snprintf(veth, sizeof(veth), VETH "%d", id);
	snprintf(text, sizeof(text),
		"link add %s type veth peer name uplink netns %d\n"
		"addr add %s/30 dev %s\nlink set %s up\n",
		veth, init, address(id, 1, host), veth, veth);
	if (feed("ip", text) != 0)
		die("--uplink: no veth");
	forward(veth, "1");
	forward(out, "1");
	snprintf(text, sizeof(text),
		"table ip " TABLE "\n"
		"flush table ip " TABLE "\n"
		"table ip " TABLE " {\n"
		"chain nat { type nat hook postrouting priority srcnat;\n"
		"ip saddr 198.18.0.0/15 oifname \"%s\" masquerade\n}\n}\n",
		out);
	if (feed("nft", text) != 0)
		die("--uplink: no masquerade");
	close(lock);
}

void net_join_uplink(pid_t id)
{
	char host[32], guest[32], text[256];

	snprintf(text, sizeof(text),
		"addr add %s/30 dev uplink\nlink set uplink up\n"
		"route add default via %s\n",
		address(id, 2, guest), address(id, 1, host));
	if (feed("ip", text) != 0)
		die("--uplink: no default route");
}

/* The kernel does it soon after the last process of the namespace has gone. */
static void wait_until_gone(const char *veth)
{
	struct timespec nap = {.tv_nsec = 2 * 1000 * 1000};
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s", veth);
	for (int naps = 0; access(path, F_OK) == 0; naps++) {
		if (naps == 5000) {
			complain("%s is still there", veth);
			return;
		}
		nanosleep(&nap, NULL);
	}
}

/* Runs whether uplink_make() got to its end or not; adding before deleting makes both work. */
void uplink_remove(pid_t id)
{
	int lock = take_lock();
	char veth[32];

	snprintf(veth, sizeof(veth), VETH "%d", id);
	wait_until_gone(veth);
	if (is_last()) {
		feed("nft", "table ip " TABLE "\ndelete table ip " TABLE "\n");
		restore_forwarding(lock);
	}
	close(lock);
}
