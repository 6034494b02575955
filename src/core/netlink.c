#include <arpa/inet.h> /* before the kernel's own headers, which then keep out of its way */

#include "core/netlink.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "runtime/launch/net.h"
#include "util/own.h"

enum { MESSAGE_MAX = 1024 };

/* CTA_FILTER came with 5.8; headers of older kernels lack it. */
enum { CT_FILTER = 25, CT_FILTER_ORIG = 1, CT_FILTER_REPLY = 2 };
enum { CT_BY_SOURCE = 1, CT_BY_TARGET = 2, CT_BY_PROTOCOL = 8, CT_BY_FROM = 16, CT_BY_TO = 32 };

/* ---- messages ---- */

static struct nlmsghdr *begin(char room[MESSAGE_MAX], unsigned type, unsigned flags)
{
	struct nlmsghdr *head;

	memset(room, 0, MESSAGE_MAX);
	head = mnl_nlmsg_put_header(room);
	head->nlmsg_type = (uint16_t)type;
	head->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	return head;
}

static void end(struct buf *out, const struct nlmsghdr *head)
{
	buf_add(out, head, NLMSG_ALIGN(head->nlmsg_len));
}

static uint32_t offset(const struct buf *out, const struct nlmsghdr *head, const void *at)
{
	return (uint32_t)(out->len + (size_t)((const char *)at - (const char *)head));
}

static struct ifinfomsg *put_info(struct nlmsghdr *head, unsigned flags)
{
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(head, sizeof(*info));

	info->ifi_flags = info->ifi_change = flags;
	return info;
}

static void put_end(struct nlmsghdr *head, const struct link_end *end)
{
	mnl_attr_put_strz(head, IFLA_IFNAME, end->name);
	if (end->mac)
		mnl_attr_put(head, IFLA_ADDRESS, 6, end->mac);
	if (end->mtu)
		mnl_attr_put_u32(head, IFLA_MTU, end->mtu);
}

