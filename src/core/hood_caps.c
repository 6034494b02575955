/* hood_caps.c - the capabilities of its first process, each with what it allows
 * (capabilities(7)). */
#include <stdio.h>
#include <stdlib.h>
#include <linux/capability.h>

#include "core/hood_parts.h"
#include "core/privilege.h"
#include "runtime/caps.h"

/* By number. */
static const char *const allows[CAPS_COUNT] = {
	"give files to another owner",
	"read and write files whatever their mode says",
	"read and search files whatever their mode says",
	"do what only a file's owner may",
	"keep set-user-ID bits when writing",
	"signal any process it can see",
	"change its group",
	"change its user",
	"give up or pass on capabilities",
	"change immutable and append-only files",
	"listen on ports below 1024",
	"broadcast (not used by the kernel)",
	"configure networks",
	"craft packets: raw sockets, ping",
	"lock memory",
	"ignore owners of System V objects",
	"load kernel modules",
	"talk to hardware directly",
	"chroot",
	"trace any process it can see",
	"switch process accounting",
	"administer: mount, namespaces, and much more",
	"reboot, and load another kernel",
	"raise priorities",
	"ignore resource limits",
	"set the clock",
	"configure terminals",
	"make device files",
	"lease files",
	"write the audit log",
	"configure auditing",
	"give files capabilities",
	"override mandatory access control",
	"configure mandatory access control",
	"read and clear the kernel's log",
	"wake the machine up",
	"keep the machine awake",
	"read the audit log",
	"watch performance of others",
	"load BPF programs",
	"checkpoint and restore processes",
};

/* Those that the kernel asks for in the host's user namespace alone: to have one in another is to
 * have nothing. */
static const uint64_t of_the_host =
	CAPS_BIT(CAP_LINUX_IMMUTABLE) | CAPS_BIT(CAP_SYS_MODULE) | CAPS_BIT(CAP_SYS_RAWIO) |
	CAPS_BIT(CAP_SYS_PACCT) | CAPS_BIT(CAP_SYS_TIME) | CAPS_BIT(CAP_SYS_TTY_CONFIG) |
	CAPS_BIT(CAP_MKNOD) | CAPS_BIT(CAP_LEASE) | CAPS_BIT(CAP_AUDIT_WRITE) |
	CAPS_BIT(CAP_AUDIT_CONTROL) | CAPS_BIT(CAP_MAC_OVERRIDE) | CAPS_BIT(CAP_MAC_ADMIN) |
	CAPS_BIT(CAP_SYSLOG) | CAPS_BIT(CAP_WAKE_ALARM) | CAPS_BIT(CAP_BLOCK_SUSPEND) |
	CAPS_BIT(CAP_AUDIT_READ);

static const char *allowed(const struct hooded *h, unsigned cap, bool kept)
{
	if (!kept || !(hood_has_userns(h) || (h->row && privilege_is_rootless())))
		return kept ? "May" : "May, once it runs a program that has it";
	return of_the_host & CAPS_BIT(cap)
		       ? "May not, for only the host's root is let: in a user namespace this is of no use"
		       : "May, with what its user namespace owns";
}

void hood_capabilities(struct hooded *h)
{
	auto_buf text = BUF_INIT;
	const char *status = hood_read(h, "status", &text);
	char effective[32], bounding[32];
	uint64_t has, may;

	hood_status(status, "CapEff", effective, sizeof(effective));
	hood_status(status, "CapBnd", bounding, sizeof(bounding));
	has = strtoull(effective, NULL, 16);
	may = strtoull(bounding, NULL, 16);
	for (unsigned i = 0; i < CAPS_COUNT; i++) {
		bool kept = has & CAPS_BIT(i);

		hood_add(h, HOOD_CAPABILITIES, caps_name(i) + sizeof("CAP_") - 1, "%s",
			kept                ? "kept"
			: may & CAPS_BIT(i) ? "within reach"
					    : "dropped");
		hood_words(h, "%s: %s.",
			kept || may & CAPS_BIT(i) ? allowed(h, i, kept) : "May not", allows[i]);
		hood_proof(h, "/proc/%d/status", h->pid);
		hood_command(h, "grep Cap /proc/%d/status; capsh --decode=%s", h->pid, effective);
	}
}
