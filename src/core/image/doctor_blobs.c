/* doctor_blobs.c - every blob that a row names, against its digest (doctor.h). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/image/blob.h"
#include "core/image/doctor_private.h"
#include "core/image/sha.h"

enum { PIECE = 1 << 20 };

enum blob_state { BLOB_WHOLE, BLOB_MISSING, BLOB_DAMAGED };

static enum blob_state read_blob(const struct examination *exam, const char *digest)
{
	auto_of(sha) struct sha *sha = sha_new();
	auto_free unsigned char *data = malloc(PIECE);
	char found[DIGEST_SIZE];
	struct err ignored;
	auto_close int fd = blob_open(exam->store, digest, NULL, &ignored);
	ssize_t got = -1;

	if (fd < 0)
		return BLOB_MISSING;
	while (sha && data && (got = read(fd, data, PIECE)) > 0) {
		sha_add(sha, data, (size_t)got);
		exam->counts->bytes += (uint64_t)got;
	}
	if (got < 0)
		return BLOB_DAMAGED;
	sha_done(sha, found);
	return str_eq(found, digest) ? BLOB_WHOLE : BLOB_DAMAGED;
}

/* ---- each kind has its own way back ---- */

/* The database has every config once more. */
static int rewrite_config(const struct examination *exam, const char *digest, struct err *err)
{
	auto_stmt *row = NULL;
	char found[DIGEST_SIZE];
	bool there;

	if (db_ask(exam->db, &row, err, "SELECT config FROM images WHERE id = ?", "t", digest) <
			0 ||
		db_step(row, &there, err) < 0)
		return err->code;
	if (!there)
		return err_set(err, ENOENT, "no such image");
	sha_of(db_blob(row, 0), db_blob_size(row, 0), found);
	if (!str_eq(found, digest))
		return err_set(err, EBADMSG, "the row's config is damaged too");
	return blob_write(exam->store, db_blob(row, 0), db_blob_size(row, 0), found, err);
}

/* Without its blob a layer is still whole: a push compresses it anew, under another digest. */
static int forget_blob(const struct examination *exam, const char *digest, struct err *err)
{
	static const char *const changes[] = {
		"DELETE FROM pressed WHERE blob = ?",
		"UPDATE layers SET blob = NULL, compressed = 0 WHERE blob = ?",
		"UPDATE images SET content_size = (SELECT coalesce(sum(compressed), 0) FROM"
		" image_layers JOIN layers ON layers.id = layer WHERE image = images.id AND"
		" blob IS NOT NULL) WHERE ? <> ''",
		"UPDATE images SET manifest = '' WHERE manifest = ?",
	};

	for (size_t i = 0; i < array_len(changes); i++)
		if (db_run(exam->db, err, changes[i], "t", digest) < 0)
			return err->code;
	return 0;
}

static bool is_config(const struct examination *exam, const char *digest)
{
	auto_stmt *row = NULL;
	struct err ignored;
	bool found = false;

	if (db_ask(exam->db, &row, &ignored, "SELECT 1 FROM images WHERE id = ?", "t", digest) == 0)
		db_step(row, &found, &ignored);
	return found;
}

static int repair(const struct examination *exam, const char *digest, struct err *err)
{
	auto_close int lock = store_lock(exam->store, true, err);
	int failed;

	if (lock < 0)
		return err->code;
	unlinkat(store_dir(exam->store, STORE_BLOBS), digest_hex(digest), 0);
	if (is_config(exam, digest))
		return rewrite_config(exam, digest, err);
	failed = db_begin_removal(exam->db, err);
	return failed ? failed : db_end(exam->db, forget_blob(exam, digest, err), err);
}

static const char all_named[] =
	"SELECT id FROM images UNION SELECT manifest FROM images WHERE manifest <> '' UNION"
	" SELECT blob FROM layers WHERE blob IS NOT NULL UNION SELECT blob FROM pressed";

/* Somebody may have removed the image since the list was made. */
static bool is_still_named(const struct examination *exam, const char *digest)
{
	auto_strs named = STRS_INIT;
	struct err ignored;

	if (doctor_texts(exam, all_named, NULL, &named, &ignored) < 0)
		return false;
	for (size_t i = 0; i < named.len; i++)
		if (str_eq(named.v[i], digest))
			return true;
	return false;
}

static const char *remedy_for(const struct examination *exam, const char *digest)
{
	if (is_config(exam, digest))
		return "davit doctor --repair writes it again from the database";
	return "davit doctor --repair forgets it, and the files unpacked from it stay; pulling "
	       "the image again brings it back";
}

int doctor_blobs(const struct examination *exam, struct err *err)
{
	auto_strs named = STRS_INIT;

	if (doctor_texts(exam, all_named, NULL, &named, err) < 0)
		return err->code;
	for (size_t i = 0; i < named.len; i++) {
		enum blob_state state = read_blob(exam, named.v[i]);
		struct err why = {0};

		exam->counts->blobs++;
		if (state == BLOB_WHOLE || !is_still_named(exam, named.v[i]))
			continue;
		doctor_tell(exam, "blob", named.v[i],
			state == BLOB_MISSING ? "its file is missing"
					      : "its content is not what its digest says",
			exam->doctor->repair ? repair(exam, named.v[i], &why) : -1,
			why.code ? why.text : remedy_for(exam, named.v[i]));
	}
	return 0;
}
