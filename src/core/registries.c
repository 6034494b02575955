/* registries.c - engine_registry.h: the image module's calls that need no store. */
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
