/* A cable that is up, facing runtime/launch/net_ready.c: what the kernel is given to send through it
 * arrives. A link that does not carry yet drops it and says nothing. In the sandbox, in a network
 * namespace of its own. */
#include <fcntl.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/netlink.h"
#include "runtime/launch/net.h"
#include "util/own.h"

enum { CABLES = 40, PATIENCE_MS = 5000 };

static int apart(void **state)
{
	(void)state;
	return unshare(CLONE_NEWNET);
}

static int packets_of(const char *link)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll self = {.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_802_EX1),
		.sll_ifindex = (int)if_nametoindex(link)};

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (void *)&self, sizeof(self)), 0);
	return fd;
}

/* One frame; the patience is of a test that fails. */
static void passes(const char *from, const char *to)
{
	auto_close int out = packets_of(from), in = packets_of(to);
	const char frame[60] = "\xff\xff\xff\xff\xff\xff\x02\x01\x01\x01\x01\x01\x88\xb5";
	struct pollfd arrival = {.fd = in, .events = POLLIN};

	assert_int_equal(send(out, frame, sizeof(frame), 0), sizeof(frame));
	if (poll(&arrival, 1, PATIENCE_MS) != 1)
		fail_msg("what %s is given to send does not come to %s", from, to);
}

static void set_up(const char *name)
{
	auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq link = {.ifr_flags = IFF_UP};

	snprintf(link.ifr_name, sizeof(link.ifr_name), "%s", name);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &link), 0);
}

static void make_bridge(int socket)
{
	const struct link_end bridge = {.name = "br0"};
	auto_buf message = BUF_INIT;

	message_bridge(&message, &bridge, "ours");
	assert_int_equal(net_talk(socket, message.data, message.len), 0);
}

static void make_cable(int socket, const char *host, const char *inside)
{
	const struct link_end ends[] = {{.name = host}, {.name = inside}};
	auto_close int self = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	auto_buf message = BUF_INIT;
	uint32_t patch_at;

	message_cable(&message, &ends[0], &ends[1], if_nametoindex("br0"), &patch_at);
	memcpy(message.data + patch_at, &self, sizeof(self));
	assert_int_equal(net_talk(socket, message.data, message.len), 0);
	set_up(inside);
}

static void what_is_sent_through_a_new_cable_and_its_bridge_arrives(void **state)
{
	auto_close int socket = net_socket(NETLINK_ROUTE);
	char host[16], inside[16];

	(void)state;
	make_bridge(socket);
	for (int i = 0; i < CABLES; i++) {
		snprintf(host, sizeof(host), "host%d", i);
		snprintf(inside, sizeof(inside), "inside%d", i);
		make_cable(socket, host, inside);
		net_await(socket, host);
		net_await(socket, "br0");
		passes(host, inside);
		passes(inside, "br0");
		passes("br0", inside);
	}
}

static void nobody_waits_for_a_link_that_is_gone(void **state)
{
	auto_close int socket = net_socket(NETLINK_ROUTE);

	(void)state;
	net_await(
		socket, "nowhere"); /* a link that never carries would take its tenth of a second */
	net_await(-1, "nowhere");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			what_is_sent_through_a_new_cable_and_its_bridge_arrives, apart),
		cmocka_unit_test_setup(nobody_waits_for_a_link_that_is_gone, apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
