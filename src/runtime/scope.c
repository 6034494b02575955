#include "runtime/scope.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/dbus.h"
#include "util/own.h"
#include "util/strs.h"

#define MANAGER_NAME "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER      "org.freedesktop.systemd1.Manager"
#define UNIT_EXISTS  "org.freedesktop.systemd1.UnitExists"

enum { ANSWER_S = 30, ALIGN = 8 };

void scope_fini(struct scope *scope)
{
	buf_fini(&scope->body);
}

/* ---- properties: a(sv) ---- */

static void property(struct scope *scope, const char *name, const char *signature)
{
	dbus_struct(&scope->body);
	dbus_text(&scope->body, name);
	dbus_signature(&scope->body, signature);
}

void scope_bool(struct scope *scope, const char *name, bool value)
{
	property(scope, name, "b");
	dbus_u32(&scope->body, value);
}

void scope_i32(struct scope *scope, const char *name, int value)
{
	property(scope, name, "i");
	dbus_u32(&scope->body, (uint32_t)value);
}

void scope_u64(struct scope *scope, const char *name, uint64_t value)
{
	property(scope, name, "t");
	dbus_u64(&scope->body, value);
}

void scope_text(struct scope *scope, const char *name, const char *value)
{
	property(scope, name, "s");
	dbus_text(&scope->body, value);
}

void scope_texts(struct scope *scope, const char *name, const char *value)
{
	size_t list;

	property(scope, name, "as");
	list = dbus_array_begin(&scope->body, 4);
	dbus_text(&scope->body, value);
	dbus_array_end(&scope->body, list, 4);
}

void scope_bytes(struct scope *scope, const char *name, const void *bytes, size_t len)
{
	size_t list;

	property(scope, name, "ay");
	list = dbus_array_begin(&scope->body, 1);
	buf_add(&scope->body, bytes, len);
	dbus_array_end(&scope->body, list, 1);
}

void scope_device(struct scope *scope, const char *name, const char *device, uint64_t value)
{
	size_t list;

	property(scope, name, "a(st)");
	list = dbus_array_begin(&scope->body, ALIGN);
	dbus_text(&scope->body, device);
	dbus_u64(&scope->body, value);
	dbus_array_end(&scope->body, list, ALIGN);
}

static void property_pid(struct scope *scope, int pid)
{
	size_t list;

	property(scope, "PIDs", "au");
	list = dbus_array_begin(&scope->body, 4);
	dbus_u32(&scope->body, (uint32_t)pid);
	dbus_array_end(&scope->body, list, 4);
}

/* ---- the calls ---- */

/* StartTransientUnit(s name, s mode, a(sv) properties, a(sa(sv)) auxiliary units) */
void scope_begin(struct scope *scope, const char *unit, const char *slice, const char *description)
{
	*scope = (struct scope){.unit = unit, .body = BUF_INIT};
	dbus_text(&scope->body, unit);
	dbus_text(&scope->body, "replace");
	scope->properties = dbus_array_begin(&scope->body, ALIGN);
	scope_text(scope, "Description", description);
	scope_text(scope, "Slice", slice);
	/* One that failed, by an OOM kill for one, would keep its name else. */
	scope_text(scope, "CollectMode", "inactive-or-failed");
	scope_bool(scope, "Delegate", true);
	scope_bool(scope, "MemoryAccounting", true);
	scope_bool(scope, "CPUAccounting", true);
	scope_bool(scope, "TasksAccounting", true);
}

/* SetUnitProperties(s name, b runtime, a(sv) properties) */
void scope_begin_change(struct scope *scope, const char *unit)
{
	*scope = (struct scope){.unit = unit, .body = BUF_INIT};
	dbus_text(&scope->body, unit);
	dbus_u32(&scope->body, true);
	scope->properties = dbus_array_begin(&scope->body, ALIGN);
}

static int64_t subscribe(int bus)
{
	auto_buf body = BUF_INIT;

	dbus_text(&body, "type='signal',interface='" MANAGER "',member='JobRemoved'");
	return dbus_send(bus, &(struct dbus_call){"org.freedesktop.DBus", "/org/freedesktop/DBus",
				      "org.freedesktop.DBus", "AddMatch", "s", &body});
}

