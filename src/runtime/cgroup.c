#include "runtime/cgroup.h"

#include <fcntl.h>
#include <stdio.h>

#include "util/path.h"

enum { MOUNTINFO_MAX = 16 << 20 };

struct cgroup_layout {
	struct cgroup_hierarchy *v;
	size_t len;
	const char *why; /* it is lent */
	/* index + 1 into v; 0: none */
	size_t where[CGROUP_CONTROLLERS];
};

static const char *const names[CGROUP_CONTROLLERS] = {
	[CGROUP_CPU] = "cpu",
	[CGROUP_CPUACCT] = "cpuacct",
	[CGROUP_CPUSET] = "cpuset",
	[CGROUP_MEMORY] = "memory",
	[CGROUP_PIDS] = "pids",
	[CGROUP_BLKIO] = "blkio",
	[CGROUP_DEVICES] = "devices",
	[CGROUP_FREEZER] = "freezer",
	[CGROUP_HUGETLB] = "hugetlb",
};

const char *cgroup_controller_name(enum cgroup_controller controller)
{
	return names[controller];
}

size_t cgroup_count(const struct cgroup_layout *layout)
{
	return layout->len;
}

const struct cgroup_hierarchy *cgroup_at(const struct cgroup_layout *layout, size_t i)
{
	return &layout->v[i];
}

const struct cgroup_hierarchy *cgroup_find(
	const struct cgroup_layout *layout, enum cgroup_controller controller)
{
	size_t index = layout->where[controller];

	return index ? &layout->v[index - 1] : NULL;
}

const struct cgroup_hierarchy *cgroup_unified(const struct cgroup_layout *layout)
{
	for (size_t i = 0; i < layout->len; i++) {
		if (layout->v[i].version == 2)
			return &layout->v[i];
	}
	return NULL;
}

bool cgroup_is_pure_v2(const struct cgroup_layout *layout)
{
	return layout->len == 1 && layout->v[0].version == 2;
}

void cgroup_layout_free(struct cgroup_layout *layout)
{
	if (!layout)
		return;
	for (size_t i = 0; i < layout->len; i++) {
		free(layout->v[i].mount);
		free(layout->v[i].name);
	}
	free(layout->v);
	free(layout);
}

static unsigned controller_bit(const char *word)
{
	if (str_eq(word, "io"))
		return 1u << CGROUP_BLKIO;
	for (unsigned i = 0; i < CGROUP_CONTROLLERS; i++) {
		if (str_eq(names[i], word))
			return 1u << i;
	}
	return 0;
}

static unsigned controller_bits(char *list, const char *separators)
{
	unsigned mask = 0;
	char *word;

	while ((word = strsep(&list, separators)) != NULL)
		mask |= controller_bit(word);
	return mask;
}

/* mountinfo writes space, tab, newline and backslash as \ooo. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] && from[2] && from[3]) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* The super block's options without those that are none of its name: "rw,cpu,cpuacct" is
 * "cpu,cpuacct", "rw,xattr,name=systemd" is "name=systemd". */
static void name_of(const char *options, struct buf *out)
{
	static const char *const noise[] = {"rw", "ro", "xattr", "noprefix", "clone_children",
		"cpuset_v2_mode", "favordynmods"};
	auto_free char *copy = strdup(options);
	char *rest = copy, *word;

	while (copy && (word = strsep(&rest, ",")) != NULL) {
		bool skip = str_has_prefix(word, "release_agent=");

		for (size_t i = 0; i < array_len(noise); i++)
			skip |= str_eq(noise[i], word);
		if (!skip)
			buf_addf(out, "%s%s", out->len ? "," : "", word);
	}
}

