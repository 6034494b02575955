/* login.h - `davit login` and `davit logout`: asked of the registry, then stored (credentials.h).
 */
#ifndef CORE_IMAGE_LOGIN_H
#define CORE_IMAGE_LOGIN_H

#include "core/image_ops.h"

/* Entries of struct image_ops. */
int image_login(
	const struct image_login_options *options, struct image_login *out, struct err *err);
int image_logout(const char *server, char **key, bool *found, struct err *err);

#endif
