/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preloaded under Mesa's software GL on a display without a GPU (kms_swrast).
 * That maps each buffer by DRM_IOCTL_MODE_MAP_DUMB, which the kernel refuses for
 * imported ones, and then reads at address 0. Here such a buffer is mapped by
 * its dma-buf. GPU drivers, which import for themselves, need none of this.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libdrm/drm.h>
#include <libdrm/drm_mode.h>

/* Offsets that no DRM device gives; the rest is the buffer's handle. */
#define IMPORTED (UINT64_C(1) << 56)

typedef int ioctl_fn(int fd, unsigned long request, ...);
typedef void *mmap_fn(void *address, size_t size, int prot, int flags, int fd, off64_t offset);

static void *libc_symbol(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list list;
    void *arg;
    int ret;

    va_start(list, request);
    arg = va_arg(list, void *);
    va_end(list);

    ret = ((ioctl_fn *)libc_symbol("ioctl"))(fd, request, arg);
    if (ret < 0 && errno == EINVAL && request == DRM_IOCTL_MODE_MAP_DUMB) {
        struct drm_mode_map_dumb *map = arg;

        map->offset = IMPORTED | (uint64_t)map->handle << 12;
        ret = 0;
    }
    return ret;
}

static void *map_dmabuf(void *address, size_t size, int prot, int flags, int card, uint32_t handle)
{
    struct drm_prime_handle prime = { .handle = handle, .flags = O_CLOEXEC | O_RDWR };
    void *mapped;

    if (ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) < 0)
        return MAP_FAILED;
    mapped = ((mmap_fn *)libc_symbol("mmap64"))(address, size, prot, flags, prime.fd, 0);
    close(prime.fd);
    return mapped;
}

void *mmap64(void *address, size_t size, int prot, int flags, int fd, off64_t offset)
{
    if (fd >= 0 && (uint64_t)offset & IMPORTED)
        return map_dmabuf(address, size, prot, flags, fd, ((uint64_t)offset & ~IMPORTED) >> 12);
    return ((mmap_fn *)libc_symbol("mmap64"))(address, size, prot, flags, fd, offset);
}

void *mmap(void *address, size_t size, int prot, int flags, int fd, off_t offset)
{
    return mmap64(address, size, prot, flags, fd, offset);
}
