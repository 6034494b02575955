#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "oci/container.h"
#include "oci/options.h"
#include "oci/relay.h"
#include "util/path.h"

enum { FAILED = 255 }; /* runc's, to be told from what the process said */

struct words {
	const char *process, *cwd, *user, *apparmor, *label, *console_socket, *pid_file, *cgroup;
	struct strs env, caps, gids;
	bool tty, detach, no_new_privs, ignore_paused;
	int64_t preserve_fds;
};

static int read_file(const char *path, struct buf *out, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *room;
	ssize_t got = fd < 0 ? -1 : 1;

	while (got > 0 && out->len <= SPEC_SIZE_MAX) {
		room = buf_reserve(out, 64 << 10);
		got = room ? read(fd, room, 64 << 10) : 0;
		out->len += got > 0 ? (size_t)got : 0;
	}
	return got < 0 ? err_sys(err, "--process %.300s", path) : 0;
}

/* ---- the process that the words describe, on top of the container's own ---- */

static int set_user(struct spec_user *user, const char *text, struct err *err)
{
	const char *colon = strchr(text, ':');
	auto_free char *uid = strndup(text, colon ? (size_t)(colon - text) : strlen(text));
	int64_t number = 0, group = user->gid;

	if (!uid || options_number(uid, &number) < 0 || number < 0 || number > INT32_MAX ||
		(colon &&
			(options_number(colon + 1, &group) < 0 || group < 0 || group > INT32_MAX)))
		return err_set(err, EINVAL, "--user: \"%.60s\" is not uid[:gid]", text);
	user->uid = (uint32_t)number;
	user->gid = (uint32_t)group;
	return 0;
}

static int add_caps(struct spec_process *process, const struct strs *caps)
{
	struct spec_caps *sets = &process->capabilities;

	for (size_t i = 0; i < caps->len; i++) {
		strs_add(&sets->bounding, caps->v[i]);
		strs_add(&sets->effective, caps->v[i]);
		strs_add(&sets->permitted, caps->v[i]);
	}
	return strs_failed(&sets->permitted) ? -ENOMEM : 0;
}

static int add_gids(struct spec_user *user, const struct strs *gids, struct err *err)
{
	for (size_t i = 0; i < gids->len; i++) {
		struct spec_number *gid = spec_grow(&user->additional_gids);

		if (!gid || options_number(gids->v[i], &gid->value) < 0 || gid->value < 0 ||
			gid->value > INT32_MAX)
			return err_set(err, EINVAL,
				"--additional-gids: \"%.40s\" is not a group's number", gids->v[i]);
		gid->set = true;
	}
	return 0;
}

static int set_text(char **text, const char *value)
{
	if (!value)
		return 0;
	free(*text);
	*text = strdup(value);
	return *text ? 0 : -ENOMEM;
}

static int change(struct spec_process *process, const struct words *words, int argc, char **argv,
	struct err *err)
{
	int rc = 0;

	strs_fini(&process->args);
	for (int i = 0; i < argc; i++)
		strs_add(&process->args, argv[i]);
	for (size_t i = 0; i < words->env.len; i++)
		strs_set_env(&process->env, words->env.v[i]);
	process->terminal = words->tty;
	process->no_new_privileges |= words->no_new_privs;
	if (words->user)
		rc = set_user(&process->user, words->user, err);
	if (rc == 0)
		rc = add_gids(&process->user, &words->gids, err);
	if (rc < 0)
		return rc;
	if (add_caps(process, &words->caps) < 0 || set_text(&process->cwd, words->cwd) < 0 ||
		set_text(&process->apparmor_profile, words->apparmor) < 0 ||
		strs_failed(&process->args) || strs_failed(&process->env))
		return err_set(err, ENOMEM, "exec: out of memory");
	return spec_check_process(process, err);
}

/* Into *other, when it comes from a file; else the container's own is changed. */
static int read_process(const struct words *words, struct spec *container, struct spec **other,
	int argc, char **argv, struct err *err)
{
	auto_buf text = BUF_INIT;
	int rc;

	if (!words->process)
		return argc ? change(&container->process, words, argc, argv, err)
			    : err_set(err, EINVAL, "exec: the command must be given");
	rc = read_file(words->process, &text, err);
	if (rc == 0)
		rc = spec_read_process(buf_text(&text), text.len, other, err);
	if (rc == 0 && words->tty)
		(*other)->process.terminal = true;
	return rc;
}

/* ---- doing it ---- */

