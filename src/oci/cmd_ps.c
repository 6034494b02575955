#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "oci/container.h"
#include "oci/groups.h"
#include "oci/options.h"

static bool has(const int *pids, size_t count, long pid)
{
	for (size_t i = 0; i < count; i++) {
		if (pids[i] == pid)
			return true;
	}
	return false;
}

static void print_json(const int *pids, size_t count)
{
	printf("[");
	for (size_t i = 0; i < count; i++)
		printf("%s%d", i ? "," : "", pids[i]);
	printf("]\n");
}

/* Where the column PID is in ps's heading; -1: it has none. */
static int pid_column(char *heading)
{
	char *rest = heading, *word;

	for (int at = 0; (word = strsep(&rest, " \n")) != NULL;) {
		if (!word[0])
			continue;
		if (str_eq(word, "PID"))
			return at;
		at++;
	}
	return -1;
}

static long pid_of(const char *line, int column)
{
	for (int at = 0; at < column; at++) {
		line += strspn(line, " ");
		line += strcspn(line, " ");
	}
	return strtol(line, NULL, 10);
}

static int filter(FILE *from, const int *pids, size_t count, struct err *err)
{
	auto_free char *line = NULL, *copy = NULL;
	size_t room = 0;
	int column;

	if (getline(&line, &room, from) < 0 || !(copy = strdup(line)))
		return err_set(err, EIO, "ps: says nothing");
	column = pid_column(copy);
	if (column < 0)
		return err_set(err, EINVAL, "ps: its options must show the column PID");
	fputs(line, stdout);
	while (getline(&line, &room, from) >= 0) {
		if (has(pids, count, pid_of(line, column)))
			fputs(line, stdout);
	}
	return 0;
}

static void become_ps(int argc, char **argv, int out)
{
	char *words[64] = {(char *)"ps", (char *)"-ef"};

	for (int i = 0; i < argc && i < 62; i++)
		words[i + 1] = argv[i];
	if (dup2(out, 1) >= 0)
		execvp("ps", words);
	_exit(127);
}

static int print_table(const int *pids, size_t count, int argc, char **argv, struct err *err)
{
	int ends[2], status = 0, rc;
	FILE *from;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, "ps");
	pid = fork();
	if (pid == 0)
		become_ps(argc, argv, ends[1]);
	close(ends[1]);
	from = fdopen(ends[0], "r");
	rc = pid < 0 || !from ? err_set(err, ENOMEM, "ps: cannot be started")
			      : filter(from, pids, count, err);
	if (from)
		fclose(from);
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (rc < 0 && WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(err, ENOENT, "ps: the program is not installed; try --format json");
	return rc;
}

int cmd_ps(struct oci *oci, int argc, char **argv)
{
	const char *format = "table";
	const struct option table[] = {
		{"format", 'f', OPTION_TEXT, &format, "table, or json: numbers alone"},
		{0},
	};
	auto_record record = {.dir = -1};
	auto_free int *pids = NULL;
	size_t count = 0;
	struct err err = {0};
	int rc = options_read(table, "ps [OPTIONS] ID [PS OPTIONS]", 1, -1, &argc, &argv, &err);

	if (rc == 0)
		rc = record_open(oci, argv[0], &record, &err);
	if (rc == 0)
		rc = groups_pids(record.cgroup, &pids, &count, &err);
	if (rc == 0 && str_eq(format, "json"))
		print_json(pids, count);
	else if (rc == 0 && str_eq(format, "table"))
		rc = print_table(pids, count, argc - 1, argv + 1, &err);
	else if (rc == 0)
		rc = err_set(&err, EINVAL, "--format: \"%.40s\" is neither table nor json", format);
	return rc < 0 ? oci_fail(oci, &err, 1) : 0;
}
