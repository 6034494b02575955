/* figure_index.c - one name for many architectures: the index it stands for, and which image of it
 * was taken here. */
#include <stdio.h>
#include <string.h>

#include "core/figure_parts.h"
#include "util/json.h"

enum { CHILDREN_SHOWN = 60 };

static void name_platform(const cJSON *child, char *out, size_t room)
{
	const cJSON *platform = json_object(child, "platform");
	const char *variant = json_str_or(platform, "variant", "");

	snprintf(out, room, "%.30s/%.30s%s%.20s", json_str_or(platform, "os", "?"),
		json_str_or(platform, "architecture", "?"), *variant ? "/" : "", variant);
}

/* What builders put beside an image: how it was made. Nothing of it can run. */
static bool is_attestation(const cJSON *child)
{
	return json_str(json_object(child, "annotations"), "vnd.docker.reference.type") != NULL;
}

static void add_child(struct figure *figure, int parent, const struct figure_index_facts *facts,
	const cJSON *child)
{
	const char *digest = json_str_or(child, "digest", "");
	bool taken = strcmp(digest, facts->manifest) == 0;
	char platform[96], size[FIGURE_SIZE_TEXT], shown[FIGURE_DIGEST_TEXT];
	uint64_t bytes = 0;

	json_size(child, "size", &bytes);
	name_platform(child, platform, sizeof(platform));
	figure_box(figure, parent, "%s", is_attestation(child) ? "an attestation" : platform);
	figure_value(figure, "%s", figure_size(size, bytes));
	figure_tone(figure, taken ? FIGURE_CHOSEN : FIGURE_FAINT);
	if (taken)
		figure_text(figure, "%s\ntaken: this machine is %s", figure_digest(digest, shown),
			facts->machine);
	else
		figure_text(figure, "%s", figure_digest(digest, shown));
	figure_words(figure, "%s",
		taken ? "The manifest of the image that is here: of all in the index it fits this "
			"machine, or what was asked for with --platform, best."
		: is_attestation(child)
			? "How an image was made, beside it in the index. No program is in it."
			: "An image of its own, with its own layers. Nothing of it was fetched.");
	if (taken) {
		figure_proof(figure, "%s/blobs/sha256/%s", facts->root, figure_hex(digest));
		figure_command(figure, "sha256sum %s/blobs/sha256/%s; uname -m", facts->root,
			figure_hex(digest));
	} else {
		figure_command(figure, "ls %s/blobs/sha256/%s", facts->root, figure_hex(digest));
	}
}

static void add_children(struct figure *figure, int parent, const struct figure_index_facts *facts)
{
	const cJSON *list = json_array(facts->index, "manifests"), *child;
	int n = 0;

	cJSON_ArrayForEach(child, list)
		if (n++ < CHILDREN_SHOWN)
			add_child(figure, parent, facts, child);
	if (n > CHILDREN_SHOWN) {
		figure_box(figure, parent, "and %d more", n - CHILDREN_SHOWN);
		figure_tone(figure, FIGURE_FAINT);
	}
}

static void add_index(struct figure *figure, const struct figure_index_facts *facts)
{
	int box = figure_box(figure, -1, "index");

	figure_link(figure, "points at");
	figure_value(
		figure, "%d entries", cJSON_GetArraySize(json_array(facts->index, "manifests")));
	figure_text(figure, "%s", facts->digest);
	figure_flow(figure, FIGURE_ACROSS);
	figure_words(figure, "A list of manifests, one for each platform; its hash is what the "
			     "registry calls the name's digest.");
	figure_proof(figure, "%s/blobs/sha256/%s", facts->root, figure_hex(facts->digest));
	figure_command(figure, "cat %s/blobs/sha256/%s", facts->root, figure_hex(facts->digest));
	add_children(figure, box, facts);
}

/* There is no index to show: why, and what there is instead. */
static void add_single(struct figure *figure, const struct figure_index_facts *facts)
{
	figure_box(figure, -1, "%s", facts->platform);
	figure_link(figure, "is one image");
	figure_tone(figure, FIGURE_CHOSEN);
	if (*facts->digest)
		figure_text(figure,
			"Its index %.19s is not kept here any more: pull it again to "
			"see it.",
			facts->digest);
	else if (*facts->manifest)
		figure_text(
			figure, "It came as one image, without an index: %.19s", facts->manifest);
	else
		figure_text(
			figure, "It was made here, on %s, and for nothing else.", facts->machine);
	figure_words(figure, "An index is only needed where one name is to serve many "
			     "architectures.");
	figure_command(figure, "davit image inspect -f '{{.Os}}/{{.Architecture}}' %s; uname -m",
		facts->name);
}

void figure_of_index(struct figure *figure, const struct figure_index_facts *facts)
{
	figure_title(figure, "%s, one name for many architectures", facts->name);
	figure_caption(figure, "This machine is %s; the image that was taken is %s.",
		facts->machine, facts->platform);
	figure_box(figure, -1, "%s", facts->name);
	figure_words(figure, "The same name everywhere; what it brings depends on who asks.");
	figure_command(figure, "davit images --digests %s", facts->name);
	if (facts->index)
		add_index(figure, facts);
	else
		add_single(figure, facts);
}
