/* nearest.c - see nearest.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine_layers.h"
#include "core/nearest.h"
#include "util/own.h"
#include "util/strs.h"

enum { NAME_SIZE = 64, OFFERED_MAX = 4, DISTANCE_MAX = 2 };

struct offer {
	const char *wanted;
	char names[OFFERED_MAX][NAME_SIZE];
	size_t count;
};

static bool is_offered(const struct offer *offer, const char *name)
{
	for (size_t i = 0; i < offer->count; i++)
		if (strcmp(offer->names[i], name) == 0)
			return true;
	return false;
}

static bool is_shell(const char *name)
{
	static const char *const shells[] = {"bash", "sh", "ash", "zsh"};

	for (size_t i = 0; i < array_len(shells); i++)
		if (strcmp(shells[i], name) == 0)
			return true;
	return false;
}

static void look_in(struct layers *layers, const char *directory, bool shells, struct offer *offer)
{
	auto_free struct layers_row *rows = NULL;
	uint32_t spot;
	size_t count;
	struct err err;

	if (layers_find(layers, directory, &spot, &err) < 0 ||
		layers_list(layers, spot, layers_count(layers), false, &rows, &count, &err) < 0)
		return;
	for (size_t i = 0; i < count && offer->count < OFFERED_MAX; i++) {
		char name[NAME_SIZE];

		if (rows[i].name_len >= sizeof(name))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)rows[i].name_len, rows[i].name);
		if ((shells ? is_shell(name) : str_distance(offer->wanted, name) <= DISTANCE_MAX) &&
			!is_offered(offer, name))
			memcpy(offer->names[offer->count++], name, sizeof(name));
	}
}

static void look(struct layers *layers, bool shells, struct offer *offer)
{
	static const char *const directories[] = {
		"/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/sbin"};

	for (size_t i = 0; i < array_len(directories); i++)
		look_in(layers, directories[i], shells, offer);
}

static void put(const struct offer *offer, const char *before, struct buf *out)
{
	if (offer->count)
		buf_addf(out, "%s%s", out->len ? " and " : "", before);
	for (size_t i = 0; i < offer->count; i++)
		buf_addf(out, "%s%s", i ? ", " : "", offer->names[i]);
}

void nearest_commands(struct engine *engine, const struct container *container, struct buf *out)
{
	char wanted[NAME_SIZE];
	struct offer near = {.wanted = wanted}, shells = {.wanted = wanted};
	auto_layers *layers = NULL;
	const char *name;
	struct err err;

	snprintf(wanted, sizeof(wanted), "%.*s", (int)strcspn(container->command, " "),
		container->command);
	if ((name = strrchr(wanted, '/')))
		memmove(wanted, name + 1, strlen(name));
	if (!*wanted || engine_layers_open(engine, container->image_id, &layers, &err) < 0)
		return;
	look(layers, false, &near);
	look(layers, true, &shells);
	put(&near, "", out);
	put(&shells, shells.count > 1 ? "the shells " : "the shell ", out);
}
