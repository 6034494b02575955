/* jsontree.c - see jsontree.h. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tui/widget/jsontree.h"
#include "util/json.h"

struct node {
	struct jsontree_line line;
	const cJSON *json;
	char *value; /* owned; line.value is it, or "" */
};

struct jsontree {
	cJSON *json;
	struct node *nodes; /* in the order of the document */
	size_t count, room;
	size_t *shown; /* numbers of nodes */
	size_t shown_count;
};

static const size_t TOP = 0;

void jsontree_free(struct jsontree *tree)
{
	if (!tree)
		return;
	for (size_t i = 0; i < tree->count; i++)
		free(tree->nodes[i].value);
	free(tree->nodes);
	free(tree->shown);
	cJSON_Delete(tree->json);
	free(tree);
}

/* ---- making ---- */

static size_t children_of(const cJSON *json)
{
	return cJSON_IsObject(json) || cJSON_IsArray(json) ? (size_t)cJSON_GetArraySize(json) : 0;
}

static struct node *add(struct jsontree *tree)
{
	struct node *grown;

	if (tree->count == tree->room) {
		tree->room = tree->room ? 2 * tree->room : 128;
		grown = realloc(tree->nodes, tree->room * sizeof(*grown));
		if (!grown)
			return NULL;
		tree->nodes = grown;
	}
	tree->nodes[tree->count] = (struct node){0};
	return &tree->nodes[tree->count++];
}

/* The document was parsed within JSON_DEPTH_MAX: so deep this goes. */
static bool take_node(struct jsontree *tree, const cJSON *json, size_t parent, size_t index,
	int depth, size_t long_ones)
{
	struct node *node = add(tree);
	size_t self = tree->count - 1, n = 0;
	const cJSON *child;

	if (!node)
		return false;
	node->json = json;
	node->line = (struct jsontree_line){
		.kind = cJSON_IsObject(json)  ? JSON_OBJECT
			: cJSON_IsArray(json) ? JSON_ARRAY
					      : JSON_VALUE,
		.key = json->string,
		.index = index,
		.value = "",
		.children = children_of(json),
		.parent = parent,
		.depth = depth,
		.text = cJSON_IsString(json),
	};
	node->line.folded = depth > 0 && node->line.children > long_ones;
	if (node->line.kind == JSON_VALUE) {
		node->value = cJSON_PrintUnformatted(json);
		if (!node->value)
			return false;
		node->line.value = node->value;
		return true;
	}
	cJSON_ArrayForEach(child, json) {
		if (!take_node(tree, child, self, n++, depth + 1, long_ones))
			return false;
	}
	return true;
}

static bool is_hidden(const struct jsontree *tree, size_t node)
{
	while (node != TOP) {
		node = tree->nodes[node].line.parent;
		if (tree->nodes[node].line.folded)
			return true;
	}
	return false;
}

static void show(struct jsontree *tree)
{
	tree->shown_count = 0;
	for (size_t i = 0; i < tree->count; i++)
		if (!is_hidden(tree, i))
			tree->shown[tree->shown_count++] = i;
}

int jsontree_new(
	const char *json, size_t len, size_t long_ones, struct jsontree **out, struct err *err)
{
	auto_of(jsontree) struct jsontree *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return err_set(err, ENOMEM, "out of memory");
	if (json_parse(json, len, &tree->json, err) < 0)
		return err->code;
	if (!take_node(tree, tree->json, TOP, 0, 0, long_ones) ||
		!(tree->shown = calloc(tree->count, sizeof(*tree->shown))))
		return err_set(err, ENOMEM, "out of memory");
	show(tree);
	*out = take(tree);
	return 0;
}

/* ---- looking ---- */

size_t jsontree_shown(const struct jsontree *tree)
{
	return tree->shown_count;
}

const struct jsontree_line *jsontree_at(const struct jsontree *tree, size_t shown)
{
	return &tree->nodes[tree->shown[shown]].line;
}

void jsontree_fold(struct jsontree *tree, size_t shown, bool folded)
{
	struct jsontree_line *line = &tree->nodes[tree->shown[shown]].line;

	line->folded = folded && line->kind != JSON_VALUE;
	show(tree);
}

void jsontree_fold_all(struct jsontree *tree, bool folded)
{
	for (size_t i = 1; i < tree->count; i++)
		tree->nodes[i].line.folded = folded && tree->nodes[i].line.children > 0;
	show(tree);
}

static size_t shown_of(const struct jsontree *tree, size_t node)
{
	size_t low = 0, high = tree->shown_count;

	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;

		if (tree->shown[middle] <= node)
			low = middle;
		else
			high = middle;
	}
	return low;
}

size_t jsontree_parent(const struct jsontree *tree, size_t shown)
{
	return shown_of(tree, jsontree_at(tree, shown)->parent);
}

static bool has(const struct node *node, const char *text)
{
	return (node->line.key && strcasestr(node->line.key, text)) ||
	       strcasestr(node->line.value, text);
}

bool jsontree_find(
	struct jsontree *tree, size_t shown, const char *text, bool upwards, size_t *found)
{
	size_t n = tree->count, from = tree->shown[shown];

	for (size_t i = 1; *text && i <= n; i++) {
		size_t at = upwards ? (from + n - i % n) % n : (from + i) % n;

		if (!has(&tree->nodes[at], text))
			continue;
		for (size_t up = at; up != TOP;) {
			up = tree->nodes[up].line.parent;
			tree->nodes[up].line.folded = false;
		}
		show(tree);
		*found = shown_of(tree, at);
		return true;
	}
	return false;
}

static bool is_plain(const char *key)
{
	for (const char *at = key; *at; at++)
		if (!isalnum((unsigned char)*at) && *at != '_')
			return false;
	return *key != '\0';
}

static void add_path(const struct jsontree *tree, size_t node, struct buf *path)
{
	const struct jsontree_line *line = &tree->nodes[node].line;

	if (node == TOP)
		return;
	add_path(tree, line->parent, path);
	if (!line->key)
		buf_addf(path, "[%zu]", line->index);
	else
		buf_addf(path, is_plain(line->key) ? ".%s" : "[\"%s\"]", line->key);
}

void jsontree_path(const struct jsontree *tree, size_t shown, struct buf *path)
{
	add_path(tree, tree->shown[shown], path);
	if (path->len == 0)
		buf_addc(path, '.');
}

void jsontree_value(const struct jsontree *tree, size_t shown, struct buf *value)
{
	const struct node *node = &tree->nodes[tree->shown[shown]];
	char *text;

	if (node->line.text) {
		buf_adds(value, cJSON_GetStringValue(node->json));
		return;
	}
	text = cJSON_PrintUnformatted(node->json);
	buf_adds(value, text ? text : "");
	free(text);
}
