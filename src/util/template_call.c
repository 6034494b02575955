#include "util/template_call.h"

#include "util/strs.h"

bool call_fail(struct call *call, const char *words)
{
	return run_fail(call->run, call->cmd, "error calling %s: %s", call->name, words);
}

const struct template_type *call_types(const struct call *call)
{
	return call->run->options ? call->run->options->types : NULL;
}

bool call_give_text(struct call *call, struct buf *text)
{
	return run_text(call->run, call->cmd, text, call->out);
}

bool call_give_bool(struct call *call, bool truth)
{
	*call->out = value_of_bool(truth);
	return true;
}

bool call_give_list(struct call *call, cJSON *list)
{
	struct run *run = call->run;

	if (!run->made)
		run->made = cJSON_CreateArray();
	if (!run->made || !list || !cJSON_AddItemToArray(run->made, list)) {
		cJSON_Delete(list);
		return call_fail(call, "out of memory");
	}
	*call->out = value_of_json(list);
	return true;
}

struct function {
	const char *name;
	int min, max;      /* arguments; max -1: any number */
	const char *takes; /* one letter an argument: s string, i int, l list of strings, v any */
	bool (*call)(struct call *call);
};

static const struct function functions[] = {
	{"and", 1, -1, "", NULL},
	{"call", 1, -1, "", call_call},
	{"eq", 1, -1, "", call_eq},
	{"ge", 2, 2, "", call_ge},
	{"gt", 2, 2, "", call_gt},
	{"html", 0, -1, "", call_html},
	{"index", 1, -1, "", call_index},
	{"join", 2, 2, "ls", call_join},
	{"js", 0, -1, "", call_js},
	{"json", 1, 1, "", call_json},
	{"le", 2, 2, "", call_le},
	{"len", 1, 1, "", call_len},
	{"lower", 1, 1, "s", call_lower},
	{"lt", 2, 2, "", call_lt},
	{"ne", 2, 2, "", call_ne},
	{"not", 1, 1, "", call_not},
	{"or", 1, -1, "", NULL},
	{"pad", 3, 3, "sii", call_pad},
	{"print", 0, -1, "", call_print},
	{"printf", 1, -1, "s", call_printf},
	{"println", 0, -1, "", call_println},
	{"slice", 1, 4, "", call_slice},
	{"split", 2, 2, "ss", call_split},
	{"title", 1, 1, "s", call_title},
	{"truncate", 2, 2, "si", call_truncate},
	{"upper", 1, 1, "s", call_upper},
	{"urlquery", 0, -1, "", call_urlquery},
};

static const struct function *find(const char *name)
{
	for (size_t i = 0; i < array_len(functions); i++)
		if (str_eq(functions[i].name, name))
			return &functions[i];
	return NULL;
}

bool template_has_function(const char *name)
{
	return find(name);
}

static bool check_count(struct call *call, const struct function *function, const struct node *at)
{
	if (call->len >= (size_t)function->min &&
		(function->max < 0 || call->len <= (size_t)function->max))
		return true;
	return run_fail(call->run, at, "wrong number of args for %s: want %s%d got %zu",
		function->name,
		function->max < 0 || function->max > function->min ? "at least " : "",
		function->min, call->len);
}

static bool check_type(
	struct call *call, char takes, const struct node *arg, const struct value *value)
{
	static const char *const words[] = {
		['i'] = "integer", ['l'] = "[]string", ['s'] = "string"};
	enum value_kind want = takes == 's' ? VALUE_STRING : takes == 'i' ? VALUE_INT : VALUE_LIST;

	if (takes == 'v' || value->kind == want)
		return true;
	if (want == VALUE_LIST && value_is_nil(value))
		return true;
	if (value_is_nil(value))
		return run_fail(call->run, arg, "invalid value; expected %s", words[(int)takes]);
	if (arg->kind >= NODE_DOT)
		return run_fail(call->run, arg, "expected %s; found %.*s", words[(int)takes],
			(int)arg->source_len, arg->source);
	return run_fail(call->run, arg, "wrong type for value; expected %s; got %s",
		words[(int)takes], value_type(value));
}

/* "and" and "or" stop at the first argument that decides. */
static bool decide(
	struct call *call, const struct node *args, const struct value *final, bool is_or)
{
	struct value value = {.kind = VALUE_NONE};

	for (; args; args = args->next) {
		if (!run_argument(call->run, args, &value))
			return false;
		if (value_is_true(&value) == is_or) {
			*call->out = value;
			return true;
		}
	}
	*call->out = final ? *final : value;
	return true;
}

static bool gather(struct call *call, const struct function *function, const struct node *args,
	const struct value *final)
{
	size_t takes = strlen(function->takes);

	for (; args; args = args->next) {
		if (call->len == ARGS_MAX)
			return run_fail(call->run, args, "too many arguments");
		if (!run_argument(call->run, args, &call->args[call->len]))
			return false;
		if (call->len < takes &&
			!check_type(call, function->takes[call->len], args, &call->args[call->len]))
			return false;
		call->len++;
	}
	if (!final)
		return true;
	if (call->len == ARGS_MAX)
		return run_fail(call->run, call->cmd, "too many arguments");
	call->args[call->len] = *final;
	if (call->len < takes && !check_type(call, function->takes[call->len], call->cmd, final))
		return false;
	call->len++;
	return true;
}

bool run_call(struct run *run, const struct node *at, const struct node *named,
	const struct node *args, const struct value *final, struct value *out)
{
	const struct function *function = find(named->word);
	struct call call = {.run = run, .cmd = at, .name = function->name, .out = out};

	for (const struct node *arg = args; arg; arg = arg->next)
		call.len++;
	call.len += final != NULL;
	if (!check_count(&call, function, named))
		return false;
	call.len = 0;
	if (!function->call)
		return decide(&call, args, final, str_eq(function->name, "or"));
	return gather(&call, function, args, final) && function->call(&call);
}
