#include <stdio.h>

#include "oci/container.h"
#include "oci/options.h"

int cmd_state(struct oci *oci, int argc, char **argv)
{
	const struct option table[] = {{0}};
	auto_bundle bundle = {0};
	auto_record record = {.dir = -1};
	auto_buf out = BUF_INIT;
	struct err err = {0};
	int rc = options_read(table, "state ID", 1, 1, &argc, &argv, &err);

	if (rc == 0)
		rc = record_open(oci, argv[0], &record, &err);
	if (rc < 0)
		return oci_fail(oci, &err, 1);
	/* Annotations only: it has a state whatever its config.json says. */
	bundle_reopen(record.dir, record.bundle ? record.bundle : "", &bundle, NULL);
	record_state(&record, record_status_name(record_status(&record)),
		bundle.spec ? &bundle.spec->annotations : NULL, &out);
	printf("%s\n", buf_text(&out));
	return 0;
}
