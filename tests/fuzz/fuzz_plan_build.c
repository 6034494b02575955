/* A Dockerfile from anywhere, and after a NUL byte the config of every image it names: planned
 * whole or refused; no crash, no leak, an end in time. */
#include <stdint.h>
#include <string.h>

#include "build/lint.h"
#include "build/plan.h"

static const char digest[] =
	"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void read_out(const struct build_plan *plan)
{
	struct build_config_facts facts = {.created = "2026-01-01T00:00:00Z"};
	auto_buf out = BUF_INIT;

	lint_brief(plan->lint, &out);
	for (size_t i = 0; i < plan->stages_len; i++)
		if (plan->whole && plan->stages[i].config)
			free(build_config_json(plan->stages[i].config, &facts));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	const uint8_t *end = len ? memchr(input, 0, len) : NULL;
	size_t text = end ? (size_t)(end - input) : len;
	struct build_plan_options options = {.source = {"Dockerfile", (const char *)input, text},
		.host_platform = "linux/amd64"};
	struct build_plan *plan = NULL;
	struct place place;
	struct err err;
	int failed, step;

	strs_add(&options.build_args, "A=1");
	strs_add(&options.build_args, "http_proxy=x");
	strs_add(&options.contexts, "ctx");
	strs_add(&options.labels, "l=1");
	failed = build_plan_new(&options, &plan, &place, &err);
	while (!failed && (step = build_plan_next(plan, BUILD_NONE)) != BUILD_NONE)
		failed = build_plan_give(plan, step, digest, end ? (const char *)end + 1 : "{}",
			end ? len - text - 1 : 2, &place, &err);
	if (plan)
		read_out(plan);
	build_plan_free(plan);
	strs_fini(&options.build_args);
	strs_fini(&options.contexts);
	strs_fini(&options.labels);
	return 0;
}
