#include "oci/container.h"
#include "oci/options.h"

int cmd_delete(struct oci *oci, int argc, char **argv)
{
	bool force = false;
	const struct option table[] = {
		{"force", 'f', OPTION_FLAG, &force, "kill it first, and do not mind if it is gone"},
		{0},
	};
	auto_record record = {.dir = -1};
	struct err err = {0};
	int rc = options_read(table, "delete [OPTIONS] ID", 1, 1, &argc, &argv, &err);

	if (rc < 0)
		return oci_fail(oci, &err, 1);
	rc = record_open(oci, argv[0], &record, &err);
	if (rc == -ENOENT && force)
		return 0;
	if (rc == 0)
		rc = container_delete(&record, force, &err);
	return rc < 0 ? oci_fail(oci, &err, 1) : 0;
}
