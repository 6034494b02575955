#include "core/sh.h"

#include <errno.h>
#include <fcntl.h>

#include "core/spawn.h"
#include "util/buf.h"
#include "util/own.h"

extern char **environ;

static int words(const struct sh *sh, struct strs *argv, struct err *err)
{
	auto_buf script = BUF_INIT;

	/* Who leads a session and opens a terminal gets it as his own. */
	if (sh->terminal)
		buf_addf(&script, "exec <>%s >&0 2>&0; ", sh->terminal);
	buf_adds(&script, sh->script);
	strs_add(argv, "sh");
	strs_add(argv, "-c");
	strs_add(argv, buf_text(&script));
	strs_add(argv, "sh");
	if (sh->args)
		strs_copy(argv, sh->args);
	if (buf_failed(&script) || strs_failed(argv) || (sh->env && strs_failed(sh->env)))
		return err_set(err, ENOMEM, "run a command: out of memory");
	return 0;
}

int sh_start(const struct sh *sh, int *pidfd, int *pid, struct err *err)
{
	static const int nothing[] = {-1, -1, -1};
	auto_close int shell = open("/bin/sh", O_PATH | O_CLOEXEC);
	auto_strs argv = STRS_INIT;
	struct row_process process;
	struct spawn spawn = {
		.program_fd = shell,
		.envp = (const char *const *)(sh->env ? sh->env->v : environ),
		.fds = sh->terminal ? nothing : sh->fds,
		.fd_count = 3,
		.cgroup_fd = -1,
		.with_us = true,
		.session = sh->session || sh->terminal,
	};
	int failed;

	if (shell < 0)
		return err_sys(err, "/bin/sh");
	if (words(sh, &argv, err) < 0)
		return err->code;
	spawn.argv = (const char *const *)argv.v;
	failed = spawn_start(&spawn, pidfd, &process, err);
	if (!failed && pid)
		*pid = process.pid;
	return failed;
}
