/* Changing a spec in memory: see spec.h. */
#include "runtime/spec.h"

void *spec_grow_bytes(void **v, size_t *len, size_t size)
{
	char *grown = reallocarray(*v, *len + 1, size);

	if (!grown)
		return NULL;
	*v = grown;
	memset(grown + *len * size, 0, size);
	return grown + (*len)++ * size;
}

static int set_text(char **to, const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static int split(const char *list, struct strs *out)
{
	auto_free char *copy = strdup(list);
	char *rest = copy, *word;

	while (copy && (word = strsep(&rest, ",")) != NULL)
		strs_add(out, word);
	return !copy || strs_failed(out) ? -ENOMEM : 0;
}

int spec_add_mount(struct spec *spec, const char *destination, const char *type, const char *source,
	const char *options)
{
	struct spec_mount *mount = spec_grow(&spec->mounts);

	if (!mount || set_text(&mount->destination, destination) < 0 ||
		set_text(&mount->type, type) < 0 || set_text(&mount->source, source) < 0)
		return -ENOMEM;
	return options ? split(options, &mount->options) : 0;
}

void spec_drop_mount(struct spec *spec, size_t at)
{
	struct spec_mount *mount = &spec->mounts.v[at];

	free(mount->destination);
	free(mount->type);
	free(mount->source);
	strs_fini(&mount->options);
	memmove(mount, mount + 1, (--spec->mounts.len - at) * sizeof(*mount));
}

const struct spec_namespace *spec_find_namespace(const struct spec *spec, const char *type)
{
	for (size_t i = 0; i < spec->lnx.namespaces.len; i++) {
		if (str_eq(spec->lnx.namespaces.v[i].type, type))
			return &spec->lnx.namespaces.v[i];
	}
	return NULL;
}

int spec_set_namespace(struct spec *spec, const char *type, const char *path)
{
	struct spec_namespace *ns = (struct spec_namespace *)spec_find_namespace(spec, type);

	if (!ns) {
		ns = spec_grow(&spec->lnx.namespaces);
		if (!ns || set_text(&ns->type, type) < 0)
			return -ENOMEM;
	}
	return set_text(&ns->path, path);
}

void spec_drop_namespace(struct spec *spec, const char *type)
{
	struct spec_namespace *ns = (struct spec_namespace *)spec_find_namespace(spec, type);
	size_t left;

	if (!ns)
		return;
	left = (size_t)(spec->lnx.namespaces.v + spec->lnx.namespaces.len - (ns + 1));
	free(ns->type);
	free(ns->path);
	memmove(ns, ns + 1, left * sizeof(*ns));
	spec->lnx.namespaces.len--;
}
