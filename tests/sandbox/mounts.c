/* mounts.c - the file systems a host has, made anew inside the private mount namespace. */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sandbox.h"

#define STORE   "/var/lib/davit"
#define BOOT_ID "/run/davit-test/boot_id"
#define TUN     "/dev/net/tun"

static void mount_or_die(
	const char *source, const char *at, const char *type, unsigned long flags, const char *data)
{
	if (mount(source, at, type, flags, data) < 0)
		die_sys("mount %s on %s", type ? type : source, at);
}

/* Ours alone: the machine's mounts stay where they are, in its own namespace. Without this the
 * hidden ones below would still be read from mountinfo by the code under test. */
static void uncover(const char *at)
{
	while (umount2(at, MNT_DETACH) == 0)
		;
}

static void make_dirs(const char *path)
{
	char part[PATH_MAX];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			die_sys("mkdir %s", part);
	}
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		die_sys("mkdir %s", path);
}

/* ---- what the caller stands on, kept visible under the new /tmp and /run ---- */

struct kept {
	char path[PATH_MAX];
	int tree;
};

static bool is_covered(const char *path)
{
	return strncmp(path, "/tmp/", 5) == 0 || strncmp(path, "/run/", 5) == 0;
}

static struct kept keep(const char *path)
{
	struct kept kept = {.tree = -1};

	if (!path || !is_covered(path))
		return kept;
	snprintf(kept.path, sizeof(kept.path), "%s", path);
	kept.tree = (int)syscall(
		SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (kept.tree < 0)
		die_sys("keep %s", path);
	return kept;
}

static void put_back(const struct kept *kept)
{
	if (kept->tree < 0)
		return;
	make_dirs(kept->path);
	if (syscall(SYS_move_mount, kept->tree, "", AT_FDCWD, kept->path, MOVE_MOUNT_F_EMPTY_PATH) <
		0)
		die_sys("keep %s", kept->path);
	close(kept->tree);
}

/* ---- the store ---- */

/* The loop device goes with its last user, and its file with the device: nothing to undo. */
static int attach_loop(int image, char *path, size_t size)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	struct loop_config config = {.fd = (__u32)image, .info.lo_flags = LO_FLAGS_AUTOCLEAR};

	if (control < 0)
		die_sys("/dev/loop-control");
	for (int tries = 0; tries < 100; tries++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);
		int loop;

		if (number < 0)
			die_sys("find a free loop device");
		snprintf(path, size, "/dev/loop%d", number);
		loop = open(path, O_RDWR | O_CLOEXEC);
		if (loop < 0)
			die_sys("%s", path);
		if (ioctl(loop, LOOP_CONFIGURE, &config) == 0) {
			close(control);
			return loop;
		}
		if (errno != EBUSY) /* not just another sandbox that was quicker */
			die_sys("attach %s", path);
		close(loop);
	}
	die("no free loop device");
}

static off_t bytes_of(const char *size)
{
	char *unit;
	off_t bytes = strtoll(size, &unit, 10);

	switch (*unit) {
	case 'G':
	case 'g':
		bytes *= 1024;
		/* fall through */
	case 'M':
	case 'm':
		bytes *= 1024;
		/* fall through */
	case 'K':
	case 'k':
		return bytes * 1024;
	}
	return bytes;
}

static void mount_ext4(const char *size)
{
	int image = memfd_create("davit-sandbox-store", 0);
	char path[64];
	char *const mkfs[] = {"mkfs.ext4", "-q", "-F", "-m", "0", "-E",
		"lazy_itable_init=1,lazy_journal_init=1,nodiscard", path, NULL};
	int loop;

	if (image < 0 || ftruncate(image, bytes_of(size)) < 0)
		die_sys("a store of %s", size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", image);
	if (run(mkfs, NULL) != 0)
		die("mkfs.ext4 failed");
	loop = attach_loop(image, path, sizeof(path));
	mount_or_die(path, STORE, "ext4", 0, NULL);
	close(loop);
	close(image);
}

/* /var/lib becomes a copy-on-write view, so that the store's mount point and what the peers keep
 * there never reach the machine. */
static void mount_store(const struct options *opt)
{
	char data[128];

	make_dirs("/run/davit-test/var/upper");
	make_dirs("/run/davit-test/var/work");
	mount_or_die("davit-sandbox", "/var/lib", "overlay", 0,
		"lowerdir=/var/lib,upperdir=/run/davit-test/var/upper,workdir=/run/davit-test/var/work");
	make_dirs(STORE);
	if (opt->ext4) {
		mount_ext4(opt->size);
		return;
	}
	snprintf(data, sizeof(data), "mode=755,size=%s", opt->size);
	mount_or_die("tmpfs", STORE, "tmpfs", 0, data);
}

/* ---- the rest ---- */

/* A boot that a test can repeat: it writes another id into the file that hides the real one. */
static void mount_boot_id(void)
{
	char id[64];
	int fd;

	if (!file_read("/proc/sys/kernel/random/uuid", id, sizeof(id)))
		die_sys("/proc/sys/kernel/random/uuid");
	fd = open(BOOT_ID, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || dprintf(fd, "%s\n", id) < 0)
		die_sys("%s", BOOT_ID);
	close(fd);
	mount_or_die(BOOT_ID, "/proc/sys/kernel/random/boot_id", NULL, MS_BIND, NULL);
	/* A user namespace may mount a procfs only where one is seen that nothing covers. */
	make_dirs("/run/davit-test/proc");
	mount_or_die(
		"proc", "/run/davit-test/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	setenv("DAVIT_TEST_BOOT_ID", BOOT_ID, 1);
}

/* For ordinary users' networks. The machine's own node stays as it is. */
static void mount_tun(void)
{
	const char *dir = "/run/davit-test/dev", *node = "/run/davit-test/dev/tun";

	if (access(TUN, F_OK) < 0)
		return;
	make_dirs(dir);
	mount_or_die("tmpfs", dir, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k");
	if (mknod(node, S_IFCHR | 0666, makedev(10, 200)) < 0 || chmod(node, 0666) < 0)
		die_sys("%s", node);
	mount_or_die(node, TUN, NULL, MS_BIND, NULL);
}

static void mount_scratch(const struct options *opt)
{
	char cwd[PATH_MAX];
	struct kept kept[2];

	kept[0] = keep(getcwd(cwd, sizeof(cwd)));
	kept[1] = keep(opt->keep);
	mount_or_die("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
	mount_or_die("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	put_back(&kept[0]);
	put_back(&kept[1]);
	if (chdir(cwd) < 0)
		die_sys("%s", cwd);
	make_dirs("/run/davit-test");
	make_dirs("/run/lock");
	make_dirs("/run/netns");
}

void mounts_make(const struct options *opt, const struct hierarchies *h)
{
	const unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	mount_or_die("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	uncover("/proc");
	mount_or_die("proc", "/proc", "proc", safe, NULL);
	uncover("/sys");
	mount_or_die("sysfs", "/sys", "sysfs", safe, NULL);
	cgroup_mount(h);
	uncover("/dev/pts");
	mount_or_die("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		"newinstance,mode=620,gid=5,ptmxmode=666");
	uncover("/dev/shm");
	mount_or_die("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	mount_scratch(opt);
	mount_boot_id();
	mount_tun();
	mount_store(opt);
}
