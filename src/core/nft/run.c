/* run.c - one transaction of the packet filter, given as text. The whole of davit-nft.so, so that
 * libnftables is in memory only where rules are written. */
#include "core/nft/run.h"

#include <errno.h>
#include <string.h>

#include <nftables/libnftables.h>

/* The first line says what; those that follow repeat our own text with a marker under it. */
static int refused(struct nft_ctx *nft, struct err *err)
{
	const char *why = nft_ctx_get_error_buffer(nft);
	int code = why && strstr(why, "not supported")   ? EOPNOTSUPP
		   : why && strstr(why, "not permitted") ? EPERM
							 : EIO;

	return err_set(err, code, "the packet filter refuses davit's rules: %.*s",
		why ? (int)strcspn(why, "\n") : 0, why ? why : "");
}

int davit_nft_run(const char *text, struct err *err)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	int failed;

	if (!nft)
		return err_set(err, ENOMEM, "the packet filter: out of memory");
	nft_ctx_buffer_error(nft);
	nft_ctx_buffer_output(nft);
	failed = nft_run_cmd_from_buffer(nft, text) ? refused(nft, err) : 0;
	nft_ctx_free(nft);
	return failed;
}
