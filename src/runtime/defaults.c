#include "runtime/defaults.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>

#include "runtime/caps.h"

static const struct {
	const char *destination, *type, *options;
} mounts[] = {
	{"/proc", "proc", "nosuid,noexec,nodev"},
	{"/dev", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"},
	{"/dev/pts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"},
	{"/sys", "sysfs", "nosuid,noexec,nodev,ro"},
	{"/sys/fs/cgroup", "cgroup", "ro,nosuid,noexec,nodev"},
	{"/dev/mqueue", "mqueue", "nosuid,noexec,nodev"},
	{"/dev/shm", "tmpfs", "nosuid,noexec,nodev,mode=1777,size=67108864"},
};

/* Where there is no group 5. */
enum { PTS_GROUP = 5 };
#define PTS_OF_ONE_ID "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620"

static const char *const masked[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
};

static const char *const readonly[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

static const char *const namespaces[] = {"mount", "uts", "pid", "ipc", "network"};

enum { NOFILE_SOFT = 1024, NOFILE_HARD = 524288, STRICT_PIDS = 4096, CPUS_MAX = 8192 };

static uint64_t hard_limit(int resource)
{
	struct rlimit limit;

	return getrlimit(resource, &limit) < 0 ? 0 : limit.rlim_max;
}

static bool reads(const char *path, const char *word)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[8192];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	return strstr(text, word);
}

void defaults_host_read(struct defaults_host *host)
{
	char path[80];

	host->apparmor = reads("/sys/module/apparmor/parameters/enabled", "Y");
	host->apparmor_ready = host->apparmor && reads("/sys/kernel/security/apparmor/profiles",
							 DEFAULTS_APPARMOR " (");

	host->nofile_hard = hard_limit(RLIMIT_NOFILE);
	host->core_hard = hard_limit(RLIMIT_CORE);
	for (host->thermal_cpus = 0; host->thermal_cpus < CPUS_MAX; host->thermal_cpus++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/thermal_throttle",
			host->thermal_cpus);
		if (access(path, F_OK) < 0)
			return;
	}
}

static int set_text(char **to, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static int add_rlimit(struct spec *spec, const char *type, uint64_t soft, uint64_t hard)
{
	struct spec_rlimit *limit = spec_grow(&spec->process.rlimits);

	if (!limit)
		return -ENOMEM;
	limit->soft = soft < hard ? soft : hard;
	limit->hard = hard;
	return set_text(&limit->type, type);
}

static void replace_caps(struct strs *list, uint64_t mask)
{
	strs_fini(list);
	caps_names(mask, list);
}

int defaults_set_caps(struct spec *spec, uint64_t mask)
{
	struct spec_caps *caps = &spec->process.capabilities;

	spec->process.has_capabilities = true;
	replace_caps(&caps->bounding, mask);
	replace_caps(&caps->permitted, mask);
	replace_caps(&caps->effective, mask);
	return strs_failed(&caps->bounding) || strs_failed(&caps->permitted) ||
			       strs_failed(&caps->effective)
		       ? -ENOMEM
		       : 0;
}

static int fill_process(struct spec *spec, const struct defaults_host *host)
{
	struct spec_process *process = &spec->process;
	uint64_t nofile = host->nofile_hard < NOFILE_HARD ? host->nofile_hard : NOFILE_HARD;
	int rc = set_text(&process->cwd, "/");

	strs_add(
		&process->env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	if (rc == 0)
		rc = set_text(&process->user.username, "0");
	if (rc == 0)
		rc = defaults_set_caps(spec, CAPS_DEFAULT);
	/* A huge soft limit costs old programs minutes: they close every possible descriptor. */
	if (rc == 0)
		rc = add_rlimit(spec, "RLIMIT_NOFILE", NOFILE_SOFT, nofile);
	if (rc == 0)
		rc = add_rlimit(spec, "RLIMIT_CORE", 0, host->core_hard);
	return strs_failed(&process->env) ? -ENOMEM : rc;
}

static int fill_namespaces(struct spec *spec, const struct defaults_host *host)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < array_len(namespaces); i++)
		rc = spec_set_namespace(spec, namespaces[i], NULL);
	if (rc == 0 && host->pure_v2)
		rc = spec_set_namespace(spec, "cgroup", NULL);
	return rc;
}