void message_cable(struct buf *out, const struct link_end *host, const struct link_end *inside,
	unsigned bridge, uint32_t *patch_at)
{
	char room[MESSAGE_MAX] __attribute__((aligned(8)));
	struct nlmsghdr *head = begin(room, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data, *peer;

	put_info(head, IFF_UP);
	put_end(head, host);
	mnl_attr_put_u32(head, IFLA_MASTER, bridge);
	info = mnl_attr_nest_start(head, IFLA_LINKINFO);
	mnl_attr_put_strz(head, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(head, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(head, VETH_INFO_PEER);
	put_info(head, 0); /* a veth cannot be up before it knows its peer */
	put_end(head, inside);
	mnl_attr_put_u32(head, IFLA_NET_NS_FD, 0);
	*patch_at = offset(out, head, (char *)mnl_nlmsg_get_payload_tail(head) - sizeof(uint32_t));
	mnl_attr_nest_end(head, peer);
	mnl_attr_nest_end(head, data);
	mnl_attr_nest_end(head, info);
	end(out, head);
}

void message_hairpin(struct buf *out, const char *port)
{
	char room[MESSAGE_MAX] __attribute__((aligned(8)));
	struct nlmsghdr *head = begin(room, RTM_NEWLINK, 0);
	struct nlattr *info, *data;

	put_info(head, 0);
	mnl_attr_put_strz(head, IFLA_IFNAME, port);
	info = mnl_attr_nest_start(head, IFLA_LINKINFO);
	mnl_attr_put_strz(head, IFLA_INFO_SLAVE_KIND, "bridge");
	data = mnl_attr_nest_start(head, IFLA_INFO_SLAVE_DATA);
	mnl_attr_put_u8(head, IFLA_BRPORT_MODE, BRIDGE_MODE_HAIRPIN);
	mnl_attr_nest_end(head, data);
	mnl_attr_nest_end(head, info);
	end(out, head);
}

/* With an address of its own, the bridge does not change it whenever a port comes or goes. */
void message_bridge(struct buf *out, const struct link_end *link, const char *alias)
{
	char room[MESSAGE_MAX] __attribute__((aligned(8)));
	struct nlmsghdr *head = begin(room, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data;

	put_info(head, IFF_UP);
	put_end(head, link);
	mnl_attr_put_strz(head, IFLA_IFALIAS, alias);
	info = mnl_attr_nest_start(head, IFLA_LINKINFO);
	mnl_attr_put_strz(head, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(head, IFLA_INFO_DATA);
	mnl_attr_put_u32(head, IFLA_BR_FORWARD_DELAY, 0);
	mnl_attr_put_u32(head, IFLA_BR_STP_STATE, 0);
	mnl_attr_put_u8(head, IFLA_BR_MCAST_SNOOPING, 0);
	mnl_attr_nest_end(head, data);
	mnl_attr_nest_end(head, info);
	end(out, head);
	/* A link that is made ignores its alias; one that is there takes it. */
	head = begin(room, RTM_NEWLINK, 0);
	put_info(head, 0);
	mnl_attr_put_strz(head, IFLA_IFNAME, link->name);
	mnl_attr_put_strz(head, IFLA_IFALIAS, alias);
	end(out, head);
}

void message_link_up(struct buf *out, uint32_t *patch_at)
{
	char room[MESSAGE_MAX] __attribute__((aligned(8)));
	struct nlmsghdr *head = begin(room, RTM_NEWLINK, 0);

	*patch_at = offset(out, head, &put_info(head, IFF_UP)->ifi_index);
	end(out, head);
}

void message_link_gone(struct buf *out, unsigned index, uint32_t *patch_at)
{
	char room[MESSAGE_MAX] __attribute__((aligned(8)));
	struct nlmsghdr *head = begin(room, RTM_DELLINK, 0);
	struct ifinfomsg *info;

	info = put_info(head, 0);
	info->ifi_index = (int)index;
	if (patch_at)
		*patch_at = offset(out, head, &info->ifi_index);
	end(out, head);
}

void message_address(struct buf *out, unsigned family, const uint8_t address[16], unsigned prefix,
	unsigned index, uint32_t *patch_at)
{
	char room[MESSAGE_MAX] __attribute__((aligned(8)));
	struct nlmsghdr *head = begin(room, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(head, sizeof(*info));
	size_t size = address_size(family);

	info->ifa_family = (uint8_t)family;
	info->ifa_prefixlen = (uint8_t)prefix;
	info->ifa_index = index;
	if (patch_at)
		*patch_at = offset(out, head, &info->ifa_index);
	mnl_attr_put(head, IFA_LOCAL, size, address);
	mnl_attr_put(head, IFA_ADDRESS, size, address);
	if (family == AF_INET6) { /* it is leased: nobody else has it, and a second of doubt is long
				   */
		info->ifa_flags = IFA_F_NODAD;
	} else if (prefix < 31) {
		uint8_t broadcast[4];

		for (unsigned i = 0; i < 4; i++) {
			unsigned bits = prefix > 8 * i ? prefix - 8 * i : 0;

			broadcast[i] = (uint8_t)(address[i] | (bits < 8 ? 0xff >> bits : 0));
		}
		mnl_attr_put(head, IFA_BROADCAST, 4, broadcast);
	}
	end(out, head);
}

static struct nlmsghdr *begin_route(char room[MESSAGE_MAX], unsigned type, unsigned family)
{
	struct nlmsghdr *head =
		begin(room, type, type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	struct rtmsg *route = mnl_nlmsg_put_extra_header(head, sizeof(*route));

	route->rtm_family = (uint8_t)family;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_protocol = RTPROT_BOOT;
	route->rtm_type = RTN_UNICAST;
	return head;
}

void message_default_route(struct buf *out, unsigned family, const uint8_t gateway[16])
{
	char room[MESSAGE_MAX] __attribute__((aligned(8)));
	struct nlmsghdr *head = begin_route(room, RTM_NEWROUTE, family);

	mnl_attr_put(head, RTA_GATEWAY, address_size(family), gateway);
	end(out, head);
}

/* ---- elements ---- */

static unsigned add_field(uint8_t *to, unsigned len, size_t room, const void *field, size_t size)
{
	if (len + size > room)
		return len;
	memcpy(to + len, field, size);
	return len + (unsigned)((size + 3) & ~(size_t)3);
}

void element_key(struct element *element, const void *field, size_t len)
{
	element->key_len =
		add_field(element->key, element->key_len, sizeof(element->key), field, len);
}

void element_value(struct element *element, const void *field, size_t len)
{
	element->value_len =
		add_field(element->value, element->value_len, sizeof(element->value), field, len);
}

static struct nfgenmsg *put_generic(struct nlmsghdr *head, unsigned family)
{
	struct nfgenmsg *generic = mnl_nlmsg_put_extra_header(head, sizeof(*generic));

	generic->nfgen_family = (uint8_t)family;
	generic->version = NFNETLINK_V0;
	return generic;
}

static void put_data(struct nlmsghdr *head, unsigned type, const uint8_t *data, size_t len)
{
	struct nlattr *nest = mnl_attr_nest_start(head, (uint16_t)type);

	mnl_attr_put(head, NFTA_DATA_VALUE, len, data);
	mnl_attr_nest_end(head, nest);
}

void message_element(struct buf *out, const struct element *element, bool add)
{
	char room[MESSAGE_MAX] __attribute__((aligned(8)));
	unsigned type = add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM;
	struct nlmsghdr *head =
		begin(room, NFNL_SUBSYS_NFTABLES << 8 | type, add ? NLM_F_CREATE : 0);
	struct nlattr *list, *one;

	put_generic(head, NFPROTO_INET);
	mnl_attr_put_strz(head, NFTA_SET_ELEM_LIST_TABLE, element->table);
	mnl_attr_put_strz(head, NFTA_SET_ELEM_LIST_SET, element->map);
	list = mnl_attr_nest_start(head, NFTA_SET_ELEM_LIST_ELEMENTS);
	one = mnl_attr_nest_start(head, NFTA_LIST_ELEM);
	put_data(head, NFTA_SET_ELEM_KEY, element->key, element->key_len);
	if (add && element->value_len)
		put_data(head, NFTA_SET_ELEM_DATA, element->value, element->value_len);
	mnl_attr_nest_end(head, one);
	mnl_attr_nest_end(head, list);
	end(out, head);
}

void message_fresh(
	struct buf *out, unsigned family, const uint8_t host[16], uint16_t port, unsigned protocol)
{
	char room[MESSAGE_MAX] __attribute__((aligned(8)));
	struct nlmsghdr *head = begin(room, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE, 0);
	bool anywhere = address_is_zero(host);
	struct nlattr *tuple, *part;

	put_generic(head, family)->version = 1; /* the family counts */
	tuple = mnl_attr_nest_start(head, CTA_TUPLE_ORIG);
	if (!anywhere) {
		part = mnl_attr_nest_start(head, CTA_TUPLE_IP);
		mnl_attr_put(head, family == AF_INET6 ? CTA_IP_V6_DST : CTA_IP_V4_DST,
			address_size(family), host);
		mnl_attr_nest_end(head, part);
	}
	part = mnl_attr_nest_start(head, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(head, CTA_PROTO_NUM, (uint8_t)protocol);
	mnl_attr_put_u16(head, CTA_PROTO_DST_PORT, htons(port));
	mnl_attr_nest_end(head, part);
	mnl_attr_nest_end(head, tuple);
	part = mnl_attr_nest_start(head, CT_FILTER);
	mnl_attr_put_u32(
		head, CT_FILTER_ORIG, (anywhere ? 0 : CT_BY_TARGET) | CT_BY_PROTOCOL | CT_BY_TO);
	mnl_attr_nest_end(head, part);
	end(out, head);
}

/* Before Linux 6.9 the kernel does not flush by a filter and answers with an error; what is left of
 * such a flow ends with its timeout. */
void message_forget(struct buf *out, unsigned family, const uint8_t address[16], uint16_t port,
	unsigned protocol)
{
	char room[MESSAGE_MAX] __attribute__((aligned(8)));
	struct nlmsghdr *head = begin(room, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE, 0);
	struct nlattr *tuple, *part;

	put_generic(head, family)->version = 1; /* the family counts */
	tuple = mnl_attr_nest_start(head, CTA_TUPLE_REPLY);
	part = mnl_attr_nest_start(head, CTA_TUPLE_IP);
	mnl_attr_put(head, family == AF_INET6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, address_size(family),
		address);
	mnl_attr_nest_end(head, part);
	part = mnl_attr_nest_start(head, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(head, CTA_PROTO_NUM, (uint8_t)protocol);
	mnl_attr_put_u16(head, CTA_PROTO_SRC_PORT, htons(port));
	mnl_attr_nest_end(head, part);
	mnl_attr_nest_end(head, tuple);
	part = mnl_attr_nest_start(head, CT_FILTER);
	mnl_attr_put_u32(head, CT_FILTER_REPLY, CT_BY_SOURCE | CT_BY_PROTOCOL | CT_BY_FROM);
	mnl_attr_nest_end(head, part);
	end(out, head);
}

/* ---- asking ---- */

int netlink_do(int protocol, const struct buf *messages)
{
	auto_close int fd = net_socket(protocol);

	if (buf_failed(messages))
		return -ENOMEM;
	return fd < 0 ? fd : net_talk(fd, messages->data, messages->len);
}

int netlink_ask(int protocol, struct buf *question, mnl_cb_t each, void *arg)
{
	auto_close int fd = net_socket(protocol);

	return fd < 0 ? fd : netlink_ask_on(fd, question, each, arg);
}

int netlink_ask_on(int fd, struct buf *question, mnl_cb_t each, void *arg)
{
	auto_free char *room = malloc(32 << 10);
	int more = MNL_CB_OK;

	if (!room || buf_failed(question))
		return -ENOMEM;
	if (send(fd, question->data, question->len, 0) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		ssize_t len = recv(fd, room, 32 << 10, 0);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		more = mnl_cb_run(room, (size_t)len, 0, 0, each, arg);
		if (more < 0)
			return -errno;
	}
	return 0;
}

unsigned link_index(const char *name)
{
	return if_nametoindex(name);
}

static int see_alias(const struct nlmsghdr *head, void *arg)
{
	struct nlattr *attr;

	mnl_attr_for_each(attr, head, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attr) == IFLA_IFALIAS)
			snprintf(arg, 128, "%.*s", mnl_attr_get_payload_len(attr),
				mnl_attr_get_str(attr));
	}
	return MNL_CB_OK;
}

int link_alias(const char *name, char alias[128])
{
	auto_buf question = BUF_INIT;
	char room[MESSAGE_MAX] __attribute__((aligned(8)));
	struct nlmsghdr *head = begin(room, RTM_GETLINK, 0);

	*alias = '\0';
	put_info(head, 0);
	mnl_attr_put_strz(head, IFLA_IFNAME, name);
	end(&question, head);
	return netlink_ask(NETLINK_ROUTE, &question, see_alias, alias);
}

static int see_handle(const struct nlmsghdr *head, void *arg)
{
	struct nlattr *attr;
	uint64_t *handle = arg;

	mnl_attr_for_each(attr, head, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(attr) == NFTA_TABLE_HANDLE)
			*handle = be64toh(mnl_attr_get_u64(attr));
	}
	return MNL_CB_OK;
}

int table_handle(int socket, const char *table, uint64_t *handle)
{
	auto_buf question = BUF_INIT;
	char room[MESSAGE_MAX] __attribute__((aligned(8)));
	struct nlmsghdr *head = begin(room, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, 0);

	*handle = 0;
	put_generic(head, NFPROTO_INET);
	mnl_attr_put_strz(head, NFTA_TABLE_NAME, table);
	end(&question, head);
	return netlink_ask_on(socket, &question, see_handle, handle);
}

/* ---- what subnets there are ---- */

struct subnets {
	struct subnet *v;
	size_t len, room;
	bool failed;
};

static void keep(struct subnets *list, unsigned family, const void *address, unsigned prefix)
{
	struct subnet *more;

	if (list->len == list->room) {
		more = realloc(list->v, (list->room * 2 + 16) * sizeof(*more));
		if (!more) {
			list->failed = true;
			return;
		}
		list->v = more;
		list->room = list->room * 2 + 16;
	}
	list->v[list->len] = (struct subnet){.family = (uint8_t)family, .prefix = (uint8_t)prefix};
	memcpy(list->v[list->len++].base, address, address_size(family));
}

static int see_route(const struct nlmsghdr *head, void *arg)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(head);
	struct nlattr *attr;

	if (!route->rtm_dst_len || route->rtm_type != RTN_UNICAST)
		return MNL_CB_OK; /* everything lies behind a default route */
	mnl_attr_for_each(attr, head, sizeof(*route))
	{
		if (mnl_attr_get_type(attr) == RTA_DST &&
			mnl_attr_get_payload_len(attr) >= address_size(route->rtm_family))
			keep(arg, route->rtm_family, mnl_attr_get_payload(attr),
				route->rtm_dst_len);
	}
	return MNL_CB_OK;
}

static int see_address(const struct nlmsghdr *head, void *arg)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(head);
	struct nlattr *attr;

	mnl_attr_for_each(attr, head, sizeof(*info))
	{
		if (mnl_attr_get_type(attr) == IFA_ADDRESS &&
			mnl_attr_get_payload_len(attr) >= address_size(info->ifa_family))
			keep(arg, info->ifa_family, mnl_attr_get_payload(attr),
				info->ifa_prefixlen);
	}
	return MNL_CB_OK;
}

static int dump(unsigned type, mnl_cb_t each, void *arg)
{
	auto_buf question = BUF_INIT;
	char room[MESSAGE_MAX] __attribute__((aligned(8)));
	struct nlmsghdr *head = begin(room, type, NLM_F_DUMP);
	struct rtgenmsg *generic = mnl_nlmsg_put_extra_header(head, sizeof(struct rtmsg));

	head->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	generic->rtgen_family = AF_UNSPEC;
	end(&question, head);
	return netlink_ask(NETLINK_ROUTE, &question, each, arg);
}

int host_subnets(struct subnet **out, size_t *count)
{
	struct subnets list = {0};
	int failed = dump(RTM_GETROUTE, see_route, &list);

	if (!failed)
		failed = dump(RTM_GETADDR, see_address, &list);
	if (!failed && list.failed)
		failed = -ENOMEM;
	if (failed) {
		free(list.v);
		return failed;
	}
	*out = list.v;
	*count = list.len;
	return 0;
}
