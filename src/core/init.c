#include "core/init.h"

#include <fcntl.h>
#include <stdio.h>

#include "core/parts.h"
#include "util/own.h"
#include "util/path.h"

/* docker's place for it. */
#define INIT_PATH "/sbin/docker-init"

enum { INIT_MAX = 1 << 20, WORDS = 2 };

int init_wrap(struct engine *engine, const char *id, struct recipe *recipe, struct err *err)
{
	struct spec *spec = recipe->spec;
	auto_strs args = STRS_INIT;
	char source[4200];

	strs_add(&args, INIT_PATH);
	strs_add(&args, "--");
	for (size_t i = 0; i < spec->process.args.len; i++)
		strs_add(&args, spec->process.args.v[i]);
	snprintf(source, sizeof(source), "%s/containers/%s/init", store_root(engine->store), id);
	if (strs_failed(&args) || spec_add_mount(spec, INIT_PATH, "bind", source,
					  "bind,ro,nosuid,nodev,rprivate") < 0)
		return err_set(err, ENOMEM, "add an init: out of memory");
	strs_fini(&spec->process.args);
	spec->process.args = args;
	args = (struct strs)STRS_INIT;
	recipe->wrapping = WORDS;
	return 0;
}

/* A copy of its own: whoever gets to write to it changes no other container's. */
int init_put(struct engine *engine, int dir_fd, struct err *err)
{
	auto_close int from = parts_init(engine->parts, err);
	auto_buf program = BUF_INIT;
	char path[40];
	int failed;

	if (from < 0)
		return from;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", from);
	failed = path_read_at(AT_FDCWD, path, INIT_MAX, &program);
	if (!failed)
		failed = path_replace_at(dir_fd, "init", program.data, program.len, 0755);
	return failed ? err_set(err, failed, "copy davit-init: %s", err_name(failed)) : 0;
}
