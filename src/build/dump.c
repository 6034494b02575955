/* The tree as lines of JSON. */
#include "build/ast.h"
#include "build/quote.h"

static void dump_list(const struct words *words, bool first, struct buf *out)
{
	for (size_t i = 0; i < words->len; i++) {
		if (i || !first)
			buf_addc(out, ',');
		quote_json(out, piece_of(words->v[i]));
	}
}

static void dump(const struct instruction *in, struct buf *out)
{
	buf_addf(out, "[\"%s\"", keyword_name(in->keyword));
	if (in->flags.len) {
		buf_adds(out, ",{\"flags\":[");
		dump_list(&in->flags, true, out);
		buf_adds(out, "]}");
	}
	if (in->trigger) {
		buf_addc(out, ',');
		dump(in->trigger, out);
	}
	dump_list(&in->args, false, out);
	buf_addc(out, ']');
}

void ast_dump(const struct ast *ast, struct buf *out)
{
	for (size_t i = 0; i < ast->len; i++) {
		dump(&ast->v[i], out);
		buf_addc(out, '\n');
	}
}
