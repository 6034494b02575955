#include <fcntl.h>
#include <stdio.h>

#include "oci/groups.h"
#include "oci/oci.h"
#include "oci/options.h"
#include "runtime/defaults.h"
#include "util/path.h"

/* Compact JSON for people's eyes. */
static void indent(const char *text, struct buf *out)
{
	bool quoted = false;
	int depth = 0;

	for (; *text; text++) {
		bool opens = !quoted && (*text == '{' || *text == '['),
		     closes = !quoted && (*text == '}' || *text == ']');

		if (closes && text[-1] != '{' && text[-1] != '[')
			buf_addf(out, "\n%.*s", depth - 1, "\t\t\t\t\t\t\t\t");
		depth -= closes;
		buf_addc(out, *text);
		if (*text == '"' || (quoted && *text == '\\' && text[1] == '"'))
			quoted = *text == '"' ? !quoted : quoted;
		if (quoted && *text == '\\') {
			buf_addc(out, *++text);
			continue;
		}
		depth += opens;
		if (!quoted && *text == ':')
			buf_addc(out, ' ');
		if ((opens && text[1] != '}' && text[1] != ']') || (!quoted && *text == ','))
			buf_addf(out, "\n%.*s", depth, "\t\t\t\t\t\t\t\t");
	}
	buf_addc(out, '\n');
}

static int add_map(void *list, uint32_t id)
{
	spec_list(struct spec_id_map) *maps = list;
	struct spec_id_map *map = spec_grow(maps);

	if (!map)
		return -ENOMEM;
	*map = (struct spec_id_map){.host_id = id, .size = 1};
	return 0;
}

/* For an ordinary user: its own id as root, the host's network, no limits. */
static int make_rootless(struct spec *spec)
{
	spec_drop_namespace(spec, "network");
	strs_fini(&spec->lnx.sysctl);
	for (size_t i = spec->mounts.len; i-- > 0;) {
		struct spec_mount *mount = &spec->mounts.v[i];

		for (size_t o = mount->options.len; o-- > 0;) {
			if (!str_has_prefix(mount->options.v[o], "gid="))
				continue;
			free(mount->options.v[o]);
			mount->options.v[o] = strdup("newinstance");
		}
	}
	if (add_map(&spec->lnx.uid_mappings, getuid()) < 0 ||
		add_map(&spec->lnx.gid_mappings, getgid()) < 0)
		return -ENOMEM;
	return spec_set_namespace(spec, "user", NULL);
}

static int make(bool rootless, struct buf *out, struct err *err)
{
	auto_of(spec) struct spec *spec = NULL;
	auto_buf compact = BUF_INIT;
	struct defaults_host host = {0};
	const struct cgroup_layout *layout = groups_layout(NULL);
	int rc;

	defaults_host_read(&host);
	host.pure_v2 = layout && cgroup_is_pure_v2(layout);
	rc = defaults_spec(&host, &spec, err);
	if (rc < 0)
		return rc;
	strs_add(&spec->process.args, "sh");
	spec->process.terminal = true;
	free(spec->hostname);
	spec->hostname = strdup("davit");
	free(spec->oci_version);
	spec->oci_version = strdup(OCI_VERSION);
	if (rootless)
		rc = make_rootless(spec);
	if (rc == 0)
		rc = spec_write(spec, &compact);
	if (rc < 0 || !spec->hostname || !spec->oci_version)
		return err_set(err, ENOMEM, "spec: out of memory");
	indent(buf_text(&compact), out);
	return 0;
}

static int write_spec(const char *bundle, const struct buf *text, struct err *err)
{
	auto_close int dir = open(bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
	int rc;

	if (dir < 0)
		return err_sys(err, "bundle %.300s", bundle);
	fd = openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return errno == EEXIST ? err_set(err, EEXIST,
						 "%s/config.json: exists; remove it first", bundle)
				       : err_sys(err, "%s/config.json", bundle);
	rc = path_write_all(fd, text->data, text->len);
	return rc < 0 ? err_set(err, rc, "%s/config.json: %s", bundle, err_name(rc)) : 0;
}

int cmd_spec(struct oci *oci, int argc, char **argv)
{
	const char *bundle = ".";
	bool rootless = false;
	const struct option table[] = {
		{"bundle", 'b', OPTION_TEXT, &bundle, "where it is written; here"},
		{"rootless", 0, OPTION_FLAG, &rootless, "for an ordinary user"},
		{0},
	};
	auto_buf text = BUF_INIT;
	struct err err = {0};
	int rc = options_read(table, "spec [OPTIONS]", 0, 0, &argc, &argv, &err);

	if (rc == 0)
		rc = make(rootless, &text, &err);
	if (rc == 0)
		rc = write_spec(bundle, &text, &err);
	return rc < 0 ? oci_fail(oci, &err, 1) : 0;
}
