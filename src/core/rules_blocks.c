/* rules_blocks.c - who else has a say in what is forwarded. Every chain at the kernel's forward
 * hook must let a packet pass: what ours accepts, another's can still drop. We read, name, and
 * touch nothing. */
#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "core/network_own.h"
#include "core/rules.h"
#include "util/own.h"
#include "util/path.h"

struct look {
	struct strs *out;
	const char *ours;
	bool docker, ufw, firewalld;
};

struct chain {
	const char *table, *name;
	unsigned family, hook, policy;
	bool is_base;
};

static void see_hook(const struct nlattr *nest, struct chain *chain)
{
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == NFTA_HOOK_HOOKNUM)
			chain->hook = ntohl(mnl_attr_get_u32(attr));
	}
	chain->is_base = true;
}

static void read_chain(const struct nlmsghdr *head, struct chain *out)
{
	const struct nfgenmsg *generic = mnl_nlmsg_get_payload(head);
	struct nlattr *attr;

	*out = (struct chain){.table = "", .name = "", .family = generic->nfgen_family};
	mnl_attr_for_each(attr, head, sizeof(*generic))
	{
		switch (mnl_attr_get_type(attr)) {
		case NFTA_CHAIN_TABLE:
			out->table = mnl_attr_get_str(attr);
			break;
		case NFTA_CHAIN_NAME:
			out->name = mnl_attr_get_str(attr);
			break;
		case NFTA_CHAIN_HOOK:
			see_hook(attr, out);
			break;
		case NFTA_CHAIN_POLICY:
			out->policy = ntohl(mnl_attr_get_u32(attr));
			break;
		}
	}
}

/* Chains come in no order that would tell whose they are before all were seen. */
static int see_owner(const struct nlmsghdr *head, void *arg)
{
	struct look *look = arg;
	struct chain chain;

	read_chain(head, &chain);
	look->docker |= str_eq(chain.name, "DOCKER-USER") || str_eq(chain.name, "DOCKER-FORWARD");
	look->ufw |= str_has_prefix(chain.name, "ufw-user-") ||
		     str_has_prefix(chain.name, "ufw-before-");
	look->firewalld |= str_eq(chain.table, "firewalld");
	return MNL_CB_OK;
}

static const char *whose(const struct look *look, const struct chain *chain)
{
	if (str_eq(chain->table, "firewalld"))
		return "firewalld's: put davit's bridges into a trusted zone (firewall-cmd --zone=trusted --add-interface=BRIDGE)";
	if (look->ufw)
		return "ufw's: allow it with ufw route allow out on BRIDGE";
	if (look->docker)
		return "docker's: accept davit's bridges in its chain DOCKER-USER";
	return "not davit's: accept davit's bridges there";
}

static int see_forward(const struct nlmsghdr *head, void *arg)
{
	const struct look *look = arg;
	struct chain chain;

	read_chain(head, &chain);
	if (!chain.is_base || chain.hook != NF_INET_FORWARD || chain.policy != NF_DROP ||
		str_eq(chain.table, look->ours) ||
		(chain.family != NFPROTO_IPV4 && chain.family != NFPROTO_IPV6 &&
			chain.family != NFPROTO_INET))
		return MNL_CB_OK;
	strs_addf(look->out,
		"chain %s of table %s %s drops what is forwarded and not named in it; it is %s",
		chain.name,
		chain.family == NFPROTO_IPV6   ? "ip6"
		: chain.family == NFPROTO_IPV4 ? "ip"
					       : "inet",
		chain.table, whose(look, &chain));
	return MNL_CB_OK;
}

static int each_chain(mnl_cb_t each, void *arg)
{
	auto_buf question = BUF_INIT;
	char room[64] __attribute__((aligned(8))) = {0};
	struct nlmsghdr *head = mnl_nlmsg_put_header(room);
	struct nfgenmsg *generic;

	head->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN;
	head->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	generic = mnl_nlmsg_put_extra_header(head, sizeof(*generic));
	generic->nfgen_family = AF_UNSPEC;
	buf_add(&question, room, head->nlmsg_len);
	return netlink_ask(NETLINK_NETFILTER, &question, each, arg);
}

/* iptables of old keeps its tables apart from nftables; who uses both hears of it. */
static void see_legacy(struct strs *out)
{
	auto_buf text = BUF_INIT;

	if (path_read_at(AT_FDCWD, "/proc/net/ip_tables_names", 4096, &text) == 0 &&
		strstr(buf_text(&text), "filter"))
		strs_add(out,
			"iptables-legacy has a filter table: if its FORWARD policy is DROP (iptables-legacy -S FORWARD), it drops what davit lets through");
}

void rules_blocks(struct engine *engine, struct strs *out)
{
	char table[32];
	struct look look = {.out = out, .ours = rules_table(engine, table)};

	if (host_sysctl_is("net/ipv4/ip_forward", "0"))
		strs_add(out,
			"net.ipv4.ip_forward is 0: nothing leads out of a container's network until a container is started on one, or it is set to 1");
	if (rules_check(engine) == -ESTALE)
		strs_add(out,
			"davit's rules were flushed: the next davit that starts a container or changes a network puts them back");
	each_chain(see_owner, &look);
	each_chain(see_forward, &look);
	see_legacy(out);
}
