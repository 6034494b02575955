/* The words of a mount's options. */
#include <linux/mount.h>
#include <sys/mount.h>

#include "runtime/compile_mount_parts.h"

/* mount(8)'s words. Whatever is none of them is the file system's own. */
enum { ATTR_NOSYMFOLLOW = 0x200000 }; /* 5.14 */

static const struct option {
	const char *name;
	uint64_t set, clear; /* MOUNT_ATTR_* */
	uint64_t propagation;
	bool bind, recursive, flat; /* flat: what is mounted below keeps its own */
	bool deep;                  /* of all that is mounted below, too */
} known[] = {
	{"defaults", .set = 0},
	{"rw", .clear = MOUNT_ATTR_RDONLY},
	{"ro", .set = MOUNT_ATTR_RDONLY, .flat = true},
	{"rro", .set = MOUNT_ATTR_RDONLY, .deep = true},
	{"rrw", .clear = MOUNT_ATTR_RDONLY, .deep = true},
	{"rsuid", .clear = MOUNT_ATTR_NOSUID, .deep = true},
	{"rnosuid", .set = MOUNT_ATTR_NOSUID, .deep = true},
	{"rdev", .clear = MOUNT_ATTR_NODEV, .deep = true},
	{"rnodev", .set = MOUNT_ATTR_NODEV, .deep = true},
	{"rexec", .clear = MOUNT_ATTR_NOEXEC, .deep = true},
	{"rnoexec", .set = MOUNT_ATTR_NOEXEC, .deep = true},
	{"rrelatime", .clear = MOUNT_ATTR__ATIME, .deep = true},
	{"rnoatime", .set = MOUNT_ATTR_NOATIME, .clear = MOUNT_ATTR__ATIME, .deep = true},
	{"rstrictatime", .set = MOUNT_ATTR_STRICTATIME, .clear = MOUNT_ATTR__ATIME, .deep = true},
	{"ratime", .clear = MOUNT_ATTR__ATIME, .deep = true},
	{"rdiratime", .clear = MOUNT_ATTR_NODIRATIME, .deep = true},
	{"rnodiratime", .set = MOUNT_ATTR_NODIRATIME, .deep = true},
	{"rsymfollow", .clear = ATTR_NOSYMFOLLOW, .deep = true},
	{"rnosymfollow", .set = ATTR_NOSYMFOLLOW, .deep = true},
	{"symfollow", .clear = ATTR_NOSYMFOLLOW},
	{"nosymfollow", .set = ATTR_NOSYMFOLLOW},
	{"atime", .clear = MOUNT_ATTR__ATIME},
	{"norelatime", .clear = MOUNT_ATTR__ATIME},
	{"nostrictatime", .clear = MOUNT_ATTR__ATIME},
	/* what every file system does unless told otherwise */
	{"async", .set = 0},
	{"nomand", .set = 0},
	{"loud", .set = 0},
	{"noiversion", .set = 0},
	{"noacl", .set = 0},
	/* compile_ids.c */
	{"idmap", .set = 0},
	{"ridmap", .set = 0},
	{"suid", .clear = MOUNT_ATTR_NOSUID},
	{"nosuid", .set = MOUNT_ATTR_NOSUID},
	{"dev", .clear = MOUNT_ATTR_NODEV},
	{"nodev", .set = MOUNT_ATTR_NODEV},
	{"exec", .clear = MOUNT_ATTR_NOEXEC},
	{"noexec", .set = MOUNT_ATTR_NOEXEC},
	{"relatime", .set = MOUNT_ATTR_RELATIME, .clear = MOUNT_ATTR__ATIME},
	{"noatime", .set = MOUNT_ATTR_NOATIME, .clear = MOUNT_ATTR__ATIME},
	{"strictatime", .set = MOUNT_ATTR_STRICTATIME, .clear = MOUNT_ATTR__ATIME},
	{"diratime", .clear = MOUNT_ATTR_NODIRATIME},
	{"nodiratime", .set = MOUNT_ATTR_NODIRATIME},
	{"bind", .bind = true},
	{"rbind", .bind = true, .recursive = true},
	{"private", .propagation = MS_PRIVATE},
	{"rprivate", .propagation = MS_PRIVATE | MS_REC},
	{"slave", .propagation = MS_SLAVE},
	{"rslave", .propagation = MS_SLAVE | MS_REC},
	{"shared", .propagation = MS_SHARED},
	{"rshared", .propagation = MS_SHARED | MS_REC},
	{"unbindable", .propagation = MS_UNBINDABLE},
	{"runbindable", .propagation = MS_UNBINDABLE | MS_REC},
};

/* Words that would change what the container sees, and that we cannot do. */
static const char *const refused[] = {"remount"};

static const struct option *find_option(const char *word)
{
	for (size_t i = 0; i < array_len(known); i++) {
		if (str_eq(known[i].name, word))
			return &known[i];
	}
	return NULL;
}

const char *compile_mount_option(size_t i)
{
	return i < array_len(known) ? known[i].name : NULL;
}

int compile_mount_flags(struct compiler *c, const struct spec_mount *mount, struct mount_flags *out)
{
	*out = (struct mount_flags){.bind = str_eq(mount->type, "bind")};
	for (size_t i = 0; i < mount->options.len; i++) {
		const char *word = mount->options.v[i];
		const struct option *option = find_option(word);

		for (size_t r = 0; r < array_len(refused); r++) {
			if (str_eq(refused[r], word))
				return err_set(c->err, ENOTSUP,
					"mount %.200s: the option %s is not supported",
					mount->destination, word);
		}
		if (out->bind && str_has_prefix(word, "subpath=")) {
			out->subpath = word + strlen("subpath=");
			continue;
		}
		if (str_eq(word, "tmpcopyup") && str_eq(mount->type, "tmpfs")) {
			out->copy_up = true;
			continue;
		}
		if (!option) {
			strs_add(&out->data, word);
			continue;
		}
		/* the last word wins, as with mount(8) */
		out->set = (out->set & ~option->clear) | option->set;
		out->clear = (out->clear & ~option->set) | option->clear;
		if (option->deep) {
			out->deep_set = (out->deep_set & ~option->clear) | option->set;
			out->deep_clear = (out->deep_clear & ~option->set) | option->clear;
		}
		out->propagation = option->propagation ? option->propagation : out->propagation;
		if ((option->set | option->clear) & MOUNT_ATTR_RDONLY)
			out->flat = option->flat;
		out->bind |= option->bind;
		out->recursive |= option->recursive;
	}
	return strs_failed(&out->data) ? err_set(c->err, ENOMEM, "mounts: out of memory") : 0;
}
