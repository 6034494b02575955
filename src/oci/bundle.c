#include "oci/bundle.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "runtime/caps.h"
#include "util/path.h"

void bundle_fini(struct bundle *bundle)
{
	free(bundle->path);
	spec_free(bundle->spec);
	buf_fini(&bundle->text);
	*bundle = (struct bundle){0};
}

static int replace(char **text, const char *dir, struct err *err)
{
	char *joined = NULL;

	if (asprintf(&joined, "%s/%s", dir, *text) < 0)
		return err_set(err, ENOMEM, "config.json: out of memory");
	free(*text);
	*text = joined;
	return 0;
}

static bool is_bind(const struct spec_mount *mount)
{
	bool bind = str_eq(mount->type, "bind");

	for (size_t i = 0; i < mount->options.len; i++)
		bind |= str_eq(mount->options.v[i], "bind") || str_eq(mount->options.v[i], "rbind");
	return bind;
}

static int adapt_mounts(struct spec *spec, const char *path, struct err *err)
{
	for (size_t i = 0; i < spec->mounts.len; i++) {
		struct spec_mount *mount = &spec->mounts.v[i];

		if (str_eq(mount->type, SPEC_MOUNT_PEER))
			return err_set(err, EINVAL, "config.json: mounts[%zu].type: unknown", i);
		if (!is_bind(mount))
			continue;
		if (!mount->source || !mount->source[0])
			return err_set(
				err, EINVAL, "config.json: mounts[%zu].source: must be set", i);
		if (mount->source[0] != '/' && replace(&mount->source, path, err) < 0)
			return err ? err->code : -ENOMEM;
	}
	return 0;
}

static int check_namespaces(const struct spec *spec, struct err *err)
{
	for (size_t i = 0; i < spec->lnx.namespaces.len; i++) {
		const char *path = spec->lnx.namespaces.v[i].path;

		if (path && path[0] != '/')
			return err_set(err, EINVAL,
				"config.json: linux.namespaces[%zu].path: must be an absolute path",
				i);
	}
	return 0;
}

/* Else the kernel would only say that something is not permitted. */
static int check_caps(const struct spec_process *process, struct err *err)
{
	uint64_t wanted = caps_from_names(&process->capabilities.permitted);

	for (unsigned i = 0; i < CAPS_COUNT; i++) {
		if (wanted & CAPS_BIT(i) && prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 0)
			return err_set(err, EPERM, "process.capabilities: %s is not ours to give",
				caps_name(i));
	}
	return 0;
}

/* What our own engine means by these members is not what they mean in a bundle. */
static int adapt(struct spec *spec, const char *path, struct err *err)
{
	int rc;

	if (!spec->oci_version)
		return err_set(err, EINVAL, "config.json: ociVersion: must be set");
	if (!str_has_prefix(spec->oci_version, "1."))
		return err_set(err, EINVAL, "config.json: ociVersion: \"%.40s\" is not supported",
			spec->oci_version);
	free(take(spec->process.user.username));
	strs_fini(&spec->process.user.group_names);
	rc = check_namespaces(spec, err);
	if (rc == 0)
		rc = check_caps(&spec->process, err);
	return rc < 0 ? rc : adapt_mounts(spec, path, err);
}

static int read_config(int dir, const char *path, struct bundle *out, struct err *err)
{
	int rc = path_read_at(dir, "config.json", SPEC_SIZE_MAX, &out->text);

	if (rc == -EFBIG)
		return err_set(
			err, rc, "%s/config.json: larger than %d bytes", path, SPEC_SIZE_MAX);
	if (rc < 0)
		return err_set(err, rc, "%s/config.json: %s", path, err_name(rc));
	rc = spec_read(out->text.data ? out->text.data : "", out->text.len, &out->spec, err);
	return rc < 0 ? rc : adapt(out->spec, path, err);
}

static int adapt_root(struct bundle *bundle, struct err *err)
{
	char **root = &bundle->spec->root.path, *real;
	struct stat st;

	if ((*root)[0] != '/' && replace(root, bundle->path, err) < 0)
		return err ? err->code : -ENOMEM;
	real = realpath(*root, NULL);
	if (!real)
		return err_sys(err, "config.json: root.path: %.300s", *root);
	free(*root);
	*root = real;
	if (stat(real, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_set(
			err, ENOTDIR, "config.json: root.path: %.300s: is not a directory", real);
	if (str_eq(real, "/"))
		return err_set(err, EINVAL,
			"config.json: root.path: the host's own root cannot be a container's");
	return 0;
}

int bundle_open(const char *path, struct bundle *out, struct err *err)
{
	auto_close int dir = -1;
	int rc;

	*out = (struct bundle){.path = realpath(path, NULL)};
	if (!out->path)
		return err_sys(err, "bundle %.300s", path);
	dir = open(out->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(err, "bundle %.300s", path);
	rc = read_config(dir, out->path, out, err);
	return rc < 0 ? rc : adapt_root(out, err);
}

int bundle_reopen(int record, const char *path, struct bundle *out, struct err *err)
{
	*out = (struct bundle){.path = strdup(path)};
	return read_config(record, path, out, err);
}

bool bundle_mentions(int record, const char *word)
{
	auto_buf text = BUF_INIT;

	return path_read_at(record, "config.json", SPEC_SIZE_MAX, &text) == 0 &&
	       strstr(buf_text(&text), word) != NULL;
}
