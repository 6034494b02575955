#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "core/figure_parts.h"
#include "../support/layers_rig.h"
#include "util/json.h"

static char *drawn(const struct figure *figure, unsigned width, bool ascii)
{
	struct figure_drawing drawing;
	struct buf out = BUF_INIT;
	struct err err;

	assert_int_equal(figure_draw(figure, width, ascii, &drawing, &err), 0);
	for (unsigned y = 0; y < drawing.h; y++) {
		for (unsigned x = 0; x < drawing.w; x++)
			figure_put(&drawing.cells[y * drawing.w + x], &out);
		buf_addc(&out, '\n');
	}
	free(drawing.cells);
	return buf_take(&out);
}

static void assert_drawn(const struct figure *figure, unsigned width, const char *wanted)
{
	auto_free char *text = drawn(figure, width, true);

	assert_string_equal(text, wanted);
}

static const struct figure_box *titled(const struct figure *figure, const char *title)
{
	size_t count;
	const struct figure_box *boxes = figure_boxes(figure, &count);

	for (size_t i = 0; i < count; i++)
		if (strncmp(boxes[i].title, title, strlen(title)) == 0)
			return &boxes[i];
	fail_msg("there is no box called '%s'", title);
	return NULL;
}

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' does not say '%s'", text, part);
}

/* ---- drawing ---- */

static void a_box_is_a_frame_with_its_title_its_value_and_its_text(void **state)
{
	auto_of(figure) struct figure *figure = figure_new(FIGURE_IMAGE);

	(void)state;
	figure_box(figure, -1, "config");
	figure_value(figure, "2kB");
	figure_text(figure, "how it is to be run");
	assert_drawn(figure, 24,
		"+ config --------- 2kB +\n"
		"| how it is to be run  |\n"
		"+----------------------+\n");
}

static void text_is_wrapped_at_blanks_and_cut_where_there_are_none(void **state)
{
	auto_of(figure) struct figure *figure = figure_new(FIGURE_IMAGE);

	(void)state;
	figure_box(figure, -1, "a title that is much too long for it");
	figure_text(figure, "one two three four five\nsix 0123456789012345678901234");
	assert_drawn(figure, 24,
		"+ a title that is mu~ -+\n"
		"| one two three four   |\n"
		"| five                 |\n"
		"| six                  |\n"
		"| 01234567890123456789 |\n"
		"| 01234                |\n"
		"+----------------------+\n");
}

static struct figure *two_beside(void)
{
	struct figure *figure = figure_new(FIGURE_ENGINE);
	int box = figure_box(figure, -1, "web");

	figure_flow(figure, FIGURE_ACROSS);
	figure_box(figure, box, "shim");
	figure_box(figure, box, "httpd");
	figure_link(figure, "starts");
	return figure;
}

static void boxes_stand_side_by_side_while_there_is_room(void **state)
{
	auto_of(figure) struct figure *figure = two_beside();

	(void)state;
	assert_drawn(figure, 62,
		"+ web -------------------------------------------------------+\n"
		"| + shim -------------------+    + httpd ------------------+ |\n"
		"| +-------------------------+ -> +-------------------------+ |\n"
		"+------------------------------------------------------------+\n");
}

static void and_one_below_the_other_where_there_is_none(void **state)
{
	auto_of(figure) struct figure *figure = two_beside();

	(void)state;
	assert_drawn(figure, 24,
		"+ web -----------------+\n"
		"| + shim ------------+ |\n"
		"| +------------------+ |\n"
		"|   v starts           |\n"
		"| + httpd -----------+ |\n"
		"| +------------------+ |\n"
		"+----------------------+\n");
}

static void a_stack_shares_one_frame(void **state)
{
	auto_of(figure) struct figure *figure = figure_new(FIGURE_LAYERS);
	int box = figure_box(figure, -1, "stack");

	(void)state;
	figure_flow(figure, FIGURE_SLABS);
	figure_box(figure, box, "2");
	figure_value(figure, "1MB");
	figure_box(figure, box, "1");
	figure_text(figure, "shared");
	assert_drawn(figure, 24,
		"+ stack ---------------+\n"
		"| 2                1MB |\n"
		"+----------------------+\n"
		"| 1                    |\n"
		"|   shared             |\n"
		"+----------------------+\n");
}

