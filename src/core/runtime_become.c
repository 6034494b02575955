#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/engine_runtime.h"
#include "core/parts.h"
#include "util/own.h"

extern char **environ;

int engine_runtime_become(char **argv, struct err *err)
{
	struct parts *parts;
	auto_close int program = -1;
	int failed = parts_open(&parts, err);

	if (failed)
		return failed;
	program = parts_runtime(parts, err);
	parts_close(parts);
	if (program < 0)
		return program;
	syscall(SYS_execveat, program, "", argv, environ, AT_EMPTY_PATH);
	return err_sys(err, "execute davit-runtime");
}
