/* --output, --secret, --chmod of a Dockerfile, a CSV record, and the memory of the last build: what
 * is accepted is what it says. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/copy.h"
#include "build/csv.h"
#include "build/exporter.h"
#include "build/recall.h"
#include "build/secret.h"
#include "core/image/sha.h"
#include "util/own.h"
#include "util/path.h"
#include "util/strs.h"

static void check_output(const char *text)
{
	struct exporter output;
	struct err err;

	if (exporter_parse(text, &output, &err) < 0)
		return;
	if (output.kind != EXPORT_IMAGE && !output.dest)
		abort();
	exporter_fini(&output);
}

static void check_mode(const char *text)
{
	struct copy_mode *mode;
	struct err err;

	if (copy_mode_parse(text, &mode, &err) < 0)
		return;
	if (copy_mode_apply(mode, S_IFREG | 0644) & ~07777u ||
		copy_mode_apply(mode, S_IFDIR | 0755) & ~07777u)
		abort();
	copy_mode_free(mode);
}

static void check_secret(const char *text)
{
	auto_strs secrets = STRS_INIT;
	struct err err;

	strs_add(&secrets, text);
	secrets_check(&secrets, &err);
}

static void check_csv(const char *text)
{
	auto_buf field = BUF_INIT;
	struct err err;
	size_t at = 0;

	while (text[at]) {
		size_t before = at;

		if (csv_field(text, &at, &field, &err) < 0)
			return;
		if (at > strlen(text) || (text[at] && text[at] != ','))
			abort();
		at += text[at] == ',';
		if (at == before)
			abort();
	}
}

static char dir[] = "/tmp/davit-fuzz-XXXXXX";

static void leave(void)
{
	path_remove_at(AT_FDCWD, dir);
}

static int enter(void)
{
	static int fd = -1;

	if (fd >= 0)
		return fd;
	if (!mkdtemp(dir) || atexit(leave) != 0)
		abort();
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd;
}

static void check_recall(const uint8_t *input, size_t len)
{
	struct build_step step = {.name = "RUN a", .own = "k"};
	const uint8_t base[FILES_HASH] = {0};
	struct recall *recall;
	char digest[DIGEST_SIZE];
	struct err err;

	sha_of("where", 5, digest);
	if (path_replace_at(enter(), digest_hex(digest), input, len, 0600) < 0 ||
		recall_open(enter(), "where", 1, &recall, &err) < 0)
		abort();
	recall_step(recall, 0, &step, base);
	if (!*recall_reason(recall, 0))
		abort();
	recall_free(recall);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	auto_free char *text = strndup((const char *)input, len);

	if (!text)
		return 0;
	check_output(text);
	check_mode(text);
	check_secret(text);
	check_csv(text);
	check_recall(input, len);
	return 0;
}
