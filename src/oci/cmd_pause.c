#include "oci/container.h"
#include "oci/groups.h"
#include "oci/options.h"

static int freeze(struct oci *oci, int argc, char **argv, bool on)
{
	const struct option table[] = {{0}};
	auto_record record = {.dir = -1};
	enum record_status status, wanted = on ? RECORD_RUNNING : RECORD_PAUSED;
	struct err err = {0};
	int rc = options_read(table, on ? "pause ID" : "resume ID", 1, 1, &argc, &argv, &err);

	if (rc == 0)
		rc = record_open(oci, argv[0], &record, &err);
	if (rc < 0)
		return oci_fail(oci, &err, 1);
	status = record_status(&record);
	if (status != wanted && !(on && status == RECORD_CREATED))
		rc = err_set(&err, EINVAL, "container %s is not %s: %s", record.id,
			on ? "running" : "paused", record_status_name(status));
	else
		rc = groups_freeze(record.cgroup, on, &err);
	return rc < 0 ? oci_fail(oci, &err, 1) : 0;
}

int cmd_pause(struct oci *oci, int argc, char **argv)
{
	return freeze(oci, argc, argv, true);
}

int cmd_resume(struct oci *oci, int argc, char **argv)
{
	return freeze(oci, argc, argv, false);
}
