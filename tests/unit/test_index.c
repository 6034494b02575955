#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>

#include "../support/scratch.h"
#include "core/image/tree.h"
#include "util/own.h"

#define DIFF_ID "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct err err;

static uint32_t add(struct tree *tree, uint32_t dir, const char *name, mode_t mode)
{
	uint32_t node = tree_add(tree, dir, name, strlen(name));

	tree_at(tree, node)->mode = (uint16_t)mode;
	return node;
}

/* usr/bin/{env,sh}, etc/{passwd}, z */
static struct tree *small_tree(void)
{
	static const struct tar_xattr xattrs[] = {{"user.a", "1", 1}, {"user.bb", "\0\n", 2}};
	struct tree *tree = tree_new();
	uint32_t usr = add(tree, TREE_ROOT, "usr", S_IFDIR | 0755), bin, env, etc, gone;

	gone = add(tree, TREE_ROOT, "gone", S_IFDIR | 0755);
	add(tree, gone, "below", S_IFREG);
	add(tree, TREE_ROOT, "z", S_IFREG | 0644);
	etc = add(tree, TREE_ROOT, "etc", S_IFDIR | 0700);
	bin = add(tree, usr, "bin", S_IFDIR | 0755);
	add(tree, bin, "sh", S_IFLNK | 0777);
	tree_set_target(tree, (uint32_t)tree_child(tree, bin, "sh", 2), "dash");
	env = add(tree, bin, "env", S_IFREG | 0755);
	tree_at(tree, env)->size = 42;
	tree_set_xattrs(tree, env, xattrs, 2);
	add(tree, etc, "passwd", S_IFREG | 0644);
	tree_remove(tree, gone);
	assert_false(tree_failed(tree));
	return tree;
}

static struct index *written(struct scratch *scratch, struct tree *tree)
{
	struct index *index = NULL;
	uint64_t entries, size;

	assert_int_equal(tree_write(tree, scratch->fd, "index", DIFF_ID, &entries, &size, &err), 0);
	if (index_open(scratch->fd, "index", &index, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(index_count(index), entries);
	return index;
}

static void every_path_is_found_with_its_facts(void **state)
{
	auto_of(tree) struct tree *tree = small_tree();
	auto_of(index) struct index *index = written(*state, tree);
	const struct index_entry *env = index_find(index, "usr/bin/env");
	struct index_xattr xattr;
	char path[INDEX_PATH_MAX];
	size_t at = 0;

	assert_non_null(env);
	assert_int_equal(env->size, 42);
	index_path(index, env, path);
	assert_string_equal(path, "usr/bin/env");
	assert_true(index_xattrs(index, env, &at, &xattr));
	assert_string_equal(xattr.name, "user.a");
	assert_true(index_xattrs(index, env, &at, &xattr));
	assert_string_equal(xattr.name, "user.bb");
	assert_memory_equal(xattr.value, "\0\n", 2);
	assert_false(index_xattrs(index, env, &at, &xattr));
	assert_string_equal(index_target(index, index_find(index, "/usr/bin/sh")), "dash");
	assert_null(index_find(index, "gone"));
	assert_null(index_find(index, "gone/below"));
	assert_null(index_find(index, "usr/bin/e"));
	assert_ptr_equal(index_find(index, ""), index_at(index, 0));
	assert_int_equal(index_size(index), 42);
}

static void a_tree_from_an_index_writes_the_same_index(void **state)
{
	struct scratch *scratch = *state;
	auto_of(tree) struct tree *tree = small_tree();
	auto_of(index) struct index *index = written(scratch, tree);
	auto_of(tree) struct tree *again = tree_of_index(index);
	auto_of(index) struct index *copy = written(scratch, again);

	assert_int_equal(index_count(copy), index_count(index));
	for (uint32_t i = 0; i < index_count(index); i++) {
		char a[INDEX_PATH_MAX], b[INDEX_PATH_MAX];

		index_path(index, index_at(index, i), a);
		index_path(copy, index_at(copy, i), b);
		assert_string_equal(a, b);
		assert_int_equal(index_at(index, i)->mode, index_at(copy, i)->mode);
	}
}

static void an_entry_costs_less_than_a_hundred_bytes_and_its_name(void **state)
{
	struct scratch *scratch = *state;
	auto_of(tree) struct tree *tree = tree_new();
	auto_buf bytes = BUF_INIT;
	enum { FILES = 20000 };
	size_t names = 0;

	for (int i = 0; i < FILES; i++) {
		char name[32];

		names += (size_t)snprintf(name, sizeof(name), "file-%d", i);
		add(tree, TREE_ROOT, name, S_IFREG);
	}
	index_free(written(scratch, tree));
	assert_int_equal(path_read_at(scratch->fd, "index", 16 << 20, &bytes), 0);
	assert_true(bytes.len - names < 100 * FILES);
}

/* Every byte of a real index, damaged: it must be refused, or still be safe to walk. */
static void damage_is_noticed(void **state)
{
	struct scratch *scratch = *state;
	auto_of(tree) struct tree *tree = small_tree();
	auto_buf bytes = BUF_INIT;
	struct index *index = NULL;

	index_free(written(scratch, tree));
	assert_int_equal(path_read_at(scratch->fd, "index", 1 << 20, &bytes), 0);
	/* The diff id and the reserved bytes are nothing that a reader follows. */
	for (size_t i = sizeof(struct index_header); i < bytes.len; i++) {
		bytes.data[i] ^= 0x41;
		assert_int_equal(
			path_replace_at(scratch->fd, "bad", bytes.data, bytes.len, 0600), 0);
		assert_int_equal(index_open(scratch->fd, "bad", &index, &err), -EBADMSG);
		bytes.data[i] ^= 0x41;
	}
	for (size_t len = 0; len < bytes.len; len += 13) {
		assert_int_equal(path_replace_at(scratch->fd, "bad", bytes.data, len, 0600), 0);
		assert_int_equal(index_open(scratch->fd, "bad", &index, &err), -EBADMSG);
	}
	bytes.data[8] = 9;
	assert_int_equal(path_replace_at(scratch->fd, "bad", bytes.data, bytes.len, 0600), 0);
	assert_int_equal(index_open(scratch->fd, "bad", &index, &err), -ENOTSUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_scratch(every_path_is_found_with_its_facts),
		in_scratch(a_tree_from_an_index_writes_the_same_index),
		in_scratch(an_entry_costs_less_than_a_hundred_bytes_and_its_name),
		in_scratch(damage_is_noticed),
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
