#include "control/login.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "control/replies.h"
#include "limits/limits.h"
#include "shared/mem.h"
#include "shared/slice.h"
#include "shared/worker.h"

enum { COOKIE_BYTES = 32, NONCE_BYTES = 32, HASH_HEX = 2 * crypto_auth_hmacsha256_BYTES + 1, COMMAND_BYTES = 1024 };

static const char not_tor[] = "what listens there is not Tor's control port";

/* One command and its answer. */
struct login {
	int fd;
	time_t until;
	struct replies replies;
	unsigned code;
	bool answered;
	char version[LOGIN_VERSION_BYTES];
	bool open;                            /* Tor lets anybody in */
	char hash[HASH_HEX], nonce[HASH_HEX]; /* AUTHCHALLENGE */
};

/* ---- the connection --------------------------------------------------------------------------- */

static time_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

time_t login_deadline(void)
{
	return now_s() + LIMIT_CONTROL_MS / 1000;
}

bool login_overdue(time_t until)
{
	return now_s() > until;
}

static socklen_t fill_address(const Lt__ControlSetup *setup, struct sockaddr_storage *storage)
{
	struct sockaddr_un *unix_address = (struct sockaddr_un *)storage;
	struct sockaddr_in *v4 = (struct sockaddr_in *)storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)storage;

	memset(storage, 0, sizeof *storage);
	if (setup->socket != NULL) {
		if (strlen(setup->socket) >= sizeof unix_address->sun_path)
			worker_refuse("the path of Tor's control socket is longer than %zu bytes", sizeof unix_address->sun_path - 1);
		unix_address->sun_family = AF_UNIX;
		memcpy(unix_address->sun_path, setup->socket, strlen(setup->socket) + 1);
		return sizeof *unix_address;
	}
	if (setup->address != NULL && inet_pton(AF_INET, setup->address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)setup->port);
		return sizeof *v4;
	}
	if (setup->address == NULL || inet_pton(AF_INET6, setup->address, &v6->sin6_addr) != 1)
		worker_refuse("Tor's control port is not a literal address");
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)setup->port);
	return sizeof *v6;
}

static int reach(const Lt__ControlSetup *setup)
{
	struct sockaddr_storage address;
	socklen_t len = fill_address(setup, &address);
	const struct timeval patience = {.tv_sec = LIMIT_CONTROL_MS / 1000};
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == -1 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == -1)
		worker_refuse("no socket for Tor's control port: %s", strerror(errno));
	if (connect(fd, (const struct sockaddr *)&address, len) == -1)
		worker_refuse("Tor's control port does not answer: %s: is ControlPort or ControlSocket set in torrc?",
			errno == EINPROGRESS ? "no answer in time" : strerror(errno));
	return fd;
}

/* ---- commands --------------------------------------------------------------------------------- */

static void say(struct login *login, const char *command)
{
	size_t len = strlen(command);
	ssize_t wrote = send(login->fd, command, len, MSG_NOSIGNAL);

	if (wrote < 0 || (size_t)wrote != len)
		worker_refuse("Tor's control port hung up");
}

static void hear(struct login *login)
{
	char bytes[4096];
	ssize_t got;

	login->answered = false;
	while (!login->answered) {
		got = recv(login->fd, bytes, sizeof bytes, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			worker_refuse("Tor's control port hung up");
		if (got < 0 || login_overdue(login->until))
			worker_refuse("Tor's control port does not answer in time");
		if (!replies_feed(&login->replies, bytes, (size_t)got))
			worker_refuse("%s", not_tor);
	}
}

/* What follows NAME= in a line, up to end; "" where it is not there. */
static void pick(const char *line, const char *name, char end, char *out, size_t cap)
{
	const char *at = strstr(line, name);
	size_t len = 0;

	if (at == NULL)
		return;
	at += strlen(name);
	while (at[len] != '\0' && at[len] != end && len < cap - 1)
		len++;
	memcpy(out, at, len);
	out[len] = '\0';
}

static void take_answer(unsigned code, bool last, const char *text, void *context)
{
	struct login *login = context;
	char methods[128] = "";

	if (strncmp(text, "AUTH ", 5) == 0) {
		pick(text, "METHODS=", ' ', methods, sizeof methods);
		login->open = strstr(methods, "NULL") != NULL;
	} else if (strncmp(text, "VERSION ", 8) == 0) {
		pick(text, "Tor=\"", '"', login->version, sizeof login->version);
	} else if (strncmp(text, "AUTHCHALLENGE ", 14) == 0) {
		pick(text, "SERVERHASH=", ' ', login->hash, sizeof login->hash);
		pick(text, "SERVERNONCE=", ' ', login->nonce, sizeof login->nonce);
	}
	login->code = code;
	login->answered |= last;
}

static void pass_over(const char *text, void *context)
{
	(void)text;
	(void)context;
}

/* ---- being let in ----------------------------------------------------------------------------- */

static void with_password(struct login *login, const ProtobufCBinaryData *password)
{
	char command[COMMAND_BYTES];
	size_t len = (size_t)snprintf(command, sizeof command, "AUTHENTICATE \"");

	for (size_t i = 0; i < password->len; i++) {
		if (password->data[i] < ' ' || password->data[i] == 0x7f || len > COMMAND_BYTES - 8)
			worker_refuse("the password for Tor's control port is longer than a line, or holds control characters");
		if (password->data[i] == '"' || password->data[i] == '\\')
			command[len++] = '\\';
		command[len++] = (char)password->data[i];
	}
	memcpy(command + len, "\"\r\n", 4);
	say(login, command);
	mem_wipe(command, sizeof command);
	hear(login);
	if (login->code != 250)
		worker_refuse("Tor does not take the control password: compare control_password_file and HashedControlPassword in torrc");
}

static void challenge_hash(
	const char *key, const uint8_t *cookie, const uint8_t *ours, const uint8_t *theirs, uint8_t hash[crypto_auth_hmacsha256_BYTES])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, (const uint8_t *)key, strlen(key));
	crypto_auth_hmacsha256_update(&state, cookie, COOKIE_BYTES);
	crypto_auth_hmacsha256_update(&state, ours, NONCE_BYTES);
	crypto_auth_hmacsha256_update(&state, theirs, NONCE_BYTES);
	crypto_auth_hmacsha256_final(&state, hash);
}

