/* warnings.c - what of a process cannot be granted: the specification wants a warning for that, and
 * no failure. */
#include "oci/oci.h"
#include "runtime/caps.h"
#include "util/buf.h"
#include "util/own.h"

static void add_once(struct strs *list, const char *name)
{
	for (size_t i = 0; i < list->len; i++)
		if (str_eq(list->v[i], name))
			return;
	strs_add(list, name);
}

static void warn_of(const struct oci *oci, const char *what, const struct strs *names)
{
	auto_buf text = BUF_INIT;

	for (size_t i = 0; i < names->len; i++)
		buf_addf(&text, "%s%.40s", i ? ", " : "", names->v[i]);
	if (names->len)
		oci_warn(oci, "process.capabilities%s: %s", what, buf_text(&text));
}

void oci_warn_of_caps(const struct oci *oci, const struct spec_caps *caps)
{
	const struct strs *const sets[] = {&caps->bounding, &caps->effective, &caps->permitted,
		&caps->inheritable, &caps->ambient};
	uint64_t raised = caps_from_names(&caps->permitted) & caps_from_names(&caps->inheritable);
	auto_strs unknown = STRS_INIT, beyond = STRS_INIT;

	for (size_t i = 0; i < array_len(sets); i++)
		for (size_t j = 0; j < sets[i]->len; j++)
			if (!caps_is_name(sets[i]->v[j]))
				add_once(&unknown, sets[i]->v[j]);
	caps_names(caps_from_names(&caps->ambient) & ~raised, &beyond);
	warn_of(oci, ": unknown, and left out", &unknown);
	warn_of(oci, ".ambient: not permitted and inheritable too, and left out", &beyond);
}
