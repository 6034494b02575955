#include "oci/container.h"
#include "oci/options.h"

int cmd_start(struct oci *oci, int argc, char **argv)
{
	const struct option table[] = {{0}};
	auto_record record = {.dir = -1};
	struct err err = {0};
	int exit = 1, rc = options_read(table, "start ID", 1, 1, &argc, &argv, &err);

	if (rc == 0)
		rc = record_open(oci, argv[0], &record, &err);
	if (rc == 0)
		rc = container_start(&record, &exit, &err);
	return rc < 0 ? oci_fail(oci, &err, 1) : 0;
}
