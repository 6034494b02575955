/* doctor_rows.c - the database against itself and against the names of directories (doctor.h). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/garbage.h"
#include "core/image/doctor_private.h"
#include "core/index.h"
#include "util/buf.h"
#include "util/digest.h"

/* One transaction of one statement. */
static int change(const struct examination *exam, const char *sql, const char *a, const char *b)
{
	struct err err = {0};

	if (!exam->doctor->repair)
		return -1;
	return db_run(exam->db, &err, sql, b ? "tt" : "t", a, b);
}

/* ---- names ---- */

static int check_names(const struct examination *exam, struct err *err)
{
	static const struct {
		const char *lost, *drop;
	} tables[] = {
		{"SELECT name || ':' || tag FROM tags WHERE image NOT IN (SELECT id FROM images)",
			"DELETE FROM tags WHERE name || ':' || tag = ?"},
		{"SELECT name || '@' || digest FROM digests WHERE image NOT IN"
		 " (SELECT id FROM images)",
			"DELETE FROM digests WHERE name || '@' || digest = ?"},
	};

	for (size_t i = 0; i < array_len(tables); i++) {
		auto_strs lost = STRS_INIT;

		if (doctor_texts(exam, tables[i].lost, NULL, &lost, err) < 0)
			return err->code;
		for (size_t k = 0; k < lost.len; k++)
			doctor_tell(exam, "name", lost.v[k],
				"names an image that is not in the store",
				change(exam, tables[i].drop, lost.v[k], NULL),
				"davit doctor --repair takes it away; pull or load the image again");
	}
	return 0;
}

/* ---- images ---- */

static int write_layers(
	const struct examination *exam, const char *id, const struct strs *layers, struct err *err)
{
	if (db_run(exam->db, err, "DELETE FROM image_layers WHERE image = ?", "t", id) < 0)
		return err->code;
	for (size_t i = 0; i < layers->len; i++)
		if (db_run(exam->db, err,
			    "INSERT INTO image_layers (image, position, layer) VALUES (?, ?, ?)",
			    "tit", id, (int64_t)i, layers->v[i]) < 0)
			return err->code;
	return 0;
}

static int restore_layers(const struct examination *exam, const char *id, const struct strs *layers)
{
	struct err err = {0};
	int failed;

	if (!exam->doctor->repair)
		return -1;
	failed = db_begin(exam->db, &err);
	if (!failed)
		failed = db_end(exam->db, write_layers(exam, id, layers, &err), &err);
	return failed;
}

static void split(const char *lines, struct strs *out)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		strs_addf(out, "%.*s", (int)len, lines);
		lines += len + (lines[len] == '\n');
	}
}

/* What an image needs is written twice: for a launch, and for whoever collects. */
static int check_image(const struct examination *exam, const char *id, struct err *err)
{
	auto_strs text = STRS_INIT, wanted = STRS_INIT, found = STRS_INIT;
	bool same;

	if (doctor_texts(exam, "SELECT layers FROM images WHERE id = ?", id, &text, err) < 0 ||
		doctor_texts(exam,
			"SELECT layer FROM image_layers WHERE image = ? ORDER BY position", id,
			&found, err) < 0)
		return err->code;
	split(text.len ? text.v[0] : "", &wanted);
	same = wanted.len == found.len;
	for (size_t i = 0; same && i < found.len; i++)
		same = str_eq(wanted.v[i], found.v[i]);
	if (!same)
		doctor_tell(exam, "image", id, "its list of layers has lost rows",
			restore_layers(exam, id, &wanted),
			"davit doctor --repair writes them again");
	return 0;
}

static int check_images(const struct examination *exam, struct err *err)
{
	auto_strs ids = STRS_INIT;

	if (doctor_texts(exam, "SELECT id FROM images", NULL, &ids, err) < 0)
		return err->code;
	for (size_t i = 0; i < ids.len; i++)
		if (check_image(exam, ids.v[i], err) < 0)
			return err->code;
	exam->counts->images = ids.len;
	return 0;
}

/* ---- layers ---- */

