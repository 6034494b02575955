/* platform.h - which of an index's images is for us (containerd's platform matching).
 *
 *     os[/architecture[/variant]], normalised: x86_64 is amd64, aarch64 is arm64, armhf is arm/v7
 */
#ifndef CORE_IMAGE_PLATFORM_H
#define CORE_IMAGE_PLATFORM_H

#include <stdbool.h>

#include "util/err.h"

struct platform {
	char os[32], architecture[32], variant[16];
};

int platform_parse(const char *text, struct platform *out, struct err *err);
void platform_host(struct platform *out);
void platform_normalise(struct platform *platform);
/* 0: cannot run on `host`; else the higher the better a match. */
int platform_rank(const struct platform *host, const struct platform *candidate);
/* "linux/arm64/v8" */
void platform_text(const struct platform *platform, char text[96]);

#endif
