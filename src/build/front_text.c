/* front_text.c - the façade's calls that davit-build.so answers. */
#include <string.h>

#include "build/build.h"
#include "build/ops.h"
#include "core/module.h"
#include "util/own.h"

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

int build_here(struct engine *engine, const struct build_request *request, build_event_fn *on_event,
	void *arg, const atomic_bool *canceled, struct build_result *result, struct err *err)
{
	const struct build_ops *ops = open_ops(err);

	return ops ? ops->run(engine, request, on_event, arg, canceled, result, err) : err->code;
}

void build_request_init(struct build_request *request)
{
	*request = (struct build_request){.context = "."};
}

void build_request_fini(struct build_request *request)
{
	struct strs *const lists[] = {&request->tags, &request->build_args, &request->labels,
		&request->contexts, &request->secrets, &request->ssh, &request->add_hosts,
		&request->no_cache_stages, &request->allow, &request->outputs, &request->ulimits,
		&request->cache_from, &request->cache_to};

	for (size_t i = 0; i < array_len(lists); i++)
		strs_fini(lists[i]);
}

void build_result_let_go(struct build_result *result)
{
	struct err ignored;
	const struct build_ops *ops = result->kept ? open_ops(&ignored) : NULL;

	if (ops)
		ops->let_go(result->kept);
	result->kept = NULL;
}

void build_result_fini(struct build_result *result)
{
	buf_fini(&result->excerpt);
	buf_fini(&result->text);
	strs_fini(&result->mounts);
	strs_fini(&result->env);
	build_result_let_go(result);
}
