/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Test cases, the driver's parameters and its counters
 */

#ifndef TEST_H
#define TEST_H

#include <linux/videodev2.h>
#include <stddef.h>
#include <stdint.h>

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
extern const struct test layout_tests[];
extern const struct test queue_tests[];
extern const struct test job_tests[];
extern const struct test fault_tests[];
extern const struct test fence_tests[];

/* Set a module parameter, until the end of the test. */
void set_param(const char *name, const char *value);
void set_number(const char *name, unsigned value);

/* 0, or a negative error: a value that the driver refuses. */
int try_param(const char *name, const char *value);

/* format.c: the format in force; the CAPTURE formats there are; an H.264 SPS for them */
struct v4l2_pix_format_mplane get_format(struct client *c, uint32_t type);
void list_formats(struct client *c, char *text, size_t size);
int set_depth(struct client *c, int bit_depth, int chroma_format_idc);

/* A counter in debugfs, and all those that are not live back to zero. */
long long counter(const char *name);
void reset_counters(void);

/* Let the job go on that the parameter "stall" stopped. */
void resume_job(void);

#endif
