#include "fetch/trust.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "shared/log.h"

static void add_all(X509_STORE *store, STACK_OF(X509_INFO) * found)
{
	for (int i = 0; i < sk_X509_INFO_num(found); i++) {
		const X509_INFO *info = sk_X509_INFO_value(found, i);
		if (info->x509 != NULL)
			X509_STORE_add_cert(store, info->x509);
		if (info->crl != NULL)
			X509_STORE_add_crl(store, info->crl);
	}
	sk_X509_INFO_pop_free(found, X509_INFO_free);
}

struct trust *trust_new(const struct buf *pem)
{
	X509_STORE *store = X509_STORE_new();
	BIO *bytes = BIO_new_mem_buf(pem->data, (int)pem->len);
	if (store == NULL || bytes == NULL)
		log_fatal("no memory for certificates");
	/* An intermediate certificate in the bundle is meant to be trusted; so does libcurl. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	add_all(store, PEM_X509_INFO_read_bio(bytes, NULL, NULL, NULL));
	BIO_free(bytes);
	return (struct trust *)store;
}

void trust_free(struct trust *trust)
{
	X509_STORE_free((X509_STORE *)trust);
}

static CURLcode give_store(CURL *curl, void *context, void *store)
{
	(void)curl;
	SSL_CTX_set1_cert_store(context, store);
	return CURLE_OK;
}

void trust_apply(struct trust *trust, CURL *curl)
{
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	if (curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, give_store) != CURLE_OK)
		log_fatal("this libcurl is not built on OpenSSL");
	curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, trust);
}
