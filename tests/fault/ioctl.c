/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded library: ioctls and poll() that fail when they are told to, and a
 * count of them.
 *
 *   FAULT=NAME:N:ERROR   the Nth call (from 1) of this request fails with this
 *                        number of errno; N+ is this one and all that follow,
 *                        N-M ends with the Mth
 *   FAULT_EINTR=1        the first try of each call returns EINTR, each second
 *                        one is let through; poll() too
 *   FAULT_COUNT=FILE     write "NAME CALLS" for each kind of call at the end,
 *                        "NAME-injected CALLS" for those that were made to fail
 *
 * NAME is the request's name in the kernel's headers, or poll. A failing call
 * does not reach the kernel.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <linux/dma-buf.h>
#include <linux/media.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define NAME(request) { request, #request, 0, 0, 0 }

static struct call {
    unsigned long request;
    const char *name;
    atomic_int count;
    atomic_int injected;
    atomic_int turn;
} calls[] = {
    NAME(VIDIOC_QUERYCAP), NAME(VIDIOC_ENUM_FMT), NAME(VIDIOC_ENUM_FRAMESIZES), NAME(VIDIOC_G_FMT),
    NAME(VIDIOC_S_FMT), NAME(VIDIOC_TRY_FMT), NAME(VIDIOC_QUERY_EXT_CTRL), NAME(VIDIOC_QUERYMENU),
    NAME(VIDIOC_S_EXT_CTRLS), NAME(VIDIOC_G_EXT_CTRLS), NAME(VIDIOC_TRY_EXT_CTRLS),
    NAME(VIDIOC_REQBUFS), NAME(VIDIOC_CREATE_BUFS), NAME(VIDIOC_QUERYBUF), NAME(VIDIOC_EXPBUF),
    NAME(VIDIOC_QBUF), NAME(VIDIOC_DQBUF), NAME(VIDIOC_STREAMON), NAME(VIDIOC_STREAMOFF),
    NAME(VIDIOC_DECODER_CMD),
#ifdef VIDIOC_REMOVE_BUFS
    NAME(VIDIOC_REMOVE_BUFS),
#endif
    NAME(MEDIA_IOC_DEVICE_INFO), NAME(MEDIA_IOC_G_TOPOLOGY), NAME(MEDIA_IOC_REQUEST_ALLOC),
    NAME(MEDIA_REQUEST_IOC_QUEUE), NAME(MEDIA_REQUEST_IOC_REINIT), NAME(DMA_BUF_IOCTL_SYNC),
    { 0, "poll", 0, 0, 0 },
};
#define NB_CALLS (sizeof(calls) / sizeof(*calls))

static struct call *fault_call;
static int fault_first, fault_last, fault_error, interrupt;

__attribute__((constructor)) static void read_settings(void)
{
    const char *fault = getenv("FAULT");
    char name[64], *rest;
    size_t length;

    interrupt = !!getenv("FAULT_EINTR");
    if (!fault)
        return;
    length = strcspn(fault, ":");
    snprintf(name, sizeof(name), "%.*s", (int)length, fault);
    for (unsigned i = 0; i < NB_CALLS; i++) {
        if (!strcmp(calls[i].name, name))
            fault_call = &calls[i];
    }
    if (!fault_call || !fault[length]) {
        fprintf(stderr, "ioctl shim: FAULT=%s is not NAME:N:ERROR\n", fault);
        abort();
    }
    fault_first = fault_last = strtol(fault + length + 1, &rest, 10);
    if (*rest == '+') {
        fault_last = 1 << 30;
        rest++;
    } else if (*rest == '-') {
        fault_last = strtol(rest + 1, &rest, 10);
    }
    fault_error = *rest ? atoi(rest + 1) : EIO;
}

__attribute__((destructor)) static void write_counts(void)
{
    const char *path = getenv("FAULT_COUNT");
    FILE *file = path ? fopen(path, "a") : NULL;

    if (!file)
        return;
    for (unsigned i = 0; i < NB_CALLS; i++) {
        if (calls[i].count)
            fprintf(file, "%s %d\n", calls[i].name, calls[i].count);
        if (calls[i].injected)
            fprintf(file, "%s-injected %d\n", calls[i].name, calls[i].injected);
    }
    fclose(file);
}

static struct call *find_call(unsigned long request)
{
    for (unsigned i = 0; i + 1 < NB_CALLS; i++) {
        if (calls[i].request == request)
            return &calls[i];
    }
    return NULL;
}

/* The error that this call shall return, or 0. */
static int injected_error(struct call *call)
{
    int n;

    if (!call)
        return 0;
    if (interrupt && !(atomic_fetch_add(&call->turn, 1) & 1)) {
        call->injected++;
        return EINTR;
    }
    n = atomic_fetch_add(&call->count, 1) + 1;
    if (call != fault_call || n < fault_first || n > fault_last)
        return 0;
    call->injected++;
    return fault_error;
}

int ioctl(int fd, unsigned long request, ...)
{
    static int (*next)(int, unsigned long, void *);
    va_list args;
    void *arg;
    int error;

    if (!next)
        next = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
    va_start(args, request);
    arg = va_arg(args, void *);
    va_end(args);
    error = injected_error(find_call(request));
    if (error) {
        errno = error;
        return -1;
    }
    return next(fd, request, arg);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    static int (*next)(struct pollfd *, nfds_t, int);
    int error = injected_error(&calls[NB_CALLS - 1]);

    if (!next)
        next = (int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll");
    if (error) {
        errno = error;
        return -1;
    }
    return next(fds, count, timeout);
}
