/* doctor.c - the façade's doctor: containers, then images (core/image/doctor.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/image_ops.h"
#include "core/images_own.h"
#include "core/module.h"
#include "core/rootless_doctor.h"
#include "core/store_db.h"

struct visit {
	struct engine *engine;
	cJSON *findings;
};

static void on_finding(const struct doctor_finding *finding, void *arg)
{
	struct visit *visit = arg;
	cJSON *object = cJSON_CreateObject();

	cJSON_AddStringToObject(object, "Kind", finding->kind);
	cJSON_AddStringToObject(object, "Name", finding->name);
	cJSON_AddStringToObject(object, "Problem", finding->problem);
	cJSON_AddBoolToObject(object, "Repaired", finding->repaired);
	cJSON_AddStringToObject(object, "Remedy", finding->remedy);
	cJSON_AddItemToArray(visit->findings, object);
}

static bool is_running(const char *id, void *arg)
{
	struct visit *visit = arg;
	struct images_users users;

	images_find_users(visit->engine, id, &users);
	return users.running[0];
}

/* ---- containers ---- */

static bool is_there(struct store *store, enum store_dir which, const char *name)
{
	struct stat st;

	return fstatat(store_dir(store, which), name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void tell_container(
	struct visit *visit, const char *id, const char *problem, const char *remedy)
{
	const struct doctor_finding finding = {
		.kind = "container", .name = id, .problem = problem, .remedy = remedy};

	on_finding(&finding, visit);
}

/* The layers of an image outlive it for as long as a container stands on them. */
static int check_layers(struct visit *visit, const struct row *row, struct err *err)
{
	auto_stmt *stmt = NULL;
	char image[DIGEST_SIZE], problem[200];
	struct db *db;
	bool more;
	size_t n = 0;

	snprintf(image, sizeof(image), "sha256:%.64s", row->image_id);
	if (store_db(visit->engine->store, &db, err) < 0 ||
		db_ask(db, &stmt, err, "SELECT layer FROM image_layers WHERE image = ?", "t",
			image) < 0)
		return err->code;
	for (; db_step(stmt, &more, err) == 0 && more; n++) {
		if (is_there(visit->engine->store, STORE_LAYERS, db_text(stmt, 0)))
			continue;
		snprintf(problem, sizeof(problem), "layer %s of its image is lost",
			db_text(stmt, 0));
		tell_container(visit, row->id, problem, "pull or load the image again");
	}
	if (n)
		return 0;
	snprintf(problem, sizeof(problem), "its image %.12s is lost, with its layers",
		row->image_id);
	tell_container(visit, row->id, problem, "davit rm -f takes the container away");
	return 0;
}

static int check_container(struct visit *visit, const struct row *row, struct err *err)
{
	if (!is_there(visit->engine->store, STORE_CONTAINERS, row->id)) {
		tell_container(visit, row->id, "its directory is lost",
			"davit rm -f takes the container away");
		return 0;
	}
	/* One made from a directory has no image. */
	return row->image_id[0] ? check_layers(visit, row, err) : 0;
}

static int check_containers(struct visit *visit, size_t *count, struct err *err)
{
	struct roster *roster = visit->engine->roster;
	unsigned last = roster_last(roster);

	*count = 0;
	for (unsigned i = 1; i <= last; i++) {
		struct row row;

		if (roster_read(roster, i, &row) < 0 || row.use != ROW_USED)
			continue;
		++*count;
		if (check_container(visit, &row, err) < 0)
			return err->code;
	}
	return 0;
}

/* ---- all of it ---- */

/* What removals had to leave goes now, so that it is no finding. */
static int collect(struct engine *engine, struct err *err)
{
	auto_buf lines = BUF_INIT;
	struct images_change change = {
		.engine = engine, .lines = &lines, .untagged = "", .deleted = ""};
	int failed = images_change_begin(&change, err);

	if (!failed)
		failed = images_change_end(&change, 0, err);
	image_freed_fini(&change.freed);
	return failed;
}

static int examine(struct visit *visit, bool repair, cJSON *out, struct err *err)
{
	struct engine *engine = visit->engine;
	const struct doctor doctor = {
		.repair = repair, .found = on_finding, .is_running = is_running, .arg = visit};
	const struct image_ops *ops;
	struct doctor_counts counts;
	size_t containers = 0;

	if (module_image(&ops, err) < 0 || (repair && collect(engine, err) < 0) ||
		ops->doctor(engine->store, &doctor, &counts, err) < 0 ||
		check_containers(visit, &containers, err) < 0)
		return err->code;
	rootless_examine(on_finding, visit);
	cJSON_AddNumberToObject(out, "Images", (double)counts.images);
	cJSON_AddNumberToObject(out, "Layers", (double)counts.layers);
	cJSON_AddNumberToObject(out, "Blobs", (double)counts.blobs);
	cJSON_AddNumberToObject(out, "Containers", (double)containers);
	cJSON_AddNumberToObject(out, "BytesRead", (double)counts.bytes);
	cJSON_AddBoolToObject(out, "Alone", counts.alone);
	return 0;
}

int engine_doctor_here(struct engine *engine, bool repair, struct cJSON **out, struct err *err)
{
	cJSON *report = cJSON_CreateObject();
	struct visit visit = {
		.engine = engine, .findings = cJSON_AddArrayToObject(report, "Findings")};

	if (!visit.findings || examine(&visit, repair, report, err) < 0) {
		cJSON_Delete(report);
		return visit.findings ? err->code : err_set(err, ENOMEM, "doctor: out of memory");
	}
	*out = report;
	return 0;
}
