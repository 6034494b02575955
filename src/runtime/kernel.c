#include "runtime/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "util/own.h"
#include "util/strs.h"

#define SINCE(major, minor) KERNEL_VERSION_OF(major, minor)

static const struct {
	const char *name;
	uint32_t since;
} features[KERNEL_FEATURES] = {
	[KERNEL_NEW_MOUNT] = {"newmount", SINCE(5, 2)},
	[KERNEL_PIDFD_OPEN] = {"pidfd", SINCE(5, 3)},
	[KERNEL_OPENAT2] = {"openat2", SINCE(5, 6)},
	[KERNEL_TIME_NS] = {"timens", SINCE(5, 6)},
	[KERNEL_INTO_CGROUP] = {"into-cgroup", SINCE(5, 7)},
	[KERNEL_SOCKET_LOOKUP] = {"socket-lookup", SINCE(5, 9)},
	[KERNEL_CLOSE_RANGE] = {"close-range", SINCE(5, 9)},
	[KERNEL_VOLATILE] = {"volatile", SINCE(5, 10)},
	[KERNEL_USERXATTR] = {"userxattr", SINCE(5, 11)},
	[KERNEL_MOUNT_SETATTR] = {"mount-setattr", SINCE(5, 12)},
	[KERNEL_LANDLOCK] = {"landlock", SINCE(5, 13)},
	[KERNEL_CGROUP_KILL] = {"cgroup-kill", SINCE(5, 14)},
	[KERNEL_OVERLAY_IDMAP] = {"overlay-idmap", SINCE(5, 19)},
	[KERNEL_TMPFS_IDMAP] = {"tmpfs-idmap", SINCE(6, 3)},
	[KERNEL_LOWERDIR_PLUS] = {"lowerdir+", SINCE(6, 5)},
	[KERNEL_PIDFD_EXIT] = {"pidfd-exit", SINCE(6, 15)},
	[KERNEL_MOUNT_DETACHED] = {"mount-detached", SINCE(6, 15)},
	[KERNEL_TREE_NAMESPACE] = {"tree-namespace", SINCE(7, 0)},
};

#define BIT(feature) (UINT64_C(1) << (feature))

bool kernel_has(const struct kernel *kernel, enum kernel_feature feature)
{
	return kernel->features & BIT(feature);
}

const char *kernel_feature_name(enum kernel_feature feature)
{
	return features[feature].name;
}

static bool parse_version(const char *text, uint32_t *out)
{
	unsigned major, minor;

	if (sscanf(text, "%3u.%3u", &major, &minor) != 2 || minor > 255)
		return false;
	*out = KERNEL_VERSION_OF(major, minor);
	return true;
}

static uint64_t up_to(uint32_t version)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < KERNEL_FEATURES; i++) {
		if (features[i].since <= version)
			mask |= BIT(i);
	}
	return mask;
}

static int apply_word(struct kernel *kernel, const char *word, struct err *err)
{
	uint32_t version;

	if (word[0] == '-') {
		for (unsigned i = 0; i < KERNEL_FEATURES; i++) {
			if (str_eq(features[i].name, word + 1)) {
				kernel->features &= ~BIT(i);
				return 0;
			}
		}
	} else if (parse_version(word, &version)) {
		kernel->features &= up_to(version);
		if (version < kernel->version)
			kernel->version = version;
		return 0;
	}
	return err_set(err, EINVAL, "DAVIT_KERNEL: \"%s\" is neither a version nor -feature", word);
}

int kernel_derive(const char *release, const char *override, struct kernel *out, struct err *err)
{
	struct kernel kernel;
	char words[256], *rest = words, *word;
	int rc = 0;

	if (!parse_version(release, &kernel.version) || kernel.version < KERNEL_OLDEST)
		return err_set(err, ENOSYS, "Linux %.40s is too old: davit needs 5.10", release);
	kernel.features = up_to(kernel.version);
	snprintf(words, sizeof(words), "%s", override ? override : "");
	while (rc == 0 && (word = strsep(&rest, ",")) != NULL) {
		if (word[0])
			rc = apply_word(&kernel, word, err);
	}
	if (rc == 0)
		*out = kernel;
	return rc;
}

static bool is_missing(long rc)
{
	return rc < 0 && errno == ENOSYS;
}

int kernel_read(const char *override, struct kernel *out, struct err *err)
{
	struct utsname names;
	int rc;

	if (uname(&names) < 0)
		return err_sys(err, "uname");
	rc = kernel_derive(names.release, override, out, err);
	if (rc == 0 && is_missing(syscall(SYS_clone3, NULL, 0)))
		out->features &= ~BIT(KERNEL_INTO_CGROUP);
	return rc;
}

static void drop_if(struct kernel *kernel, bool missing, enum kernel_feature feature)
{
	if (missing)
		kernel->features &= ~BIT(feature);
}

/* Every call is given arguments that fail, so that asking does nothing. */
void kernel_probe(struct kernel *kernel)
{
	auto_close int overlay = -1;

	drop_if(kernel, is_missing(syscall(SYS_clone3, NULL, 0)), KERNEL_INTO_CGROUP);
	drop_if(kernel, is_missing(syscall(SYS_openat2, -1, "", NULL, 0)), KERNEL_OPENAT2);
	drop_if(kernel, is_missing(syscall(SYS_pidfd_open, -1, 0)), KERNEL_PIDFD_OPEN);
	drop_if(kernel, is_missing(syscall(SYS_close_range, 1, 0, 0)), KERNEL_CLOSE_RANGE);
	drop_if(kernel, is_missing(syscall(SYS_mount_setattr, -1, "", 0, NULL, 0)),
		KERNEL_MOUNT_SETATTR);
	drop_if(kernel, syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 0, KERNEL_LANDLOCK);
	drop_if(kernel, access("/proc/self/ns/time", F_OK) < 0, KERNEL_TIME_NS);
	drop_if(kernel, is_missing(syscall(SYS_fsopen, NULL, 0)), KERNEL_NEW_MOUNT);
	overlay = (int)syscall(SYS_fsopen, "overlay", 1 /* FSOPEN_CLOEXEC */);
	if (overlay >= 0)
		drop_if(kernel,
			syscall(SYS_fsconfig, overlay, 1 /* SET_STRING */, "lowerdir+", "/", 0) < 0,
			KERNEL_LOWERDIR_PLUS);
}
