/* replay.c - main() for a fuzz target without a fuzzer: each file of each directory given, once. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	uint8_t *data = NULL;
	struct stat st;
	int ok = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		goto out;
	/* Its own exact allocation, so that one byte too far is seen. */
	data = malloc(st.st_size ? (size_t)st.st_size : 1);
	if (!data || read(fd, data, (size_t)st.st_size) != st.st_size)
		goto out;
	LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	ok = 1;
out:
	if (!ok)
		perror(name);
	free(data);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* How many inputs, or -1. */
static int replay_dir(const char *path)
{
	DIR *dir = opendir(path);
	int count = 0;

	if (!dir) {
		perror(path);
		return -1;
	}
	for (struct dirent *e; count >= 0 && (e = readdir(dir)) != NULL;)
		if (e->d_name[0] != '.')
			count = replay_file(dirfd(dir), e->d_name) ? count + 1 : -1;
	closedir(dir);
	if (count >= 0)
		printf("  ok   %s (%d inputs)\n", path, count);
	return count;
}

int main(int argc, char **argv)
{
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++)
		if (replay_dir(argv[i]) <= 0)
			return 1; /* nothing to replay is a broken set-up too */
	return 0;
}
