#include <linux/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "runtime/launch/parts.h"
#include "runtime/launch/sys.h"

#ifndef SIOCGIFFLAGS
#define SIOCGIFFLAGS 0x8913
#define SIOCSIFFLAGS 0x8914
#endif

/* In HOLD, the first way out is kept: a helper that is started after the end belongs to the host.
 */
int launch_unshare(struct launch *l, uint64_t flags)
{
	if (l->net_is_held)
		flags &= ~SYS_CLONE_NEWNET;
	if (flags & SYS_CLONE_NEWNS && l->outer_mnt < 0)
		l->outer_mnt = sys_open(l->proc, "self/ns/mnt", O_RDONLY);
	if (flags & SYS_CLONE_NEWNET && l->outer_net < 0)
		l->outer_net = sys_open(l->proc, "self/ns/net", O_RDONLY);
	if (syscall(SYS_unshare, flags) < 0)
		return -errno;
	if (flags & SYS_CLONE_NEWNS)
		launch_dirs_moved(l);
	return 0;
}

int launch_join(const char *path, uint64_t flags)
{
	int fd = sys_open(AT_FDCWD, path, O_RDONLY), result;

	if (fd < 0)
		return fd;
	result = (int)sys_result(syscall(SYS_setns, fd, flags));
	close(fd);
	return result;
}

int launch_loopback_up(void)
{
	struct ifreq lo;
	int fd = (int)sys_result(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), result;

	if (fd < 0)
		return fd;
	memset(&lo, 0, sizeof(lo));
	memcpy(lo.ifr_name, "lo", 3);
	result = (int)sys_result(ioctl(fd, SIOCGIFFLAGS, &lo));
	lo.ifr_flags |= IFF_UP;
	if (!result)
		result = (int)sys_result(ioctl(fd, SIOCSIFFLAGS, &lo));
	close(fd);
	return result;
}
