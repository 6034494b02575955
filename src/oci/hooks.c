#include "oci/hooks.h"

#include <sys/mman.h>

#include "runtime/launch/hook.h"
#include "util/path.h"

int hooks_state(const char *text)
{
	int fd = memfd_create("state", MFD_CLOEXEC), rc;

	if (fd < 0)
		return -errno;
	rc = path_write_all(fd, text, strlen(text));
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

static int run(const struct spec_hook *hook, int state)
{
	const char *alone[] = {hook->path, NULL}, *nothing[] = {NULL};
	const struct launch_hook_call call = {
		.state = state,
		.path = hook->path,
		.argv = hook->args.len ? (const char **)hook->args.v : alone,
		.envp = hook->env.len ? (const char **)hook->env.v : nothing,
		.seconds = hook->timeout.set ? (uint64_t)hook->timeout.value : 0,
	};

	return launch_hook_run(&call);
}

int hooks_run(const spec_hooks *hooks, const char *stage, int state, struct err *err)
{
	for (size_t i = 0; i < hooks->len; i++) {
		const struct spec_hook *hook = &hooks->v[i];
		int code = run(hook, state);

		if (code == -ETIMEDOUT)
			return err_set(err, code, "hooks.%s[%zu]: %s took longer than %lld seconds",
				stage, i, hook->path, (long long)hook->timeout.value);
		if (code < 0)
			return err_set(err, code, "hooks.%s[%zu]: %s: %s", stage, i, hook->path,
				err_name(code));
		if (code)
			return err_set(err, ECANCELED, "hooks.%s[%zu]: %s failed with exit code %d",
				stage, i, hook->path, code);
	}
	return 0;
}

bool hooks_any_inside(const struct spec_all_hooks *hooks)
{
	return hooks->prestart.len + hooks->create_runtime.len + hooks->create_container.len +
		       hooks->start_container.len >
	       0;
}
