/* inspect_parts.h - what the files that write docker's inspect object share. */
#ifndef CORE_INSPECT_PARTS_H
#define CORE_INSPECT_PARTS_H

#include <cjson/cJSON.h>

#include "core/recipe.h"
#include "core/store.h"

cJSON *inspect_list(const struct strs *list);
/* null where the list is empty. */
void inspect_add_list(cJSON *to, const char *key, const struct strs *list);

/* inspect_host.c: HostConfig */
void inspect_add_host(
	cJSON *to, const struct container_request *request, const struct recipe *recipe);
/* inspect_mounts.c: Mounts, and their part of HostConfig */
void inspect_add_mounts(cJSON *to, const struct store *store, const struct recipe *recipe);
void inspect_add_mount_options(
	cJSON *host, const struct container_request *request, const struct recipe *recipe);

#endif
