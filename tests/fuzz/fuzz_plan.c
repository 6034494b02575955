/* Whatever plan_open accepts can be read to the end without leaving the bytes. */
#include <stdlib.h>
#include <string.h>

#include "runtime/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t walk(const struct plan *plan, struct plan_ref list)
{
	size_t len = 0;

	for (const char *item = plan_next(plan, list, NULL); item;
		item = plan_next(plan, list, item))
		len += strlen(item);
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of its exact size, and aligned as a mapping is. */
	void *bytes = malloc(size ? size : 1);
	struct plan plan;
	const char *why;
	int step;

	memcpy(bytes, data, size);
	if (!plan_open(bytes, size, &plan, &why, &step)) {
		volatile size_t len = walk(&plan, plan.head->cgroups) + plan_child_at(&plan);

		for (unsigned i = 0; i < plan.head->steps; i++) {
			const struct plan_step *at = &plan.steps[i];

			len += strlen(plan_op_name(at->op)) + strlen(plan_text(&plan, at->a));
			len += strlen(plan_text(&plan, at->b)) + strlen(plan_text(&plan, at->c));
			len += at->op == PLAN_EXEC || at->op == PLAN_LOWERS ? walk(&plan, at->a)
									    : 0;
			len += at->op == PLAN_EXEC || at->op == PLAN_USER ? walk(&plan, at->b) : 0;
		}
		if (plan.steps[plan.head->steps - 1].op != PLAN_EXEC)
			abort();
	}
	free(bytes);
	return 0;
}