static void every_cell_of_a_box_knows_whose_it_is(void **state)
{
	auto_of(figure) struct figure *figure = two_beside();
	struct figure_drawing drawing;
	unsigned first, last;
	struct err err;

	(void)state;
	assert_int_equal(figure_draw(figure, 24, false, &drawing, &err), 0);
	assert_true(figure_rows_of(&drawing, 2, &first, &last));
	assert_int_equal(first, 4);
	assert_int_equal(last, 5);
	assert_false(figure_rows_of(&drawing, 3, &first, &last));
	free(drawing.cells);
}

static void what_a_stranger_named_cannot_reach_the_terminal(void **state)
{
	auto_of(figure) struct figure *figure = figure_new(FIGURE_MERGED);

	(void)state;
	figure_box(figure, -1, "%s", "a\033[31mb\xff\xc3\xa9 \xe6\xbc\xa2");
	assert_string_equal(titled(figure, "a")->title, "a?[31mb?\xc3\xa9 ???");
}

static void more_boxes_than_can_be_drawn_are_told_and_not_lost(void **state)
{
	auto_of(figure) struct figure *figure = figure_new(FIGURE_MERGED);

	(void)state;
	for (int i = 0; i < FIGURE_BOXES_MAX + 50; i++) {
		figure_box(figure, -1, "%d", i);
		figure_value(figure, "x");
	}
	assert_true(figure_failed(figure));
}

static void a_figure_goes_through_json_and_stays_the_same(void **state)
{
	auto_of(figure) struct figure *figure = two_beside(), *again = NULL;
	cJSON *json;
	char *text;
	struct err err;

	(void)state;
	figure_title(figure, "Parts");
	figure_command(figure, "ps -p %d", 7);
	figure_tone(figure, FIGURE_CHOSEN);
	json = figure_to_json(figure);
	text = cJSON_PrintUnformatted(json);
	assert_int_equal(figure_from_json(text, strlen(text), &again, &err), 0);
	assert_true(figure_same(figure, again));
	free(text);
	cJSON_Delete(json);
	assert_int_equal(figure_from_json("{}", 2, &again, &err), -EINVAL);
}

static void a_box_cannot_stand_in_one_that_comes_later(void **state)
{
	static const char text[] =
		"{\"Figure\":\"image\",\"Boxes\":[{\"Parent\":1,\"Title\":\"a\"},"
		"{\"Parent\":0,\"Title\":\"b\"}]}";
	auto_of(figure) struct figure *figure = NULL;
	struct err err;

	(void)state;
	assert_int_equal(figure_from_json(text, sizeof(text) - 1, &figure, &err), 0);
	assert_int_equal(titled(figure, "a")->parent, -1);
	assert_int_equal(titled(figure, "b")->parent, 0);
}

static void sizes_are_written_as_docker_does(void **state)
{
	char text[FIGURE_SIZE_TEXT];

	(void)state;
	assert_string_equal(figure_size(text, 0), "0B");
	assert_string_equal(figure_size(text, 999), "999B");
	assert_string_equal(figure_size(text, 4123456), "4.12MB");
	assert_string_equal(figure_size(text, UINT64_MAX), "18.4EB");
}

/* ---- the seven ---- */

