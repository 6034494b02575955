/* roll.c - see roll.h. */
#include <stdio.h>

#include "tui/roll.h"

static const char sick_name[] = "Unhealthy";

static void forget(struct roll *roll)
{
	free(take(roll->lines));
	free(take(roll->groups));
	free(take(roll->rows));
	roll->len = roll->group_count = roll->row_count = 0;
}

void roll_fini(struct roll *roll)
{
	forget(roll);
	strs_fini(&roll->folds);
}

static bool is_sick(const struct row *row)
{
	return row->c.state == CONTAINER_RUNNING && row->c.health == CONTAINER_HEALTH_UNHEALTHY;
}

static bool is_folded(const struct roll *roll, const char *name)
{
	for (size_t i = 0; i < roll->folds.len; i++)
		if (strcmp(roll->folds.v[i], name) == 0)
			return true;
	return false;
}

/* ---- sorting into groups ---- */

struct placed {
	struct row *row;
	size_t at; /* in the model's order, which stays within a group */
};

/* Sick ones, projects by name, those of none. */
static int compare_groups(const struct row *a, const struct row *b)
{
	if (is_sick(a) != is_sick(b))
		return is_sick(a) ? -1 : 1;
	if (is_sick(a))
		return 0;
	if (!*a->facts->project != !*b->facts->project)
		return *a->facts->project ? -1 : 1;
	return strcmp(a->facts->project, b->facts->project);
}

static int compare_placed(const void *pa, const void *pb)
{
	const struct placed *a = pa, *b = pb;
	int order = compare_groups(a->row, b->row);

	return order ? order : (a->at > b->at) - (a->at < b->at);
}

static bool place_rows(struct roll *roll, struct row *const *rows, size_t count)
{
	auto_free struct placed *placed = calloc(count, sizeof(*placed));

	if (!placed)
		return false;
	for (size_t i = 0; i < count; i++)
		placed[i] = (struct placed){rows[i], i};
	qsort(placed, count, sizeof(*placed), compare_placed);
	for (size_t i = 0; i < count; i++)
		roll->rows[i] = placed[i].row;
	return true;
}

static bool starts_group(const struct roll *roll, size_t i)
{
	return i == 0 || compare_groups(roll->rows[i - 1], roll->rows[i]) != 0;
}

static bool make_groups(struct roll *roll)
{
	size_t wanted = 0;

	for (size_t i = 0; i < roll->row_count; i++)
		wanted += starts_group(roll, i);
	roll->groups = calloc(wanted, sizeof(*roll->groups));
	if (!roll->groups)
		return false;
	for (size_t i = 0; i < roll->row_count; i++) {
		struct roll_group *group;

		if (starts_group(roll, i)) {
			group = &roll->groups[roll->group_count++];
			group->sick = is_sick(roll->rows[i]);
			snprintf(group->name, sizeof(group->name), "%s",
				group->sick ? sick_name : roll->rows[i]->facts->project);
			group->folded = is_folded(roll, group->name);
			group->rows = &roll->rows[i];
		}
		roll->groups[roll->group_count - 1].count++;
	}
	return true;
}

/* ---- lines ---- */

static void add_line(
	struct roll *roll, enum roll_kind kind, struct row *row, const struct roll_group *group)
{
	roll->lines[roll->len++] = (struct roll_line){kind, row, group};
}

static void add_row(struct roll *roll, struct row *row, const struct roll_group *group)
{
	add_line(roll, ROLL_ROW, row, group);
	if (is_sick(row) && row->facts->probed)
		add_line(roll, ROLL_NOTE, row, group);
}

static void add_group(struct roll *roll, const struct roll_group *group)
{
	add_line(roll, ROLL_GROUP, NULL, group);
	for (size_t i = 0; i < group->count && !group->folded; i++)
		add_row(roll, group->rows[i], group);
}

static bool any_project(struct row *const *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (*rows[i]->facts->project)
			return true;
	return false;
}

static bool make(struct roll *roll, struct row *const *rows, size_t count)
{
	bool grouped = !roll->flat && any_project(rows, count);

	roll->rows = calloc(count + 1, sizeof(*roll->rows));
	roll->lines = calloc(3 * count + 1, sizeof(*roll->lines));
	if (!roll->rows || !roll->lines)
		return false;
	roll->row_count = count;
	if (!grouped) {
		memcpy(roll->rows, rows, count * sizeof(struct row *));
		for (size_t i = 0; i < count; i++)
			add_row(roll, rows[i], NULL);
		return true;
	}
	if (!place_rows(roll, rows, count) || !make_groups(roll))
		return false;
	for (size_t i = 0; i < roll->group_count; i++)
		add_group(roll, &roll->groups[i]);
	return true;
}

void roll_make(struct roll *roll, const struct model *model)
{
	size_t count;
	struct row *const *rows = model_rows(model, &count);

	if (roll->made && roll->version == model_version(model))
		return;
	forget(roll);
	roll->made = true;
	roll->version = model_version(model);
	if (count && !make(roll, rows, count))
		forget(roll);
}

void roll_fold(struct roll *roll, const char *group, bool folded)
{
	struct strs kept = STRS_INIT;

	for (size_t i = 0; i < roll->folds.len; i++)
		if (strcmp(roll->folds.v[i], group) != 0)
			strs_add(&kept, roll->folds.v[i]);
	if (folded)
		strs_add(&kept, group);
	strs_fini(&roll->folds);
	roll->folds = kept;
	roll->made = false;
}

void roll_fold_all(struct roll *roll, bool folded)
{
	strs_fini(&roll->folds);
	for (size_t i = 0; folded && i < roll->group_count; i++)
		strs_add(&roll->folds, roll->groups[i].name);
	roll->made = false;
}

void roll_set_flat(struct roll *roll, bool flat)
{
	roll->flat = flat;
	roll->made = false;
}

bool roll_find_row(const struct roll *roll, const char *id, size_t *at)
{
	for (size_t i = 0; i < roll->len; i++)
		if (roll->lines[i].kind == ROLL_ROW && strcmp(roll->lines[i].row->c.id, id) == 0) {
			*at = i;
			return true;
		}
	return false;
}

bool roll_find_group(const struct roll *roll, const char *name, size_t *at)
{
	for (size_t i = 0; i < roll->len; i++)
		if (roll->lines[i].kind == ROLL_GROUP &&
			strcmp(roll->lines[i].group->name, name) == 0) {
			*at = i;
			return true;
		}
	return false;
}
