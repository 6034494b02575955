#include "oci/unit.h"

#include <stdio.h>

#include "oci/dbus.h"

#define MANAGER_NAME "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER      "org.freedesktop.systemd1.Manager"

enum { ANSWER_S = 30 };

/* ---- names ---- */

/* "a-b.slice" lies in "a.slice": /a.slice/a-b.slice; "-.slice" is the root. */
static int add_slice(struct buf *out, const char *slice, struct err *err)
{
	size_t len = strlen(slice);

	if (!str_has_suffix(slice, ".slice") || strchr(slice, '/') || len <= 6)
		return err_set(err, EINVAL,
			"linux.cgroupsPath: \"%.100s\" is not a slice, in slice:prefix:name",
			slice);
	if (str_eq(slice, "-.slice"))
		return 0;
	len -= 6;
	if (slice[0] == '-' || slice[len - 1] == '-' || strstr(slice, "--"))
		return err_set(err, EINVAL, "linux.cgroupsPath: \"%.100s\" is not a slice", slice);
	for (size_t i = 1; i <= len; i++) {
		if (i == len || slice[i] == '-')
			buf_addf(out, "%.*s.slice/", (int)i, slice);
	}
	return 0;
}

static int make_names(const char *slice, const char *prefix, const char *name, char **unit,
	char **path, struct err *err)
{
	auto_buf scope = BUF_INIT, full = BUF_INIT;
	int rc = add_slice(&full, slice[0] ? slice : "system.slice", err);

	if (rc < 0)
		return rc;
	if (!name[0] || strchr(name, '/') || strchr(prefix, '/'))
		return err_set(err, EINVAL, "linux.cgroupsPath: has no name, in slice:prefix:name");
	buf_addf(&scope, "%s%s%s.scope", prefix, prefix[0] ? "-" : "", name);
	buf_adds(&full, buf_text(&scope));
	*unit = buf_take(&scope);
	*path = buf_take(&full);
	return *unit && *path ? 0 : err_set(err, ENOMEM, "linux.cgroupsPath: out of memory");
}

int unit_names(const char *cgroups_path, const char *id, char **unit, char **path, struct err *err)
{
	auto_free char *copy = strdup(cgroups_path ? cgroups_path : "");
	char *rest = copy, *slice, *prefix;

	if (!copy)
		return err_set(err, ENOMEM, "linux.cgroupsPath: out of memory");
	if (!copy[0])
		return make_names("", "davit", id, unit, path, err);
	slice = strsep(&rest, ":");
	prefix = strsep(&rest, ":");
	if (!prefix || !rest || strchr(rest, ':'))
		return err_set(err, EINVAL,
			"linux.cgroupsPath: \"%.100s\" must be slice:prefix:name with "
			"--systemd-cgroup",
			cgroups_path);
	return make_names(slice, prefix, rest, unit, path, err);
}

/* ---- the call ---- */

static void property(struct buf *out, const char *name, const char *signature)
{
	dbus_struct(out);
	dbus_text(out, name);
	dbus_signature(out, signature);
}

static void property_bool(struct buf *out, const char *name, bool value)
{
	property(out, name, "b");
	dbus_u32(out, value);
}

static void property_u64(struct buf *out, const char *name, uint64_t value)
{
	property(out, name, "t");
	dbus_u64(out, value);
}

static void property_text(struct buf *out, const char *name, const char *value)
{
	property(out, name, "s");
	dbus_text(out, value);
}

/* systemd sets its own idea of these again at every reload, so it must know ours. */
static void add_limits(struct buf *out, const struct spec_resources *res)
{
	const struct spec_cpu *cpu = &res->cpu;

	if (res->memory.limit > 0)
		property_u64(out, "MemoryMax", (uint64_t)res->memory.limit);
	if (res->pids_limit)
		property_u64(out, "TasksMax",
			res->pids_limit < 0 ? UINT64_MAX : (uint64_t)res->pids_limit);
	if (cpu->quota > 0)
		property_u64(out, "CPUQuotaPerSecUSec",
			(uint64_t)cpu->quota * 1000000 / (cpu->period ? cpu->period : 100000));
	if (cpu->shares)
		property_u64(out, "CPUShares", cpu->shares);
}

