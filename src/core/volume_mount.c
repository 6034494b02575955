/* volume_mount.c - a volume that is a file system of its own (type, o, device), mounted at its
 * _data in the host's mount namespace while a container runs that uses it. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/privilege.h"
#include "core/volume_use.h"
#include "util/own.h"

/* mount(8)'s words that are flags; all others are for the file system. */
static const struct {
	const char *word;
	unsigned long set, clear;
} flags[] = {
	{"defaults", 0, 0},
	{"ro", MS_RDONLY, 0},
	{"rw", 0, MS_RDONLY},
	{"suid", 0, MS_NOSUID},
	{"nosuid", MS_NOSUID, 0},
	{"dev", 0, MS_NODEV},
	{"nodev", MS_NODEV, 0},
	{"exec", 0, MS_NOEXEC},
	{"noexec", MS_NOEXEC, 0},
	{"sync", MS_SYNCHRONOUS, 0},
	{"async", 0, MS_SYNCHRONOUS},
	{"dirsync", MS_DIRSYNC, 0},
	{"atime", 0, MS_NOATIME},
	{"noatime", MS_NOATIME, 0},
	{"diratime", 0, MS_NODIRATIME},
	{"nodiratime", MS_NODIRATIME, 0},
	{"relatime", MS_RELATIME, 0},
	{"norelatime", 0, MS_RELATIME},
	{"strictatime", MS_STRICTATIME, 0},
	{"bind", MS_BIND, 0},
	{"rbind", MS_BIND | MS_REC, 0},
};

static bool take_flag(const char *word, unsigned long *out)
{
	for (size_t i = 0; i < array_len(flags); i++) {
		if (!str_eq(flags[i].word, word))
			continue;
		*out = (*out & ~flags[i].clear) | flags[i].set;
		return true;
	}
	return false;
}

/* The kernel's network file systems take addresses only. */
static int add_address(struct buf *data, const char *host, struct err *err)
{
	struct addrinfo *found = NULL;
	char text[100] = "";
	int failed =
		getaddrinfo(host, NULL, &(struct addrinfo){.ai_socktype = SOCK_STREAM}, &found);

	if (!failed)
		failed = getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text), NULL, 0,
			NI_NUMERICHOST);
	if (found)
		freeaddrinfo(found);
	if (failed)
		return err_set(err, EHOSTUNREACH,
			"error resolving passed in network volume address %.100s: %s", host,
			gai_strerror(failed));
	buf_addf(data, "addr=%s", text);
	return 0;
}

static int split(
	const char *words, bool network, unsigned long *set, struct buf *data, struct err *err)
{
	auto_free char *copy = strdup(words);
	char *rest = copy, *word;

	if (!copy)
		return err_set(err, ENOMEM, "mount a volume: out of memory");
	while ((word = strsep(&rest, ","))) {
		if (!*word || take_flag(word, set))
			continue;
		if (data->len)
			buf_addc(data, ',');
		if (!network || !str_has_prefix(word, "addr="))
			buf_adds(data, word);
		else if (add_address(data, word + 5, err) < 0)
			return err->code;
	}
	return buf_failed(data) ? err_set(err, ENOMEM, "mount a volume: out of memory") : 0;
}

bool volume_is_mounted(int lock_fd)
{
	struct statx stx;

	return statx(lock_fd, "_data", AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &stx) ==
		       0 &&
	       stx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT &&
	       stx.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static int describe_failure(const struct volume *volume, const char *device, const char *data,
	int code, struct err *err)
{
	return err_set(err, code,
		"error while mounting volume '%.100s': failed to mount local volume: mount %.100s, data: %.100s: %s",
		volume->name, device, data, err_name(code));
}

static int mount_at(const struct volume *volume, int at, struct err *err)
{
	const char *type = strs_env(&volume->options, "type"),
		   *device = strs_env(&volume->options, "device"),
		   *words = strs_env(&volume->options, "o");
	bool network = str_eq(type, "nfs") || str_eq(type, "nfs4") || str_eq(type, "cifs");
	auto_buf data = BUF_INIT;
	unsigned long set = 0;
	char target[40];

	if (split(words ? words : "", network, &set, &data, err) < 0)
		return err->code;
	snprintf(target, sizeof(target), "/proc/self/fd/%d", at);
	if (mount(device, target, type, set, buf_text(&data)) < 0)
		return describe_failure(volume, device, buf_text(&data), errno, err);
	return 0;
}

/* What the host closed, a user namespace's root may not open: it must be asked for again. */
static unsigned long locked_flags(int at)
{
	struct statvfs fs;

	if (!privilege_is_rootless() || fstatvfs(at, &fs) < 0)
		return 0;
	return (fs.f_flag & ST_NOSUID ? MS_NOSUID : 0) | (fs.f_flag & ST_NODEV ? MS_NODEV : 0) |
	       (fs.f_flag & ST_NOEXEC ? MS_NOEXEC : 0) | (fs.f_flag & ST_RDONLY ? MS_RDONLY : 0) |
	       (fs.f_flag & ST_NOATIME ? MS_NOATIME : 0) |
	       (fs.f_flag & ST_RELATIME ? MS_RELATIME : 0);
}

/* A bind takes its flags only when it is there. */
static int remount_bind(const struct volume *volume, int lock_fd, struct err *err)
{
	const char *words = strs_env(&volume->options, "o");
	auto_buf data = BUF_INIT;
	auto_close int at = -1;
	unsigned long set = 0;
	char target[40];

	if (split(words ? words : "", false, &set, &data, err) < 0)
		return err->code;
	set &= ~(unsigned long)MS_REC;
	if (!(set & MS_BIND) || set == MS_BIND)
		return 0;
	at = openat(lock_fd, "_data", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	snprintf(target, sizeof(target), "/proc/self/fd/%d", at);
	set |= at < 0 ? 0 : locked_flags(at);
	return at < 0 || mount(NULL, target, NULL, set | MS_REMOUNT, NULL) < 0
		       ? err_sys(err, "mount volume %s", volume->name)
		       : 0;
}

int volume_unmount(struct engine *engine, int lock_fd, struct err *err)
{
	auto_close int at = -1;
	char target[40];

	(void)engine;
	if (!volume_is_mounted(lock_fd))
		return 0;
	at = openat(lock_fd, "_data", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	snprintf(target, sizeof(target), "/proc/self/fd/%d", at);
	return at < 0 || umount2(target, MNT_DETACH) < 0 ? err_sys(err, "unmount a volume") : 0;
}

int volume_mount(
	struct engine *engine, const struct volume *volume, int lock_fd, bool busy, struct err *err)
{
	auto_close int at = -1;
	bool mounted = volume->options.len && volume_is_mounted(lock_fd);
	int failed;

	if (!volume->options.len || (mounted && busy))
		return 0;
	/* What the last user left behind is no more, as with docker. */
	if (mounted && volume_unmount(engine, lock_fd, err) < 0)
		return err->code;
	at = openat(lock_fd, "_data", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (at < 0)
		return err_sys(err, "open the volume's data");
	failed = mount_at(volume, at, err);
	return failed ? failed : remount_bind(volume, lock_fd, err);
}
