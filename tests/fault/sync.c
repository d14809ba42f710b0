/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded library: DMA_BUF_IOCTL_SYNC does nothing and says that it worked,
 * as if the hwaccel had never learned to call it.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <linux/dma-buf.h>
#include <stdarg.h>
#include <sys/ioctl.h>

int ioctl(int fd, unsigned long request, ...)
{
    int (*next)(int, unsigned long, void *) = (int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl");
    va_list args;
    void *arg;

    va_start(args, request);
    arg = va_arg(args, void *);
    va_end(args);
    return request == DMA_BUF_IOCTL_SYNC ? 0 : next(fd, request, arg);
}
