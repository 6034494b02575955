/* expect.h - a test's counts, for programs of our own that close with "N passed, N failed". */
#ifndef SUPPORT_EXPECT_H
#define SUPPORT_EXPECT_H

#include <stdio.h>

static int passed, failed;

#define EXPECT(condition, ...)                                                                     \
	do {                                                                                       \
		if (condition) {                                                                   \
			passed++;                                                                  \
		} else {                                                                           \
			failed++;                                                                  \
			printf("  FAIL %s: %s: ", __func__, #condition);                           \
			printf(__VA_ARGS__);                                                       \
			printf("\n");                                                              \
		}                                                                                  \
	} while (0)

#endif
