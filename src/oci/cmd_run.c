#include "oci/container.h"
#include "oci/options.h"
#include "oci/relay.h"

/* In the foreground: until it ends, and then all of it goes. */
static int stay(struct oci *oci, const struct container_words *words, struct record *record,
	struct making *making)
{
	struct err err = {0};
	int code = 1, rc = relay_wait(making->launched.pidfd, making->console, &code, &err);

	if (rc == 0 && !words->keep)
		rc = container_delete(record, true, &err);
	return rc < 0 ? oci_fail(oci, &err, 1) : code;
}

static int run(struct oci *oci, const char *id, const struct container_words *words)
{
	auto_bundle bundle = {0};
	auto_record record = {.dir = -1};
	struct making making;
	struct err err = {0};
	int rc = words->detach ? 0 : relay_prepare(&err), status = 0;

	if (rc < 0)
		return oci_fail(oci, &err, 1);
	rc = container_make(oci, id, words, false, &bundle, &record, &making, &err);
	if (rc == 0) {
		rc = container_poststart(&record, &bundle, &err);
		if (rc < 0)
			container_delete(&record, true, NULL);
	}
	if (rc < 0)
		status = oci_fail(oci, &err, 1);
	else if (!words->detach)
		status = stay(oci, words, &record, &making);
	making_fini(&making);
	return status;
}

int cmd_run(struct oci *oci, int argc, char **argv)
{
	struct container_words words = {0};
	const struct option table[] = {
		{"bundle", 'b', OPTION_TEXT, &words.bundle, "its directory; here"},
		{"console-socket", 0, OPTION_TEXT, &words.console_socket,
			"where the terminal's master is sent"},
		{"detach", 'd', OPTION_FLAG, &words.detach, "do not wait for its end"},
		{"keep", 0, OPTION_FLAG, &words.keep, "leave its state when it has ended"},
		{"pid-file", 0, OPTION_TEXT, &words.pid_file, "where its pid is written"},
		{"no-subreaper", 0, OPTION_FLAG, &(bool){false}, "of no meaning here"},
		{"no-pivot", 0, OPTION_FLAG, &words.no_pivot, "cover the root instead (ramdisk)"},
		{"no-new-keyring", 0, OPTION_FLAG, &words.no_keyring, "keep the caller's keyring"},
		{"preserve-fds", 0, OPTION_NUMBER, &words.preserve_fds,
			"how many file descriptors from 3 on it inherits"},
		{"pidfd-socket", 0, OPTION_REFUSED, NULL, NULL},
		{0},
	};
	struct err err = {0};

	if (options_read(table, "run [OPTIONS] ID", 1, 1, &argc, &argv, &err) < 0)
		return oci_fail(oci, &err, 1);
	return run(oci, argv[0], &words);
}
