#include "fake_cgroups.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/own.h"
#include "util/path.h"

static const char v2_mounts[] =
	"24 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	"31 24 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

static const char v1_mounts[] =
	"31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
	"32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
	"33 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
	"34 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	"35 31 0:33 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices\n"
	"36 31 0:34 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer\n"
	"37 31 0:35 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio\n"
	"38 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
	"39 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n";

static const char hybrid_more[] = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
				  "42 31 0:38 / /mnt/again\\040here rw - cgroup2 cgroup2 rw\n";

static const char outside_mounts[] = "31 24 0:28 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

void fake_cgroups_file(const char *dir, const char *path, const char *content)
{
	char full[512];
	char *slash;
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	slash = strrchr(full, '/');
	*slash = '\0';
	if (path_mkdirs(full, 0755) < 0)
		abort();
	*slash = '/';
	file = fopen(full, "we");
	if (!file || fputs(content, file) < 0 || fclose(file) != 0)
		abort();
}

char *fake_cgroups_read(const char *dir, const char *path)
{
	char full[512], *text = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	file = fopen(full, "re");
	if (!file)
		return NULL;
	len = getdelim(&text, &size, '\0', file);
	fclose(file);
	if (len < 0 && text)
		text[0] = '\0';
	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	return text;
}

static void make_v1(const char *dir)
{
	static const char *const files[] = {"cpu,cpuacct/cpu.shares", "memory/tasks",
		"devices/tasks", "freezer/tasks", "blkio/tasks", "pids/tasks", "systemd/tasks"};
	char path[128];

	for (size_t i = 0; i < array_len(files); i++) {
		snprintf(path, sizeof(path), "sys/fs/cgroup/%s", files[i]);
		fake_cgroups_file(dir, path, "");
	}
	fake_cgroups_file(dir, "sys/fs/cgroup/cpuset/cpuset.cpus", "0-3\n");
	fake_cgroups_file(dir, "sys/fs/cgroup/cpuset/cpuset.mems", "0\n");
}

void fake_cgroups_make(enum fake_host host, char *dir)
{
	char mounts[4096] = "";

	strcpy(dir, "/tmp/davit-cgroups-XXXXXX");
	if (!mkdtemp(dir))
		abort();
	if (host == FAKE_V2) {
		strcpy(mounts, v2_mounts);
		fake_cgroups_file(dir, "sys/fs/cgroup/cgroup.controllers",
			"cpuset cpu io memory hugetlb pids rdma\n");
		fake_cgroups_file(dir, "sys/fs/cgroup/cgroup.subtree_control", "");
	} else if (host == FAKE_OUTSIDE) {
		strcpy(mounts, outside_mounts);
	} else {
		strcpy(mounts, v1_mounts);
		make_v1(dir);
	}
	if (host == FAKE_HYBRID) {
		strcat(mounts, hybrid_more);
		fake_cgroups_file(
			dir, "sys/fs/cgroup/unified/cgroup.controllers", "hugetlb memory\n");
	}
	fake_cgroups_file(dir, "proc/self/mountinfo", mounts);
}

void fake_cgroups_remove(const char *dir)
{
	path_remove_at(AT_FDCWD, dir);
}
