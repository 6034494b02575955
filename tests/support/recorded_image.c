/* recorded_image.c - images of the recorded world: half of each is shared, and each was made in
 * three steps. */
#include <errno.h>
#include <stdio.h>

#include "recorded_private.h"

static int shared(struct world *world, const struct image_entry *rows, size_t count, uint64_t **out,
	struct err *err)
{
	(void)world;
	*out = calloc(count + 1, sizeof(**out));
	if (!*out)
		return err_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		(*out)[i] = rows[i].size / (i + 2);
	return 0;
}

/* Those of one repository stand on each other, in the order they were told; all on one base. */
static int layers(struct world *world, const struct image_entry *rows, size_t count,
	struct strs *out, struct err *err)
{
	(void)world;
	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(rows[i].reference, ":");
		auto_buf text = BUF_INIT;

		buf_addf(&text, "%064d ", 1);
		for (size_t k = 0; len && k <= i; k++)
			if (strncmp(rows[k].reference, rows[i].reference, len + 1) == 0)
				buf_addf(&text, "%.12s%052zu ", rows[k].id, len);
		strs_add(out, buf_text(&text));
	}
	return strs_failed(out) ? err_set(err, ENOMEM, "out of memory") : 0;
}

static int history(struct world *world, const char *who, struct image_step **out, size_t *count,
	struct err *err)
{
	const uint64_t now_ns = (uint64_t)RECORDED_NOW_S * 1000000000;
	const struct image_step steps[] = {
		{.created_by = "/bin/sh -c #(nop)  CMD [\"nginx\" \"-g\" \"daemon off;\"]",
			.created_ns = now_ns - 86400ull * 1000000000,
			.tags = "shop/web:2.0"},
		{.created_by = "RUN /bin/sh -c apt-get update && apt-get install -y nginx \\033[31m"
			       "&& rm -rf /var/lib/apt/lists/* # buildkit",
			.comment = "buildkit.dockerfile.v0",
			.created_ns = now_ns - 86400ull * 1000000000,
			.size = 61000000},
		{.created_by = "/bin/sh -c #(nop) ADD file:3f2a in / ", .size = 78000000},
	};

	(void)world;
	if (strncmp(who, "00005eed0004", 12) == 0)
		return err_set(err, ENOENT, "No such image: %s", who);
	*out = malloc(sizeof(steps));
	if (!*out)
		return err_set(err, ENOMEM, "out of memory");
	memcpy(*out, steps, sizeof(steps));
	*count = sizeof(steps) / sizeof(*steps);
	return 0;
}

const struct world_image_ops recorded_image_ops = {
	.shared = shared,
	.layers = layers,
	.history = history,
};
