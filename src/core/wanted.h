/* wanted.h - what a container asks of networks (struct wanted_network), parsed, checked and kept as
 * containers/ID/network. */
#ifndef CORE_WANTED_H
#define CORE_WANTED_H

#include "core/image.h"
#include "core/network.h"

enum network_mode {
	MODE_HOST,      /* the host's own */
	MODE_NONE,      /* loopback and nothing else */
	MODE_CONTAINER, /* another container's: attachments[0].network is "container:<id>" */
	MODE_NETWORKS,
};

struct wanted {
	enum network_mode mode;
	struct attachment *attachments;
	size_t count;
	struct strs publish, expose;
	bool publish_all;
	char hostname[65]; /* a name too, when it was asked for; else "" */
};

/* Of a request and its image; networks must exist, names are resolved. docker's words. */
int wanted_from_request(struct engine *engine, const struct container_request *request,
	const struct image *image, struct wanted *out, struct err *err);
void wanted_fini(struct wanted *wanted);

/* "NAME" or "name=NAME,ip=…,…" */
int attachment_parse(const char *text, struct attachment *out, struct err *err);
void attachment_fini(struct attachment *attachment);
/* What an attachment may ask of that network. */
int attachment_check(
	const struct attachment *attachment, const struct network *network, struct err *err);

/* own: the container's directory. -ENOENT: it was made without networks. */
int wanted_read(int own, struct wanted *out, struct err *err);
int wanted_write(int own, const struct wanted *wanted, struct err *err);
/* "bridge", "host", "container:…" or the first network's name: docker's NetworkMode. */
const char *wanted_mode_name(const struct wanted *wanted);

#endif
