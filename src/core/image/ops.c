#include "core/image/assemble.h"
#include "core/image/bootstrap.h"
#include "core/image/bring.h"
#include "core/image/cache.h"
#include "core/image/changes.h"
#include "core/image/cp.h"
#include "core/image/demo.h"
#include "core/image/doctor.h"
#include "core/image/fits.h"
#include "core/image/from_container.h"
#include "core/image/load.h"
#include "core/image/login.h"
#include "core/image/pull.h"
#include "core/image/push.h"
#include "core/image/save.h"
#include "core/image/search.h"
#include "core/image/slim.h"
#include "core/image/transfer.h"
#include "core/image/verify.h"
#include "core/image_ops.h"

const struct image_ops *davit_image_ops(void)
{
	static const struct image_ops ops = {
		.load = image_load,
		.demo = image_demo,
		.pull = image_pull,
		.push = image_push,
		.save = image_save,
		.bootstrap = image_bootstrap,
		.bring = image_bring,
		.commit = image_from_container,
		.changes = image_changes,
		.login = image_login,
		.logout = image_logout,
		.search = image_search,
		.slim = image_slim,
		.cache_read = image_cache_read,
		.cache_fetch = image_cache_fetch,
		.cache_write = image_cache_write,
		.copy = image_copy,
		.export_tree = image_export,
		.export_layer = image_export_layer,
		.import = image_import,
		.settle = verify_image,
		.fits = image_fits,
		.doctor = image_doctor,
		.assemble = image_assemble,
	};

	return &ops;
}
