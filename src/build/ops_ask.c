/* Questions about a Dockerfile that nothing has to be built for. */
#include <string.h>

#include "build/call.h"
#include "build/lint.h"
#include "build/ops.h"
#include "core/image/platform.h"

static int read_ignore(
	const struct build_ask_request *request, struct ignore **out, struct err *err)
{
	*out = NULL;
	if (!request->ignore)
		return 0;
	return ignore_read(request->ignore->text, request->ignore->len, out, err);
}

/* Images are not fetched: what is not here stays unknown. */
static int give_configs(const struct build_ask_request *request, struct build_plan *plan,
	struct place *place, struct err *err)
{
	int step;

	while ((step = build_plan_next(plan, BUILD_NONE)) != BUILD_NONE) {
		const struct build_step *wanted = &plan->steps[step];
		const char *config = NULL;
		size_t len = 0;

		if (request->config && wanted->kind == BUILD_IMAGE)
			config = request->config(request->arg, wanted->image.reference,
				wanted->image.platform, &len);
		if (build_plan_give(plan, step, NULL, config, len, place, err) < 0)
			return err->code;
	}
	return 0;
}

static void answer_with(const struct build_ask_request *request, const struct build_plan *plan,
	const struct source *source, struct build_ask_answer *answer)
{
	switch (request->question) {
	case BUILD_CHECK:
		call_check(plan, source, &answer->text);
		break;
	case BUILD_OUTLINE:
		call_outline(plan, &answer->text);
		break;
	case BUILD_TARGETS:
		call_targets(plan, &answer->text);
		break;
	case BUILD_DRY_RUN:
		call_dry_run(plan, NULL, &answer->text);
		break;
	}
	answer->warnings = plan->lint->len;
	answer->as_error = plan->lint->as_error;
}

static int ask(const struct build_ask_request *request, const struct ignore *ignore,
	struct build_ask_answer *answer, struct err *err)
{
	struct build_plan_options options = {
		.source = {request->file.name, request->file.text, request->file.len},
		.target = request->target,
		.platform = request->platform,
		.checks = request->checks,
		.ignore = ignore,
	};
	auto_of(build_plan) struct build_plan *plan = NULL;
	struct platform host;
	char host_text[96];
	struct place place = {0};

	platform_host(&host);
	platform_text(&host, host_text);
	options.host_platform = host_text;
	if (request->build_args)
		options.build_args = *request->build_args;
	if (request->contexts)
		options.contexts = *request->contexts;
	if (build_plan_new(&options, &plan, &place, err) < 0 ||
		give_configs(request, plan, &place, err) < 0) {
		source_show(&options.source, &place, &answer->excerpt);
		return err->code;
	}
	answer_with(request, plan, &options.source, answer);
	return 0;
}

int ops_ask(
	const struct build_ask_request *request, struct build_ask_answer *answer, struct err *err)
{
	auto_of(ignore) struct ignore *ignore = NULL;

	*answer = (struct build_ask_answer){0};
	if (read_ignore(request, &ignore, err) < 0)
		return err->code;
	return ask(request, ignore, answer, err);
}
