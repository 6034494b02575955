#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/launch/passwd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct passwd_file file = {0};
	struct passwd_line line;
	size_t seen = 0;

	if (fd < 0)
		fd = memfd_create("passwd", 0);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		return 0;
	file.fd = fd;
	lseek(fd, 0, SEEK_SET);
	while (passwd_next_user(&file, &line))
		if (line.uid > 2147483647 || line.gid > 2147483647 ||
			strlen(line.name) + strlen(line.home) > PASSWD_LINE || seen++ > size)
			abort();
	file = (struct passwd_file){.fd = fd};
	lseek(fd, 0, SEEK_SET);
	while (passwd_next_group(&file, &line))
		passwd_is_member(line.members, "bob");
	return 0;
}
