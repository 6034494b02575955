/* privileges.c - see engine_privileges.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/engine_privileges.h"
#include "core/exec.h"
#include "runtime/caps.h"

/* As the screen and the kernel call them, and as the spec does. */
static const struct {
	const char *name, *type;
} namespaces[CONTAINER_NAMESPACES] = {
	{"pid", "pid"},
	{"net", "network"},
	{"mnt", "mount"},
	{"ipc", "ipc"},
	{"uts", "uts"},
	{"user", "user"},
	{"cgroup", "cgroup"},
	{"time", "time"},
};

const char *container_namespace_name(unsigned number)
{
	return number < array_len(namespaces) ? namespaces[number].name : NULL;
}

const char *container_cap_name(unsigned number)
{
	static char names[CAPS_COUNT][32];
	const char *name = caps_name(number);

	if (!name)
		return NULL;
	if (!names[number][0])
		for (size_t i = 0; name[i + 4] && i + 1 < sizeof(names[0]); i++)
			names[number][i] = (char)tolower((unsigned char)name[i + 4]);
	return names[number];
}

/* Without a set of its own it keeps none. */
static uint64_t read_caps(const struct spec *spec)
{
	return spec->process.has_capabilities
		       ? caps_from_names(&spec->process.capabilities.bounding)
		       : 0;
}

int engine_container_privileges(
	struct engine *engine, const char *id, struct container_privileges *out, struct err *err)
{
	auto_of(spec) struct spec *spec = NULL;
	int failed = exec_read_spec(engine, id, &spec, err);

	if (failed)
		return failed;
	*out = (struct container_privileges){0};
	for (size_t i = 0; i < array_len(namespaces); i++) {
		const struct spec_namespace *ns = spec_find_namespace(spec, namespaces[i].type);

		snprintf(out->shares[i], sizeof(out->shares[i]), "%s",
			!ns        ? "host"
			: ns->path ? ns->path
				   : "");
	}
	out->caps = read_caps(spec);
	return 0;
}
