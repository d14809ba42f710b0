/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded library: one field of one control is wrong in every
 * VIDIOC_S_EXT_CTRLS. A test that still passes does not test that field.
 *
 *   CORRUPT=ID:OFFSET:SIZE:FLIP    control, bytes, bits that change (hexadecimal)
 *   CORRUPT_COUNT=FILE             "corrupted N" at the end: how often
 *   CORRUPT_IN_PLACE=1             in the client's own memory, so that it sees what the
 *                                  device gets; for structs that it fills each time
 *
 * tests/sensitivity/sensitivity --shim writes such numbers.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* The slices of a picture are the longest array. */
#define MAX_PAYLOAD (64 * 1024)
#define MAX_CONTROLS 16

static struct {
    uint32_t id;
    uint32_t offset;
    uint32_t size;
    uint64_t flip;
} wanted;
static atomic_int corrupted;

__attribute__((constructor)) static void read_settings(void)
{
    const char *text = getenv("CORRUPT");
    unsigned long long flip;

    if (!text)
        return;
    if (sscanf(text, "%x:%x:%x:%llx", &wanted.id, &wanted.offset, &wanted.size, &flip) != 4 ||
        !wanted.id || wanted.size > sizeof(flip)) {
        fprintf(stderr, "corrupt shim: not a field: %s\n", text);
        abort();
    }
    wanted.flip = flip;
}

__attribute__((destructor)) static void write_count(void)
{
    const char *path = getenv("CORRUPT_COUNT");
    FILE *file = path && corrupted ? fopen(path, "a") : NULL;

    if (!file)
        return;
    fprintf(file, "corrupted %d\n", corrupted);
    fclose(file);
}

/* A copy of the control's value with the field changed. */
static void corrupt(struct v4l2_ext_control *control, uint8_t *copy)
{
    uint64_t value = 0;

    if (control->id != wanted.id || control->size > MAX_PAYLOAD ||
        control->size < wanted.offset + wanted.size)
        return;
    if (getenv("CORRUPT_IN_PLACE"))
        copy = control->ptr;
    else
        memcpy(copy, control->ptr, control->size);
    memcpy(&value, copy + wanted.offset, wanted.size);
    value ^= wanted.flip;
    memcpy(copy + wanted.offset, &value, wanted.size);
    control->ptr = copy;
    corrupted++;
}

int ioctl(int fd, unsigned long request, ...)
{
    int (*next)(int, unsigned long, void *) = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
    struct v4l2_ext_control controls[MAX_CONTROLS];
    static _Thread_local uint8_t copies[MAX_CONTROLS][MAX_PAYLOAD];
    struct v4l2_ext_controls set;
    va_list args;
    void *arg;

    va_start(args, request);
    arg = va_arg(args, void *);
    va_end(args);
    if (request != VIDIOC_S_EXT_CTRLS || !wanted.id)
        return next(fd, request, arg);
    set = *(struct v4l2_ext_controls *)arg;
    if (set.which != V4L2_CTRL_WHICH_REQUEST_VAL || set.count > MAX_CONTROLS)
        return next(fd, request, arg);
    memcpy(controls, set.controls, set.count * sizeof(*controls));
    set.controls = controls;
    for (unsigned i = 0; i < set.count; i++)
        corrupt(&controls[i], copies[i]);
    return next(fd, request, &set);
}
