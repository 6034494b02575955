/* copy_reader.c - the contents of large files are read while the files are being copied.
 *
 * It is known by then that the result is new, so nobody waits for its key before; what is read twice
 * comes out of memory the second time. */
#include <pthread.h>
#include <stdlib.h>

#include "build/copying.h"
#include "util/own.h"

struct copy_reader {
	struct copying *copying;
	pthread_t thread;
	atomic_bool enough;
	bool joined;
	struct err err;
};

static void *read_all(void *arg)
{
	struct copy_reader *reader = arg;
	const struct copying *copying = reader->copying;
	int failed = 0;

	for (size_t i = 0; i < copying->what->sources_len && !failed; i++) {
		struct taken *taken = &copying->taken[i];
		struct files_source source = taken->source;

		source.enough = &reader->enough;
		failed = files_read(&taken->files, &source, UINT64_MAX, &reader->err);
	}
	return NULL;
}

struct copy_reader *copy_reader_start(struct copying *copying)
{
	struct copy_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->copying = copying;
	if (pthread_create(&reader->thread, NULL, read_all, reader) == 0)
		return reader;
	free(reader);
	return NULL;
}

int copy_reader_finish(struct copy_reader *reader, struct err *err)
{
	if (!reader->joined)
		pthread_join(reader->thread, NULL);
	reader->joined = true;
	if (reader->err.code)
		*err = reader->err;
	return reader->err.code;
}

void copy_reader_free(struct copy_reader *reader)
{
	struct err ignored;

	if (!reader)
		return;
	atomic_store(&reader->enough, true);
	copy_reader_finish(reader, &ignored);
	free(reader);
}
