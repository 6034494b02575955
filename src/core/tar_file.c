/* tar_file.c - see tar_file.h. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/tar_file.h"
#include "util/own.h"

int tar_file_begin(struct tar_file *file, const char *path, struct err *err)
{
	int failed;

	*file = (struct tar_file){.path = path, .part = BUF_INIT};
	buf_addf(&file->part, "%s.part%d", path, (int)getpid());
	file->fd = buf_failed(&file->part)
			   ? -1
			   : open(file->part.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (file->fd >= 0)
		return 0;
	failed = err_sys(err, "%s", path);
	buf_fini(&file->part);
	return failed;
}

int tar_file_end(struct tar_file *file, int failed, struct err *err)
{
	close(file->fd);
	if (!failed && rename(file->part.data, file->path) < 0)
		failed = err_sys(err, "%s", file->path);
	if (failed)
		unlink(file->part.data);
	buf_fini(&file->part);
	return failed;
}
