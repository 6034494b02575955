/* doctor_layers.c - every layer's files against its index (doctor.h). */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "core/image/doctor_private.h"
#include "core/image/layer_private.h"
#include "core/image/verify.h"

static int examine(const struct examination *exam, const char *id, struct err *err)
{
	auto_of(layer) struct layer *layer = NULL;
	auto_close int diff_fd = -1;

	if (layer_open(exam->store, id, &layer, err) < 0)
		return err->code;
	exam->counts->bytes += layer_size(layer);
	diff_fd = layer_diff_fd(layer, err);
	if (diff_fd < 0)
		return err->code;
	return verify_layer(layer->index, diff_fd, store_driver(exam->store), err);
}

static bool is_row(const struct examination *exam, const char *id)
{
	auto_strs rows = STRS_INIT;
	struct err ignored;

	return doctor_texts(exam, "SELECT id FROM layers WHERE id = ?", id, &rows, &ignored) == 0 &&
	       rows.len;
}

/* A layer that a container runs on is not replaced under it. */
static bool is_running(const struct examination *exam, const char *layer)
{
	auto_strs images = STRS_INIT;
	struct err ignored;

	if (doctor_texts(exam, "SELECT image FROM image_layers WHERE layer = ?", layer, &images,
		    &ignored) < 0)
		return true;
	for (size_t i = 0; i < images.len; i++)
		if (exam->doctor->is_running(images.v[i], exam->doctor->arg))
			return true;
	return false;
}

/* As after a power cut: it is verified by the next who needs it, that is at once, and unpacked
 * again from its blob. */
static int repair(const struct examination *exam, const char *layer, struct err *err)
{
	auto_strs images = STRS_INIT;
	auto_of(image) struct image *image = NULL;

	if (is_running(exam, layer))
		return err_set(err, EBUSY, "a container runs on it: stop it, then repair again");
	if (doctor_texts(exam,
		    "SELECT image FROM image_layers JOIN images ON images.id = image"
		    " WHERE layer = ?",
		    layer, &images, err) < 0)
		return err->code;
	if (!images.len)
		return err_set(err, ENOENT, "no image has it any more that could bring it back");
	if (db_run(exam->db, err, "UPDATE layers SET synced = 0, boot = '' WHERE id = ?", "t",
		    layer) < 0 ||
		image_get(exam->store, images.v[0], &image, err) < 0)
		return err->code;
	return verify_image(exam->store, image, err);
}

static void tell(const struct examination *exam, const char *layer, const struct err *why)
{
	auto_buf problem = BUF_INIT;
	struct err err = {0};
	int repaired = -1;

	buf_addf(&problem, "%s; it belongs to ", why->text);
	doctor_images_of(exam, layer, &problem);
	if (exam->doctor->repair)
		repaired = repair(exam, layer, &err);
	doctor_tell(exam, "layer", layer, buf_text(&problem), repaired,
		err.code ? err.text
			 : "davit doctor --repair unpacks it again from its blob, if that is kept");
}

int doctor_layers(const struct examination *exam, struct err *err)
{
	auto_strs ids = STRS_INIT;

	if (doctor_texts(exam, "SELECT id FROM layers", NULL, &ids, err) < 0)
		return err->code;
	for (size_t i = 0; i < ids.len; i++) {
		struct err why = {0};

		exam->counts->layers++;
		if (examine(exam, ids.v[i], &why) < 0 && is_row(exam, ids.v[i]))
			tell(exam, ids.v[i], &why);
	}
	return 0;
}
