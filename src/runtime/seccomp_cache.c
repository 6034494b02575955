#include "runtime/seccomp_cache.h"

#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <stdio.h>
#include <sys/stat.h>

#include "util/own.h"
#include "util/path.h"

enum {
	CACHE_VERSION = 1, /* of the file, and of what the compiler makes of a profile */
	PROGRAM_MAX = BPF_MAXINSNS,
};

struct header {
	char magic[4];
	uint32_t version, count, zero;
};

/* The profile's bytes, in this program's read-only data. */
__asm__(".pushsection .rodata\n"
	".global seccomp_default_text\n"
	"seccomp_default_text:\n"
	".incbin \"assets/seccomp-default.json\"\n"
	".global seccomp_default_text_end\n"
	"seccomp_default_text_end:\n"
	".byte 0\n"
	".popsection\n");
extern const char seccomp_default_text[], seccomp_default_text_end[];

const char *seccomp_default_profile(size_t *len)
{
	*len = (size_t)(seccomp_default_text_end - seccomp_default_text);
	return seccomp_default_text;
}

/* Two lanes of multiply-and-rotate, eight bytes a turn: a name for a file in a directory that only
 * its owner can write, made at every launch, so fast matters and resisting an attacker does not. */
struct hash {
	uint64_t a, b;
};

static void hash_word(struct hash *h, uint64_t word)
{
	h->a = (h->a ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	h->a ^= h->a >> 29;
	h->b = (h->b + word) * UINT64_C(0xd6e8feb86659fd93);
	h->b = h->b << 31 | h->b >> 33;
}

static void hash_bytes(struct hash *h, const char *data, size_t len)
{
	uint64_t word;

	hash_word(h, len);
	for (; len >= 8; data += 8, len -= 8) {
		memcpy(&word, data, 8);
		hash_word(h, word);
	}
	word = 0;
	memcpy(&word, data, len);
	hash_word(h, word);
}

void seccomp_cache_name(const struct seccomp_request *req, char name[40])
{
	struct hash h = {UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707344)};

	hash_bytes(&h, DAVIT_VERSION, sizeof(DAVIT_VERSION));
	hash_word(&h, CACHE_VERSION);
	hash_word(&h, req->caps);
	hash_word(&h, (uint64_t)req->arch << 32 | req->kernel);
	hash_bytes(&h, req->profile, req->len);
	hash_word(&h, 0);
	hash_word(&h, 0);
	snprintf(name, 40, "%016llx%016llx.bpf", (unsigned long long)h.a, (unsigned long long)h.b);
}

static bool is_whole(const struct buf *file)
{
	struct header head;

	if (file->len < sizeof(head))
		return false;
	memcpy(&head, file->data, sizeof(head));
	return memcmp(head.magic, "DVBP", 4) == 0 && head.version == CACHE_VERSION &&
	       head.count > 0 && head.count <= PROGRAM_MAX &&
	       file->len == sizeof(head) + head.count * sizeof(struct sock_filter);
}

static void keep(int dir_fd, const char *name, const struct buf *program)
{
	struct header head = {
		.magic = {'D', 'V', 'B', 'P'},
		.version = CACHE_VERSION,
		.count = (uint32_t)(program->len / sizeof(struct sock_filter)),
	};
	auto_buf file = BUF_INIT;

	buf_add(&file, &head, sizeof(head));
	buf_add(&file, program->data, program->len);
	if (!buf_failed(&file))
		path_replace_at(dir_fd, name, file.data, file.len, 0600);
}

int seccomp_cache_get(int dir_fd, const struct seccomp_request *req, seccomp_load_fn *load,
	void *ctx, struct buf *program, struct err *err)
{
	size_t max = sizeof(struct header) + PROGRAM_MAX * sizeof(struct sock_filter);
	auto_buf file = BUF_INIT, made = BUF_INIT;
	seccomp_compile_fn *compile;
	char name[40];
	int rc;

	seccomp_cache_name(req, name);
	if (path_read_at(dir_fd, name, max, &file) == 0 && is_whole(&file)) {
		buf_add(program, file.data + sizeof(struct header),
			file.len - sizeof(struct header));
	} else {
		compile = load(ctx, err);
		if (!compile)
			return err ? err->code : -ENOSYS;
		rc = compile(req, &made, err);
		if (rc < 0)
			return rc;
		keep(dir_fd, name, &made);
		buf_add(program, made.data, made.len);
	}
	return buf_failed(program) ? err_set(err, ENOMEM, "seccomp profile: out of memory") : 0;
}
