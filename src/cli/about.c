#include "cli/about.h"

#include <ctype.h>
#include <string.h>

#include "cli/units.h"
#include "util/own.h"
#include "util/strs.h"

void about_label(struct buf *out, const char *member)
{
	static const struct {
		const char *member, *label;
	} labels[] = {
		{"ApiVersion", "API version"},
		{"BuildTime", "Built"},
		{"GitCommit", "Git commit"},
		{"ContainersRunning", "Running"},
		{"ContainersPaused", "Paused"},
		{"ContainersStopped", "Stopped"},
		{"DockerRootDir", "Root Dir"},
		{"MemTotal", "Total Memory"},
		{"NCPU", "CPUs"},
		{"Driver", "Storage Driver"},
		{"ServerVersion", "Engine Version"},
		{"OSType", "OSType"},
		{"ID", "ID"},
	};

	for (size_t i = 0; i < array_len(labels); i++) {
		if (!str_eq(labels[i].member, member))
			continue;
		buf_adds(out, labels[i].label);
		return;
	}
	for (const char *at = member; *at; at++) {
		if (at > member && isupper((unsigned char)*at) && islower((unsigned char)at[-1]))
			buf_addc(out, ' ');
		buf_addc(out, *at);
	}
}

static bool is_empty(const cJSON *value)
{
	return cJSON_IsNull(value) || (cJSON_IsString(value) && !*value->valuestring) ||
	       ((cJSON_IsArray(value) || cJSON_IsObject(value)) && !value->child);
}

static void put_list(struct buf *out, const cJSON *list)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list) {
		char *text = cJSON_IsString(item) ? NULL : cJSON_PrintUnformatted(item);

		buf_addf(out, " %s", text ? text : item->valuestring);
		cJSON_free(text);
	}
	buf_addc(out, '\n');
}

static void put_value(struct buf *out, const cJSON *value, int indent)
{
	if (cJSON_IsArray(value) && cJSON_IsArray(value->child)) {
		/* DriverStatus: pairs of a name and a value. */
		const cJSON *pair;

		buf_addc(out, '\n');
		cJSON_ArrayForEach(pair, value)
			buf_addf(out, "%*s%s: %s\n", indent + 1, "",
				cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0)),
				cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1)));
	} else if (cJSON_IsArray(value)) {
		put_list(out, value);
	} else if (cJSON_IsObject(value)) {
		buf_addc(out, '\n');
		about_put(out, value, indent + 1, 0);
	} else if (str_eq(value->string, "MemTotal")) {
		buf_addc(out, ' ');
		units_put_memory(out, (uint64_t)value->valuedouble);
		buf_addc(out, '\n');
	} else if (cJSON_IsNumber(value)) {
		buf_addf(out, " %.15g\n", value->valuedouble);
	} else {
		buf_addf(out, " %s\n",
			cJSON_IsBool(value) ? (cJSON_IsTrue(value) ? "true" : "false")
					    : value->valuestring);
	}
}

void about_put(struct buf *out, const cJSON *object, int indent, int width)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, object) {
		auto_buf label = BUF_INIT;

		if (is_empty(member))
			continue;
		about_label(&label, member->string);
		buf_addc(&label, ':');
		buf_addf(out, "%*s%-*s", indent, "", width, buf_text(&label));
		put_value(out, member, indent);
	}
}
