#include "core/image/fits.h"

#include <errno.h>
#include <stdio.h>

#include "core/image/platform.h"

int image_fits(const struct image *image, const char *text, struct err *err)
{
	struct platform wanted, has;

	if (platform_parse(text, &wanted, err) < 0)
		return err->code;
	snprintf(has.os, sizeof(has.os), "%s", image->os);
	snprintf(has.architecture, sizeof(has.architecture), "%s", image->architecture);
	snprintf(has.variant, sizeof(has.variant), "%.15s", image->variant);
	platform_normalise(&has);
	if (str_eq(has.os, wanted.os) && str_eq(has.architecture, wanted.architecture) &&
		(!*wanted.variant || str_eq(has.variant, wanted.variant)))
		return 0;
	return err_set(err, ENOENT,
		"image %.19s was found but does not provide the specified platform (%s): it is for %s/%s",
		image->id, text, has.os, has.architecture);
}
