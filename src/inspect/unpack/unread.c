#include "inspect/unpack/unread.h"

#include <string.h>

struct mark {
	size_t at, len;
	const char *bytes;
	struct unread unread;
};

#define MARK(at, bytes, name, encrypted)      \
	{                                     \
		at, sizeof(bytes) - 1, bytes, \
		{                             \
			name, encrypted       \
		}                             \
	}

static const struct mark marks[] = {
	MARK(0, "!BDN", "Outlook mailbox (pst)", false),
	MARK(7, "**ACE**", "ace", false),
	MARK(0, "ALZ\1", "alz", false),
	MARK(0, "EGGA", "egg", false),
	MARK(0, "7kSt", "zpaq", false),
	MARK(0, "\x89LZO\0\r\n\x1a\n", "lzop", false),
	MARK(0, "\xff\x06\0\0sNaPpY", "snappy", false),
	MARK(0, "xar!", "xar", false),
	MARK(0, "MSWIM\0\0\0", "Windows image (wim)", false),
	MARK(0, "hsqs", "squashfs", false),
	MARK(0, "\x78\x9f\x3e\x22", "Outlook attachments (winmail.dat)", false),
	MARK(4, "Standard Jet DB", "Access database", false),
	MARK(4, "Standard ACE DB", "Access database", false),
	MARK(0, "PAR1", "parquet", false),
	MARK(0, "ORC\n", "orc", false),
	MARK(0, "Obj\1", "avro", false),
	MARK(0, "PGDMP", "PostgreSQL dump in its own format", false),
	MARK(0, "TAPE\0\0\3\0", "SQL Server backup", false),
	MARK(0, "QFI\xfb", "disk image (qcow2)", false),
	MARK(0, "KDMV", "disk image (vmdk)", false),
	MARK(0, "vhdxfile", "disk image (vhdx)", false),
	MARK(0, "LUKS\xba\xbe", "encrypted disk (LUKS)", true),
	MARK(0, "Salted__", "encrypted by openssl", true),
	MARK(0, "age-encryption.org/v1", "encrypted by age", true),
	MARK(0, "-----BEGIN PGP MESSAGE-----", "encrypted by OpenPGP", true),
	MARK(0, "-----BEGIN AGE ENCRYPTED FILE-----", "encrypted by age", true),
	MARK(0, "$ANSIBLE_VAULT;", "encrypted by ansible-vault", true),
};

const struct unread *unread_of(struct slice head)
{
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		if (head.len >= marks[i].at + marks[i].len && memcmp(head.data + marks[i].at, marks[i].bytes, marks[i].len) == 0)
			return &marks[i].unread;
	}
	return NULL;
}
