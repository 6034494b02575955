/* Any profile: refused with a sentence, or a program that ends in an answer for whatever it is
 * asked, as the kernel's checker would demand. */
#include <assert.h>
#include <linux/audit.h>
#include <stdint.h>

#include "../support/bpf_run.h"
#include "runtime/caps.h"
#include "runtime/seccomp/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void ask(const struct buf *program, uint32_t arch)
{
	static const uint64_t args[] = {0, 1, 0xffffffff, UINT64_MAX};

	for (int nr = -1; nr < 480; nr++) {
		for (size_t i = 0; i < 4; i++) {
			struct seccomp_data what = {
				.nr = nr, .arch = arch, .args = {args[i], args[3 - i], args[i]}};

			bpf_run((const struct sock_filter *)program->data,
				program->len / sizeof(struct sock_filter), &what);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct seccomp_request req = {
		.profile = (const char *)data,
		.len = len,
		.caps = CAPS_DEFAULT,
		.arch = AUDIT_ARCH_X86_64,
		.kernel = 6 << 16,
	};
	auto_buf program = BUF_INIT;
	struct err err = {0};

	if (seccomp_compile(&req, &program, &err) < 0) {
		assert(err.code < 0 && err.text[0]);
		return 0;
	}
	assert(program.len % sizeof(struct sock_filter) == 0);
	ask(&program, AUDIT_ARCH_X86_64);
	ask(&program, AUDIT_ARCH_I386);
	ask(&program, AUDIT_ARCH_AARCH64);
	return 0;
}
