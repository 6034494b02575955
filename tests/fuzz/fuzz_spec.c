/* Any config.json: refused with a sentence, or it survives being written and read again, and what
 * is compiled from it is a plan that the launch accepts. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "runtime/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void write_and_read(const struct spec *spec)
{
	auto_of(spec) struct spec *again = NULL;
	auto_buf first = BUF_INIT, second = BUF_INIT;
	struct err err = {0};
	int rc;

	assert(spec_write(spec, &first) == 0);
	rc = spec_read(first.data, first.len, &again, &err);
	/* Escapes can make a text longer than what is read. */
	if (rc == -EFBIG)
		return;
	assert(rc == 0);
	assert(spec_write(again, &second) == 0);
	assert(strcmp(buf_text(&first), buf_text(&second)) == 0);
}

static void compile(const struct spec *spec, bool passing)
{
	struct kernel kernel;
	struct launch_facts facts = {
		.kernel = &kernel,
		.plain = {PLAN_OWN, "rootfs"},
		.mount_at = {PLAN_RUN, "root"},
		.passing = passing,
		.waits = passing ? LAUNCH_WAITS_BORN | LAUNCH_WAITS_HOOKS | LAUNCH_WAITS_START : 0,
	};
	auto_buf bytes = BUF_INIT;
	struct plan plan;
	const char *why;
	int step;

	assert(kernel_derive("6.1.0", NULL, &kernel, NULL) == 0);
	if (compile_container(spec, &facts, &bytes, NULL) == 0)
		assert(plan_open(bytes.data, bytes.len, &plan, &why, &step) == 0);
}

/* What `exec --process` and `update --resources` bring. */
static void read_parts(const uint8_t *data, size_t len)
{
	auto_of(spec) struct spec *process = NULL, *resources = NULL;
	struct err err = {0};

	if (spec_read_process((const char *)data, len, &process, &err) < 0)
		assert(err.code < 0 && err.text[0]);
	err = (struct err){0};
	if (spec_read_resources((const char *)data, len, &resources, &err) < 0)
		assert(err.code < 0 && err.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	auto_of(spec) struct spec *spec = NULL;
	struct err err = {0};

	read_parts(data, len);
	if (spec_read((const char *)data, len, &spec, &err) < 0) {
		assert(err.code < 0 && err.text[0]);
		return 0;
	}
	write_and_read(spec);
	compile(spec, false);
	compile(spec, true); /* as davit-runtime does it */
	return 0;
}
