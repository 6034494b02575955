#include "core/ids_option.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/own.h"

void ids_option_fini(struct ids_option *option)
{
	id_maps_fini(&option->users);
	id_maps_fini(&option->groups);
}

static bool is_given(const char *text)
{
	return text && *text;
}

static bool names_maps(const struct container_request *request)
{
	return request->uid_maps.len || request->gid_maps.len || is_given(request->subuid_name) ||
	       is_given(request->subgid_name);
}

/* ---- --userns auto:… ---- */

static int no_map(const char *what, const char *text, struct err *err)
{
	return err_set(
		err, EINVAL, "%s: %.60s is no map: write CONTAINER:HOST[:COUNT]", what, text);
}

static int read_size(struct ids_option *out, const char *text, struct err *err)
{
	char *end;
	unsigned long long size;

	errno = 0;
	size = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || !size || size > UINT32_MAX)
		return err_set(err, EINVAL, "%s: the size is not a number of ids", out->text);
	out->count = (uint32_t)size;
	return 0;
}

/* One word between commas. */
static int read_auto_option(struct ids_option *out, const char *word, struct err *err)
{
	static const char size[] = "size=", users[] = "uidmapping=", groups[] = "gidmapping=";
	bool of_users = str_has_prefix(word, users);
	struct id_map map;

	if (str_has_prefix(word, size))
		return read_size(out, word + strlen(size), err);
	if (!of_users && !str_has_prefix(word, groups))
		return err_set(err, EINVAL,
			"%s: auto has no option %.40s: it has size=N, uidmapping=MAP and gidmapping=MAP",
			out->text, word);
	word = strchr(word, '=') + 1;
	if (!id_map_read(word, &map))
		return no_map(out->text, word, err);
	id_maps_add(of_users ? &out->users : &out->groups, map);
	return 0;
}

static int each_word(struct ids_option *out, const char *text,
	int (*read)(struct ids_option *, const char *, struct err *), struct err *err)
{
	auto_free char *copy = strdup(text);
	char *rest = copy, *word;
	int failed = copy ? 0 : err_set(err, ENOMEM, "--userns: out of memory");

	while (!failed && (word = strsep(&rest, ",")))
		failed = read(out, word, err);
	return failed;
}

/* ---- --userns ---- */

static int read_both(struct ids_option *out, const char *word, struct err *err)
{
	struct id_map map;

	if (!id_map_read(word, &map))
		return no_map(out->text, word, err);
	id_maps_add(&out->users, map);
	id_maps_add(&out->groups, map);
	return 0;
}

/* ---- --userns keep-id:… ---- */

static int read_keep_option(struct ids_option *out, const char *word, struct err *err)
{
	bool of_users = str_has_prefix(word, "uid=");
	unsigned long long id;
	char *end;

	if (!of_users && !str_has_prefix(word, "gid="))
		return err_set(err, EINVAL,
			"%s: keep-id has no option %.40s: it has uid=N and gid=N", out->text, word);
	word += 4;
	errno = 0;
	id = strtoull(word, &end, 10);
	if (*word < '0' || *word > '9' || *end || errno || id >= IDS_OWN)
		return err_set(err, EINVAL, "%s: %.40s is no id", out->text, word);
	*(of_users ? &out->keep_user : &out->keep_group) = (uint32_t)id;
	return 0;
}

static int read_keep(struct ids_option *out, const char *mode, struct err *err)
{
	out->kind = IDS_KEEP;
	out->keep_user = out->keep_group = IDS_OWN;
	return mode[7] ? each_word(out, mode + 8, read_keep_option, err) : 0;
}

int ids_option_of_rootless(const char *mode, struct err *err)
{
	return err_set(err, ENOTSUP,
		"%s is only supported in rootless mode: root has no id of its own to keep: use --userns auto, or --uidmap",
		mode);
}

static int read_mode(struct ids_option *out, const char *mode, struct err *err)
{
	if (!is_given(mode) || str_eq(mode, "host"))
		return 0;
	if (str_eq(mode, "auto") || str_has_prefix(mode, "auto:")) {
		out->kind = IDS_AUTO;
		out->count = IDS_DEFAULT;
		return mode[4] ? each_word(out, mode + 5, read_auto_option, err) : 0;
	}
	if (str_has_prefix(mode, "container:") && mode[10]) {
		out->kind = IDS_CONTAINER;
		out->who = mode + 10;
		return 0;
	}
	if (str_has_prefix(mode, "ns:") && mode[3] == '/') {
		out->kind = IDS_PATH;
		out->who = mode + 3;
		return 0;
	}
	if (str_eq(mode, "keep-id") || str_has_prefix(mode, "keep-id:"))
		return read_keep(out, mode, err);
	if (str_eq(mode, "nomap"))
		return ids_option_of_rootless(mode, err);
	if (*mode < '0' || *mode > '9')
		return err_set(err, EINVAL, "--userns: invalid USER mode");
	out->kind = IDS_GIVEN;
	return each_word(out, mode, read_both, err);
}

