#include "oci/filter.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "oci/sockets.h"
#include "runtime/caps.h"
#include "runtime/fields.h"
#include "runtime/kernel.h"
#include "runtime/launch/sys.h"
#include "runtime/seccomp_cache.h"
#include "runtime/seccomp_wire.h"
#include "util/json_text.h"
#include "util/path.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

void filter_fini(struct filter *filter)
{
	buf_fini(&filter->program);
	free(filter->listener);
	free(filter->metadata);
	*filter = (struct filter){0};
}

/* ---- the compiler ---- */

/* The cache hands its compiler no context. */
static const char *compiler_home;

static int become(int in, int out)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/davit-seccomp", compiler_home);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0)
		return -errno;
	execl(path, "davit-seccomp", (char *)NULL);
	return -errno;
}

static int ask(int in, int out, int *status)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(become(in, out) == -ENOENT ? 127 : 126);
	if (pid < 0)
		return -errno;
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int read_answer(int fd, struct buf *out)
{
	struct stat st;
	char *room;

	if (fstat(fd, &st) < 0)
		return -errno;
	room = buf_reserve(out, (size_t)st.st_size);
	if (!room || pread(fd, room, (size_t)st.st_size, 0) != st.st_size)
		return -EIO;
	out->len += (size_t)st.st_size;
	return 0;
}

static int compile(const struct seccomp_request *req, struct buf *program, struct err *err)
{
	const struct seccomp_wire head = {.magic = SECCOMP_WIRE_MAGIC,
		.caps = req->caps,
		.arch = req->arch,
		.kernel = req->kernel,
		.len = (uint32_t)req->len};
	auto_close int in = memfd_create("profile", MFD_CLOEXEC);
	auto_close int out = memfd_create("program", MFD_CLOEXEC);
	auto_buf answer = BUF_INIT;
	int status = 0, rc;

	if (in < 0 || out < 0 || write(in, &head, sizeof(head)) < 0 ||
		path_write_all(in, req->profile, req->len) < 0 || lseek(in, 0, SEEK_SET) < 0)
		return err_sys(err, "seccomp profile");
	rc = ask(in, out, &status);
	if (rc == 0)
		rc = read_answer(out, &answer);
	if (rc < 0)
		return err_set(err, rc, "seccomp profile: %s", err_name(rc));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		buf_add(program, answer.data, answer.len);
		return 0;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
		return err_set(err, EINVAL, "linux.seccomp: %.400s", buf_text(&answer));
	return err_set(err, ENOENT,
		"seccomp profile: %s/davit-seccomp, which compiles it, cannot be executed; "
		"install it beside davit-runtime",
		compiler_home);
}

static seccomp_compile_fn *load(void *ctx, struct err *err)
{
	(void)err;
	compiler_home = ctx;
	return compile;
}

static int cache_dir(const struct oci *oci)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/.seccomp", oci->root);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	return sys_open(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

static int get_program(
	const struct oci *oci, const struct spec *spec, struct buf *out, struct err *err)
{
	auto_close int cache = cache_dir(oci);
	struct seccomp_request request = {
		.profile = spec->lnx.seccomp, .len = strlen(spec->lnx.seccomp)};
	struct kernel kernel;
	int rc = kernel_read(getenv("DAVIT_KERNEL"), &kernel, err);

	if (rc < 0)
		return rc;
	request.kernel = kernel.version;
	request.caps = caps_from_names(&spec->process.capabilities.bounding);
	return seccomp_cache_get(cache, &request, load, (void *)oci->home, out, err);
}

/* ---- flags and listener ---- */

static int read_flags(const struct fields *top, unsigned *out)
{
	static const struct {
		const char *name;
		unsigned long bit;
	} known[] = {
		{"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
		{"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
		{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
		{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
	};
	auto_strs flags = STRS_INIT;
	int rc = fields_strs(top, "flags", &flags);

	for (size_t i = 0; rc == 0 && i < flags.len; i++) {
		size_t k = 0;

		while (k < array_len(known) && !str_eq(known[k].name, flags.v[i]))
			k++;
		if (k == array_len(known))
			return fields_refuse(top, "flags", "unknown value \"%.60s\"", flags.v[i]);
		*out |= (unsigned)known[k].bit;
	}
	return rc;
}

static bool lists_sendmsg(const struct fields *rule)
{
	auto_strs names = STRS_INIT;
	auto_free char *action = NULL;

	if (fields_str(rule, "action", &action) < 0 || !str_eq(action, "SCMP_ACT_NOTIFY") ||
		fields_strs(rule, "names", &names) < 0)
		return false;
	for (size_t i = 0; i < names.len; i++) {
		if (str_eq(names.v[i], "sendmsg"))
			return true;
	}
	return false;
}

/* The listener's own fd is sent by who is filtered: nobody could answer for that call. */
static int check_notify(const struct fields *top)
{
	struct fields list, item = {0};
	size_t count;
	int rc = fields_array(top, "syscalls", &list, &count);

	while (rc == 0 && fields_next(&list, &item)) {
		if (lists_sendmsg(&item))
			return fields_refuse(
				&item, "action", "SCMP_ACT_NOTIFY is not possible for sendmsg");
	}
	return rc;
}

static int read_members(const struct fields *top, struct filter *out)
{
	int rc = read_flags(top, &out->flags);

	if (rc == 0)
		rc = fields_str(top, "listenerPath", &out->listener);
	if (rc == 0)
		rc = fields_str(top, "listenerMetadata", &out->metadata);
	if (rc < 0)
		return rc;
	if (!out->listener || !out->listener[0])
		return fields_refuse(top, "listenerPath", "must be set for SCMP_ACT_NOTIFY");
	return check_notify(top);
}

int filter_listener(const struct spec *spec, struct filter *out, struct err *err)
{
	const char *text = spec->lnx.seccomp;
	bool notifies = text && strstr(text, "\"SCMP_ACT_NOTIFY\"");
	struct fields top;
	int rc;

	if (!text || (!notifies && !strstr(text, "\"flags\"")))
		return 0;
	rc = fields_open(&top, text, strlen(text), "linux.seccomp", err);
	if (rc < 0)
		return rc;
	rc = notifies ? read_members(&top, out) : read_flags(&top, &out->flags);
	fields_close(&top);
	if (notifies)
		out->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	return rc < 0 ? err_in(err, "config.json: linux.seccomp") : 0;
}

int filter_make(const struct oci *oci, const struct spec *spec, struct filter *out, struct err *err)
{
	int rc;

	*out = (struct filter){0};
	if (!spec->lnx.seccomp || str_eq(spec->lnx.seccomp, SPEC_SECCOMP_NONE))
		return 0;
	rc = filter_listener(spec, out, err);
	return rc < 0 ? rc : get_program(oci, spec, &out->program, err);
}

int filter_send(
	const struct filter *filter, int listener, int pid, const char *state, struct err *err)
{
	auto_buf text = BUF_INIT;

	buf_addf(&text, "{\"ociVersion\":\"" OCI_VERSION "\",\"fds\":[\"seccompFd\"],\"pid\":%d",
		pid);
	if (filter->metadata) {
		buf_adds(&text, ",\"metadata\":");
		json_put_text(&text, filter->metadata);
	}
	buf_addf(&text, ",\"state\":%s}", state);
	if (buf_failed(&text))
		return err_set(err, ENOMEM, "linux.seccomp.listenerPath: out of memory");
	return sockets_send(
		filter->listener, "linux.seccomp.listenerPath", text.data, text.len, listener, err);
}
