/* davit-seccomp - one profile in, one program out: see seccomp_wire.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/seccomp/compile.h"
#include "runtime/seccomp_wire.h"
#include "util/own.h"
#include "util/path.h"

enum { PROFILE_MAX = 4 << 20 };

static int read_all(void *to, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t got = read(0, (char *)to + done, len - done);

		if (got <= 0)
			return -EIO;
		done += (size_t)got;
	}
	return 0;
}

static int answer(struct buf *program, struct err *err)
{
	struct seccomp_request request;
	struct seccomp_wire head;
	auto_free char *profile = NULL;

	if (read_all(&head, sizeof(head)) < 0 ||
		memcmp(head.magic, SECCOMP_WIRE_MAGIC, sizeof(head.magic)) != 0 ||
		head.len > PROFILE_MAX)
		return err_set(err, EINVAL, "this is not what davit-runtime asks");
	profile = malloc(head.len + 1);
	if (!profile || read_all(profile, head.len) < 0)
		return err_set(err, EIO, "the profile ends early");
	profile[head.len] = '\0';
	request = (struct seccomp_request){.profile = profile,
		.len = head.len,
		.caps = head.caps,
		.arch = head.arch,
		.kernel = head.kernel};
	return seccomp_compile(&request, program, err);
}

int main(void)
{
	auto_buf program = BUF_INIT;
	struct err err = {0};

	if (answer(&program, &err) < 0) {
		path_write_all(1, err.text, strlen(err.text));
		return 1;
	}
	return path_write_all(1, program.data, program.len) < 0 ? 1 : 0;
}
