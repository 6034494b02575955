/* credentials.c - who we are to a remote, and whether it is who it says. */
#include <errno.h>
#include <stdio.h>

#include "build/git/private.h"
#include "util/own.h"
#include "util/strs.h"

/* libgit2 asks again after a refusal. */
enum { ATTEMPTS = 2 };

static int refuse(struct git_job *job, const char *why)
{
	char remote[200];

	git_url_show(job->remote, remote, sizeof(remote));
	err_set(&job->err, EACCES, "git: %s: %s", remote, why);
	return -1;
}

static int http_credentials(git_credential **out, struct git_job *job, const char *user)
{
	const char *token = job->request->token;

	if (job->request->header)
		return refuse(job, "the secret GIT_AUTH_HEADER was not accepted");
	if (!token)
		return refuse(job, "it is private, or not there: give a token with "
				   "--secret id=GIT_AUTH_TOKEN,env=NAME");
	if (job->asked > ATTEMPTS)
		return refuse(job, "the secret GIT_AUTH_TOKEN was not accepted");
	return git_credential_userpass_plaintext_new(out, user ? user : "x-access-token", token);
}

static int ssh_credentials(git_credential **out, struct git_job *job, const char *user)
{
	if (!getenv("SSH_AUTH_SOCK"))
		return refuse(job,
			"ssh needs an agent: give one with --ssh default, or use an https URL "
			"with --secret id=GIT_AUTH_TOKEN,env=NAME");
	if (job->asked > ATTEMPTS)
		return refuse(job,
			"no key of the ssh agent was accepted: add an ed25519 key to it, or use "
			"an https URL with --secret id=GIT_AUTH_TOKEN,env=NAME");
	return git_credential_ssh_key_from_agent(out, user ? user : "git");
}

static int on_credentials(
	git_credential **out, const char *url, const char *user, unsigned allowed, void *arg)
{
	struct git_job *job = arg;

	(void)url;
	job->asked++;
	if (allowed & GIT_CREDENTIAL_USERNAME)
		return git_credential_username_new(out, user ? user : "git");
	if (allowed & GIT_CREDENTIAL_SSH_KEY)
		return ssh_credentials(out, job, user);
	if (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT)
		return http_credentials(out, job, user);
	return refuse(job, "it wants a kind of credentials that davit does not have");
}

/* libgit2 has compared a host key with known_hosts (since 1.5.1), a certificate with the host's
 * authorities. */
static int on_certificate(git_cert *certificate, int valid, const char *host, void *arg)
{
	struct git_job *job = arg;
	char why[300];

	if (valid)
		return 0;
	if (certificate->cert_type == GIT_CERT_HOSTKEY_LIBSSH2)
		snprintf(why, sizeof(why),
			"the key of %.100s is not in known_hosts: connect once with ssh, or add it with "
			"ssh-keyscan",
			host);
	else
		snprintf(why, sizeof(why), "the certificate of %.100s does not verify", host);
	return refuse(job, why);
}

void git_credentials_use(struct git_job *job, git_remote_callbacks *callbacks)
{
	job->asked = 0;
	callbacks->credentials = on_credentials;
	callbacks->certificate_check = on_certificate;
	callbacks->payload = job;
}
