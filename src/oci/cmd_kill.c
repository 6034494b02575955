#include <signal.h>
#include <string.h>
#include <strings.h>

#include "oci/container.h"
#include "oci/groups.h"
#include "oci/options.h"
#include "oci/signals.h"
#include "runtime/launch/sys.h"

static int kill_all(const struct record *record, int signal, struct err *err)
{
	int rc = record->cgroup ? groups_signal(record->cgroup, signal, err) : 0;

	/* Who is frozen dies once it is let go. */
	if (rc == 0 && signal == SIGKILL && groups_is_frozen(record->cgroup))
		rc = groups_freeze(record->cgroup, false, err);
	return rc;
}

static int kill_init(const struct record *record, int signal, struct err *err)
{
	auto_close int pidfd = record_process(record);
	int rc = pidfd < 0 ? pidfd : sys_pidfd_signal(pidfd, signal);

	if (rc == -ESRCH)
		return err_set(err, rc, "container not running: %s", record->id);
	if (rc < 0)
		return err_set(err, rc, "signal container %s: %s", record->id, err_name(rc));
	if (signal == SIGKILL && groups_is_frozen(record->cgroup))
		return groups_freeze(record->cgroup, false, err);
	return 0;
}

int cmd_kill(struct oci *oci, int argc, char **argv)
{
	bool all = false;
	const char *name = "SIGTERM";
	const struct option table[] = {
		{"all", 'a', OPTION_FLAG, &all, "to every process in it"},
		{0},
	};
	auto_record record = {.dir = -1};
	struct err err = {0};
	int signal = 0,
	    rc = options_read(table, "kill [OPTIONS] ID [SIGNAL]", 1, 2, &argc, &argv, &err);

	if (rc == 0 && argc == 2)
		name = argv[1];
	if (rc == 0)
		rc = signals_number(name, &signal, &err);
	if (rc == 0)
		rc = record_open(oci, argv[0], &record, &err);
	if (rc == 0)
		rc = all ? kill_all(&record, signal, &err) : kill_init(&record, signal, &err);
	return rc < 0 ? oci_fail(oci, &err, 1) : 0;
}
