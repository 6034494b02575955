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
	{"Annotations", TEMPLATE_STRINGS},
	{"Attributes", TEMPLATE_STRINGS},
	{"Data", TEMPLATE_STRINGS},
	{"DriverOpts", TEMPLATE_STRINGS},
	{"Labels", TEMPLATE_STRINGS},
	{"Options", TEMPLATE_STRINGS},
	{"StorageOpt", TEMPLATE_STRINGS},
	{"Sysctls", TEMPLATE_STRINGS},
	{"Tmpfs", TEMPLATE_STRINGS},
	{"ExposedPorts", TEMPLATE_MAP},
	{"Networks", TEMPLATE_MAP},
	{"PortBindings", TEMPLATE_MAP},
	{"Ports", TEMPLATE_MAP},
	{"Runtimes", TEMPLATE_MAP},
	{"Volumes", TEMPLATE_MAP},
	{"Aliases", TEMPLATE_LIST},
	{"Args", TEMPLATE_LIST},
	{"Binds", TEMPLATE_LIST},
	{"BlkioWeightDevice", TEMPLATE_LIST},
	{"CapAdd", TEMPLATE_LIST},
	{"CapDrop", TEMPLATE_LIST},
	{"Cmd", TEMPLATE_LIST},
	{"DNSNames", TEMPLATE_LIST},
	{"DeviceCgroupRules", TEMPLATE_LIST},
	{"DeviceRequests", TEMPLATE_LIST},
	{"Devices", TEMPLATE_LIST},
	{"Dns", TEMPLATE_LIST},
	{"DnsOptions", TEMPLATE_LIST},
	{"DnsSearch", TEMPLATE_LIST},
	{"Entrypoint", TEMPLATE_LIST},
	{"Env", TEMPLATE_LIST},
	{"ExecIDs", TEMPLATE_LIST},
	{"ExtraHosts", TEMPLATE_LIST},
	{"GroupAdd", TEMPLATE_LIST},
	{"Layers", TEMPLATE_LIST},
	{"Links", TEMPLATE_LIST},
	{"MaskedPaths", TEMPLATE_LIST},
	{"Mounts", TEMPLATE_LIST},
	{"OnBuild", TEMPLATE_LIST},
	{"ReadonlyPaths", TEMPLATE_LIST},
	{"RepoDigests", TEMPLATE_LIST},
	{"RepoTags", TEMPLATE_LIST},
	{"SecurityOpt", TEMPLATE_LIST},
	{"Shell", TEMPLATE_LIST},
	{"Ulimits", TEMPLATE_LIST},
	{"VolumesFrom", TEMPLATE_LIST},
	{NULL, 0},
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
