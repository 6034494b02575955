/* caps.h - capabilities as a 64-bit mask: bit n is capability n of linux/capability.h. */
#ifndef RUNTIME_CAPS_H
#define RUNTIME_CAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "util/strs.h"

#define CAPS_COUNT  41 /* CAP_CHECKPOINT_RESTORE, Linux 5.9, is the newest */
#define CAPS_ALL    ((UINT64_C(1) << CAPS_COUNT) - 1)
#define CAPS_BIT(n) (UINT64_C(1) << (n))

/* What a container gets unless told otherwise: docker's fourteen. */
#define CAPS_DEFAULT UINT64_C(0xa80425fb)
/* --strict: without MKNOD, NET_RAW and AUDIT_WRITE, as podman's default has proven. */
#define CAPS_STRICT UINT64_C(0x800405fb)

/* "CAP_CHOWN"; NULL past the last one. Lives forever. */
const char *caps_name(unsigned number);
/* Any case, with or without "CAP_"; -1 when there is none of that name. */
int caps_number(const char *name);

/* docker's rule for --cap-add and --cap-drop: add ALL means all but the dropped; drop ALL means
 * only the added; else the base without the dropped and with the added. -EINVAL names what is
 * unknown. */
int caps_adjust(uint64_t base, const struct strs *add, const struct strs *drop, uint64_t *out,
	struct err *err);
/* Full "CAP_..." names, lowest first. */
void caps_names(uint64_t mask, struct strs *out);
/* The reverse, for config.json: full upper-case names. What is none is left out: the specification
 * wants a warning for it and no failure. */
uint64_t caps_from_names(const struct strs *names);
/* Whether it is one of those names. */
bool caps_is_name(const char *name);
/* All that we can give: what this kernel knows (/proc/sys/kernel/cap_last_cap) and our own bounding
 * set has. */
uint64_t caps_known(void);

#endif