static void the_parts_of_the_engine_are_processes_with_what_dies_with_them(void **state)
{
	auto_of(figure) struct figure *figure = figure_new(FIGURE_ENGINE);
	const struct figure_pair pair = {
		.name = "web", .command = "httpd", .shim = {812, 60000}, .init = {815, 1200000}};

	(void)state;
	figure_of_engine(figure, &(struct figure_engine_facts){.root = "/store",
					 .run_root = "/run",
					 .driver = "overlay",
					 .davit = {4, 3000000},
					 .pairs = &pair,
					 .count = 1,
					 .running = 2,
					 .containers = 3,
					 .images = 5});
	assert_says(titled(figure, "davit-shim")->text, "process 812");
	assert_says(titled(figure, "davit-shim")->text, "the container lives on");
	assert_string_equal(titled(figure, "httpd")->value, "1.2MB");
	assert_says(titled(figure, "httpd")->command, "/proc/815/status");
	assert_says(titled(figure, "store")->text, "5 images, 3 containers");
	assert_int_equal(titled(figure, "davit serve")->tone, FIGURE_FAINT);
	titled(figure, "and 1 more that run");
}

static void an_image_is_a_manifest_a_config_and_layers(void **state)
{
	static const char text[] =
		"{\"Id\":\"sha256:c0\",\"RepoTags\":[\"a:1\",\"b:1\"],\"Os\":\"linux\","
		"\"Architecture\":\"arm64\",\"Size\":5000,\"Config\":{\"Cmd\":[\"sh\"]},"
		"\"Descriptor\":{\"size\":700,\"mediaType\":\"m\"},\"Content\":{\"Manifest\":"
		"\"sha256:aa\",\"Layers\":[{\"DiffID\":\"sha256:d1\",\"Digest\":\"sha256:b1\","
		"\"Kept\":true,\"Size\":4000,\"ContentSize\":900},{\"DiffID\":\"sha256:d2\","
		"\"Digest\":\"\",\"Kept\":false,\"Size\":1000}]}}";
	auto_of(figure) struct figure *figure = figure_new(FIGURE_IMAGE);
	auto_json *inspect = cJSON_Parse(text);

	(void)state;
	figure_of_image(figure, "a:1", inspect, "/store");
	assert_string_equal(titled(figure, "names")->value, "2");
	assert_says(titled(figure, "manifest")->text, "sha256:aa");
	assert_string_equal(
		titled(figure, "manifest")->command, "sha256sum /store/blobs/sha256/aa");
	assert_string_equal(titled(figure, "config")->value, "linux/arm64");
	assert_says(titled(figure, "layer 1")->text, "blob sha256:b1  900B");
	assert_string_equal(titled(figure, "layer 2")->command, "");
}

static void a_layer_says_who_else_stands_on_it(void **state)
{
	auto_of(figure) struct figure *figure = figure_new(FIGURE_LAYERS);
	const struct layers_layer layers[] = {
		{.path = "layers/x/diff", .created_by = "/bin/sh -c #(nop) ADD a", .size = 3000},
		{.path = "layers/y/diff", .created_by = "RUN /bin/sh -c b # buildkit", .size = 7}};
	const struct figure_stack stack = {
		.name = "api", .root = "/store", .layers = layers, .count = 2};
	struct strs sharers[2] = {STRS_INIT, STRS_INIT};
	const struct figure_pair writer = {.id = "77", .name = "web"};

	(void)state;
	strs_add(&sharers[0], "other:1");
	figure_of_layers(figure, &stack, sharers, &(struct figure_writers){&writer, 1, 1000});
	assert_string_equal(titled(figure, "1  ADD a")->text, "also of other:1");
	assert_string_equal(titled(figure, "2  RUN b")->text, "");
	assert_string_equal(titled(figure, "1  ADD a")->proof, "/store/layers/x/diff");
	assert_string_equal(titled(figure, "web")->proof, "/store/containers/77/upper");
	assert_string_equal(titled(figure, "1000 containers of it")->value, "1 of them drawn");
	assert_says(figure_caption_of(figure), "3.01kB in all, of which 3kB");
	strs_fini(&sharers[0]);
}

struct stacked {
	struct layers_rig rig;
	struct strata *strata;
	struct layers_layer layers[3];
	struct figure_stack stack;
};

