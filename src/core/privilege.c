#include "core/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"

enum { MAP_MAX = 64 << 10 };
#define ALL_IDS 4294967295ull

struct privilege {
	bool is_known, is_rootless;
	uint32_t user, group;
	uint64_t ids, groups;
};

void privilege_read_map(const char *text, uint32_t *outside, uint64_t *count)
{
	unsigned long long inside, first, len;
	int used;

	*outside = UINT32_MAX;
	*count = 0;
	for (; sscanf(text, "%llu %llu %llu%n", &inside, &first, &len, &used) == 3; text += used) {
		if (inside == 0)
			*outside = (uint32_t)first;
		*count += len;
	}
}

static void read_map(const char *path, uint32_t *outside, uint64_t *count)
{
	auto_buf text = BUF_INIT;

	*outside = 0;
	*count = ALL_IDS;
	if (path_read_at(AT_FDCWD, path, MAP_MAX, &text) == 0 && text.len)
		privilege_read_map(buf_text(&text), outside, count);
}

/* Twice by two threads is the same twice. */
static const struct privilege *know(void)
{
	static struct privilege known;
	uint32_t outside, group;
	uint64_t count;

	if (__atomic_load_n(&known.is_known, __ATOMIC_ACQUIRE))
		return &known;
	read_map("/proc/self/uid_map", &outside, &count);
	read_map("/proc/self/gid_map", &group, &known.groups);
	known.is_rootless = outside != 0 || count != ALL_IDS;
	known.user =
		known.is_rootless && geteuid() == 0 && outside != UINT32_MAX ? outside : geteuid();
	known.group =
		known.is_rootless && geteuid() == 0 && group != UINT32_MAX ? group : getegid();
	known.ids = count;
	/* An ordinary user who has not entered yet is asked again. */
	__atomic_store_n(&known.is_known, geteuid() == 0, __ATOMIC_RELEASE);
	return &known;
}

bool privilege_is_rootless(void)
{
	return know()->is_rootless;
}

uint32_t privilege_user(void)
{
	return know()->user;
}

uint32_t privilege_group(void)
{
	return know()->group;
}

uint64_t privilege_users(void)
{
	return know()->ids;
}

bool privilege_has_ids(void)
{
	return know()->ids > 1;
}

uint64_t privilege_groups(void)
{
	return privilege_is_rootless() ? know()->groups : 0;
}

const char *privilege_opaque_mark(void)
{
	return privilege_is_rootless() ? "user.overlay.opaque" : "trusted.overlay.opaque";
}

bool privilege_lacks_owner(int errno_code, uint32_t uid, uint32_t gid, struct err *err)
{
	if (errno_code != EINVAL || !privilege_is_rootless())
		return false;
	if (!privilege_has_ids())
		err_set(err, EINVAL,
			"its owner is %u:%u, and your containers have one id only: have root say \"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 NAME\" (/etc/subuid), then \"davit keeper stop\"",
			uid, gid);
	else
		err_set(err, EINVAL,
			"its owner is %u:%u, and your containers have %llu ids only: more in /etc/subuid and /etc/subgid (usermod --add-subuids), then \"davit keeper stop\"",
			uid, gid, (unsigned long long)know()->ids);
	return true;
}
