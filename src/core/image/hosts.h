/* hosts.h - where the images of a registry are to be had, as this machine's configuration says.
 *
 *     CERTS/DOMAIN/hosts.toml   containerd's: mirrors, server, certificates, headers; CERTS is the
 *                               first of /etc/davit/certs.d, /etc/docker/certs.d and
 *                               /etc/containerd/certs.d that has one; _default stands for the rest
 *     registries.conf           containers': mirrors, location, insecure, blocked; used when there
 *                               is no hosts.toml: $CONTAINERS_REGISTRIES_CONF, else
 *                               ~/.config/containers, else /etc/containers and registries.conf.d
 *     daemon.json               docker's: registry-mirrors (of docker.io), insecure-registries
 *     CERTS/HOST/               *.crt, *.cert with *.key; also below /etc/containers/certs.d
 *
 * Mirrors come first, in their order; the last host is the registry itself. Credentials belong to a
 * host, so that a mirror never sees those of the registry. */
#ifndef CORE_IMAGE_HOSTS_H
#define CORE_IMAGE_HOSTS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/image/http.h"
#include "util/err.h"
#include "util/strs.h"

enum host_can { HOST_PULL = 1, HOST_RESOLVE = 2, HOST_PUSH = 4, HOST_ALL = 7 };

enum { HOSTS_MAX = 32, HOSTS_FILE_MAX = 1 << 20 };

struct host_spec {
	char *scheme; /* "https", "http"; NULL: to be found out */
	char *name;   /* "mirror.example:5000" */
	char *prefix; /* before /<repository>: "/v2", "/proxy/v2" */
	char *repository;
	unsigned can;         /* enum host_can */
	bool insecure;        /* any certificate will do, and plain http where scheme is NULL */
	bool says_origin;     /* ?ns=DOMAIN tells a mirror whose image is wanted */
	struct strs headers;  /* "Name: value", for this host only */
	struct strs ca_files; /* read into tls by hosts_find */
	struct strs pairs;    /* certificate and key files, one after the other */
	struct http_tls tls;
};

struct hosts {
	struct host_spec *v;
	size_t len;
};

void hosts_fini(struct hosts *hosts);
#define auto_hosts __attribute__((cleanup(hosts_fini))) struct hosts

struct hosts_question {
	const char *domain; /* "docker.io" */
	const char *path;   /* "library/debian" */
	bool by_digest;     /* some mirrors serve only what is asked for so */
	bool insecure;      /* the user said so */
};

/* Reads the files. -EACCES: the registry is blocked. A file that cannot be used fails the call and
 * is named: a mirror that is silently left out would be worse. */
int hosts_find(const struct hosts_question *question, struct hosts *out, struct err *err);

/* The pure parts, for one document each (hosts_parse.c). */
/* hosts.toml, which then says all there is; dir: where relative files are. */
int hosts_parse_toml(const cJSON *toml, const struct hosts_question *question, const char *dir,
	struct hosts *out, struct err *err);
/* Adds what the best entry of a registries.conf says; nothing when none fits. *fit is the length of
 * the best prefix so far, over several files. */
int hosts_parse_registries(const cJSON *toml, const struct hosts_question *question, size_t *fit,
	struct hosts *out, struct err *err);
/* Mirrors out of daemon.json, before `out`'s last. */
int hosts_parse_daemon(const cJSON *json, const struct hosts_question *question, struct hosts *out,
	struct err *err);
/* insecure-registries: "host:port", "host" or a network such as 10.0.0.0/8. */
bool hosts_is_insecure(const cJSON *daemon, const char *host);
/* The registry itself, where nothing is configured. */
int hosts_add_origin(const struct hosts_question *question, struct hosts *out, struct err *err);

#endif
