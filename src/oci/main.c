/* davit-runtime - the global words and the table of commands. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "oci/oci.h"
#include "oci/options.h"
#include "util/own.h"

enum { NO_SUCH_COMMAND = 3 }; /* runc's exit status */

static const struct command {
	const char *name;
	oci_command *run;
	bool enters; /* goes into containers: see self.c */
	const char *what;
} commands[] = {
	{"create", cmd_create, true, "make a container that waits for start"},
	{"delete", cmd_delete, false, "remove what is left of a container"},
	{"events", cmd_events, false, "tell what a container uses, and when memory was short"},
	{"exec", cmd_exec, true, "start one more process in a container"},
	{"features", cmd_features, false, "tell what this runtime can do"},
	{"kill", cmd_kill, false, "send a signal to a container"},
	{"list", cmd_list, false, "list containers"},
	{"pause", cmd_pause, false, "stop all processes of a container"},
	{"ps", cmd_ps, false, "list the processes of a container"},
	{"resume", cmd_resume, false, "let them go on"},
	{"run", cmd_run, true, "create, start, and wait for the end"},
	{"spec", cmd_spec, false, "write a config.json to begin with"},
	{"start", cmd_start, false, "execute the program of a created container"},
	{"state", cmd_state, false, "tell the state of a container"},
	{"update", cmd_update, false, "change the limits of a container"},
};

static void print_help(void)
{
	printf("Usage: davit-runtime [OPTIONS] COMMAND [ARGUMENTS]\n\n"
	       "An OCI runtime (specification " OCI_VERSION
	       "), for podman, docker, containerd and\n"
	       "CRI-O. davit --help is about the engine.\n\nCommands:\n");
	for (size_t i = 0; i < array_len(commands); i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].what);
	printf("\nOptions:\n"
	       "  --root DIR            where the state of containers is kept\n"
	       "  --log FILE            where errors are told, too\n"
	       "  --log-format FORMAT   text or json\n"
	       "  --systemd-cgroup      let systemd make the cgroups: linux.cgroupsPath is\n"
	       "                        slice:prefix:name\n"
	       "  --debug               say more\n"
	       "  --rootless VALUE      true, false or auto; found out by itself\n"
	       "  --version             what this is\n");
}

static void print_version(void)
{
	printf("davit-runtime version " DAVIT_VERSION "\nspec: " OCI_VERSION "\n");
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < array_len(commands); i++) {
		if (str_eq(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

static const char *default_root(bool is_rootless)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	static char path[4096];

	if (!is_rootless || !runtime || runtime[0] != '/')
		return "/run/davit-runtime";
	snprintf(path, sizeof(path), "%s/davit-runtime", runtime);
	return path;
}

/* In a user namespace even root is none of the host's. */
static bool is_rootless(const char *word)
{
	auto_close int fd = -1;
	char text[64] = "";
	unsigned inside, outside, count;

	if (!str_eq(word, "auto"))
		return str_eq(word, "true");
	if (geteuid() != 0)
		return true;
	fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return false;
	return sscanf(text, "%u %u %u", &inside, &outside, &count) != 3 || outside != 0 ||
	       count != UINT32_MAX;
}

static int read_globals(struct oci *oci, int *argc, char ***argv, struct err *err)
{
	const char *format = "text", *rootless = "auto";
	bool version = false;
	const struct option table[] = {
		{"root", 0, OPTION_TEXT, &oci->root, NULL},
		{"log", 0, OPTION_TEXT, &oci->log, NULL},
		{"log-format", 0, OPTION_TEXT, &format, NULL},
		{"log-level", 0, OPTION_NONE, NULL, NULL},
		{"systemd-cgroup", 0, OPTION_FLAG, &oci->systemd_cgroup, NULL},
		{"debug", 0, OPTION_FLAG, &oci->debug, NULL},
		{"rootless", 0, OPTION_TEXT, &rootless, NULL},
		{"cgroup-manager", 0, OPTION_NONE, NULL, NULL},
		{"criu", 0, OPTION_NONE, NULL, NULL},
		{"version", 'v', OPTION_FLAG, &version, NULL},
		{0},
	};
	int rc = 0;

	for (int i = 1; i < *argc && (*argv)[i][0] == '-'; i++) {
		if (str_eq((*argv)[i], "--help") || str_eq((*argv)[i], "-h")) {
			print_help();
			exit(0);
		}
	}
	rc = options_read(table, "[OPTIONS] COMMAND", 0, -1, argc, argv, err);
	if (rc == 0 && version) {
		print_version();
		exit(0);
	}
	oci->is_rootless = is_rootless(rootless);
	if (!str_eq(rootless, "auto") && !str_eq(rootless, "true") && !str_eq(rootless, "false"))
		return err_set(
			err, EINVAL, "--rootless: \"%.40s\" is not true, false or auto", rootless);
	oci->log_json = str_eq(format, "json");
	if (rc == 0 && !oci->log_json && !str_eq(format, "text"))
		return err_set(
			err, EINVAL, "--log-format: \"%.40s\" is neither text nor json", format);
	if (!oci->root)
		oci->root = default_root(oci->is_rootless);
	if (rc == 0 && oci->root[0] != '/')
		return err_set(err, EINVAL, "--root: must be an absolute path");
	return rc;
}

int main(int argc, char **argv)
{
	struct oci oci = {0};
	const struct command *command;
	char **whole = argv;
	struct err err = {0};

	if (read_globals(&oci, &argc, &argv, &err) < 0)
		return oci_fail(&oci, &err, 1);
	if (argc == 0 || str_eq(argv[0], "help")) {
		print_help();
		return 0;
	}
	command = find(argv[0]);
	if (!command && (str_eq(argv[0], "checkpoint") || str_eq(argv[0], "restore")))
		err_set(&err, ENOTSUP, "%s: checkpoints are not supported", argv[0]);
	else if (!command)
		err_set(&err, EINVAL, "unknown command \"%.60s\"; see davit-runtime --help",
			argv[0]);
	else if (command->enters && oci_seal_self(whole, &oci.home, &err) == 0)
		return command->run(&oci, argc, argv);
	if (err.code)
		return oci_fail(&oci, &err, command || err.code == -ENOTSUP ? 1 : NO_SUCH_COMMAND);
	oci.command = argv[0];
	return command->run(&oci, argc, argv);
}
