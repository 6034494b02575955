#include "core/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/names.h"
#include "core/planning.h"
#include "runtime/launch/parcel.h"
#include "runtime/plan.h"
#include "runtime/wire.h"
#include "util/own.h"
#include "util/path.h"

/* ---- the plan ---- */

int exec_read_spec(struct engine *engine, const char *id, struct spec **out, struct err *err)
{
	auto_close int own = launch_own_dir(engine, id, err);
	auto_buf text = BUF_INIT;
	int failed;

	if (own < 0)
		return own;
	failed = path_read_at(own, "config.json", SPEC_SIZE_MAX, &text);
	if (failed)
		return err_set(
			err, failed, "container %.12s: config.json: %s", id, err_name(failed));
	return spec_read(text.data, text.len, out, err);
}

static int make_env(const struct spec *spec, const struct exec_request *request, struct strs *env,
	struct err *err)
{
	strs_copy(env, &spec->process.env);
	if (request->tty)
		strs_set_env(env, "TERM=xterm");
	for (size_t i = 0; i < request->env.len; i++)
		strs_set_env(env, request->env.v[i]);
	return strs_failed(env) ? err_set(err, ENOMEM, "exec: out of memory") : 0;
}

/* The container's process with what the request changes; everything is borrowed. */
static struct spec_process describe(const struct spec *spec, const struct exec_request *request,
	const struct strs *env, unsigned rows, unsigned columns)
{
	struct spec_process process = spec->process;

	process.args = request->command;
	process.env = *env;
	process.terminal = request->tty;
	process.rows = rows;
	process.columns = columns;
	if (request->workdir)
		process.cwd = (char *)request->workdir;
	if (request->user)
		process.user.username = (char *)request->user;
	return process;
}

int exec_compile(struct engine *engine, const char *id, const struct spec *spec,
	const struct exec_request *request, unsigned rows, unsigned columns, struct buf *plan,
	struct err *err)
{
	__attribute__((cleanup(planning_facts_fini))) struct planning_facts planning = {0};
	auto_strs env = STRS_INIT;
	struct spec_process process;
	int failed = 0;

	if (!request->command.len)
		return err_set(err, EINVAL, "no exec command specified");
	if (!*request->command.v[0])
		return err_set(err, EINVAL, "exec \"\": executable file not found in $PATH");
	if (request->workdir && *request->workdir != '/')
		return err_set(err, EINVAL,
			"the working directory '%s' is invalid, it needs to be an absolute path",
			request->workdir);
	failed = make_env(spec, request, &env, err);
	if (!failed)
		failed = planning_facts(engine, id, spec, request->privileged, &planning, err);
	if (failed)
		return failed;
	if (request->stdin_open)
		planning.facts.flags = PLAN_STDIN | PLAN_STDIN_ONCE;
	planning.facts.trial = request->trial;
	process = describe(spec, request, &env, rows, columns);
	return compile_exec(spec, &process, &planning.facts, plan, err);
}

/* ---- sending it ---- */

static int trace_fd(const struct buf *plan, struct err *err)
{
	auto_close int fd = memfd_create("davit-trace", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct plan_header head;
	struct trace trace = {.version = 1};

	memcpy(&head, plan->data, sizeof(head));
	memcpy(trace.magic, TRACE_MAGIC, sizeof(trace.magic));
	trace.steps = head.steps;
	if (fd < 0 || ftruncate(fd, (off_t)trace_size(head.steps)) < 0 ||
		pwrite(fd, &trace, sizeof(trace), 0) != sizeof(trace))
		return err_sys(err, "share the exec's clocks");
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
	return take_fd(&fd);
}

/* One message: the frame and both fds, so that the shim never sees the one without the other. */
static int send_frame(int sock, const struct wire_exec *exec, int plan, int trace, struct err *err)
{
	struct {
		struct wire_head head;
		struct wire_exec exec;
	} frame = {{.len = sizeof(*exec), .type = WIRE_EXEC}, *exec};
	const int fds[] = {plan, trace};
	ssize_t sent = parcel_send_all(sock, &frame, sizeof(frame), fds, array_len(fds), 0);

	return sent < 0 ? err_set(err, (int)sent, "send the exec's plan to the monitor: %s",
				  err_name((int)sent))
			: 0;
}

static int send_hello(int sock, struct err *err)
{
	struct {
		struct wire_head head;
		struct wire_hello hello;
	} frame = {
		{.len = sizeof(struct wire_hello), .type = WIRE_HELLO}, {.version = WIRE_VERSION}};

	return send(sock, &frame, sizeof(frame), MSG_NOSIGNAL) < 0
		       ? err_sys(err, "greet the monitor")
		       : 0;
}

int exec_send(struct engine *engine, const struct row *row, const struct exec_request *request,
	uint32_t want, unsigned rows, unsigned columns, int fd, char id[65], struct err *err)
{
	struct wire_exec exec = {
		.want = want, .rows = (uint16_t)rows, .columns = (uint16_t)columns};
	auto_buf plan = BUF_INIT;
	auto_close int plan_file = -1, trace_file = -1;
	auto_of(spec) struct spec *spec = NULL;
	int failed = exec_read_spec(engine, row->id, &spec, err);

	if (!failed)
		failed = exec_compile(engine, row->id, spec, request, rows, columns, &plan, err);
	if (failed)
		return failed;
	if (names_new_id(id) < 0)
		return err_sys(err, "make an id");
	memcpy(exec.id, id, sizeof(exec.id));
	plan_file = launch_seal_plan(&plan, err);
	trace_file = plan_file < 0 ? -1 : trace_fd(&plan, err);
	if (trace_file < 0)
		return err->code;
	failed = send_hello(fd, err);
	if (!failed)
		failed = send_frame(fd, &exec, plan_file, trace_file, err);
	if (failed == -EPIPE || failed == -ECONNRESET)
		return err_set(err, ESRCH, "container %s is not running", row->id);
	return failed;
}
