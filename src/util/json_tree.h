/* json_tree.h - a JSON document (RFC 8259) as a tree in one arena.
 *
 * For what must start fast and link nothing: the tree is read in one pass, whole numbers keep all
 * their 64 bits, and every node knows the bytes it was read from. A text with a NUL in a string is
 * refused, since half of its readers would see the end there. */
#ifndef UTIL_JSON_TREE_H
#define UTIL_JSON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_LIST,
	JSON_OBJECT
};

enum { JSON_TREE_DEPTH = 64 };

struct json_node {
	enum json_type type;
	bool is_whole;    /* a number written as digits alone that fits `whole` */
	bool is_negative; /* then it is -whole */
	uint64_t whole;
	double number;
	const char *name; /* of a member; NULL: an element */
	const char *text; /* of a string */
	size_t count;     /* of members or elements */
	struct json_node *child, *next;
	const char *from; /* where it stands in the text that was read */
	size_t len;
};

/* One document, with nothing but blanks around it. The nodes live as long as the arena and the
 * text. NULL: not JSON, or out of memory (then the arena has failed). */
struct json_node *json_tree_read(struct arena *arena, const char *text, size_t len);
/* The last member of that name: what most readers of the world take. NULL: not an object, or none.
 */
const struct json_node *json_tree_get(const struct json_node *object, const char *name);

#endif