/* Two layers of an image, and what a container wrote. */
static void stack_up(struct stacked *s)
{
	struct err err;

	layers_rig_init(&s->rig);
	layers_rig_layer(&s->rig, "etc/", "etc/a=1", "etc/b=1", "etc/c=1");
	layers_rig_layer(&s->rig, "etc/", "etc/b=22");
	layers_rig_layer(&s->rig, "etc/", "etc/b=333", "!etc/c", "etc/d=4");
	assert_int_equal(
		strata_new((const struct index *const *)s->rig.indexes, 3, &s->strata, &err), 0);
	for (int i = 0; i < 3; i++)
		s->layers[i] = (struct layers_layer){
			.path = "p", .created_by = i == 1 ? "RUN two" : "RUN one", .live = i == 2};
	s->stack = (struct figure_stack){.name = "web",
		.root = "/store",
		.layers = s->layers,
		.count = 3,
		.strata = s->strata};
}

static void tear_down(struct stacked *s)
{
	strata_free(s->strata);
	layers_rig_fini(&s->rig);
}

static void a_path_is_followed_through_all_layers(void **state)
{
	auto_of(figure) struct figure *figure = figure_new(FIGURE_FILES);
	struct stacked s = {0};
	uint32_t spot;
	struct err err;

	(void)state;
	stack_up(&s);
	assert_int_equal(figure_liveliest(s.strata, &spot, &err), 0);
	assert_int_equal(figure_of_files(figure, &s.stack, spot, &err), 0);
	assert_string_equal(titled(figure, "/etc/b")->value, "seen");
	assert_says(titled(figure, "what web wrote")->text, "this is what is seen");
	assert_int_equal(titled(figure, "what web wrote")->tone, FIGURE_CHOSEN);
	assert_says(titled(figure, "2  RUN two")->text, "changes it: hidden by a layer above");
	tear_down(&s);
}

static void what_was_deleted_is_not_seen_and_still_there(void **state)
{
	auto_of(figure) struct figure *figure = figure_new(FIGURE_FILES);
	struct stacked s = {0};
	uint32_t spot;
	struct err err;

	(void)state;
	stack_up(&s);
	assert_int_equal(strata_find(s.strata, "etc/c", &spot, &err), 0);
	assert_int_equal(figure_of_files(figure, &s.stack, spot, &err), 0);
	assert_string_equal(titled(figure, "/etc/c")->value, "not seen");
	assert_says(titled(figure, "what web wrote")->text, "a whiteout");
	titled(figure, "1 layer that says nothing of it");
	tear_down(&s);
}

static void add_listed(struct stacked *s, const char *path, enum strata_change change,
	uint32_t layer, struct layers_row *row)
{
	struct strata_state at;
	const char *name;
	size_t len, versions;
	struct err err;

	assert_int_equal(strata_find(s->strata, path, &row->spot, &err), 0);
	name = strata_name(s->strata, row->spot, &len);
	at = strata_state(s->strata, row->spot, change == STRATA_REMOVED ? 2 : 3);
	strata_versions(s->strata, row->spot, &versions);
	row->name = name;
	row->name_len = len;
	row->change = change;
	row->layer = layer;
	row->versions = (unsigned)versions;
	row->entry = strata_entry(s->strata, at.shown);
}

static void a_path_of_a_stranger_s_is_one_word_in_every_command(void **state)
{
	auto_of(figure) struct figure *figure = figure_new(FIGURE_FILES);
	struct stacked s = {0};
	uint32_t spot;
	struct err err;

	(void)state;
	layers_rig_init(&s.rig);
	layers_rig_layer(&s.rig, "$(reboot);'x=1");
	assert_int_equal(
		strata_new((const struct index *const *)s.rig.indexes, 1, &s.strata, &err), 0);
	s.layers[0] = (struct layers_layer){.path = "p", .created_by = "x"};
	s.stack = (struct figure_stack){.name = "web",
		.root = "/store",
		.layers = s.layers,
		.count = 1,
		.strata = s.strata};
	assert_int_equal(strata_find(s.strata, "$(reboot);'x", &spot, &err), 0);
	assert_int_equal(figure_of_files(figure, &s.stack, spot, &err), 0);
	assert_string_equal(titled(figure, "1  x")->command, "ls -lad '/store/p/$(reboot);'\\''x'");
	tear_down(&s);
}

