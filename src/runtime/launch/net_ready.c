/* net_ready.c - a cable whose ends are up does not carry yet.
 *
 * The end that was set up first had no carrier then, and whatever it is given to send is dropped
 * without a word until a worker of the kernel (linkwatch) has noticed the other end; the same holds
 * for a bridge whose first cable it is. Where the machine is busy, a container is faster than that:
 * the answer to its first question (ARP) is lost, and it asks again after a second. Since 6.8 the
 * kernel does that work before it says how a link is, so that asking is all it takes; an older one
 * is asked until it says "up". https://git.kernel.org/linus/facd15dfd691 */
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "runtime/launch/net.h"
#include "runtime/launch/sys.h"

enum { PAUSE_NS = 1000000, PAUSES = 100, WITHOUT_STATISTICS = 8 };

struct question {
	struct nlmsghdr head;
	struct ifinfomsg info;
	struct rtattr name_head;
	char name[16];
	struct rtattr extent_head;
	uint32_t extent;
};

static int ask(int socket, const char *name)
{
	struct question question = {.head = {sizeof(question), RTM_GETLINK, NLM_F_REQUEST, 0, 0},
		.name_head = {RTA_LENGTH(sizeof(question.name)), IFLA_IFNAME},
		.extent_head = {RTA_LENGTH(sizeof(question.extent)), IFLA_EXT_MASK},
		.extent = WITHOUT_STATISTICS};

	strncpy(question.name, name, sizeof(question.name) - 1);
	return send(socket, &question, sizeof(question), 0) < 0 ? -errno : 0;
}

static int state_in(const struct nlmsghdr *head)
{
	const struct ifinfomsg *info = NLMSG_DATA(head);
	const struct rtattr *attribute = IFLA_RTA(info);
	unsigned len = (unsigned)IFLA_PAYLOAD(head);

	for (; RTA_OK(attribute, len); attribute = RTA_NEXT(attribute, len))
		if (attribute->rta_type == IFLA_OPERSTATE)
			return *(const uint8_t *)RTA_DATA(attribute);
	return -EPROTO;
}

/* IF_OPER_…; or a negative errno. The kernel has answered when send returns. */
static int state_of(int socket, const char *name)
{
	char room[8192] __attribute__((aligned(8)));
	const struct nlmsghdr *head = (void *)room;
	int error = ask(socket, name);
	ssize_t len = error ? 0 : recv(socket, room, sizeof(room), MSG_DONTWAIT);

	if (error || len < 0)
		return error ? error : -errno;
	if (!NLMSG_OK(head, (unsigned)len))
		return -EPROTO;
	if (head->nlmsg_type == NLMSG_ERROR)
		return ((const struct nlmsgerr *)NLMSG_DATA(head))->error;
	return head->nlmsg_type == RTM_NEWLINK ? state_in(head) : -EPROTO;
}

void net_await(int socket, const char *link)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int state;

	for (int left = PAUSES; (state = state_of(socket, link)) >= 0; left--) {
		if (state == IF_OPER_UP || !left)
			return;
		nanosleep(&pause, NULL);
	}
}
