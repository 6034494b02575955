/* net_file.c - what runtime/launch_net.h describes: checked as a whole before anything of it is used. */
#include <linux/netlink.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/launch/net.h"
#include "runtime/launch/sys.h"

static size_t padded(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

static size_t least(unsigned type)
{
	switch (type) {
	case NET_JOIN:
		return sizeof(struct net_join);
	case NET_LINK:
		return sizeof(struct net_link) + sizeof(struct nlmsghdr);
	case NET_INSIDE:
		return sizeof(struct net_inside) + sizeof(struct nlmsghdr);
	case NET_OUTSIDE:
	case NET_FILTER:
	case NET_UNFILTER:
	case NET_FORGET:
	case NET_FRESH:
		return sizeof(struct nlmsghdr);
	case NET_SYSCTL:
		return 4;
	case NET_READY:
		return sizeof(struct net_ready);
	case NET_NAME:
		return sizeof(struct net_name);
	case NET_PORT:
	case NET_UNPORT:
		return sizeof(struct net_port);
	case NET_ENDPOINT:
		return sizeof(struct net_endpoint);
	case NET_MAPPING:
		return sizeof(struct net_mapping);
	default:
		return 0;
	}
}

static bool is_messages(const char *at, size_t len)
{
	while (len) {
		struct nlmsghdr head;

		if (len < sizeof(head))
			return false;
		memcpy(&head, at, sizeof(head));
		if (head.nlmsg_len < sizeof(head) || NLMSG_ALIGN(head.nlmsg_len) > len)
			return false;
		at += NLMSG_ALIGN(head.nlmsg_len);
		len -= NLMSG_ALIGN(head.nlmsg_len);
	}
	return true;
}

static bool is_text(const char *text, size_t room)
{
	return memchr(text, 0, room);
}

static bool is_link(const struct net_link *link, size_t len)
{
	size_t rest = len - sizeof(*link);

	return is_text(link->network, sizeof(link->network)) && rest >= sizeof(uint32_t) &&
	       link->patch_at % 4 == 0 && link->patch_at <= rest - sizeof(uint32_t) &&
	       is_messages((const char *)(link + 1), rest);
}

static bool is_inside(const struct net_inside *inside, size_t len)
{
	size_t rest = len - sizeof(*inside);

	if (!is_text(inside->name, sizeof(inside->name)) || inside->patches > 7 ||
		rest < sizeof(uint32_t))
		return false;
	for (unsigned i = 0; i < inside->patches; i++)
		if (inside->patch_at[i] % 4 || inside->patch_at[i] > rest - sizeof(uint32_t))
			return false;
	return is_messages((const char *)(inside + 1), rest);
}

static bool is_endpoint(const struct net_endpoint *e, size_t len)
{
	size_t rest = len - sizeof(*e);

	return is_text(e->id, sizeof(e->id)) && is_text(e->network_id, sizeof(e->network_id)) &&
	       is_text(e->network, sizeof(e->network)) && is_text(e->bridge, sizeof(e->bridge)) &&
	       is_text(e->link, sizeof(e->link)) && is_text(e->inside, sizeof(e->inside)) &&
	       (!rest || !((const char *)(e + 1))[rest - 1]);
}

static bool is_ready(const struct net_ready *ready)
{
	return is_text(ready->link, sizeof(ready->link)) &&
	       is_text(ready->bridge, sizeof(ready->bridge));
}

/* "net/…" and nothing that climbs; its value. */
static bool is_sysctl(const char *text, size_t len)
{
	const char *end = memchr(text, 0, len);

	return end && end + 1 < text + len && !text[len - 1] && !memcmp(text, "net/", 4) &&
	       !strstr(text, "..");
}

static bool is_id(const char id[72])
{
	for (unsigned i = 0; i < 64; i++)
		if (!((id[i] >= '0' && id[i] <= '9') || (id[i] >= 'a' && id[i] <= 'f')))
			return false;
	return !id[64];
}

static bool is_sound(const struct net_record *record)
{
	const void *body = net_body(record);

	if (record->len < least(record->type))
		return false;
	switch (record->type) {
	case NET_JOIN:
		return is_text(((const struct net_join *)body)->who, 72);
	case NET_LINK:
		return is_link(body, record->len);
	case NET_INSIDE:
		return is_inside(body, record->len);
	case NET_OUTSIDE:
	case NET_FILTER:
	case NET_UNFILTER:
	case NET_FORGET:
	case NET_FRESH:
		return is_messages(body, record->len);
	case NET_SYSCTL:
		return is_sysctl(body, record->len);
	case NET_READY:
		return is_ready(body);
	case NET_NAME:
		return is_id(((const struct net_name *)body)->network) &&
		       is_id(((const struct net_name *)body)->container);
	case NET_ENDPOINT:
		return is_endpoint(body, record->len);
	default:
		return true;
	}
}

int net_check(const void *bytes, size_t len, struct net_file *out)
{
	const struct net_head *head = bytes;
	size_t at = sizeof(*head);

	out->head = NULL;
	if (len < sizeof(*head) || len > NET_SIZE_MAX || memcmp(head->magic, NET_MAGIC, 8) != 0 ||
		head->version != NET_VERSION || head->size != len)
		return -EPROTO;
	for (unsigned i = 0; i < head->records; i++) {
		const struct net_record *record = (const void *)((const char *)bytes + at);

		if (len - at < sizeof(*record) || len - at - sizeof(*record) < record->len ||
			len - at - sizeof(*record) < padded(record->len) || !is_sound(record))
			return -EPROTO;
		at += sizeof(*record) + padded(record->len);
	}
	if (at != len)
		return -EPROTO;
	out->head = head;
	return 0;
}

/* Files in the run root are replaced and never written again, so a mapping cannot change. */
int net_map(int dir, const char *name, struct net_file *out)
{
	int fd = sys_open(dir, name, O_RDONLY | O_NOFOLLOW), error;
	struct stat st;
	void *at;

	out->head = NULL;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || st.st_size < (long)sizeof(struct net_head) ||
		st.st_size > NET_SIZE_MAX) {
		close(fd);
		return -EPROTO;
	}
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return -errno;
	error = net_check(at, (size_t)st.st_size, out);
	if (error)
		munmap(at, (size_t)st.st_size);
	return error;
}

void net_unmap(struct net_file *file)
{
	if (file->head)
		munmap((void *)file->head, file->head->size);
	file->head = NULL;
}

const struct net_record *net_next(const struct net_file *file, const struct net_record *last)
{
	const char *next, *end;

	if (!file->head)
		return NULL;
	end = (const char *)file->head + file->head->size;
	next = last ? (const char *)(last + 1) + padded(last->len) : (const char *)(file->head + 1);
	return next < end ? (const void *)next : NULL;
}