static void a_step_does_not_tell_its_secrets(void **state)
{
	char text[FIGURE_STEP_TEXT];

	(void)state;
	assert_string_equal(
		figure_step("/bin/sh -c #(nop) ENV API_TOKEN=abc", text), "ENV API_TOKEN=…");
}

static void merged_names_say_which_layer_each_is_read_from(void **state)
{
	auto_of(figure) struct figure *figure = figure_new(FIGURE_MERGED);
	struct stacked s = {0};
	struct layers_row rows[4] = {0};
	struct figure_directory directory = {.rows = rows, .count = 4};
	struct err err;

	(void)state;
	stack_up(&s);
	directory.spot = figure_busiest(s.strata, 2, &err);
	add_listed(&s, "etc/a", STRATA_SAME, 0, &rows[0]);
	add_listed(&s, "etc/b", STRATA_CHANGED, 2, &rows[1]);
	add_listed(&s, "etc/c", STRATA_REMOVED, 0, &rows[2]);
	add_listed(&s, "etc/d", STRATA_ADDED, 2, &rows[3]);
	strs_add(&directory.mounted, "hosts");
	assert_int_equal(figure_of_merged(figure, &s.stack, &directory, &err), 0);
	assert_says(figure_title_of(figure), "/etc as web sees it");
	assert_string_equal(titled(figure, "name")->value, " seen  own    2    1");
	assert_string_equal(titled(figure, "a")->value, "    ●    ·    ·    ■");
	assert_string_equal(titled(figure, "b")->value, "    ●    ■    □    □");
	assert_string_equal(titled(figure, "c")->value, "    ·    x    ·    □");
	assert_string_equal(titled(figure, "d")->value, "    ●    ■    ·    ·");
	assert_string_equal(titled(figure, "hosts")->text, "mounted there");
	strs_fini(&directory.mounted);
	tear_down(&s);
}

static void of_an_index_one_is_taken_and_it_is_said_why(void **state)
{
	static const char text[] =
		"{\"manifests\":[{\"digest\":\"sha256:a1\",\"size\":500,\"platform\":{\"os\":"
		"\"linux\",\"architecture\":\"amd64\"}},{\"digest\":\"sha256:a2\",\"platform\":{"
		"\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\"}},{\"digest\":"
		"\"sha256:a3\",\"annotations\":{\"vnd.docker.reference.type\":\"attestation-"
		"manifest\"}}]}";
	auto_of(figure) struct figure *figure = figure_new(FIGURE_INDEX);
	auto_json *index = cJSON_Parse(text);

	(void)state;
	figure_of_index(figure, &(struct figure_index_facts){.name = "web",
					.root = "/store",
					.machine = "linux/amd64",
					.platform = "linux/amd64",
					.digest = "sha256:99",
					.manifest = "sha256:a1",
					.index = index});
	assert_says(titled(figure, "linux/amd64")->text, "taken: this machine is linux/amd64");
	assert_int_equal(titled(figure, "linux/amd64")->tone, FIGURE_CHOSEN);
	assert_int_equal(titled(figure, "linux/arm/v7")->tone, FIGURE_FAINT);
	titled(figure, "an attestation");
}

static void without_an_index_the_figure_says_so(void **state)
{
	auto_of(figure) struct figure *figure = figure_new(FIGURE_INDEX);

	(void)state;
	figure_of_index(figure, &(struct figure_index_facts){.name = "web",
					.root = "/store",
					.machine = "linux/amd64",
					.platform = "linux/amd64",
					.digest = "",
					.manifest = ""});
	assert_says(titled(figure, "linux/amd64")->text, "made here");
}

