/* row_fields.c - see row_fields.h. */
#include <stdio.h>

#include "tui/model.h"
#include "tui/row_fields.h"

/* ---- containers ---- */

enum container_field {
	CONTAINER_NAME,
	CONTAINER_ID,
	CONTAINER_IMAGE,
	CONTAINER_STATE,
	CONTAINER_HEALTH,
	CONTAINER_COMMAND,
	CONTAINER_PROJECT,
	CONTAINER_PORT,
	CONTAINER_NET,
	CONTAINER_USER,
	CONTAINER_VOLUME,
	CONTAINER_LABEL,
	CONTAINER_CAP,
	CONTAINER_SPACE,
	CONTAINER_CPU,
	CONTAINER_MEMORY,
	CONTAINER_RECEIVED,
	CONTAINER_SENT,
	CONTAINER_PIDS,
	CONTAINER_AGE,
	CONTAINER_UP,
	CONTAINER_EXIT,
	CONTAINER_RESTARTS,
	CONTAINER_OOM,
	CONTAINER_MARKED,
};

static const struct filter_field of_containers[] = {
	[CONTAINER_NAME] = {"name", FILTER_TEXT, true, NULL, "its name"},
	[CONTAINER_ID] = {"id", FILTER_BEGIN, true, NULL, "its id, from the beginning"},
	[CONTAINER_IMAGE] = {"image", FILTER_TEXT, true, NULL, "its image, or that one's id"},
	[CONTAINER_STATE] = {"state", FILTER_TEXT, true, NULL, "running, exited, unhealthy, …"},
	[CONTAINER_HEALTH] = {"health", FILTER_TEXT, false, NULL, "healthy, unhealthy, starting"},
	[CONTAINER_COMMAND] = {"command", FILTER_LONG, false, NULL, "what it runs"},
	[CONTAINER_PROJECT] = {"project", FILTER_TEXT, false, NULL, "the group it belongs to"},
	[CONTAINER_PORT] = {"port", FILTER_TEXT, false, NULL, "ports, as the list shows them"},
	[CONTAINER_NET] = {"net", FILTER_TEXT, false, NULL, "its networks"},
	[CONTAINER_USER] = {"user", FILTER_TEXT, false, NULL, "who runs in it"},
	[CONTAINER_VOLUME] = {"vol", FILTER_TEXT, false, NULL,
		"volumes and mounts, or where they are"},
	[CONTAINER_LABEL] = {"label.", FILTER_TEXT, false, NULL, "a label, as in label.tier:web"},
	[CONTAINER_CAP] = {"cap", FILTER_TEXT, false, NULL, "what it may do: cap:sys_admin"},
	[CONTAINER_SPACE] = {"ns.", FILTER_TEXT, false, NULL,
		"whose namespace: ns.net:host, own, …"},
	[CONTAINER_CPU] = {"cpu", FILTER_NUMBER, false, NULL, "percent of one processor"},
	[CONTAINER_MEMORY] = {"mem", FILTER_SIZE, false, NULL, "memory in use"},
	[CONTAINER_RECEIVED] = {"rx", FILTER_SIZE, false, NULL, "bytes a second that it receives"},
	[CONTAINER_SENT] = {"tx", FILTER_SIZE, false, NULL, "bytes a second that it sends"},
	[CONTAINER_PIDS] = {"pids", FILTER_NUMBER, false, NULL, "how many processes"},
	[CONTAINER_AGE] = {"age", FILTER_AGE, false, NULL, "since it was created"},
	[CONTAINER_UP] = {"up", FILTER_AGE, false, NULL, "since it was started, while it runs"},
	[CONTAINER_EXIT] = {"exit", FILTER_NUMBER, false, NULL, "the code it ended with"},
	[CONTAINER_RESTARTS] = {"restarts", FILTER_NUMBER, false, NULL, "by its restart policy"},
	[CONTAINER_OOM] = {"oom", FILTER_FLAG, false, NULL, "ended at its memory limit"},
	[CONTAINER_MARKED] = {"marked", FILTER_FLAG, false, NULL, "marked with Space"},
};

static bool one(const char *text, size_t nth, struct filter_value *out)
{
	out->text = text;
	return nth == 0;
}

static bool number(double value, bool known, size_t nth, struct filter_value *out)
{
	out->number = value;
	return known && nth == 0;
}

static bool moment(uint64_t time_ns, size_t nth, struct filter_value *out)
{
	out->time_ns = time_ns;
	return time_ns && nth == 0;
}

static bool has_health(const struct container *c)
{
	return c->state == CONTAINER_RUNNING && c->health;
}

/* What is seen in the list: a running one with a health check is called by that. */
static bool state_words(const struct container *c, size_t nth, struct filter_value *out)
{
	out->text = nth ? container_health_name(c->health) : container_state_name(c->state);
	return nth == 0 || (nth == 1 && has_health(c));
}