static bool has_directory(const struct examination *exam, const char *layer)
{
	char path[48];
	struct stat st;

	image_layer_path(layer, path);
	return fstatat(store_fd(exam->store), path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static bool has_copies(const struct index *index)
{
	for (uint32_t i = 0; i < index_count(index); i++)
		if (index_at(index, i)->flags & INDEX_COPIED)
			return true;
	return false;
}

static void diff_id_of(const struct index *index, char digest[DIGEST_SIZE])
{
	const uint8_t *bytes = index_diff_id(index);
	size_t len = (size_t)snprintf(digest, DIGEST_SIZE, "sha256:");

	for (int i = 0; i < DIGEST_HEX / 2; i++)
		len += (size_t)snprintf(digest + len, DIGEST_SIZE - len, "%02x", bytes[i]);
}

/* A row from its layer's index. It counts as one of another boot, so that the content is verified
 * before anybody relies on it. */
static int adopt(const struct examination *exam, const char *layer)
{
	auto_of(index) struct index *index = NULL;
	char name[LAYER_ID_SIZE + sizeof("/index")], diff_id[DIGEST_SIZE];
	struct err err = {0};

	if (!exam->doctor->repair)
		return -1;
	snprintf(name, sizeof(name), "%.*s/index", LAYER_ID_LEN, layer);
	if (index_open(store_dir(exam->store, STORE_LAYERS), name, &index, &err) < 0)
		return err.code;
	diff_id_of(index, diff_id);
	return db_run(exam->db, &err,
		"INSERT INTO layers (id, diff_id, blob, size, compressed, entries, links, synced,"
		" boot, created) VALUES (?, ?, NULL, ?, 0, ?, ?, 0, '', 0)",
		"ttiii", layer, diff_id, (int64_t)index_size(index), (int64_t)index_count(index),
		(int64_t)has_copies(index));
}

static void tell_lost_layer(const struct examination *exam, const char *layer)
{
	auto_buf problem = BUF_INIT;

	buf_adds(&problem, "its row is lost; it belongs to ");
	doctor_images_of(exam, layer, &problem);
	if (has_directory(exam, layer))
		doctor_tell(exam, "layer", layer, buf_text(&problem), adopt(exam, layer),
			"davit doctor --repair makes it from the layer's index");
	else
		doctor_tell(exam, "layer", layer, buf_text(&problem), -1,
			"its files are lost too: remove the image and pull or load it again");
}

static int check_layers(const struct examination *exam, struct err *err)
{
	auto_strs lost = STRS_INIT;

	if (doctor_texts(exam,
		    "SELECT DISTINCT layer FROM image_layers WHERE layer NOT IN"
		    " (SELECT id FROM layers)",
		    NULL, &lost, err) < 0)
		return err->code;
	for (size_t i = 0; i < lost.len; i++)
		tell_lost_layer(exam, lost.v[i]);
	return 0;
}

int doctor_rows(const struct examination *exam, bool alone, struct err *err)
{
	(void)alone;
	if (check_names(exam, err) < 0 || check_images(exam, err) < 0)
		return err->code;
	return check_layers(exam, err);
}

/* ---- what no row names ---- */

static bool is_known(const struct examination *exam, const char *sql, const char *name)
{
	auto_stmt *row = NULL;
	struct err ignored;
	bool known = true; /* when it cannot be told, nothing is taken away */

	if (db_ask(exam->db, &row, &ignored, sql, "t", name) == 0)
		db_step(row, &known, &ignored);
	return known;
}

static int each_name(const struct examination *exam, enum store_dir which,
	void (*each)(const struct examination *exam, const char *name), struct err *err)
{
	int fd = openat(store_dir(exam->store, which), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return err_sys(err, "doctor");
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			each(exam, entry->d_name);
	closedir(dir);
	return 0;
}

static void check_directory(const struct examination *exam, const char *name)
{
	struct err err = {0};
	int repaired = -1;

	if (is_known(exam,
		    "SELECT 1 FROM layers WHERE id = ?1 UNION SELECT 1 FROM image_layers"
		    " WHERE layer = ?1",
		    name))
		return;
	if (exam->doctor->repair)
		repaired = store_discard(exam->store, STORE_LAYERS, name, &err);
	doctor_tell(exam, "layer", name, "no image has it", repaired,
		"davit doctor --repair removes it");
}

static void check_blob(const struct examination *exam, const char *name)
{
	char digest[DIGEST_SIZE + 8];
	int repaired = -1;

	snprintf(digest, sizeof(digest), "sha256:%.70s", name);
	if (is_known(exam,
		    "SELECT 1 FROM layers WHERE blob = ?1 UNION SELECT 1 FROM images WHERE id = ?1"
		    " OR manifest = ?1 UNION SELECT 1 FROM pressed WHERE blob = ?1",
		    digest))
		return;
	if (exam->doctor->repair)
		repaired = unlinkat(store_dir(exam->store, STORE_BLOBS), name, 0);
	doctor_tell(exam, "blob", digest, "no image has it", repaired,
		"davit doctor --repair removes it");
}

int doctor_leftovers(const struct examination *exam, struct err *err)
{
	if (each_name(exam, STORE_LAYERS, check_directory, err) < 0)
		return err->code;
	return each_name(exam, STORE_BLOBS, check_blob, err);
}
