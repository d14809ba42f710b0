/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Test cases, the driver's parameters and its counters
 */

#ifndef TEST_H
#define TEST_H

#include "client.h"

struct test {
    const char *name;
    void (*run)(void);
    /* The model is not wanted, or replaced by the test. */
    int without_model;
};

/* Lists of the test files; end with a test without a name. */
extern const struct test memory_tests[];
extern const struct test format_tests[];
extern const struct test queue_tests[];
extern const struct test job_tests[];
extern const struct test fault_tests[];
extern const struct test fence_tests[];

/* Set a module parameter, until the end of the test. */
void set_param(const char *name, const char *value);
void set_number(const char *name, unsigned value);

/* A counter in debugfs, and all those that are not live back to zero. */
long long counter(const char *name);
void reset_counters(void);

#endif