static bool read_hex(const char *text, uint8_t out[NONCE_BYTES])
{
	size_t len;

	return sodium_hex2bin(out, NONCE_BYTES, text, strlen(text), NULL, &len, NULL) == 0 && len == NONCE_BYTES;
}

/* Whoever listens there has to know the cookie, too: an impostor learns nothing. */
static void with_cookie(struct login *login, const ProtobufCBinaryData *cookie)
{
	uint8_t ours[NONCE_BYTES], theirs[NONCE_BYTES], said[NONCE_BYTES], hash[crypto_auth_hmacsha256_BYTES];
	char hex[HASH_HEX], command[COMMAND_BYTES];

	if (cookie->len != COOKIE_BYTES)
		worker_refuse("Tor's control cookie is not %d bytes long", COOKIE_BYTES);
	randombytes_buf(ours, sizeof ours);
	(void)snprintf(command, sizeof command, "AUTHCHALLENGE SAFECOOKIE %s\r\n", sodium_bin2hex(hex, sizeof hex, ours, sizeof ours));
	say(login, command);
	hear(login);
	if (login->code != 250 || !read_hex(login->nonce, theirs) || !read_hex(login->hash, said))
		worker_refuse("Tor offers no cookie: set CookieAuthentication 1 in torrc, or give control_password_file");
	challenge_hash("Tor safe cookie authentication server-to-controller hash", cookie->data, ours, theirs, hash);
	if (sodium_memcmp(hash, said, sizeof hash) != 0)
		worker_refuse("control_cookie is not the cookie of the Tor that listens there");
	challenge_hash("Tor safe cookie authentication controller-to-server hash", cookie->data, ours, theirs, hash);
	(void)snprintf(command, sizeof command, "AUTHENTICATE %s\r\n", sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
	say(login, command);
	hear(login);
	if (login->code != 250)
		worker_refuse("Tor does not take its control cookie: did it start anew meanwhile?");
}

static void let_in(struct login *login, const Lt__ControlSetup *setup)
{
	say(login, "PROTOCOLINFO 1\r\n");
	hear(login);
	if (login->code != 250)
		worker_refuse("%s", not_tor);
	if (setup->has_password) {
		with_password(login, &setup->password);
	} else if (setup->has_cookie) {
		with_cookie(login, &setup->cookie);
	} else {
		if (!login->open)
			worker_refuse("Tor's control port asks who we are: give control_password_file or control_cookie");
		say(login, "AUTHENTICATE\r\n");
		hear(login);
		if (login->code != 250)
			worker_refuse("Tor's control port does not let us in");
	}
}

int login(const Lt__ControlSetup *setup, time_t until, char version[LOGIN_VERSION_BYTES])
{
	struct login login = {
		.until = until,
		.replies = {.answer = take_answer, .data = pass_over, .event = pass_over, .context = &login},
	};

	replies_init(&login.replies);
	login.fd = reach(setup);
	let_in(&login, setup);
	replies_free(&login.replies);
	for (size_t i = 0; i < LOGIN_VERSION_BYTES; i++)
		version[i] =
			(char)((login.version[i] >= ' ' && login.version[i] <= '~') || login.version[i] == '\0' ? login.version[i] : '?');
	return login.fd;
}
