/* images_marks.c - marked names of images: by id and name, so that they stay marked whatever moves,
 * and are forgotten with what they name. */
#include <stdio.h>

#include "tui/pane/images_own.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **find(const struct images *view, const struct image_entry *row)
{
	char key[IMAGE_KEY_SIZE];
	const char *wanted = images_key(row, key);

	return view->marks.len ? bsearch(&wanted, view->marks.v, view->marks.len,
					 sizeof(*view->marks.v), by_text)
			       : NULL;
}

bool images_is_marked(const struct images *view, const struct image_entry *row)
{
	return find(view, row) != NULL;
}

static void add(struct images *view, const struct image_entry *row)
{
	char key[IMAGE_KEY_SIZE];

	if (find(view, row))
		return;
	strs_add(&view->marks, images_key(row, key));
	qsort(view->marks.v, view->marks.len, sizeof(*view->marks.v), by_text);
}

static void take_away(struct images *view, char **mark)
{
	free(*mark);
	view->marks.len--;
	memmove(mark, mark + 1,
		(size_t)(view->marks.v + view->marks.len - mark) * sizeof(*view->marks.v));
	view->marks.v[view->marks.len] = NULL;
}

void images_unmark(struct images *view)
{
	strs_fini(&view->marks);
	view->marks = (struct strs)STRS_INIT;
}

void images_mark(struct images *view, const struct image_entry *row)
{
	char **mark = find(view, row);

	if (mark)
		take_away(view, mark);
	else
		add(view, row);
}

/* All at once: sorted once. */
void images_mark_all(struct images *view)
{
	char key[IMAGE_KEY_SIZE];
	size_t marked = 0;

	for (size_t i = 0; i < view->lines.count; i++)
		marked += images_is_marked(view, view->lines.list[i].image);
	if (marked == view->lines.count)
		return;
	images_unmark(view);
	for (size_t i = 0; i < view->lines.count; i++)
		strs_add(&view->marks, images_key(view->lines.list[i].image, key));
	if (view->marks.len)
		qsort(view->marks.v, view->marks.len, sizeof(*view->marks.v), by_text);
}

size_t images_marked(const struct images *view, const struct image_entry **out)
{
	size_t count, marked = 0;
	const struct image_entry *rows = model_images(app_model(view->pane.app), &count);

	for (size_t i = 0; view->marks.len && i < count; i++)
		if (images_is_marked(view, &rows[i])) {
			if (out)
				out[marked] = &rows[i];
			marked++;
		}
	return marked;
}