static int check(const struct words *words, struct record *record,
	const struct spec_process *process, struct err *err)
{
	enum record_status status = record_status(record);

	if (status == RECORD_STOPPED || status == RECORD_CREATING)
		return err_set(err, EINVAL,
			"cannot exec in a %s container: container not running: %s",
			record_status_name(status), record->id);
	if (status == RECORD_PAUSED && !words->ignore_paused)
		return err_set(err, EINVAL,
			"cannot exec in a paused container (use --ignore-paused to override): %s",
			record->id);
	if ((process->selinux_label && process->selinux_label[0]) || words->label)
		return err_set(err, ENOTSUP, "process.selinuxLabel: is not supported");
	if (words->cgroup)
		return err_set(err, ENOTSUP, "--cgroup: is not supported");
	if (process->terminal && words->detach && !words->console_socket)
		return err_set(err, EINVAL,
			"process.terminal: with nobody to relay it, --console-socket must be given");
	return 0;
}

static int start(struct making *making, const struct words *words, struct record *record,
	struct bundle *bundle, int argc, char **argv, struct err *err)
{
	auto_of(spec) struct spec *other = NULL;
	auto_close int init = -1;
	int rc = read_process(words, bundle->spec, &other, argc, argv, err);
	const struct spec_process *process = other ? &other->process : &bundle->spec->process;

	if (rc == 0)
		rc = check(words, record, process, err);
	if (rc < 0)
		return rc;
	if (words->process || words->caps.len)
		oci_warn_of_caps(record->oci, &process->capabilities);
	init = record_process(record);
	if (init < 0)
		return err_set(err, init, "container not running: %s", record->id);
	making->console_socket = words->console_socket;
	making->pid_file = words->pid_file;
	making->detach = words->detach;
	return making_exec(making, process, init, err);
}

static int run(struct oci *oci, const struct words *words, int argc, char **argv)
{
	auto_bundle bundle = {0};
	auto_record record = {.dir = -1};
	struct making making;
	struct err err = {0};
	int code = FAILED, rc;

	making_init(&making, oci, &record, NULL);
	rc = making_check_fds(words->preserve_fds, &making.preserved_fds, &err);
	if (rc == 0 && !words->detach)
		rc = relay_prepare(&err);
	if (rc == 0)
		rc = record_open(oci, argv[0], &record, &err);
	if (rc == 0)
		rc = bundle_reopen(record.dir, record.bundle ? record.bundle : "", &bundle, &err);
	if (rc == 0) {
		making.spec = bundle.spec;
		rc = start(&making, words, &record, &bundle, argc - 1, argv + 1, &err);
	}
	if (rc == 0 && words->detach)
		code = 0;
	else if (rc == 0)
		rc = relay_wait(making.launched.pidfd, making.console, &code, &err);
	making_fini(&making);
	return rc < 0 ? oci_fail(oci, &err, FAILED) : code;
}

int cmd_exec(struct oci *oci, int argc, char **argv)
{
	struct words words = {0};
	const struct option table[] = {
		{"process", 'p', OPTION_TEXT, &words.process, "a file with the process's JSON"},
		{"console-socket", 0, OPTION_TEXT, &words.console_socket,
			"where the terminal's master is sent"},
		{"pid-file", 0, OPTION_TEXT, &words.pid_file, "where its pid is written"},
		{"detach", 'd', OPTION_FLAG, &words.detach, "do not wait for its end"},
		{"tty", 't', OPTION_FLAG, &words.tty, "give it a terminal"},
		{"env", 'e', OPTION_LIST, &words.env, "NAME=value, on top of the container's"},
		{"cwd", 0, OPTION_TEXT, &words.cwd, "its working directory"},
		{"user", 'u', OPTION_TEXT, &words.user, "uid[:gid]"},
		{"additional-gids", 'g', OPTION_LIST, &words.gids, "a further group"},
		{"cap", 'c', OPTION_LIST, &words.caps, "a further capability"},
		{"no-new-privs", 0, OPTION_FLAG, &words.no_new_privs, "never gain privileges"},
		{"apparmor", 0, OPTION_TEXT, &words.apparmor, "its profile"},
		{"process-label", 0, OPTION_TEXT, &words.label, "refused: SELinux"},
		{"preserve-fds", 0, OPTION_NUMBER, &words.preserve_fds,
			"how many file descriptors from 3 on it inherits"},
		{"ignore-paused", 0, OPTION_FLAG, &words.ignore_paused, "it runs once resumed"},
		{"no-subreaper", 0, OPTION_FLAG, &(bool){false}, "of no meaning here"},
		{"cgroup", 0, OPTION_TEXT, &words.cgroup, "refused: always the container's own"},
		{"pidfd-socket", 0, OPTION_REFUSED, NULL, NULL},
		{0},
	};
	struct err err = {0};
	int code;

	if (options_read(
		    table, "exec [OPTIONS] ID COMMAND [ARGUMENTS]", 1, -1, &argc, &argv, &err) < 0)
		return oci_fail(oci, &err, FAILED);
	code = run(oci, &words, argc, argv);
	strs_fini(&words.env);
	strs_fini(&words.caps);
	strs_fini(&words.gids);
	return code;
}
