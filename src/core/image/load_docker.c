/* load_docker.c - docker-archive: manifest.json says where each image's config and layers are. */
#include <errno.h>

#include "core/image/load_private.h"
#include "util/json.h"

static int read_image(struct loading *loading, const cJSON *item, struct found_image *image,
	struct buf *config, struct err *err)
{
	const char *name = json_str(item, "Config");

	if (!name)
		return err_set(err, EBADMSG, "manifest.json: an image without a config");
	if (json_strs(json_array(item, "Layers"), &image->layers) < 0 ||
		json_strs(json_array(item, "RepoTags"), &image->tags) < 0)
		return err_set(err, EBADMSG, "manifest.json: Layers and RepoTags must be texts");
	if (archive_read_member(loading->archive, name, config, err) < 0)
		return err->code;
	image->config = config->data;
	image->config_len = config->len;
	return load_found(loading, image, err);
}

int load_docker(struct loading *loading, struct err *err)
{
	auto_buf text = BUF_INIT;
	auto_json *json = NULL;
	const cJSON *item;

	if (archive_read_member(loading->archive, "manifest.json", &text, err) < 0)
		return err->code;
	if (json_parse(text.data, text.len, &json, err) < 0)
		return err_in(err, "manifest.json");
	if (!cJSON_IsArray(json) || !json->child)
		return err_set(err, EBADMSG, "manifest.json names no image");
	cJSON_ArrayForEach(item, json)
	{
		struct found_image image = {0};
		auto_buf config = BUF_INIT;
		int failed = read_image(loading, item, &image, &config, err);

		found_image_fini(&image);
		if (failed)
			return failed;
	}
	return 0;
}
