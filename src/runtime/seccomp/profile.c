#include "runtime/seccomp/profile.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>

#include "runtime/caps.h"
#include "runtime/fields.h"
#include "runtime/seccomp/arch.h"

static const struct {
	const char *name;
	uint32_t ret;
	bool has_errno;
} actions[] = {
	{"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, false},
	{"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, true},
	{"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, false},
	{"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, false},
	{"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, false},
	{"SCMP_ACT_TRAP", SECCOMP_RET_TRAP, false},
	{"SCMP_ACT_TRACE", SECCOMP_RET_TRACE, true},
	{"SCMP_ACT_LOG", SECCOMP_RET_LOG, false},
	{"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF, false},
};

static const char *const ops[] = {
	[SECCOMP_OP_NE] = "SCMP_CMP_NE",
	[SECCOMP_OP_LT] = "SCMP_CMP_LT",
	[SECCOMP_OP_LE] = "SCMP_CMP_LE",
	[SECCOMP_OP_EQ] = "SCMP_CMP_EQ",
	[SECCOMP_OP_GE] = "SCMP_CMP_GE",
	[SECCOMP_OP_GT] = "SCMP_CMP_GT",
	[SECCOMP_OP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
};

void seccomp_profile_free(struct seccomp_profile *profile)
{
	if (!profile)
		return;
	for (size_t i = 0; i < profile->rules_len; i++) {
		strs_fini(&profile->rules[i].names);
		strs_fini(&profile->rules[i].includes.arches);
		strs_fini(&profile->rules[i].excludes.arches);
	}
	free(profile->rules);
	strs_fini(&profile->arches);
	free(profile);
}

static int read_action(
	const struct fields *at, const char *key, const char *errno_key, uint32_t *ret)
{
	auto_free char *name = NULL;
	uint32_t number = EPERM;
	int rc = fields_str(at, key, &name);

	if (rc < 0)
		return rc;
	if (!name)
		return fields_refuse(at, key, "must be set");
	rc = fields_u32(at, errno_key, 4095, &number);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < array_len(actions); i++) {
		if (str_eq(actions[i].name, name)) {
			*ret = actions[i].ret | (actions[i].has_errno ? number : 0);
			return 0;
		}
	}
	return fields_refuse(at, key, "unknown action \"%.40s\"", name);
}

static int read_cond(const struct fields *at, struct seccomp_cond *cond)
{
	auto_free char *op = NULL;
	int rc = fields_want_object(at);

	cond->arg = UINT32_MAX;
	if (rc == 0)
		rc = fields_u32(at, "index", 5, &cond->arg);
	if (rc == 0)
		rc = fields_u64(at, "value", &cond->value);
	if (rc == 0)
		rc = fields_u64(at, "valueTwo", &cond->datum);
	if (rc == 0)
		rc = fields_str(at, "op", &op);
	if (rc < 0)
		return rc;
	if (cond->arg == UINT32_MAX)
		return fields_refuse(at, "index", "must be set");
	for (size_t i = 0; op && i < array_len(ops); i++) {
		if (str_eq(ops[i], op)) {
			cond->op = (enum seccomp_op)i;
			return 0;
		}
	}
	return fields_refuse(at, "op", "unknown comparison \"%.40s\"", op ? op : "");
}

static int read_conds(const struct fields *at, struct seccomp_rule *rule)
{
	struct fields list, item = {0};
	size_t count;
	int rc = fields_array(at, "args", &list, &count);

	if (rc == 0 && count > SECCOMP_CONDS_MAX)
		return fields_refuse(at, "args", "at most %d are possible", SECCOMP_CONDS_MAX);
	while (rc == 0 && fields_next(&list, &item))
		rc = read_cond(&item, &rule->conds[rule->conds_len++]);
	return rc;
}

static int read_kernel(const struct fields *at, uint32_t *out)
{
	auto_free char *text = NULL;
	unsigned major, minor;
	char end;
	int rc = fields_str(at, "minKernel", &text);

	if (rc < 0 || !text)
		return rc;
	if (sscanf(text, "%3u.%3u%c", &major, &minor, &end) != 2)
		return fields_refuse(at, "minKernel", "must look like 4.8");
	*out = major << 16 | (minor & 0xff) << 8;
	return 0;
}

static int read_caps(const struct fields *at, uint64_t *out)
{
	auto_strs names = STRS_INIT;
	int rc = fields_strs(at, "caps", &names);

	for (size_t i = 0; rc == 0 && i < names.len; i++) {
		int number = caps_number(names.v[i]);

		if (number < 0)
			return fields_refuse(
				at, "caps", "unknown capability \"%.40s\"", names.v[i]);
		*out |= CAPS_BIT(number);
	}
	return rc;
}

/* An unknown condition would widen a rule without a word, so its name is checked. */
static int read_when(const struct fields *rule, const char *key, struct seccomp_when *when)
{
	struct fields at;
	bool found;
	int rc = fields_object(rule, key, &at, &found);

	if (rc < 0 || !found)
		return rc;
	rc = fields_only(&at, (const char *const[]){"caps", "arches", "minKernel", NULL});
	if (rc == 0)
		rc = read_caps(&at, &when->caps);
	if (rc == 0)
		rc = fields_strs(&at, "arches", &when->arches);
	if (rc == 0)
		rc = read_kernel(&at, &when->kernel);
	return rc;
}

static int read_names(const struct fields *at, struct strs *names)
{
	auto_free char *single = NULL;
	int rc = fields_strs(at, "names", names);

	/* docker's first format had one name a rule */
	if (rc == 0)
		rc = fields_str(at, "name", &single);
	if (rc == 0 && single)
		strs_add(names, single);
	if (rc == 0 && names->len == 0)
		return fields_refuse(at, "names", "must not be empty");
	return rc;
}

static int read_rule(const struct fields *at, struct seccomp_rule *rule)
{
	int rc = fields_want_object(at);

	if (rc == 0)
		rc = read_names(at, &rule->names);
	if (rc == 0)
		rc = read_action(at, "action", "errnoRet", &rule->ret);
	if (rc == 0)
		rc = read_conds(at, rule);
	if (rc == 0)
		rc = read_when(at, "includes", &rule->includes);
	if (rc == 0)
		rc = read_when(at, "excludes", &rule->excludes);
	return rc;
}

static int read_rules(const struct fields *top, struct seccomp_profile *profile)
{
	struct fields list, item = {0};
	size_t count;
	int rc = fields_array(top, "syscalls", &list, &count);

	if (rc < 0 || count == 0)
		return rc;
	profile->rules = calloc(count, sizeof(*profile->rules));
	if (!profile->rules)
		return err_set(top->err, ENOMEM, "syscalls: out of memory");
	while (rc == 0 && fields_next(&list, &item))
		rc = read_rule(&item, &profile->rules[profile->rules_len++]);
	return rc;
}

static int read_arch_map(const struct fields *top, const char *native, struct strs *arches)
{
	struct fields list, item = {0};
	size_t count;
	int rc = fields_array(top, "archMap", &list, &count);

	while (rc == 0 && fields_next(&list, &item)) {
		auto_free char *arch = NULL;

		rc = fields_want_object(&item);
		if (rc == 0)
			rc = fields_str(&item, "architecture", &arch);
		if (rc == 0 && str_eq(arch, native))
			rc = fields_strs(&item, "subArchitectures", arches);
	}
	return rc;
}

static int read_top(const struct fields *top, const struct seccomp_arch *native,
	struct seccomp_profile *profile)
{
	int rc = read_action(top, "defaultAction", "defaultErrnoRet", &profile->default_ret);

	if (rc == 0)
		rc = fields_strs(top, "architectures", &profile->arches);
	if (rc == 0)
		rc = read_arch_map(top, native->scmp, &profile->arches);
	if (rc == 0)
		rc = read_rules(top, profile);
	return rc;
}

int seccomp_profile_new(
	const struct seccomp_request *req, struct seccomp_profile **out, struct err *err)
{
	const struct seccomp_arch *native = seccomp_arch_by_audit(req->arch);
	auto_of(seccomp_profile) struct seccomp_profile *profile = NULL;
	struct fields top;
	int rc;

	if (!native)
		return err_set(err, ENOSYS, "seccomp profile: no filter for this architecture");
	profile = calloc(1, sizeof(*profile));
	if (!profile)
		return err_set(err, ENOMEM, "seccomp profile: out of memory");
	rc = fields_open(&top, req->profile, req->len, "seccomp profile", err);
	if (rc < 0)
		return rc;
	rc = read_top(&top, native, profile);
	fields_close(&top);
	if (rc < 0)
		return err_in(err, "seccomp profile");
	*out = take(profile);
	return 0;
}

static bool lists(const struct strs *arches, const char *name)
{
	for (size_t i = 0; i < arches->len; i++) {
		if (str_eq(arches->v[i], name))
			return true;
	}
	return false;
}

bool seccomp_rule_applies(
	const struct seccomp_rule *rule, const struct seccomp_request *req, const char *arch_name)
{
	const struct seccomp_when *in = &rule->includes, *not_in = &rule->excludes;

	if ((in->caps & req->caps) != in->caps || in->kernel > req->kernel)
		return false;
	if (in->arches.len > 0 && !lists(&in->arches, arch_name))
		return false;
	if ((not_in->caps & req->caps) || lists(&not_in->arches, arch_name))
		return false;
	return !not_in->kernel || req->kernel < not_in->kernel;
}
