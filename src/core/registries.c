/* registries.c - engine_registry.h: the image module's calls that need no store. */
#include <errno.h>
#include <stdlib.h>

#include "core/engine.h"
#include "core/image_ops.h"
#include "core/module.h"

void login_result_fini(struct login_result *result)
{
	free(result->server);
	free(result->user);
	free(result->file);
	*result = (struct login_result){.server = NULL};
}

int engine_login(const struct login_request *request, struct login_result *result, struct err *err)
{
	const struct image_login_options options = {
		.server = request->server,
		.user = request->user,
		.secret = request->secret,
		.insecure = request->insecure,
	};
	struct image_login login = {.server = NULL};
	const struct image_ops *ops;
	int failed = module_image(&ops, err);

	if (!failed)
		failed = ops->login(&options, &login, err);
	*result = (struct login_result){
		.server = login.server, .user = login.user, .file = login.file};
	return failed;
}

int engine_logout(const char *server, char **key, bool *found, struct err *err)
{
	const struct image_ops *ops;
	int failed = module_image(&ops, err);

	*key = NULL;
	return failed ? failed : ops->logout(server, key, found, err);
}

static double stars_of(const cJSON *result)
{
	return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(result, "StarCount"));
}

/* In their own order where they have as many. */
static cJSON *sorted(cJSON *results)
{
	cJSON *out = cJSON_CreateArray();

	while (out && results->child) {
		cJSON *best = results->child;

		for (cJSON *item = best->next; item; item = item->next)
			if (stars_of(item) > stars_of(best))
				best = item;
		cJSON_AddItemToArray(out, cJSON_DetachItemViaPointer(results, best));
	}
	cJSON_Delete(results);
	return out;
}

int engine_search(const struct search_request *request, cJSON **out, struct err *err)
{
	const struct image_search_options options = {
		.term = request->term, .limit = request->limit, .insecure = request->insecure};
	const struct image_ops *ops;
	cJSON *results = NULL;
	int failed = module_image(&ops, err);

	if (!failed)
		failed = ops->search(&options, &results, err);
	if (failed)
		return failed;
	*out = sorted(results);
	return *out ? 0 : err_set(err, ENOMEM, "search: out of memory");
}
