/* What the tests of the files in data/ share. */
#ifndef LEAKTRAWL_TESTS_DATA_SUPPORT_H
#define LEAKTRAWL_TESTS_DATA_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shared/yaml.h"

/* A file of data/, parsed; the caller frees it. Fails the test where it cannot be read or is no YAML. */
struct yaml_file *data_file(const char *name, struct faults *faults);

/* Prints what is wrong with a file and fails the test, unless nothing is. */
void faults_none(const struct faults *faults);

#endif