static int64_t call_manager(
	int bus, const char *member, const char *signature, const struct buf *body)
{
	return dbus_send(bus,
		&(struct dbus_call){MANAGER_NAME, MANAGER_PATH, MANAGER, member, signature, body});
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

enum { IS_REPLY = 2, IS_ERROR = 3 };

static int refused(const struct dbus_message *message, struct err *err)
{
	size_t at = 0;
	const char *why = dbus_read_text(&message->body, &at);

	return err_set(err, str_eq(message->error, UNIT_EXISTS) ? EEXIST : EIO, "%s: %.200s",
		message->error, why ? why : "");
}

/* 1: it has been done, or it was the answer to a call that is answered when it is done. */
static int hear(int bus, uint32_t call, const char *unit, bool waits_for_job, struct err *err)
{
	struct dbus_message message;
	char result[32] = "done";
	int rc = dbus_receive(bus, ANSWER_S, &message);
	bool answers = rc == 0 && message.answers == call, ended;

	if (rc < 0)
		return err_set(err, rc, "%s", err_name(rc));
	if (answers && message.type == IS_ERROR)
		rc = refused(&message, err);
	ended = waits_for_job ? is_our_end(&message, unit, result)
			      : answers && message.type == IS_REPLY;
	buf_fini(&message.body);
	if (ended && !str_eq(result, "done"))
		return err_set(err, EIO, "%s", result);
	return rc < 0 ? rc : ended;
}

static int wait_for(int bus, uint32_t call, const char *unit, bool waits_for_job, struct err *err)
{
	int rc;

	while ((rc = hear(bus, call, unit, waits_for_job, err)) == 0)
		;
	return rc < 0 ? rc : 0;
}

int scope_start(struct scope *scope, int pid, struct err *err)
{
	auto_close int bus = dbus_open(scope->bus, err);
	int64_t call;
	int rc;

	if (bus < 0)
		return bus;
	property_pid(scope, pid);
	dbus_array_end(&scope->body, scope->properties, ALIGN);
	dbus_array_end(&scope->body, dbus_array_begin(&scope->body, ALIGN), ALIGN);
	if (buf_failed(&scope->body))
		return err_set(err, ENOMEM, "%s: out of memory", scope->unit);
	call = subscribe(bus);
	if (call > 0)
		call = call_manager(bus, "StartTransientUnit", "ssa(sv)a(sa(sv))", &scope->body);
	rc = call < 0 ? err_set(err, (int)call, "%s", err_name((int)call))
		      : wait_for(bus, (uint32_t)call, scope->unit, true, err);
	return rc < 0 ? err_in(err, "systemd does not start %s", scope->unit) : 0;
}

int scope_change(struct scope *scope, struct err *err)
{
	auto_close int bus = dbus_open(scope->bus, err);
	int64_t call;
	int rc;

	if (bus < 0)
		return bus;
	dbus_array_end(&scope->body, scope->properties, ALIGN);
	if (buf_failed(&scope->body))
		return err_set(err, ENOMEM, "%s: out of memory", scope->unit);
	call = call_manager(bus, "SetUnitProperties", "sba(sv)", &scope->body);
	rc = call < 0 ? err_set(err, (int)call, "%s", err_name((int)call))
		      : wait_for(bus, (uint32_t)call, scope->unit, false, err);
	return rc < 0 ? err_in(err, "systemd does not change %s", scope->unit) : 0;
}

/* AttachProcessesToUnit(s name, s subcgroup, au pids) */
int scope_attach(
	const struct dbus_bus *of, const char *unit, const char *below, int pid, struct err *err)
{
	auto_close int bus = dbus_open(of, err);
	auto_buf body = BUF_INIT;
	size_t list;
	int64_t call;
	int rc;

	if (bus < 0)
		return bus;
	dbus_text(&body, unit);
	dbus_text(&body, below);
	list = dbus_array_begin(&body, 4);
	dbus_u32(&body, (uint32_t)pid);
	dbus_array_end(&body, list, 4);
	if (buf_failed(&body))
		return err_set(err, ENOMEM, "%s: out of memory", unit);
	call = call_manager(bus, "AttachProcessesToUnit", "ssau", &body);
	rc = call < 0 ? err_set(err, (int)call, "%s", err_name((int)call))
		      : wait_for(bus, (uint32_t)call, unit, false, err);
	return rc < 0 ? err_in(err, "systemd does not let us into %s", unit) : 0;
}

void scope_stop(const char *unit)
{
	auto_close int bus = dbus_open(NULL, NULL);
	auto_buf body = BUF_INIT;
	struct err ignored = {0};
	int64_t call;

	if (bus < 0)
		return;
	dbus_text(&body, unit);
	dbus_text(&body, "replace");
	/* Who has hung up when it is looked at is not known any more, and is refused. */
	if (!buf_failed(&body) && (call = call_manager(bus, "StopUnit", "ss", &body)) > 0)
		wait_for(bus, (uint32_t)call, unit, false, &ignored);
}

bool scope_is_possible(void)
{
	struct stat st;

	return lstat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
}
