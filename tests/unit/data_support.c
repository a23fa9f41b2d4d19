#include "data_support.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/buf.h"

struct yaml_file *data_file(const char *name, struct faults *faults)
{
	char path[4096];
	struct buf content;
	uint8_t piece[4096];
	size_t got;
	const char *folder = getenv("LEAKTRAWL_SOURCE");

	snprintf(path, sizeof path, "%s/data/%s", folder != NULL ? folder : SOURCE_FOLDER, name);
	FILE *stream = fopen(path, "r");
	assert_non_null(stream);
	buf_init(&content, 1 << 20);
	while ((got = fread(piece, 1, sizeof piece, stream)) > 0)
		assert_true(buf_append(&content, piece, got));
	fclose(stream);
	struct yaml_file *file = yaml_parse(name, buf_text(&content), content.len, faults);
	buf_free(&content);
	assert_non_null(file);
	return file;
}

void faults_none(const struct faults *faults)
{
	for (size_t i = 0; i < faults->count; i++)
		print_message("# %s:%u:%u: %s\n", faults->list[i].file, faults->list[i].line, faults->list[i].column, faults->list[i].text);
	assert_int_equal(faults->count, 0);
}
