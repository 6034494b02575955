#include "core/image/doctor.h"

#include <errno.h>
#include <unistd.h>

#include "core/image/doctor_private.h"

void doctor_tell(const struct examination *exam, const char *kind, const char *name,
	const char *problem, int repaired, const char *remedy)
{
	const struct doctor_finding finding = {.kind = kind,
		.name = name,
		.problem = problem,
		.remedy = repaired == 0 ? "" : remedy,
		.repaired = repaired == 0};

	exam->doctor->found(&finding, exam->doctor->arg);
}

int doctor_texts(const struct examination *exam, const char *sql, const char *a, struct strs *out,
	struct err *err)
{
	auto_stmt *row = NULL;
	bool more;

	if (db_ask(exam->db, &row, err, sql, a ? "t" : "", a) < 0)
		return err->code;
	while (db_step(row, &more, err) == 0) {
		if (!more)
			return strs_failed(out) ? err_set(err, ENOMEM, "doctor: out of memory") : 0;
		strs_add(out, db_text(row, 0));
	}
	return err->code;
}

void doctor_images_of(const struct examination *exam, const char *layer, struct buf *out)
{
	auto_strs images = STRS_INIT;
	struct err ignored;

	doctor_texts(exam,
		"SELECT coalesce((SELECT min(name || ':' || tag) FROM tags WHERE image = i.image),"
		" substr(i.image, 8, 12)) FROM image_layers AS i WHERE layer = ? GROUP BY i.image",
		layer, &images, &ignored);
	for (size_t i = 0; i < images.len; i++)
		buf_addf(out, "%s%s", i ? ", " : "", images.v[i]);
	if (!images.len)
		buf_adds(out, "no image");
}

static int check_database(const struct examination *exam, struct err *err)
{
	auto_strs answers = STRS_INIT;

	if (doctor_texts(exam, "PRAGMA integrity_check(5)", NULL, &answers, err) < 0)
		return err->code;
	for (size_t i = 0; i < answers.len; i++)
		if (!str_eq(answers.v[i], "ok"))
			doctor_tell(exam, "database", "images.db", answers.v[i], -1,
				"save what can be saved (davit save) and begin a new store");
	return 0;
}

static int check_rows(const struct examination *exam, struct err *err)
{
	auto_close int lock = store_lock(exam->store, true, err), alone = -1;

	if (lock < 0)
		return err->code;
	alone = store_alone(exam->store, err);
	if (alone < 0 && alone != -EAGAIN)
		return err->code;
	exam->counts->alone = alone >= 0;
	if (doctor_rows(exam, alone >= 0, err) < 0)
		return err->code;
	/* Who makes an image has blobs and layers that no row names yet. */
	return alone >= 0 ? doctor_leftovers(exam, err) : 0;
}

int image_doctor(struct store *store, const struct doctor *doctor, struct doctor_counts *counts,
	struct err *err)
{
	struct examination exam = {.store = store, .doctor = doctor, .counts = counts};

	*counts = (struct doctor_counts){0};
	store_sweep(store);
	if (store_db(store, &exam.db, err) < 0 || check_database(&exam, err) < 0 ||
		check_rows(&exam, err) < 0 || doctor_blobs(&exam, err) < 0)
		return err->code;
	return doctor_layers(&exam, err);
}
