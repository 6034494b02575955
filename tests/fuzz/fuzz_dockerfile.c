/* A Dockerfile from anywhere: no crash, no leak, an end in time. */
#include <stdint.h>

#include "build/ops.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	const struct build_file file = {"Dockerfile", (const char *)input, len};
	auto_buf out = BUF_INIT, excerpt = BUF_INIT;
	struct err err;

	davit_build_ops()->dump(&file, &out, &excerpt, &err);
	return 0;
}
