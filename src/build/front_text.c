/* front_text.c - the façade's calls that only read text. */
#include <string.h>

#include "build/build.h"
#include "build/ops.h"
#include "core/module.h"

static const struct build_ops *open_ops(struct err *err)
{
	const struct build_ops *(*ops)(void);
	void *found;

	if (module_symbol("build", "davit_build_ops", &found, err) < 0)
		return NULL;
	memcpy(&ops, &found, sizeof(ops));
	return ops();
}

int build_dump(const struct build_file *file, struct buf *out, struct buf *excerpt, struct err *err)
{
	const struct build_ops *ops = open_ops(err);

	return ops ? ops->dump(file, out, excerpt, err) : err->code;
}
