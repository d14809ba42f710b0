/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded library: the video node seems to be something else.
 *
 *   NODE=processor    a scaler
 *   NODE=camera       no memory to memory device
 *   NODE=vp8          a stateless decoder of nothing but VP8
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

static const struct {
    const char *name;
    __u32 output, capture;      ///< the only format of each queue
} nodes[] = {
    { "processor", V4L2_PIX_FMT_NV12,      V4L2_PIX_FMT_NV12 },
    { "vp8",       V4L2_PIX_FMT_VP8_FRAME, V4L2_PIX_FMT_NV12 },
};

/* -1: as the device answers */
static int enum_format(struct v4l2_fmtdesc *desc)
{
    const char *name = getenv("NODE");

    for (unsigned i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
        if (strcmp(nodes[i].name, name))
            continue;
        if (desc->index) {
            errno = EINVAL;
            return 0;
        }
        desc->pixelformat = V4L2_TYPE_IS_OUTPUT(desc->type) ? nodes[i].output : nodes[i].capture;
        desc->flags = desc->pixelformat == V4L2_PIX_FMT_NV12 ? 0 : V4L2_FMT_FLAG_COMPRESSED;
        return 1;
    }
    return -1;
}

int ioctl(int fd, unsigned long number, ...)
{
    int (*next)(int, unsigned long, void *) = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
    struct v4l2_capability *cap;
    va_list args;
    void *arg;
    int ret;

    va_start(args, number);
    arg = va_arg(args, void *);
    va_end(args);
    if (getenv("NODE") && number == VIDIOC_ENUM_FMT && (ret = enum_format(arg)) >= 0)
        return ret - 1;
    ret = next(fd, number, arg);
    if (getenv("NODE") && number == VIDIOC_QUERYCAP && !strcmp(getenv("NODE"), "camera")) {
        cap = arg;
        cap->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    }
    return ret;
}
