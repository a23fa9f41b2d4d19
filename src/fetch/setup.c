#include "fetch/setup.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "limits/limits.h"
#include "shared/worker.h"

void setup_check_sandbox(bool sandbox)
{
	if (sandbox == worker_unsandboxed())
		worker_refuse("the set-up and the command line disagree about the sandbox");
}

void setup_read_ca(int fd, struct buf *ca)
{
	char chunk[16 * 1024];
	buf_init(ca, LIMIT_CA_BYTES);
	off_t at = 0;
	for (;;) {
		ssize_t got = pread(fd, chunk, sizeof(chunk), at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			worker_refuse("the CA certificates could not be read: %s", strerror(errno));
		if (got == 0)
			break;
		if (!buf_append(ca, chunk, (size_t)got))
			worker_refuse("the CA certificates are larger than %d bytes", LIMIT_CA_BYTES);
		at += got;
	}
	close(fd);
	if (strstr(buf_text(ca), "-----BEGIN") == NULL)
		worker_refuse("the CA certificates are not PEM");
}

const char *const *setup_versions(void)
{
	static char curl[64], tls[64];
	static const char *versions[] = {curl, tls, NULL};
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
	snprintf(curl, sizeof(curl), "libcurl/%s", info->version);
	snprintf(tls, sizeof(tls), "%s", info->ssl_version == NULL ? "no TLS" : info->ssl_version);
	return versions;
}
