/* make.c - a directory becomes a commit of a bare repository: what a lesson's repository is made
 * with, on machines without git. The same files, one after the other, give the same commits. */
#include <errno.h>
#include <string.h>

#include "build/git/git.h"
#include "build/git/private.h"
#include "util/own.h"

/* Of the first commit; each other is an hour younger than the one before. */
enum { FIRST_COMMIT_S = 1704103200, APART_S = 3600 };

struct making {
	git_repository *repo;
	git_index *index;
	git_tree *tree;
	git_commit *parent; /* NULL: this is the first */
	git_signature *who;
	git_oid id;
};

static void making_fini(struct making *making)
{
	git_signature_free(making->who);
	git_commit_free(making->parent);
	git_tree_free(making->tree);
	git_index_free(making->index);
	git_repository_free(making->repo);
	git_libgit2_shutdown();
}

/* Nobody's configuration but its own. */
static int open_repository(struct making *making, const char *path, const char *files)
{
	git_repository_init_options options;
	int failed =
		git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);

	for (int level = GIT_CONFIG_LEVEL_SYSTEM; !failed && level <= GIT_CONFIG_LEVEL_GLOBAL;
		level++)
		failed = git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
	options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
	options.initial_head = "main";
	if (!failed)
		failed = git_repository_init_ext(&making->repo, path, &options);
	return failed ? failed : git_repository_set_workdir(making->repo, files, 0);
}

/* All that is there now, and nothing that is not there any more. */
static int read_files(struct making *making)
{
	git_oid id;
	int failed = git_repository_index(&making->index, making->repo);

	if (!failed)
		failed = git_index_clear(making->index);
	if (!failed)
		failed = git_index_add_all(making->index, NULL, GIT_INDEX_ADD_DEFAULT, NULL, NULL);
	if (!failed)
		failed = git_index_write_tree(&id, making->index);
	return failed ? failed : git_tree_lookup(&making->tree, making->repo, &id);
}

static int find_parent(struct making *making)
{
	git_oid id;
	int failed = git_reference_name_to_id(&id, making->repo, "HEAD");

	if (failed == GIT_ENOTFOUND)
		return 0;
	return failed ? failed : git_commit_lookup(&making->parent, making->repo, &id);
}

static int commit(struct making *making, const char *message)
{
	const git_commit *parents[] = {making->parent};
	git_time_t at = making->parent ? git_commit_time(making->parent) + APART_S : FIRST_COMMIT_S;
	int failed = git_signature_new(&making->who, "Ada", "ada@example.com", at, 0);

	return failed ? failed
		      : git_commit_create(&making->id, making->repo, "HEAD", making->who,
				making->who, NULL, message, making->tree, making->parent ? 1 : 0,
				parents);
}

static int tag(struct making *making, const char *name)
{
	git_object *object = NULL;
	git_oid id;
	int failed = git_object_lookup(&object, making->repo, &making->id, GIT_OBJECT_COMMIT);

	if (!failed)
		failed = git_tag_create_lightweight(&id, making->repo, name, object, 0);
	git_object_free(object);
	return failed;
}

int git_commit_files(const struct git_making *wish, char id[GIT_COMMIT_SIZE], struct err *err)
{
	struct making making = {0};
	int failed;

	git_libgit2_init();
	failed = open_repository(&making, wish->repository, wish->files);
	if (!failed)
		failed = read_files(&making);
	if (!failed)
		failed = find_parent(&making);
	if (!failed)
		failed = commit(&making, wish->message);
	if (!failed && wish->tag)
		failed = tag(&making, wish->tag);
	if (failed)
		err_set(err, EINVAL, "git: %.200s: %.200s", wish->repository,
			git_error_last() ? git_error_last()->message : "it failed");
	else
		git_oid_tostr(id, GIT_COMMIT_SIZE, &making.id);
	making_fini(&making);
	return failed ? err->code : 0;
}