static void no_figure_of_a_virtual_machine_is_invented(void **state)
{
	auto_of(figure) struct figure *figure = figure_new(FIGURE_MACHINES);
	const struct figure_pair pair = {.name = "web", .shim = {8, 60000}, .init = {9, 70000}};
	const struct figure_box *boxes;
	size_t count;

	(void)state;
	figure_of_machines(figure, &(struct figure_machine_facts){.kernel = "Linux 6.1",
					   .pair = &pair,
					   .running = 1,
					   .start_us = 1900,
					   .memory = 209000,
					   .processes = 1});
	titled(figure, "its last start: 1.9 ms");
	assert_says(titled(figure, "memory: 209kB")->text, "1 process, and 60kB");
	assert_says(titled(figure, "kernels: 1")->command, "davit exec web uname -sr");
	assert_says(titled(figure, "kernels: 1")->text, "Linux 6.1, the host's");
	boxes = figure_boxes(figure, &count);
	for (size_t i = 0; i < count; i++)
		if (boxes[i].parent >= 0 &&
			strcmp(boxes[boxes[i].parent].title, "a virtual machine") == 0)
			assert_null(strpbrk(boxes[i].title, "0123456789"));
}

static void the_kernel_is_the_one_that_answered_inside(void **state)
{
	auto_of(figure) struct figure *same = figure_new(FIGURE_MACHINES);
	auto_of(figure) struct figure *other = figure_new(FIGURE_MACHINES);
	const struct figure_pair pair = {.name = "web", .shim = {8, 60000}, .init = {9, 70000}};
	struct figure_machine_facts facts = {
		.kernel = "Linux 6.1", .inside = "Linux 6.1", .called = "c0ffee", .pair = &pair};

	(void)state;
	figure_of_machines(same, &facts);
	assert_says(titled(same, "kernels: 1")->text, "Linux 6.1 answers in there");
	assert_says(titled(same, "kernels: 1")->text, "called c0ffee");
	assert_says(titled(same, "kernels: 1")->words, "the same answer to both");
	facts.inside = "Linux 4.4";
	figure_of_machines(other, &facts);
	assert_says(titled(other, "kernels: 1")->text, "Linux 4.4 answers in there");
	assert_says(titled(other, "kernels: 1")->words, "On the host Linux 6.1 answers");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_box_is_a_frame_with_its_title_its_value_and_its_text),
		cmocka_unit_test(text_is_wrapped_at_blanks_and_cut_where_there_are_none),
		cmocka_unit_test(boxes_stand_side_by_side_while_there_is_room),
		cmocka_unit_test(and_one_below_the_other_where_there_is_none),
		cmocka_unit_test(a_stack_shares_one_frame),
		cmocka_unit_test(every_cell_of_a_box_knows_whose_it_is),
		cmocka_unit_test(what_a_stranger_named_cannot_reach_the_terminal),
		cmocka_unit_test(more_boxes_than_can_be_drawn_are_told_and_not_lost),
		cmocka_unit_test(a_figure_goes_through_json_and_stays_the_same),
		cmocka_unit_test(a_box_cannot_stand_in_one_that_comes_later),
		cmocka_unit_test(sizes_are_written_as_docker_does),
		cmocka_unit_test(the_parts_of_the_engine_are_processes_with_what_dies_with_them),
		cmocka_unit_test(an_image_is_a_manifest_a_config_and_layers),
		cmocka_unit_test(a_layer_says_who_else_stands_on_it),
		cmocka_unit_test(a_path_is_followed_through_all_layers),
		cmocka_unit_test(what_was_deleted_is_not_seen_and_still_there),
		cmocka_unit_test(a_path_of_a_stranger_s_is_one_word_in_every_command),
		cmocka_unit_test(a_step_does_not_tell_its_secrets),
		cmocka_unit_test(merged_names_say_which_layer_each_is_read_from),
		cmocka_unit_test(of_an_index_one_is_taken_and_it_is_said_why),
		cmocka_unit_test(without_an_index_the_figure_says_so),
		cmocka_unit_test(no_figure_of_a_virtual_machine_is_invented),
		cmocka_unit_test(the_kernel_is_the_one_that_answered_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
