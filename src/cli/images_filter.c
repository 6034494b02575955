#include "cli/images_filter.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "cli/filters.h"
#include "cli/units.h"
#include "util/own.h"

const char *images_tag_of(const char *reference)
{
	const char *slash = strrchr(reference, '/');
	const char *colon = strchr(slash ? slash : reference, ':');

	return colon ? colon : reference + strlen(reference);
}

static bool has_reference(const char *pattern, const void *arg)
{
	const char *reference = ((const struct image_entry *)arg)->reference;
	char name[sizeof(((struct image_entry *)NULL)->reference)];

	if (!*reference)
		return false;
	if (str_has_prefix(pattern, "docker.io/"))
		pattern += 10;
	if (str_has_prefix(pattern, "library/"))
		pattern += 8;
	snprintf(
		name, sizeof(name), "%.*s", (int)(images_tag_of(reference) - reference), reference);
	return fnmatch(pattern, reference, FNM_PATHNAME) == 0 ||
	       fnmatch(pattern, name, FNM_PATHNAME) == 0;
}

static bool has_label(const char *value, const void *arg)
{
	return filters_label(arg, value);
}

static bool lacks_label(const char *value, const void *arg)
{
	return !filters_label(arg, value);
}

static bool labels_fit(const struct images_wanted *wanted, const struct image_entry *image)
{
	auto_strs labels = STRS_INIT;
	const cJSON *label;

	if (!wanted->labels)
		return true;
	cJSON_ArrayForEach(label, cJSON_GetObjectItemCaseSensitive(wanted->labels, image->id))
		strs_addf(&labels, "%s=%s", label->string,
			cJSON_IsString(label) ? label->valuestring : "");
	return filters_every(wanted->filters, "label", has_label, &labels) &&
	       filters_every(wanted->filters, "label!", lacks_label, &labels);
}

bool images_fit(const struct images_wanted *wanted, const struct image_entry *image)
{
	if (wanted->before_ns && image->created_ns >= wanted->before_ns)
		return false;
	if (wanted->since_ns && image->created_ns <= wanted->since_ns)
		return false;
	if (wanted->dangling >= 0 && wanted->dangling != !*image->reference)
		return false;
	if (wanted->operand && !has_reference(wanted->operand, image))
		return false;
	return filters_any(wanted->filters, "reference", has_reference, image) &&
	       labels_fit(wanted, image);
}

static int find_time(const struct images_wanted *wanted, const char *key,
	const struct image_entry *images, size_t count, uint64_t *out, struct err *err)
{
	size_t at = 0;
	const char *who = filters_next(wanted->filters, key, &at);
	char id[65];

	if (!who)
		return 0;
	if (engine_image_find(wanted->engine, who, id, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++)
		if (str_eq(images[i].id, id))
			*out = images[i].created_ns;
	return 0;
}

int images_wanted_init(struct images_wanted *wanted, const struct image_entry *images, size_t count,
	struct err *err)
{
	const struct strs *filters = wanted->filters;
	const char *value;
	uint64_t until;
	size_t at = 0;

	if ((filters_have(filters, "label") || filters_have(filters, "label!")) &&
		engine_images_labels(wanted->engine, &wanted->labels, err) < 0)
		return err->code;
	if (find_time(wanted, "before", images, count, &wanted->before_ns, err) < 0 ||
		find_time(wanted, "since", images, count, &wanted->since_ns, err) < 0)
		return err->code;
	while ((value = filters_next(filters, "until", &at))) {
		if (units_time(value, units_now(), &until, err) < 0)
			return err_in(err, "invalid filter 'until=%s'", value);
		if (!wanted->before_ns || until < wanted->before_ns)
			wanted->before_ns = until;
	}
	return filters_truth(filters, "dangling", &wanted->dangling, err);
}

int images_check_filters(const struct strs *filters, struct err *err)
{
	static const char *const known[] = {
		"before", "dangling", "label", "label!", "reference", "since", "until", NULL};

	return filters_check(filters, known, NULL, err);
}

void images_wanted_fini(struct images_wanted *wanted)
{
	cJSON_Delete(wanted->labels);
}
