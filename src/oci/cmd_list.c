#include <stdio.h>

#include "oci/container.h"
#include "oci/options.h"
#include "oci/quote.h"

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void print_row(const struct record *r, const char *status)
{
	printf("%-24s %-8d %-10s %-40s %-32s %u\n", r->id, str_eq(status, "stopped") ? 0 : r->pid,
		status, or_empty(r->bundle), or_empty(r->created), r->owner);
}

static int list(struct oci *oci, bool json, bool quiet, struct err *err)
{
	auto_strs ids = STRS_INIT;
	auto_buf out = BUF_INIT;
	int rc = record_list(oci, &ids, err);

	if (rc == 0 && !json && !quiet)
		printf("%-24s %-8s %-10s %-40s %-32s %s\n", "ID", "PID", "STATUS", "BUNDLE",
			"CREATED", "OWNER");
	for (size_t i = 0; rc == 0 && i < ids.len; i++) {
		auto_record record = {.dir = -1};
		const char *status;

		if (record_open(oci, ids.v[i], &record, NULL) < 0)
			continue; /* it went meanwhile */
		status = record_status_name(record_status(&record));
		if (out.len)
			buf_addc(&out, ',');
		record_state(&record, status, NULL, &out);
		if (quiet)
			printf("%s\n", record.id);
		else if (!json)
			print_row(&record, status);
	}
	if (json)
		printf("[%s]\n", buf_text(&out));
	return rc;
}

int cmd_list(struct oci *oci, int argc, char **argv)
{
	const char *format = "table";
	bool quiet = false;
	const struct option table[] = {
		{"format", 'f', OPTION_TEXT, &format, "table or json"},
		{"quiet", 'q', OPTION_FLAG, &quiet, "ids only"},
		{0},
	};
	struct err err = {0};
	int rc = options_read(table, "list [OPTIONS]", 0, 0, &argc, &argv, &err);

	if (rc == 0 && !str_eq(format, "table") && !str_eq(format, "json"))
		rc = err_set(&err, EINVAL, "--format: \"%.40s\" is neither table nor json", format);
	if (rc == 0)
		rc = list(oci, str_eq(format, "json"), quiet, &err);
	return rc < 0 ? oci_fail(oci, &err, 1) : 0;
}
