#include "dockerfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "util/own.h"

struct dockerfile dockerfile;

/* What the images of these tests say of themselves. */
static const struct {
	const char *reference, *config;
} images[] = {
	{"debian",
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Env\":[\"PATH=/bin\","
		"\"LANG=C\"],\"Cmd\":[\"bash\"],\"Entrypoint\":[\"/init\"],\"WorkingDir\":\"/root\","
		"\"User\":\"app\",\"Labels\":{\"from\":\"base\"}},\"rootfs\":{\"type\":\"layers\","
		"\"diff_ids\":[\"" DOCKERFILE_DIGEST
		"\"]},\"history\":[{\"created\":\"2020-01-01T00:00:00Z\","
		"\"created_by\":\"ADD rootfs\"}]}"},
	{"triggers", "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"OnBuild\":["
		     "\"RUN echo triggered\",\"COPY --from=helper /x /y\"]}}"},
	{"arm", "{\"architecture\":\"arm64\",\"os\":\"linux\",\"config\":{}}"},
};

static const char *config_of(const char *reference)
{
	for (size_t i = 0; i < array_len(images); i++)
		if (strcmp(images[i].reference, reference) == 0)
			return images[i].config;
	return strcmp(reference, "unknown") == 0 ? NULL : "{}";
}

int dockerfile_make(const char *text, struct build_plan **out)
{
	int step, failed;

	dockerfile.options.source = (struct source){"Dockerfile", text, strlen(text)};
	dockerfile.options.host_platform = "linux/amd64";
	dockerfile.err.text[0] = '\0';
	failed = build_plan_new(&dockerfile.options, out, &dockerfile.place, &dockerfile.err);
	while (!failed && (step = build_plan_next(*out, BUILD_NONE)) != BUILD_NONE) {
		const struct build_step *image = &(*out)->steps[step];
		const char *config = image->kind == BUILD_IMAGE && !image->image.content_only
					     ? config_of(image->image.reference)
					     : NULL;

		failed = build_plan_give(*out, step, DOCKERFILE_DIGEST, config,
			config ? strlen(config) : 0, &dockerfile.place, &dockerfile.err);
		if (failed) {
			build_plan_free(*out);
			*out = NULL;
		}
	}
	return failed;
}

struct build_plan *dockerfile_plan(const char *text)
{
	struct build_plan *made = NULL;

	if (dockerfile_make(text, &made) < 0)
		fail_msg("%s\nline %d: %s", text, dockerfile.place.first, dockerfile.err.text);
	assert_true(made->whole);
	return made;
}

void dockerfile_is_refused(const char *text, int line, const char *words)
{
	struct build_plan *made = NULL;

	if (dockerfile_make(text, &made) == 0) {
		build_plan_free(made);
		fail_msg("planned: %s", text);
	}
	assert_string_equal(dockerfile.err.text, words);
	assert_int_equal(dockerfile.place.first, line);
}

int dockerfile_clear(void **state)
{
	(void)state;
	strs_fini(&dockerfile.options.build_args);
	strs_fini(&dockerfile.options.labels);
	strs_fini(&dockerfile.options.contexts);
	strs_fini(&dockerfile.options.no_cache_stages);
	dockerfile.options = (struct build_plan_options){0};
	return 0;
}