static bool is_over(const struct container *c)
{
	return c->state == CONTAINER_EXITED || c->state == CONTAINER_DEAD;
}

static bool container_number(
	const struct row *row, size_t field, size_t nth, struct filter_value *out)
{
	const struct container *c = &row->c;

	switch ((enum container_field)field) {
	case CONTAINER_CPU:
		return number(row->cpu, row->moving, nth, out);
	case CONTAINER_MEMORY:
		return number((double)row->memory, row->measured, nth, out);
	case CONTAINER_RECEIVED:
		return number(row->received, row->moving, nth, out);
	case CONTAINER_SENT:
		return number(row->sent, row->moving, nth, out);
	case CONTAINER_PIDS:
		return number((double)row->pids, row->measured, nth, out);
	case CONTAINER_AGE:
		return moment(c->created_ns, nth, out);
	case CONTAINER_UP:
		return c->pid && moment(c->started_ns, nth, out);
	case CONTAINER_EXIT:
		return number(c->exit_code, is_over(c) && !c->code_lost, nth, out);
	case CONTAINER_RESTARTS:
		return number(c->restarts, true, nth, out);
	case CONTAINER_OOM:
		return number(c->oom_killed, true, nth, out);
	case CONTAINER_MARKED:
		return number(row->marked, true, nth, out);
	default:
		return false;
	}
}

/* One with a value; an empty one says nothing. */
static bool some(const char *text, size_t nth, struct filter_value *out)
{
	out->text = text;
	return text && *text && nth == 0;
}

/* A part of a text, as a value: lent until the next is asked for. */
static char lent[4200];

static bool part(const char *from, size_t len, struct filter_value *out)
{
	snprintf(lent, sizeof(lent), "%.*s", (int)len, from);
	out->text = lent;
	return true;
}

/* The nth of what lies between blanks, or at ends of lines. */
static bool nth_word(const char *text, const char *ends, size_t nth, struct filter_value *out)
{
	while (text && *(text += strspn(text, ends))) {
		size_t len = strcspn(text, ends);

		if (nth-- == 0)
			return part(text, len, out);
		text += len;
	}
	return false;
}

/* Of "key=value" lines the value of one. */
static bool value_of(const char *line, const char *key, struct filter_value *out)
{
	size_t len = key ? strlen(key) : 0;

	for (; len && line && *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, key, len) == 0 && line[len] == '=')
			return part(line + len + 1, strcspn(line + len + 1, "\n"), out) &&
			       *out->text;
	return false;
}

/* Each mount is known by what is mounted, and by where. */
static bool mount_of(const char *mounts, size_t nth, struct filter_value *out)
{
	char *target;

	if (!nth_word(mounts, "\n", nth / 2, out) || !(target = strrchr(lent, ':')))
		return false;
	*target = '\0';
	if (nth % 2)
		out->text = target + 1;
	return true;
}

static bool cap_of(const struct container_facts *facts, size_t nth, struct filter_value *out)
{
	for (unsigned i = 0; (out->text = container_cap_name(i)); i++)
		if (facts->caps & (UINT64_C(1) << i) && nth-- == 0)
			return true;
	return false;
}

static bool is_namespace(const char *name)
{
	const char *known;

	for (unsigned i = 0; name && (known = container_namespace_name(i)); i++)
		if (strcmp(known, name) == 0)
			return true;
	return false;
}

static bool space_of(
	const struct container_facts *facts, const char *kind, size_t nth, struct filter_value *out)
{
	if (nth || !facts->has_privileges || !is_namespace(kind))
		return false;
	if (!value_of(facts->shares, kind, out))
		out->text = "own";
	return true;
}

static bool container_value(
	const void *data, size_t field, const char *key, size_t nth, struct filter_value *out)
{
	const struct row *row = data;
	const struct container *c = &row->c;

	switch ((enum container_field)field) {
	case CONTAINER_NAME:
		return one(c->name, nth, out);
	case CONTAINER_ID:
		return one(c->id, nth, out);
	case CONTAINER_IMAGE:
		out->text = nth ? c->image_id : c->image;
		return nth == 0 || (nth == 1 && *c->image_id);
	case CONTAINER_STATE:
		return state_words(c, nth, out);
	case CONTAINER_HEALTH:
		return has_health(c) && one(container_health_name(c->health), nth, out);
	case CONTAINER_COMMAND:
		return one(c->command, nth, out);
	case CONTAINER_PROJECT:
		return some(row->facts->project, nth, out);
	case CONTAINER_PORT:
		return nth_word(row->facts->ports, " ", nth, out);
	case CONTAINER_NET:
		return nth_word(row->facts->networks, " ", nth, out);
	case CONTAINER_USER:
		return some(row->facts->user, nth, out);
	case CONTAINER_VOLUME:
		return mount_of(row->facts->mounts, nth, out);
	case CONTAINER_LABEL:
		return nth == 0 && value_of(row->facts->labels, key, out);
	case CONTAINER_CAP:
		return cap_of(row->facts, nth, out);
	case CONTAINER_SPACE:
		return space_of(row->facts, key, nth, out);
	default:
		return container_number(row, field, nth, out);
	}
}

