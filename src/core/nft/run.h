/* run.h - the packet filter's language, in the module davit-nft.so. */
#ifndef CORE_NFT_RUN_H
#define CORE_NFT_RUN_H

#include "util/err.h"

/* Carries out a file of nft(8)'s language in one transaction: all of it or nothing. */
int davit_nft_run(const char *text, struct err *err);

#endif