/* ---- --uidmap, --gidmap ---- */

struct flags {
	bool users, groups;
};

static int read_flags(const char **text, const char *option, struct flags *out, struct err *err)
{
	*out = (struct flags){false, false};
	for (; **text && strchr("+@ug", **text); ++*text) {
		if (**text == '+')
			return err_set(err, ENOTSUP,
				"%s %.60s: there is no map to add to but a rootless user's: give all of it",
				option, *text);
		out->users |= **text == 'u';
		out->groups |= **text == 'g';
	}
	return 0;
}

static int read_maps(const struct strs *list, const char *option, bool of_users,
	struct ids_option *out, bool *is_alone, struct err *err)
{
	for (size_t i = 0; i < list->len; i++) {
		const char *text = list->v[i];
		struct flags flags;
		struct id_map map;
		int failed = read_flags(&text, option, &flags, err);

		if (failed)
			return failed;
		if (!id_map_read(text, &map))
			return no_map(option, text, err);
		*is_alone |= flags.users || flags.groups;
		if (flags.users || (of_users && !flags.groups))
			id_maps_add(&out->users, map);
		if (flags.groups || (!of_users && !flags.users))
			id_maps_add(&out->groups, map);
	}
	return 0;
}

/* The other kind's maps where only one was asked for, unless it was said that they are not. */
static void share(struct ids_option *out)
{
	if (!out->groups.len)
		id_maps_copy(&out->groups, &out->users);
	else if (!out->users.len)
		id_maps_copy(&out->users, &out->groups);
}

static int read_given(
	const struct container_request *request, struct ids_option *out, struct err *err)
{
	bool is_alone = false;
	int failed = read_maps(&request->uid_maps, "--uidmap", true, out, &is_alone, err);

	if (!failed)
		failed = read_maps(&request->gid_maps, "--gidmap", false, out, &is_alone, err);
	out->kind = IDS_GIVEN;
	if (!failed && !is_alone)
		share(out);
	return failed;
}

static int read_named(
	const struct container_request *request, struct ids_option *out, struct err *err)
{
	bool user = is_given(request->subuid_name), group = is_given(request->subgid_name);

	if (request->uid_maps.len || request->gid_maps.len)
		return err_set(err, EINVAL,
			"--%s and --%s exclude each other: both say who its ids are",
			user ? "subuidname" : "subgidname",
			request->uid_maps.len ? "uidmap" : "gidmap");
	out->kind = IDS_NAMED;
	out->user = user ? request->subuid_name : request->subgid_name;
	out->group = group ? request->subgid_name : request->subuid_name;
	return 0;
}

/* ---- all of it ---- */

/* What auto completes is whole only then. */
static int check(const struct ids_option *option, bool in_mode, struct err *err)
{
	bool whole = option->kind == IDS_GIVEN;
	int failed = id_maps_check(&option->users, in_mode ? option->text : "--uidmap", whole, err);

	return failed ? failed
		      : id_maps_check(
				&option->groups, in_mode ? option->text : "--gidmap", whole, err);
}

int ids_option_read(
	const struct container_request *request, struct ids_option *out, struct err *err)
{
	auto_ids_option option = {.kind = IDS_HOST};
	const char *mode = request->userns_mode;
	bool is_private = mode && str_eq(mode, "private");
	int failed = 0;

	snprintf(option.text, sizeof(option.text), "--userns %s", mode ? mode : "");
	if (is_given(mode) && !is_private && names_maps(request))
		return err_set(err, EINVAL,
			"%s cannot be combined with --uidmap, --gidmap, --subuidname or --subgidname: both say who its ids are",
			option.text);
	if (is_private && !names_maps(request))
		return err_set(err, EINVAL,
			"--userns private: say which ids are its own with --uidmap or --subuidname, or use --userns auto");
	if (is_given(request->subuid_name) || is_given(request->subgid_name))
		failed = read_named(request, &option, err);
	else if (names_maps(request))
		failed = read_given(request, &option, err);
	else
		failed = read_mode(&option, mode, err);
	if (!failed)
		failed = check(&option, !names_maps(request), err);
	if (!failed && (option.users.failed || option.groups.failed))
		failed = err_set(err, ENOMEM, "%s: out of memory", option.text);
	if (failed)
		return failed;
	*out = option;
	option = (struct ids_option){.kind = IDS_HOST};
	return 0;
}
