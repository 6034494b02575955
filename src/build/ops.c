/* What the module offers to front ends. */
#include "build/ast.h"
#include "build/ops.h"

static int dump(
	const struct build_file *file, struct buf *out, struct buf *excerpt, struct err *err)
{
	struct source source = {file->name, file->text, file->len};
	auto_of(ast) struct ast *ast = NULL;
	struct place place = {0};

	if (ast_parse(&source, &ast, &place, err) < 0) {
		source_show(&source, &place, excerpt);
		return err->code;
	}
	for (size_t i = 0; i < ast->len; i++) {
		const struct instruction *in = ast->v[i].trigger ? ast->v[i].trigger : &ast->v[i];
		int line = ast->v[i].place.first;

		if (in->keyword != KEYWORD_UNKNOWN)
			continue;
		ast_unknown(in, err);
		source_show(&source, &ast->v[i].place, excerpt);
		return err_in(err, "dockerfile parse error on line %d", line);
	}
	ast_dump(ast, out);
	return 0;
}

const struct build_ops *davit_build_ops(void)
{
	static const struct build_ops ops = {
		.dump = dump, .run = build_run, .let_go = build_let_go};

	return &ops;
}
