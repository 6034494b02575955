#include "cli/prune_filters.h"

#include <errno.h>

#include "cli/filters.h"
#include "cli/units.h"

static int read_time(
	const struct strs *filters, const char *key, struct prune_request *request, struct err *err)
{
	const char *value;
	size_t at = 0;

	while ((value = filters_next(filters, key, &at))) {
		uint64_t until;

		if (units_time(value, units_now(), &until, err) < 0)
			return err_in(err, "invalid filter '%s=%s'", key, value);
		if (!request->until_ns || until < request->until_ns)
			request->until_ns = until;
	}
	return 0;
}

/* dangling=false is another way to say --all. */
static int read_dangling(const struct strs *filters, struct prune_request *request, struct err *err)
{
	int dangling = -1, failed = filters_truth(filters, "dangling", &dangling, err);

	if (dangling >= 0)
		request->all = !dangling;
	return failed;
}

int prune_filters(const struct strs *filters, const char *const *known,
	struct prune_request *request, struct err *err)
{
	const char *value;
	size_t at = 0;

	if (filters_check(filters, known, NULL, err) < 0 ||
		read_time(filters, "until", request, err) < 0 ||
		read_dangling(filters, request, err) < 0)
		return err->code;
	while ((value = filters_next(filters, "label", &at)))
		strs_add(&request->labels, value);
	at = 0;
	while ((value = filters_next(filters, "label!", &at)))
		strs_add(&request->lacks, value);
	return 0;
}

int cache_filters(const struct strs *filters, struct prune_request *request, struct err *err)
{
	static const char *const known[] = {"until", "unused-for", "id", "type", "description",
		"inuse", "shared", "private", NULL};
	static const char *const later[] = {"parent", "parents", NULL};

	if (filters_check(filters, known, later, err) < 0)
		return err->code;
	if (filters_have(filters, "until") && filters_have(filters, "unused-for"))
		return err_set(err, EINVAL, "conflicting filters: \"until\" and \"unused-for\"");
	if (read_time(filters, "until", request, err) < 0 ||
		read_time(filters, "unused-for", request, err) < 0)
		return err->code;
	for (size_t i = 0; i < filters->len; i++)
		if (!str_has_prefix(filters->v[i], "until=") &&
			!str_has_prefix(filters->v[i], "unused-for="))
			strs_add(&request->fields, filters->v[i]);
	return strs_failed(&request->fields) ? err_set(err, ENOMEM, "prune: out of memory") : 0;
}
