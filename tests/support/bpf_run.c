#include "bpf_run.h"

#include <linux/bpf_common.h>
#include <stdlib.h>
#include <string.h>

static int holds(uint16_t code, uint32_t a, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	case BPF_JSET:
		return (a & k) != 0;
	}
	abort();
}

static uint32_t load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	if (offset % 4 || offset > sizeof(*data) - 4)
		abort();
	memcpy(&word, (const char *)data + offset, 4);
	return word;
}

uint32_t bpf_run(const struct sock_filter *insns, size_t len, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < len; pc++) {
		const struct sock_filter *i = &insns[pc];

		if (i->code == (BPF_LD | BPF_W | BPF_ABS))
			a = load(data, i->k);
		else if (i->code == (BPF_ALU | BPF_AND | BPF_K))
			a &= i->k;
		else if (i->code == (BPF_JMP | BPF_JA))
			pc += i->k;
		else if (BPF_CLASS(i->code) == BPF_JMP && BPF_SRC(i->code) == BPF_K)
			pc += holds(i->code, a, i->k) ? i->jt : i->jf;
		else if (i->code == (BPF_RET | BPF_K))
			return i->k;
		else
			abort();
	}
	abort(); /* ran off the end */
}
