#include "runtime/caps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>

#include "util/own.h"

static const char *const names[CAPS_COUNT] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

const char *caps_name(unsigned number)
{
	return number < CAPS_COUNT ? names[number] : NULL;
}

int caps_number(const char *name)
{
	if (strncasecmp(name, "CAP_", 4) == 0)
		name += 4;
	for (unsigned i = 0; i < CAPS_COUNT; i++) {
		if (strcasecmp(names[i] + 4, name) == 0)
			return (int)i;
	}
	return -1;
}

static bool is_all(const char *name)
{
	return strcasecmp(name, "ALL") == 0 || strcasecmp(name, "CAP_ALL") == 0;
}

static int read_list(const struct strs *list, uint64_t *mask, bool *all, struct err *err)
{
	*mask = 0;
	*all = false;
	for (size_t i = 0; list && i < list->len; i++) {
		int number = caps_number(list->v[i]);

		if (is_all(list->v[i]))
			*all = true;
		else if (number < 0)
			return err_set(err, EINVAL, "unknown capability: \"%s\"", list->v[i]);
		else
			*mask |= CAPS_BIT(number);
	}
	return 0;
}

int caps_adjust(uint64_t base, const struct strs *add, const struct strs *drop, uint64_t *out,
	struct err *err)
{
	uint64_t adds, drops;
	bool add_all, drop_all;
	int rc;

	rc = read_list(add, &adds, &add_all, err);
	if (rc == 0)
		rc = read_list(drop, &drops, &drop_all, err);
	if (rc < 0)
		return rc;
	if (add_all)
		*out = caps_known() & ~drops;
	else if (drop_all)
		*out = adds;
	else
		*out = (base & ~drops) | adds;
	return 0;
}

void caps_names(uint64_t mask, struct strs *out)
{
	for (unsigned i = 0; i < CAPS_COUNT; i++) {
		if (mask & CAPS_BIT(i))
			strs_add(out, names[i]);
	}
}

bool caps_is_name(const char *name)
{
	int number = caps_number(name);

	return number >= 0 && strcmp(names[number], name) == 0;
}

uint64_t caps_from_names(const struct strs *list)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < list->len; i++)
		if (caps_is_name(list->v[i]))
			mask |= CAPS_BIT(caps_number(list->v[i]));
	return mask;
}

static uint64_t bounding(void)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < CAPS_COUNT; i++)
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) > 0)
			mask |= CAPS_BIT(i);
	return mask;
}

uint64_t caps_known(void)
{
	auto_close int fd = open("/proc/sys/kernel/cap_last_cap", O_RDONLY | O_CLOEXEC);
	char text[16] = "";
	long last;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return bounding();
	last = strtol(text, NULL, 10);
	return bounding() & (last >= CAPS_COUNT - 1 ? CAPS_ALL : CAPS_BIT(last + 1) - 1);
}
