/* load_oci.c - OCI archives and layouts: index.json, then blobs by digest, all of them checked. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/image/load_private.h"
#include "core/image/manifest.h"
#include "core/image/sha.h"
#include "util/json.h"

static void member_name(const char *digest, char name[DIGEST_HEX + 32])
{
	snprintf(name, DIGEST_HEX + 32, "blobs/sha256/%.64s", digest_hex(digest));
}

static int read_blob(
	struct loading *loading, const struct descriptor *wanted, struct buf *out, struct err *err)
{
	char name[DIGEST_HEX + 32], found[DIGEST_SIZE];

	member_name(wanted->digest, name);
	if (archive_read_member(loading->archive, name, out, err) < 0)
		return err->code;
	sha_of(out->data, out->len, found);
	if (out->len != wanted->size || !str_eq(found, wanted->digest))
		return err_set(err, EBADMSG, "%s does not match its digest: found %s", name, found);
	return 0;
}

/* The whole reference, or only a tag: then the archive does not say what it is a tag of. */
static const char *name_of(const struct descriptor *entry)
{
	const char *name = json_str(entry->annotations, "io.containerd.image.name");

	if (!name)
		name = json_str(entry->annotations, "org.opencontainers.image.ref.name");
	return name && strpbrk(name, ":/") ? name : NULL;
}

static int load_manifest(struct loading *loading, const struct manifest *manifest,
	const struct buf *text, const char *tag, struct err *err)
{
	struct found_image image = {.manifest = text->data, .manifest_len = text->len};
	auto_buf config = BUF_INIT;
	int failed = read_blob(loading, &manifest->config, &config, err);

	image.config = config.data;
	image.config_len = config.len;
	for (size_t i = 0; i < manifest->n_layers; i++) {
		char name[DIGEST_HEX + 32];

		member_name(manifest->layers[i].digest, name);
		strs_add(&image.layers, name);
		strs_add(&image.digests, manifest->layers[i].digest);
	}
	if (tag)
		strs_add(&image.tags, tag);
	if (!failed && (strs_failed(&image.layers) || strs_failed(&image.digests) ||
			       strs_failed(&image.tags)))
		failed = err_set(err, ENOMEM, "load: out of memory");
	if (!failed)
		failed = load_found(loading, &image, err);
	found_image_fini(&image);
	return failed;
}

/* Down through nested indexes, by platform, to one image. */
static int load_entry(struct loading *loading, const struct descriptor *entry, const char *tag,
	int depth, struct err *err)
{
	auto_of(manifest) struct manifest *manifest = NULL;
	const struct descriptor *child;
	auto_buf text = BUF_INIT;

	if (depth > MANIFEST_NESTING_MAX)
		return err_set(
			err, EBADMSG, "indexes nest deeper than %d levels", MANIFEST_NESTING_MAX);
	if (read_blob(loading, entry, &text, err) < 0 ||
		manifest_parse(text.data, text.len, entry->media, &manifest, err) < 0)
		return err->code;
	if (manifest->kind == MANIFEST_IMAGE)
		return load_manifest(loading, manifest, &text, tag, err);
	if (manifest_choose(manifest, loading->platform, &child, err) < 0)
		return err->code;
	return load_entry(loading, child, tag, depth + 1, err);
}

/* index.json lists images with names, each wanted, or one image for several platforms. */
static bool lists_platforms(const struct manifest *index)
{
	for (size_t i = 0; i < index->n_layers; i++)
		if (!index->layers[i].platform.os[0] || name_of(&index->layers[i]))
			return false;
	return index->n_layers > 1;
}

int load_oci_manifest(struct loading *loading, const char *config, struct buf *out, struct err *err)
{
	auto_of(manifest) struct manifest *index = NULL;
	auto_buf text = BUF_INIT;

	if (archive_read_member(loading->archive, "index.json", &text, err) < 0 ||
		manifest_parse(text.data, text.len, MEDIA_OCI_INDEX, &index, err) < 0)
		return err->code;
	for (size_t i = 0; index->kind == MANIFEST_INDEX && i < index->n_layers; i++) {
		auto_of(manifest) struct manifest *manifest = NULL;
		const struct descriptor *entry = &index->layers[i];

		buf_clear(out);
		if (read_blob(loading, entry, out, err) == 0 &&
			manifest_parse(out->data, out->len, entry->media, &manifest, err) == 0 &&
			manifest->kind == MANIFEST_IMAGE && str_eq(manifest->config.digest, config))
			return 0;
	}
	buf_clear(out);
	return err_set(err, ENOENT, "index.json does not name %.19s", config);
}

int load_oci(struct loading *loading, struct err *err)
{
	auto_of(manifest) struct manifest *index = NULL;
	const struct descriptor *entry;
	auto_buf text = BUF_INIT;

	if (archive_read_member(loading->archive, "index.json", &text, err) < 0 ||
		manifest_parse(text.data, text.len, MEDIA_OCI_INDEX, &index, err) < 0)
		return err->code;
	if (index->kind != MANIFEST_INDEX || !index->n_layers)
		return err_set(err, EBADMSG, "index.json names no image");
	if (lists_platforms(index)) {
		if (manifest_choose(index, loading->platform, &entry, err) < 0)
			return err->code;
		return load_entry(loading, entry, NULL, 1, err);
	}
	for (size_t i = 0; i < index->n_layers; i++) {
		entry = &index->layers[i];
		if (load_entry(loading, entry, name_of(entry), 1, err) < 0)
			return err->code;
	}
	return 0;
}
