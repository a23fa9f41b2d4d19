/* Members whose class says that a name of ours in them is no record. */
#include "inspect/records/readers.h"

/* Word lists, cards (out of scope), forms without secrets, and what a stealer says of the machine itself. */
bool reader_member(struct text *text, const struct hit *hit, struct span *claimed)
{
	switch (text->member->class) {
	case MEMBER_TRAP:
	case MEMBER_CARDS:
	case MEMBER_AUTOFILL:
	case MEMBER_SYSTEM:
		text_line(text, hit->at, &claimed->from, &claimed->to);
		return true;
	default:
		return false;
	}
}
