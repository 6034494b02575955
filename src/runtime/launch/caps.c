#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"

enum { CAPS = 64 };

int launch_bounding(uint64_t keep)
{
	for (int cap = 0; cap < CAPS; cap++)
		if (!(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return errno == EINVAL ? 0 : -errno; /* the kernel has no more of them */
	return 0;
}

static int set_ambient(uint64_t ambient)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	for (int cap = 0; cap < CAPS; cap++)
		if (ambient >> cap & 1 &&
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return -errno;
	return 0;
}

/* n: permitted, effective, inheritable, ambient. Another user than root keeps none effective: what
 * it can see and execute is judged as its own from here on. */
int launch_caps(struct launch *l, const uint64_t n[4])
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];
	uint64_t effective = l->uid ? n[1] & n[3] : n[1];

	for (int i = 0; i < 2; i++) {
		data[i].permitted = (uint32_t)(n[0] >> 32 * i);
		data[i].effective = (uint32_t)(effective >> 32 * i);
		data[i].inheritable = (uint32_t)(n[2] >> 32 * i);
	}
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 || syscall(SYS_capset, &head, data) < 0)
		return -errno;
	return set_ambient(n[3]);
}

/* Takes effect with the exec. The name below attr/apparmor is Linux 5.8's, for hosts with several
 * such modules. */
int launch_apparmor(struct launch *l, const char *profile)
{
	char text[320];
	int error;

	launch_say(text, sizeof(text), "exec %s", profile);
	error = launch_proc_write(l->proc, "self/attr/apparmor", "exec", text);
	if (error == -ENOENT)
		error = launch_proc_write(l->proc, "self/attr", "exec", text);
	return error ? launch_fail(l, error, 125, "apply AppArmor profile %s: %e", profile, error)
		     : 0;
}

/* SPEC_ALLOW: before 5.16 a filter would else slow the whole workload by turning speculation off.
 */
int launch_seccomp(struct launch *l, const struct plan_step *step)
{
	struct {
		unsigned short len;
		const void *filter;
	} prog = {(unsigned short)(step->a.len / 8), plan_text(&l->plan, step->a)};
	unsigned long flags = step->n[0] ? step->n[0] : SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	int result = (int)sys_result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog));

	if (result < 0 || !(flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
		return result;
	/* It goes where the caller takes it; nothing of it stays with who is filtered. */
	flags = (unsigned long)launch_gate_listener(l->gate, result);
	close(result);
	return (int)flags;
}