static int fill_paths(struct spec *spec, const struct defaults_host *host)
{
	struct strs *hidden = &spec->lnx.masked_paths;

	for (size_t i = 0; i < array_len(masked); i++)
		strs_add(hidden, masked[i]);
	for (unsigned i = 0; i < host->thermal_cpus; i++)
		strs_addf(hidden, "/sys/devices/system/cpu/cpu%u/thermal_throttle", i);
	for (size_t i = 0; i < array_len(readonly); i++)
		strs_add(&spec->lnx.readonly_paths, readonly[i]);
	return strs_failed(hidden) || strs_failed(&spec->lnx.readonly_paths) ? -ENOMEM : 0;
}

/* Images rely on both: servers of port 80 without root, and ping without NET_RAW. */
static int fill_sysctl(struct spec *spec, const struct defaults_host *host)
{
	uint64_t last = host->groups && host->groups <= INT32_MAX ? host->groups - 1 : INT32_MAX;

	strs_add(&spec->lnx.sysctl, "net.ipv4.ip_unprivileged_port_start=0");
	strs_addf(&spec->lnx.sysctl, "net.ipv4.ping_group_range=0 %llu", (unsigned long long)last);
	return strs_failed(&spec->lnx.sysctl) ? -ENOMEM : 0;
}

static int deny_devices(struct spec *spec)
{
	struct spec_device_rule *rule = spec_grow(&spec->lnx.resources.devices);

	return rule ? set_text(&rule->access, "rwm") : -ENOMEM;
}

static int fill(struct spec *spec, const struct defaults_host *host)
{
	int rc = set_text(&spec->oci_version, "1.2.0");

	if (rc == 0)
		rc = set_text(&spec->root.path, "rootfs");
	if (rc == 0)
		rc = fill_process(spec, host);
	for (size_t i = 0; rc == 0 && i < array_len(mounts); i++)
		rc = spec_add_mount(spec, mounts[i].destination, mounts[i].type, mounts[i].type,
			host->groups && host->groups <= PTS_GROUP &&
					str_eq(mounts[i].type, "devpts")
				? PTS_OF_ONE_ID
				: mounts[i].options);
	if (rc == 0)
		rc = fill_namespaces(spec, host);
	if (rc == 0)
		rc = fill_paths(spec, host);
	if (rc == 0)
		rc = fill_sysctl(spec, host);
	return rc < 0 ? rc : deny_devices(spec);
}

int defaults_spec(const struct defaults_host *host, struct spec **out, struct err *err)
{
	auto_of(spec) struct spec *spec = spec_new();

	if (!spec || fill(spec, host) < 0)
		return err_set(err, ENOMEM, "container: out of memory");
	*out = take(spec);
	return 0;
}

/* ---- changes ---- */

void defaults_unmask(struct spec *spec)
{
	strs_fini(&spec->lnx.masked_paths);
	strs_fini(&spec->lnx.readonly_paths);
}

/* The file systems that describe the kernel become writable. */
static void make_writable(struct spec *spec)
{
	for (size_t i = 0; i < spec->mounts.len; i++) {
		struct spec_mount *mount = &spec->mounts.v[i];

		if (!str_eq(mount->type, "sysfs") && !str_eq(mount->type, "cgroup"))
			continue;
		for (size_t o = 0; o < mount->options.len; o++) {
			if (str_eq(mount->options.v[o], "ro"))
				mount->options.v[o][1] = 'w';
		}
	}
}

int defaults_privileged(struct spec *spec)
{
	int rc = defaults_set_caps(spec, caps_known());

	defaults_unmask(spec);
	make_writable(spec);
	for (size_t i = 0; i < spec->lnx.resources.devices.len; i++)
		spec->lnx.resources.devices.v[i].allow = true;
	return rc;
}

int defaults_strict(struct spec *spec)
{
	spec->process.no_new_privileges = true;
	spec->lnx.resources.pids_limit = STRICT_PIDS;
	return defaults_set_caps(spec, CAPS_STRICT);
}

int defaults_host_network(struct spec *spec)
{
	struct strs kept = STRS_INIT;

	spec_drop_namespace(spec, "network");
	for (size_t i = 0; i < spec->lnx.sysctl.len; i++) {
		if (!str_has_prefix(spec->lnx.sysctl.v[i], "net."))
			strs_add(&kept, spec->lnx.sysctl.v[i]);
	}
	strs_fini(&spec->lnx.sysctl);
	spec->lnx.sysctl = kept;
	return strs_failed(&kept) ? -ENOMEM : 0;
}
