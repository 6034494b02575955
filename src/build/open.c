/* The one file of src/build that davit itself links: it opens the rest. */
#include <string.h>

#include "build/build.h"
#include "core/module.h"

int build_open(const struct build_ops **out, struct err *err)
{
	const struct build_ops *(*ops)(void);
	void *found;

	if (module_symbol("build", "davit_build_ops", &found, err) < 0)
		return err->code;
	memcpy(&ops, &found, sizeof(ops));
	*out = ops();
	return 0;
}
