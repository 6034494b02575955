#include "cli/form.h"

#include <errno.h>

#include "cli/json.h"
#include "util/strs.h"
#include "util/template.h"

struct form {
	struct template *tmpl;
	bool one_line;
};

/* What the members of docker's objects are, where JSON alone does not say. */
static const struct template_type types[] = {
	{"Annotations", TEMPLATE_STRINGS, true},
	{"Attributes", TEMPLATE_STRINGS, false},
	{"Data", TEMPLATE_STRINGS, false},
	{"DriverOpts", TEMPLATE_STRINGS, false},
	{"Labels", TEMPLATE_STRINGS, false},
	{"Options", TEMPLATE_STRINGS, false},
	{"StorageOpt", TEMPLATE_STRINGS, true},
	{"Sysctls", TEMPLATE_STRINGS, true},
	{"Tmpfs", TEMPLATE_STRINGS, true},
	{"ExposedPorts", TEMPLATE_MAP, true},
	{"Networks", TEMPLATE_MAP, false},
	{"PortBindings", TEMPLATE_MAP, false},
	{"Ports", TEMPLATE_MAP, false},
	{"Runtimes", TEMPLATE_MAP, false},
	{"Volumes", TEMPLATE_MAP, false},
	{"Aliases", TEMPLATE_LIST, false},
	{"Args", TEMPLATE_LIST, false},
	{"Binds", TEMPLATE_LIST, false},
	{"BlkioWeightDevice", TEMPLATE_LIST, false},
	{"CapAdd", TEMPLATE_LIST, false},
	{"CapDrop", TEMPLATE_LIST, false},
	{"Cmd", TEMPLATE_LIST, false},
	{"DNSNames", TEMPLATE_LIST, false},
	{"DeviceCgroupRules", TEMPLATE_LIST, false},
	{"DeviceRequests", TEMPLATE_LIST, false},
	{"Devices", TEMPLATE_LIST, false},
	{"Dns", TEMPLATE_LIST, false},
	{"DnsOptions", TEMPLATE_LIST, false},
	{"DnsSearch", TEMPLATE_LIST, false},
	{"Entrypoint", TEMPLATE_LIST, false},
	{"Env", TEMPLATE_LIST, false},
	{"ExecIDs", TEMPLATE_LIST, false},
	{"ExtraHosts", TEMPLATE_LIST, false},
	{"GroupAdd", TEMPLATE_LIST, false},
	{"Layers", TEMPLATE_LIST, false},
	{"Links", TEMPLATE_LIST, false},
	{"MaskedPaths", TEMPLATE_LIST, false},
	{"Mounts", TEMPLATE_LIST, true},
	{"OnBuild", TEMPLATE_LIST, false},
	{"ReadonlyPaths", TEMPLATE_LIST, false},
	{"RepoDigests", TEMPLATE_LIST, false},
	{"RepoTags", TEMPLATE_LIST, false},
	{"SecurityOpt", TEMPLATE_LIST, false},
	{"Shell", TEMPLATE_LIST, true},
	{"Ulimits", TEMPLATE_LIST, false},
	{"VolumesFrom", TEMPLATE_LIST, false},
	{"Health", TEMPLATE_POINTER, true},
	{"Healthcheck", TEMPLATE_POINTER, true},
	{"Init", TEMPLATE_POINTER, true},
	{"SizeRootFs", TEMPLATE_POINTER, true},
	{"SizeRw", TEMPLATE_POINTER, true},
	{"StopTimeout", TEMPLATE_POINTER, true},
	{"MacAddress", TEMPLATE_TEXT, true},
	{"StopSignal", TEMPLATE_TEXT, true},
	{NULL, 0, false},
};

int form_new(const char *format, struct form **out, struct err *err)
{
	auto_of(form) struct form *form = calloc(1, sizeof(*form));

	if (!form)
		return err_set(err, ENOMEM, "out of memory");
	form->one_line = str_eq(format, "json");
	if (format && *format && !form->one_line && template_parse(format, &form->tmpl, err) < 0)
		return err_in(err, "template parsing error");
	*out = take(form);
	return 0;
}

void form_free(struct form *form)
{
	if (!form)
		return;
	template_free(form->tmpl);
	free(form);
}

bool form_is_template(const struct form *form)
{
	return form->tmpl;
}

int form_put(const struct form *form, const cJSON *json, struct buf *out, struct err *err)
{
	const struct template_options options = {.types = types};
	char *text;

	if (form->tmpl) {
		size_t before = out->len;

		if (template_run(form->tmpl, json, &options, out, err) < 0) {
			out->len = before; /* half an answer is none */
			return err_in(err, "template parsing error");
		}
	} else if (form->one_line) {
		text = cJSON_PrintUnformatted(json);
		if (!text)
			return err_set(err, ENOMEM, "out of memory");
		buf_adds(out, text);
		cJSON_free(text);
	} else {
		json_put(out, json, 0);
	}
	buf_addc(out, '\n');
	return 0;
}

int form_put_found(const struct form *form, struct cli *cli, form_find *find, const void *context,
	const struct operands *operands)
{
	cJSON *all = cJSON_CreateArray();
	auto_strs failures = STRS_INIT;
	struct err err;

	for (int i = 0; i < operands->len; i++) {
		cJSON *one = NULL;

		if (find(cli, context, operands->v[i], &one, &err) < 0) {
			strs_add(&failures, err.text);
			continue;
		}
		if (form_is_template(form) && form_put(form, one, &cli->out.text, &err) < 0)
			strs_add(&failures, err.text);
		cJSON_AddItemToArray(all, one);
	}
	if (!form_is_template(form) && form_put(form, all, &cli->out.text, &err) < 0)
		strs_add(&failures, err.text);
	cJSON_Delete(all);
	output_flush(&cli->out);
	for (size_t i = 0; i < failures.len; i++)
		cli_say("%s", failures.v[i]);
	return failures.len > 0;
}
