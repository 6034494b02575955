/* net.c - the sandbox's network card, and "the outside" at the other end of its cable. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "sandbox.h"

static void ip(const char *ns, const char *batch)
{
	char *const here[] = {"ip", "-batch", "-", NULL};
	char *const there[] = {"ip", "-n", (char *)ns, "-batch", "-", NULL};

	if (run(ns ? there : here, batch) != 0)
		die("the sandbox's network does not come up");
}

/* Where `ip netns` and nsenter look for a network namespace with a name. */
static void name_namespace(int ns, const char *path)
{
	char from[64];
	int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0444);

	if (fd < 0)
		die_sys("%s", path);
	close(fd);
	snprintf(from, sizeof(from), "/proc/self/fd/%d", ns);
	if (mount(from, path, NULL, MS_BIND, NULL) < 0)
		die_sys("mount %s", path);
}

void net_make(int outside_ns)
{
	bool v6 = access("/proc/sys/net/ipv6", F_OK) == 0;
	char text[512];

	name_namespace(outside_ns, "/run/netns/outside");
	close(outside_ns);
	snprintf(text, sizeof(text),
		"link set lo up\n"
		"link add eth0 type veth peer name eth0 netns outside\n"
		"link set eth0 up\n"
		"addr add 192.0.2.1/24 brd + dev eth0\n%s",
		v6 ? "addr add 2001:db8::1/64 dev eth0 nodad\n" : "");
	ip(NULL, text);
	snprintf(text, sizeof(text),
		"link set lo up\n"
		"link set eth0 up\n"
		"addr add 192.0.2.2/24 brd + dev eth0\n%s",
		v6 ? "addr add 2001:db8::2/64 dev eth0 nodad\n" : "");
	ip("outside", text);
}