static unsigned v2_controllers(const char *mount)
{
	auto_close int dir = open(mount, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_buf text = BUF_INIT;

	if (dir < 0 || path_read_at(dir, "cgroup.controllers", 4096, &text) < 0)
		return 0;
	return text.data ? controller_bits(text.data, " \n") : 0;
}

/* A hierarchy mounted twice is one; a mount on top of another's place hides it. */
static struct cgroup_hierarchy *slot(
	struct cgroup_layout *layout, int version, const char *name, const char *mount)
{
	for (size_t i = 0; i < layout->len; i++) {
		struct cgroup_hierarchy *h = &layout->v[i];

		if (str_eq(h->mount, mount))
			return h;
		if (h->version == version && str_eq(h->name, name))
			return NULL;
	}
	return spec_grow(layout);
}

static int add_mount(struct cgroup_layout *layout, const char *tree, int version,
	const char *options, const char *at, struct err *err)
{
	auto_buf name = BUF_INIT, mount = BUF_INIT;
	struct cgroup_hierarchy *h;

	if (version == 1)
		name_of(options, &name);
	buf_addf(&mount, "%s%s", tree, at);
	if (buf_failed(&name) || buf_failed(&mount))
		return err_set(err, ENOMEM, "cgroups: out of memory");
	h = slot(layout, version, buf_text(&name), buf_text(&mount));
	if (!h)
		return 0;
	free(h->mount);
	free(h->name);
	h->version = version;
	h->name = strdup(buf_text(&name));
	h->mount = strdup(buf_text(&mount));
	if (!h->name || !h->mount)
		return err_set(err, ENOMEM, "cgroups: out of memory");
	h->controllers = version == 2 ? v2_controllers(h->mount) : controller_bits(name.data, ",");
	return 0;
}

/* proc_pid_mountinfo(5): id parent dev root point options [optional...] - type source options */
static int read_line(struct cgroup_layout *layout, const char *tree, char *line, struct err *err)
{
	char *dash = strstr(line, " - "), *root = line, *at, *type, *options;

	if (!dash || !str_has_prefix(dash + 3, "cgroup"))
		return 0;
	*dash = '\0';
	options = dash + 3;
	type = strsep(&options, " ");
	strsep(&options, " ");
	for (int i = 0; root && i < 3; i++)
		strsep(&root, " ");
	at = root;
	root = strsep(&at, " ");
	at = strsep(&at, " ");
	if (!at || !options || (!str_eq(type, "cgroup") && !str_eq(type, "cgroup2")))
		return 0;
	unescape(at);
	if (str_has_prefix(root, "/.."))
		return err_set(err, EXDEV,
			"%s was mounted from outside this cgroup namespace (its root is %s): mount "
			"cgroups afresh here",
			at, root);
	return add_mount(layout, tree, str_eq(type, "cgroup2") ? 2 : 1, options, at, err);
}

/* A controller that v1 has, v2 cannot offer; what is no controller there v2 always can. */
static void assign(struct cgroup_layout *layout)
{
	const unsigned always = 1u << CGROUP_DEVICES | 1u << CGROUP_FREEZER | 1u << CGROUP_CPUACCT;

	for (size_t i = 0; i < layout->len; i++) {
		if (layout->v[i].version == 2)
			layout->v[i].controllers |= always;
		for (unsigned c = 0; c < CGROUP_CONTROLLERS; c++) {
			bool has = layout->v[i].controllers & 1u << c;

			if (has && (layout->v[i].version == 1 || !layout->where[c]))
				layout->where[c] = i + 1;
		}
	}
	for (size_t i = 0; i < layout->len; i++) {
		for (unsigned c = 0; c < CGROUP_CONTROLLERS; c++) {
			if (layout->where[c] != i + 1)
				layout->v[i].controllers &= ~(1u << c);
		}
	}
}

static int read_mounts(const char *tree, struct buf *out, struct err *err)
{
	auto_buf path = BUF_INIT;
	auto_close int fd = -1;
	ssize_t got = 1;

	buf_addf(&path, "%s/proc/self/mountinfo", tree);
	fd = open(buf_text(&path), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, "%s", buf_text(&path));
	while (got > 0 && out->len < MOUNTINFO_MAX) {
		char *room = buf_reserve(out, 16 << 10);

		got = room ? read(fd, room, 16 << 10) : 0;
		if (got < 0)
			return err_sys(err, "%s", buf_text(&path));
		out->len += (size_t)got;
	}
	buf_addc(out, '\0');
	return buf_failed(out) ? err_set(err, ENOMEM, "cgroups: out of memory") : 0;
}

int cgroup_layout_new(const char *tree, struct cgroup_layout **out, struct err *err)
{
	auto_of(cgroup_layout) struct cgroup_layout *layout = calloc(1, sizeof(*layout));
	auto_buf text = BUF_INIT;
	char *rest, *line;
	int rc;

	if (!layout)
		return err_set(err, ENOMEM, "cgroups: out of memory");
	rc = read_mounts(tree, &text, err);
	rest = text.data;
	while (rc == 0 && (line = strsep(&rest, "\n")) != NULL)
		rc = read_line(layout, tree, line, err);
	if (rc < 0)
		return rc;
	if (layout->len == 0)
		return err_set(err, ENOENT, "no cgroup hierarchy is mounted");
	assign(layout);
	*out = take(layout);
	return 0;
}

int cgroup_layout_lent(const char *dir, const char *like, const char *why,
	struct cgroup_layout **out, struct err *err)
{
	auto_of(cgroup_layout) struct cgroup_layout *layout = calloc(1, sizeof(*layout));

	if (!layout)
		return err_set(err, ENOMEM, "cgroups: out of memory");
	if (dir && add_mount(layout, "", 2, "", dir, err) < 0)
		return err->code;
	if (dir)
		layout->v[0].controllers = v2_controllers(like);
	assign(layout);
	layout->why = why;
	layout->where[CGROUP_DEVICES] = 0;
	*out = take(layout);
	return 0;
}

int cgroup_layout_move(struct cgroup_layout *layout, const char *path, struct err *err)
{
	for (size_t i = 0; i < layout->len; i++) {
		struct cgroup_hierarchy *h = &layout->v[i];
		auto_buf mount = BUF_INIT;

		if (h->version != 2)
			continue;
		buf_addf(&mount, "%s/%s", h->mount, path);
		if (buf_failed(&mount))
			return err_set(err, ENOMEM, "cgroups: out of memory");
		free(h->mount);
		h->mount = buf_take(&mount);
	}
	return 0;
}

const char *cgroup_lent_why(const struct cgroup_layout *layout)
{
	return layout->why;
}

const char *cgroup_freeze_file(const struct cgroup_layout *layout)
{
	const struct cgroup_hierarchy *h = cgroup_find(layout, CGROUP_FREEZER);

	if (!h)
		return NULL;
	return h->version == 2 ? "cgroup.freeze" : "freezer.state";
}
