#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "build/build.h"
#include "cli/cli.h"
#include "util/own.h"
#include "util/path.h"

enum { FILE_LARGEST = 4 << 20 };

static int read_input(struct buf *out, struct err *err)
{
	char piece[65536];
	ssize_t got;

	while ((got = read(STDIN_FILENO, piece, sizeof(piece))) != 0) {
		if (got < 0 && errno != EINTR)
			return err_sys(err, "standard input");
		if (got > 0)
			buf_add(out, piece, (size_t)got);
		if (out->len > FILE_LARGEST)
			return err_set(err, EFBIG, "standard input is more than 4 MiB");
	}
	return 0;
}

static int read_file(const char *name, struct buf *out, struct err *err)
{
	int failed;

	if (strcmp(name, "-") == 0)
		return read_input(out, err);
	failed = path_read_at(AT_FDCWD, name, FILE_LARGEST, out);
	return failed < 0 ? err_set(err, failed, "%s: %s", name, err_name(failed)) : 0;
}

static int dump(struct cli *cli, void *values, const struct operands *operands)
{
	const char *name = operands->v[0];
	auto_buf text = BUF_INIT, excerpt = BUF_INIT;
	struct build_file file = {.name = strcmp(name, "-") == 0 ? "Dockerfile" : name};
	struct err err;

	(void)values;
	if (read_file(name, &text, &err) < 0)
		return cli_fail(&err, 1);
	file.text = buf_text(&text);
	file.len = text.len;
	if (build_dump(&file, &cli->out.text, &excerpt, &err) < 0) {
		output_write(STDERR_FILENO, buf_text(&excerpt), excerpt.len);
		return cli_fail(&err, 1);
	}
	return 0;
}

const struct command command_builder_dump = {
	.names = {"builder dump"},
	.usage = "FILE|-",
	.summary = "Print the instructions of a Dockerfile as they are read",
	.syntax = {.hands_on_after = -1},
	.least = 1,
	.most = 1,
	.run = dump,
};