static void add_properties(struct buf *out, const char *slice, const char *id, int pid,
	const struct spec_resources *res)
{
	size_t all = dbus_array_begin(out, 8), pids;
	char what[300];

	snprintf(what, sizeof(what), "davit container %s", id);
	property_text(out, "Description", what);
	property_text(out, "Slice", slice);
	property_bool(out, "Delegate", true);
	property_bool(out, "DefaultDependencies", false);
	property_bool(out, "MemoryAccounting", true);
	property_bool(out, "CPUAccounting", true);
	property_bool(out, "TasksAccounting", true);
	add_limits(out, res);
	property(out, "PIDs", "au");
	pids = dbus_array_begin(out, 4);
	dbus_u32(out, (uint32_t)pid);
	dbus_array_end(out, pids, 4);
	dbus_array_end(out, all, 8);
}

static int64_t subscribe(int bus)
{
	auto_buf body = BUF_INIT;

	dbus_text(&body, "type='signal',interface='" MANAGER "',member='JobRemoved'");
	return dbus_send(bus, &(struct dbus_call){"org.freedesktop.DBus", "/org/freedesktop/DBus",
				      "org.freedesktop.DBus", "AddMatch", "s", &body});
}

/* JobRemoved(u id, o job, s unit, s result) */
static bool is_our_end(const struct dbus_message *message, const char *unit, char result[32])
{
	size_t at = 0;
	uint32_t id;
	const char *job, *name, *how;

	if (message->type != 4 || !str_eq(message->member, "JobRemoved") ||
		dbus_read_u32(&message->body, &at, &id) < 0)
		return false;
	job = dbus_read_text(&message->body, &at);
	name = job ? dbus_read_text(&message->body, &at) : NULL;
	how = name ? dbus_read_text(&message->body, &at) : NULL;
	if (!how || !str_eq(name, unit))
		return false;
	snprintf(result, 32, "%s", how);
	return true;
}

static int wait_for_job(int bus, uint32_t call, const char *unit, struct err *err)
{
	char result[32];

	for (;;) {
		struct dbus_message message;
		int rc = dbus_receive(bus, ANSWER_S, &message);
		size_t at = 0;
		bool ended;

		if (rc < 0)
			return err_set(
				err, rc, "systemd does not start %s: %s", unit, err_name(rc));
		if (message.type == 3 && message.answers == call) {
			const char *why = dbus_read_text(&message.body, &at);

			err_set(err, EIO, "systemd does not start %s: %s: %.200s", unit,
				message.error, why ? why : "");
			buf_fini(&message.body);
			return -EIO;
		}
		ended = is_our_end(&message, unit, result);
		buf_fini(&message.body);
		if (ended)
			return str_eq(result, "done")
				       ? 0
				       : err_set(err, EIO, "systemd does not start %s: %s", unit,
						 result);
	}
}

static int64_t call_manager(
	int bus, const char *member, const char *signature, const struct buf *body)
{
	return dbus_send(bus,
		&(struct dbus_call){MANAGER_NAME, MANAGER_PATH, MANAGER, member, signature, body});
}

/* The last slice on the path that unit_names made. */
static void slice_of(const char *path, char slice[256])
{
	const char *scope = strrchr(path, '/'), *from = scope;

	snprintf(slice, 256, "-.slice");
	if (!scope)
		return;
	while (from > path && from[-1] != '/')
		from--;
	snprintf(slice, 256, "%.*s", (int)(scope - from), from);
}

int unit_start(const char *unit, const char *path, const char *id, int pid,
	const struct spec_resources *res, struct err *err)
{
	auto_close int bus = dbus_open(err);
	auto_buf body = BUF_INIT;
	char slice[256];
	int64_t call;

	if (bus < 0)
		return err_in(err, "--systemd-cgroup");
	slice_of(path, slice);
	call = subscribe(bus);
	dbus_text(&body, unit);
	dbus_text(&body, "replace");
	add_properties(&body, slice, id, pid, res);
	dbus_array_end(&body, dbus_array_begin(&body, 8), 8);
	if (buf_failed(&body))
		return err_set(err, ENOMEM, "--systemd-cgroup: out of memory");
	if (call > 0)
		call = call_manager(bus, "StartTransientUnit", "ssa(sv)a(sa(sv))", &body);
	return call < 0 ? err_set(err, (int)call, "--systemd-cgroup: %s", err_name((int)call))
			: wait_for_job(bus, (uint32_t)call, unit, err);
}

void unit_stop(const char *unit)
{
	auto_close int bus = dbus_open(NULL);
	auto_buf body = BUF_INIT;

	if (bus < 0)
		return;
	dbus_text(&body, unit);
	dbus_text(&body, "replace");
	if (!buf_failed(&body))
		call_manager(bus, "StopUnit", "ss", &body);
}