const struct filter_set container_fields = {
	of_containers, array_len(of_containers), container_value, "name:x  cpu>5"};

/* ---- images ---- */

enum image_field {
	IMAGE_NAME,
	IMAGE_ID,
	IMAGE_TAG,
	IMAGE_SIZE,
	IMAGE_CONTENT,
	IMAGE_AGE,
	IMAGE_USED,
	IMAGE_DANGLING,
	IMAGE_PLATFORM,
	IMAGE_ON,
	IMAGE_LAYER,
};

static const struct filter_field of_images[] = {
	[IMAGE_NAME] = {"name", FILTER_TEXT, true, NULL, "its name with the tag"},
	[IMAGE_ID] = {"id", FILTER_BEGIN, true, NULL, "its id, from the beginning"},
	[IMAGE_TAG] = {"tag", FILTER_TEXT, false, NULL, "its tag alone"},
	[IMAGE_SIZE] = {"size", FILTER_SIZE, false, NULL, "of the unpacked layers"},
	[IMAGE_CONTENT] = {"content", FILTER_SIZE, false, NULL, "of what a pull brings"},
	[IMAGE_AGE] = {"age", FILTER_AGE, false, NULL, "since it was built"},
	[IMAGE_USED] = {"used", FILTER_NUMBER, false, NULL, "by how many containers"},
	[IMAGE_DANGLING] = {"dangling", FILTER_FLAG, false, NULL, "has no name"},
	[IMAGE_PLATFORM] = {"platform", FILTER_TEXT, false, NULL, "linux/amd64, …"},
	[IMAGE_ON] = {"on", FILTER_TEXT, false, NULL, "images that it stands on: on:debian"},
	[IMAGE_LAYER] = {"layer", FILTER_BEGIN, false, NULL, "the diff id of one of its layers"},
};

/* "2.0" of "host:5000/web:2.0"; "" when there is none. */
static const char *tag_of(const char *reference)
{
	const char *slash = strrchr(reference, '/'), *colon = strrchr(reference, ':');

	return colon && (!slash || colon > slash) ? colon + 1 : "";
}

/* Names of what it stands on; one without a name is known by its id. */
static bool below(const struct image_row *row, size_t nth, struct filter_value *out)
{
	size_t on =
		row->family ? image_family_below(row->family, row->images, row->at, nth) : SIZE_MAX;

	if (on == SIZE_MAX)
		return false;
	out->text = *row->images[on].reference ? row->images[on].reference : row->images[on].id;
	return true;
}

/* Each as it is told in full, and its hex digits alone. */
static bool layer_of(const struct image_row *row, size_t nth, struct filter_value *out)
{
	char hex[65];

	if (!row->family || row->at >= row->family->count ||
		!nth_word(row->family->layers.v[row->at], " ", nth / 2, out))
		return false;
	if (nth % 2) {
		snprintf(hex, sizeof(hex), "%.64s", lent);
		snprintf(lent, sizeof(lent), "sha256:%s", hex);
	}
	return true;
}

bool row_fields_need_family(const struct filter *filter)
{
	return filter && (filter_asks(filter, IMAGE_ON) || filter_asks(filter, IMAGE_LAYER));
}

static bool image_value(
	const void *data, size_t field, const char *key, size_t nth, struct filter_value *out)
{
	const struct image_row *row = data;
	const struct image_entry *image = &row->images[row->at];

	(void)key;
	switch ((enum image_field)field) {
	case IMAGE_NAME:
		return one(image->reference, nth, out);
	case IMAGE_ID:
		return one(image->id, nth, out);
	case IMAGE_TAG:
		return one(tag_of(image->reference), nth, out);
	case IMAGE_SIZE:
		return number((double)image->size, true, nth, out);
	case IMAGE_CONTENT:
		return number((double)image->content_size, true, nth, out);
	case IMAGE_AGE:
		return moment(image->created_ns, nth, out);
	case IMAGE_USED:
		return number(image->containers, true, nth, out);
	case IMAGE_DANGLING:
		return number(!*image->reference, true, nth, out);
	case IMAGE_PLATFORM:
		return one(image->platform, nth, out);
	case IMAGE_ON:
		return below(row, nth, out);
	case IMAGE_LAYER:
		return layer_of(row, nth, out);
	}
	return false;
}

const struct filter_set image_fields = {of_images, array_len(of_images), image_value, "size>100M"};
