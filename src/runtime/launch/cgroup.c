#include <linux/bpf.h>
#include <string.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/say.h"
#include "runtime/launch/sys.h"

static int open_file(const char *dir, const char *file, int flags)
{
	char path[512];

	if (launch_say(path, sizeof(path), "%s/%s", dir, file) + 1 == sizeof(path))
		return -ENAMETOOLONG;
	return sys_open(AT_FDCWD, path, flags | O_NOFOLLOW);
}

int launch_cgroup_make(const char *dir)
{
	return mkdir(dir, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

int launch_cgroup_write(const char *dir, const char *file, const char *value, size_t len)
{
	int fd = open_file(dir, file, O_WRONLY);
	ssize_t wrote;

	if (fd < 0)
		return fd;
	wrote = sys_result(write(fd, value, len));
	close(fd);
	return wrote < 0 ? (int)wrote : 0;
}

static ssize_t read_whole(const char *dir, const char *file, char *to, size_t room)
{
	int fd = open_file(dir, file, O_RDONLY);
	ssize_t len = fd < 0 ? fd : sys_result(read(fd, to, room));

	sys_close(&fd);
	return len;
}

/* A child that has it already, from birth (cgroup.clone_children), is left alone: a write makes the
 * kernel look at every cpuset there is, 0.3 ms beside 600 of them. */
int launch_cgroup_copy(const char *dir, const char *file)
{
	char up[512], value[256], has[256];
	ssize_t len, had;

	if (launch_say(up, sizeof(up), "%s/..", dir) + 1 == sizeof(up))
		return -ENAMETOOLONG;
	len = read_whole(up, file, value, sizeof(value));
	if (len < 0)
		return (int)len;
	had = read_whole(dir, file, has, sizeof(has));
	if (had == len && !memcmp(has, value, (size_t)len))
		return 0;
	return launch_cgroup_write(dir, file, value, (size_t)len);
}

int launch_cgroup_devices(const char *dir, const void *program, size_t len)
{
	union bpf_attr load, attach;
	int cgroup, result;

	memset(&load, 0, sizeof(load));
	load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	load.insns = (uintptr_t)program;
	load.insn_cnt = (uint32_t)(len / 8);
	load.license = (uintptr_t) "GPL";
	memset(&attach, 0, sizeof(attach));
	attach.attach_type = BPF_CGROUP_DEVICE;
	attach.attach_flags = BPF_F_ALLOW_MULTI;
	cgroup = sys_open(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY);
	if (cgroup < 0)
		return cgroup;
	result = (int)sys_result(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load)));
	if (result >= 0) {
		attach.target_fd = (uint32_t)cgroup;
		attach.attach_bpf_fd = (uint32_t)result;
		result =
			(int)sys_result(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)));
		close((int)attach.attach_bpf_fd);
	}
	close(cgroup);
	return result;
}

/* "0" is the writer itself. While it is single-threaded the kernel (5.5) skips the RCU wait of a
 * move, which would cost 8-20 ms; a write by anybody else in its name pays it. */
int launch_cgroup_enter(const char *dir, const char *file)
{
	return launch_cgroup_write(dir, file, "0", 1);
}
