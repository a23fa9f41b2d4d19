#include "inspect/records/block_family.h"

#include "shared/byteset.h"

#define LOGIN_ROLES \
	(1u << KEY_HOST | 1u << KEY_PORT | 1u << KEY_USER | 1u << KEY_EMAIL | 1u << KEY_PASSWORD | 1u << KEY_HASH | 1u << KEY_TOKEN)

/* What stands before the last word of an identifier: "SMTP" of SMTP_USER, "spring.mail" of spring.mail.host. */
static struct slice family_of(struct slice key)
{
	size_t end = key.len, from;

	while (end > 0 && !one_of(key.data[end - 1], "_."))
		end--;
	for (from = end; from > 0 && !one_of(key.data[from - 1], " \t\"'`$"); from--)
		;
	return end > from + 1 ? (struct slice){key.data + from, end - from - 1} : SLICE_NONE;
}

static size_t find(const struct key_families *families, struct slice name)
{
	size_t i = 0;

	while (i < families->count && !slice_equal_nocase(families->list[i].name, name))
		i++;
	return i;
}

void key_families_add(struct key_families *families, const struct keys *keys, struct slice key, enum key_role role)
{
	struct slice name = family_of(key);
	size_t word = 0, i = find(families, name);
	enum key_role first;

	while (word < name.len && !one_of(name.data[word], "_."))
		word++;
	if (name.len == 0 || (i == families->count && i == KEY_FAMILIES))
		return;
	first = keys_identifier_role(keys, slice_until(name, word));
	if (first == KEY_USER || first == KEY_HOST || first == KEY_PASSWORD || first == KEY_PORT)
		return;
	if (i == families->count)
		families->list[families->count++].name = name;
	families->list[i].roles |= 1u << role & LOGIN_ROLES;
}

/* DB of DB_USER is that of DB_MASTER_HOST, too. */
static bool is_branch(struct slice name, struct slice stem)
{
	return name.len >= stem.len && slice_same_nocase(name.data, stem.data, stem.len) &&
	       (name.len == stem.len || one_of(name.data[stem.len], "_."));
}

static bool has_several(unsigned roles)
{
	return (roles & (roles - 1)) != 0;
}

bool key_families_differ(const struct key_families *families, struct slice a, struct slice b)
{
	struct slice first = family_of(a), second = family_of(b);

	if (first.len == 0 || second.len == 0 || is_branch(first, second) || is_branch(second, first))
		return false;
	size_t i = find(families, first), k = find(families, second);
	return i < families->count && k < families->count && has_several(families->list[i].roles) && has_several(families->list[k].roles);
}
