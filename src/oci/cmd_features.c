#include <stdio.h>
#include <unistd.h>

#include "oci/oci.h"
#include "oci/options.h"
#include "runtime/caps.h"
#include "runtime/compile.h"
#include "util/json_text.h"
#include "util/own.h"

static void add_list(struct buf *out, const char *key, const char *const *words, size_t len)
{
	buf_addf(out, ",\"%s\":[", key);
	for (size_t i = 0; i < len; i++) {
		if (i)
			buf_addc(out, ',');
		json_put_text(out, words[i]);
	}
	buf_addc(out, ']');
}

static void add_mount_options(struct buf *out)
{
	const char *name;

	buf_adds(out, ",\"mountOptions\":[\"tmpcopyup\"");
	for (size_t i = 0; (name = compile_mount_option(i)) != NULL; i++) {
		buf_addc(out, ',');
		json_put_text(out, name);
	}
	buf_addc(out, ']');
}

static void add_caps(struct buf *out)
{
	const char *name;

	buf_adds(out, ",\"capabilities\":[");
	for (unsigned i = 0; (name = caps_name(i)) != NULL; i++)
		buf_addf(out, "%s\"%s\"", i ? "," : "", name);
	buf_addc(out, ']');
}

static void add_seccomp(struct buf *out)
{
	static const char *const actions[] = {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL",
		"SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY",
		"SCMP_ACT_TRACE", "SCMP_ACT_TRAP"};
	static const char *const operators[] = {"SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT",
		"SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE"};
	static const char *const flags[] = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
		"SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};

	buf_adds(out, ",\"seccomp\":{\"enabled\":true");
	add_list(out, "actions", actions, array_len(actions));
	add_list(out, "operators", operators, array_len(operators));
	add_list(out, "knownFlags", flags, array_len(flags));
	add_list(out, "supportedFlags", flags, array_len(flags));
	buf_addc(out, '}');
}

static void add_linux(struct buf *out)
{
	static const char *const namespaces[] = {
		"cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"};
	bool apparmor = access("/sys/module/apparmor/parameters/enabled", F_OK) == 0;

	buf_adds(out, ",\"linux\":{\"intelRdt\":{\"enabled\":false}");
	add_list(out, "namespaces", namespaces, array_len(namespaces));
	add_caps(out);
	buf_adds(out, ",\"cgroup\":{\"v1\":true,\"v2\":true,\"systemd\":true,"
		      "\"systemdUser\":false,\"rdma\":false}");
	add_seccomp(out);
	buf_addf(out,
		",\"apparmor\":{\"enabled\":%s},\"selinux\":{\"enabled\":false},"
		"\"mountExtensions\":{\"idmap\":{\"enabled\":true}},"
		"\"netDevices\":{\"enabled\":false}}",
		apparmor ? "true" : "false");
}

int cmd_features(struct oci *oci, int argc, char **argv)
{
	static const char *const hooks[] = {"prestart", "createRuntime", "createContainer",
		"startContainer", "poststart", "poststop"};
	const struct option table[] = {{0}};
	auto_buf out = BUF_INIT;
	struct err err = {0};

	if (options_read(table, "features", 0, 0, &argc, &argv, &err) < 0)
		return oci_fail(oci, &err, 1);
	buf_adds(&out, "{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"" OCI_VERSION "\"");
	add_list(&out, "hooks", hooks, array_len(hooks));
	add_mount_options(&out);
	add_linux(&out);
	buf_adds(&out, ",\"annotations\":{\"io.davit.version\":\"" DAVIT_VERSION "\"},"
		       "\"potentiallyUnsafeConfigAnnotations\":[]}");
	printf("%s\n", buf_text(&out));
	return 0;
}
