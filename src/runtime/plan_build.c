#include "runtime/plan_build.h"

#include <errno.h>
#include <string.h>

void plan_build_init(struct plan_build *build, enum plan_kind kind)
{
	*build = (struct plan_build){.head = {.version = PLAN_VERSION, .kind = kind}};
	memcpy(build->head.magic, PLAN_MAGIC, sizeof(build->head.magic));
}

void plan_build_fini(struct plan_build *build)
{
	buf_fini(&build->steps);
	buf_fini(&build->data);
}

/* Items start 8-aligned, so that programs can be handed to the kernel where they lie. */
static struct plan_ref begin(struct plan_build *build)
{
	while (build->data.len % 8 && !buf_failed(&build->data))
		buf_addc(&build->data, '\0');
	return (struct plan_ref){.at = (uint32_t)build->data.len};
}

struct plan_ref plan_build_bytes(struct plan_build *build, const void *bytes, size_t len)
{
	struct plan_ref ref = begin(build);

	if (len > PLAN_SIZE_MAX) {
		build->data.failed = true;
		return ref;
	}
	buf_add(&build->data, bytes, len);
	buf_addc(&build->data, '\0');
	ref.len = (uint32_t)len;
	return ref;
}

struct plan_ref plan_build_text(struct plan_build *build, const char *text)
{
	return plan_build_bytes(build, text, strlen(text));
}

struct plan_ref plan_build_list(struct plan_build *build, const struct strs *list)
{
	struct plan_ref ref = begin(build);

	for (size_t i = 0; i < list->len; i++)
		buf_add(&build->data, list->v[i], strlen(list->v[i]) + 1);
	/* Each item brings its NUL; the ref's length counts them, and one more ends the ref. */
	ref.len = (uint32_t)build->data.len - ref.at;
	buf_addc(&build->data, '\0');
	return ref;
}

void plan_build_step(struct plan_build *build, const struct plan_step *step)
{
	buf_add(&build->steps, step, sizeof(*step));
	build->head.steps++;
}

int plan_build_finish(struct plan_build *build, struct buf *out)
{
	struct plan_header *head = &build->head;
	size_t size = sizeof(*head) + build->steps.len + build->data.len;

	if (buf_failed(&build->steps) || buf_failed(&build->data))
		return -ENOMEM;
	if (size > PLAN_SIZE_MAX || head->steps > PLAN_STEPS_MAX)
		return -E2BIG;
	head->size = (uint32_t)size;
	head->data_at = (uint32_t)(sizeof(*head) + build->steps.len);
	head->data_len = (uint32_t)build->data.len;
	buf_clear(out);
	buf_add(out, head, sizeof(*head));
	buf_add(out, build->steps.data, build->steps.len);
	buf_add(out, build->data.data, build->data.len);
	return buf_failed(out) ? -ENOMEM : 0;
}
