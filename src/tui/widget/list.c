/* list.c - see list.h. */
#include "tui/widget/list.h"

static void show_selected(struct list *list)
{
	size_t last_top = list->count > list->height ? list->count - list->height : 0;

	if (list->selected < list->top)
		list->top = list->selected;
	if (list->height && list->selected >= list->top + list->height)
		list->top = list->selected - list->height + 1;
	if (list->top > last_top)
		list->top = last_top;
}

void list_fit(struct list *list, size_t count, size_t height)
{
	list->count = count;
	list->height = height;
	list_select(list, list->selected);
}

void list_select(struct list *list, size_t index)
{
	if (list->count == 0)
		index = 0;
	else if (index >= list->count)
		index = list->count - 1;
	list->selected = index;
	show_selected(list);
}

static void move_by(struct list *list, long rows)
{
	long to = (long)list->selected + rows;

	list_select(list, to < 0 ? 0 : (size_t)to);
}

bool list_move(struct list *list, enum action action, int count)
{
	long page = list->height ? (long)list->height : 1, half = page > 1 ? page / 2 : 1;
	long times = count > 0 ? count : 1;

	switch (action) {
	case ACTION_DOWN:
		move_by(list, times);
		return true;
	case ACTION_UP:
		move_by(list, -times);
		return true;
	case ACTION_HALF_DOWN:
		move_by(list, half * times);
		return true;
	case ACTION_HALF_UP:
		move_by(list, -half * times);
		return true;
	case ACTION_PAGE_DOWN:
		move_by(list, page * times);
		return true;
	case ACTION_PAGE_UP:
		move_by(list, -page * times);
		return true;
	case ACTION_FIRST:
		list_select(list, 0);
		return true;
	case ACTION_LAST:
		list_select(list, count > 0 ? (size_t)count - 1 : (size_t)-1);
		return true;
	default:
		return false;
	}
}
