#include "oci/container.h"
#include "oci/options.h"

int cmd_create(struct oci *oci, int argc, char **argv)
{
	struct container_words words = {.detach = true};
	const struct option table[] = {
		{"bundle", 'b', OPTION_TEXT, &words.bundle, "its directory; here"},
		{"console-socket", 0, OPTION_TEXT, &words.console_socket,
			"where the terminal's master is sent"},
		{"pid-file", 0, OPTION_TEXT, &words.pid_file, "where its pid is written"},
		{"no-pivot", 0, OPTION_FLAG, &words.no_pivot, "cover the root instead (ramdisk)"},
		{"no-new-keyring", 0, OPTION_FLAG, &words.no_keyring, "keep the caller's keyring"},
		{"preserve-fds", 0, OPTION_NUMBER, &words.preserve_fds,
			"how many file descriptors from 3 on it inherits"},
		{"pidfd-socket", 0, OPTION_REFUSED, NULL, NULL},
		{0},
	};
	auto_bundle bundle = {0};
	auto_record record = {.dir = -1};
	struct making making;
	struct err err = {0};
	int rc = options_read(table, "create [OPTIONS] ID", 1, 1, &argc, &argv, &err);

	if (rc < 0)
		return oci_fail(oci, &err, 1);
	rc = container_make(oci, argv[0], &words, true, &bundle, &record, &making, &err);
	making_fini(&making);
	return rc < 0 ? oci_fail(oci, &err, 1) : 0;
}
