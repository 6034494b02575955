#include "core/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/image_ops.h"

/* Only beside this executable or below its prefix: never a search path that others could write. */
static void *open_module(const char *name, struct err *err)
{
	static const char *const places[] = {"", "../lib/davit/"};
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[len > 0 ? len : 0] = '\0';
	slash = strrchr(self, '/');
	if (!slash) {
		err_set(err, ELIBACC, "cannot tell where davit is installed");
		return NULL;
	}
	slash[1] = '\0';
	for (size_t i = 0; i < array_len(places); i++) {
		snprintf(path, sizeof(path), "%s%sdavit-%s.so", self, places[i], name);
		if (access(path, F_OK) == 0) {
			void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);

			if (!module)
				err_set(err, ENOEXEC, "%s", dlerror());
			return module;
		}
	}
	err_set(err, ELIBACC, "davit-%s.so is neither in %s nor in %s../lib/davit", name, self,
		self);
	return NULL;
}

int module_symbol(const char *name, const char *symbol, void **out, struct err *err)
{
	/* A test, or a davit linked as one program, has it already. */
	void *found = dlsym(RTLD_DEFAULT, symbol), *module;

	if (!found) {
		module = open_module(name, err);
		if (!module)
			return err->code;
		found = dlsym(module, symbol);
	}
	if (!found)
		return err_set(err, ENOEXEC, "davit-%s.so has no %s: it belongs to another version",
			name, symbol);
	*out = found;
	return 0;
}

int module_image(const struct image_ops **out, struct err *err)
{
	const struct image_ops *(*ops)(void);
	void *found;

	if (module_symbol("image", "davit_image_ops", &found, err) < 0)
		return err->code;
	memcpy(&ops, &found, sizeof(ops));
	*out = ops();
	return 0;
}
