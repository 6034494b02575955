#include "core/event.h"

#include <string.h>

static const char *const type_names[] = {
	[EVENT_CONTAINER] = "container",
	[EVENT_IMAGE] = "image",
	[EVENT_VOLUME] = "volume",
	[EVENT_NETWORK] = "network",
	[EVENT_BUILD] = "builder",
	[EVENT_ENGINE] = "daemon",
};

const char *event_type_name(enum event_type type)
{
	if ((size_t)type >= sizeof(type_names) / sizeof(type_names[0]) || !type_names[type])
		return "unknown";
	return type_names[type];
}

const char *event_attr(const struct event *event, const char *key)
{
	for (size_t i = 0; i < event->attr_count; i++)
		if (strcmp(event->attrs[i].key, key) == 0)
			return event->attrs[i].value;
	return NULL;
}
