/* E-mail addresses as accounts: one spelling to compare them by. */
#ifndef LEAKTRAWL_ADDRESS_H
#define LEAKTRAWL_ADDRESS_H

/*
 * Lower-cases an address and puts its domain into A-labels: "J.Doe@Bücher.example" becomes
 * "j.doe@xn--bcher-kva.example". Returns NULL and the result in *address (the caller frees), or what is
 * wrong with it, for a person: "has no @".
 */
const char *address_read(const char *text, char **address);

/* What stands behind the @. */
const char *address_domain(const char *address);

#endif
