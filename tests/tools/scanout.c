/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a display's planes are told to show: scanout CARD FOURCC >FILE
 *
 * Looks for an active plane with a buffer of that format (NV12 or P010), writes
 * the visible part of it and prints on standard error, of each active one
 *
 *     plane ID: WIDTHxHEIGHT FOURCC
 *
 * Needs CAP_SYS_ADMIN: the buffers are another program's.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libdrm/drm.h>
#include <libdrm/drm_mode.h>
#include <linux/dma-buf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_PLANES 64

static void control(int fd, unsigned long request, void *arg, const char *what)
{
    int ret;

    do
        ret = ioctl(fd, request, arg);
    while (ret < 0 && errno == EINTR);
    if (ret < 0) {
        fprintf(stderr, "scanout: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

/* Without this, primary planes are hidden. */
static void see_all_planes(int fd)
{
    struct drm_set_client_cap cap = { DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1 };

    control(fd, DRM_IOCTL_SET_CLIENT_CAP, &cap, "universal planes");
}

/* The first one that shows a buffer of the format */
static int find_buffer(int fd, uint32_t fourcc, struct drm_mode_fb_cmd2 *buffer)
{
    uint32_t ids[MAX_PLANES];
    struct drm_mode_get_plane_res planes = { .plane_id_ptr = (uintptr_t)ids, .count_planes = MAX_PLANES };

    control(fd, DRM_IOCTL_MODE_GETPLANERESOURCES, &planes, "planes");
    for (unsigned i = 0; i < planes.count_planes && i < MAX_PLANES; i++) {
        struct drm_mode_get_plane plane = { .plane_id = ids[i] };

        control(fd, DRM_IOCTL_MODE_GETPLANE, &plane, "plane");
        if (!plane.fb_id)
            continue;
        *buffer = (struct drm_mode_fb_cmd2){ .fb_id = plane.fb_id };
        control(fd, DRM_IOCTL_MODE_GETFB2, buffer, "buffer");
        fprintf(stderr, "plane %u: %ux%u %.4s\n", ids[i], buffer->width, buffer->height,
                (const char *)&buffer->pixel_format);
        if (buffer->pixel_format == fourcc)
            return 1;
    }
    return 0;
}

static const uint8_t *map_plane(int card, uint32_t handle, int *fd, size_t *size)
{
    struct drm_prime_handle prime = { .handle = handle, .flags = O_CLOEXEC };
    struct dma_buf_sync sync = { DMA_BUF_SYNC_READ | DMA_BUF_SYNC_START };
    const uint8_t *data;

    control(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime, "export");
    *fd   = prime.fd;
    *size = lseek(prime.fd, 0, SEEK_END);
    data  = mmap(NULL, *size, PROT_READ, MAP_SHARED, prime.fd, 0);
    if (data == MAP_FAILED) {
        perror("scanout: map");
        exit(1);
    }
    control(prime.fd, DMA_BUF_IOCTL_SYNC, &sync, "sync");
    return data;
}

/* Of a format with two planes, the second of half the height */
static void write_buffer(int card, const struct drm_mode_fb_cmd2 *buffer, unsigned bytes)
{
    struct dma_buf_sync sync = { DMA_BUF_SYNC_READ | DMA_BUF_SYNC_END };

    for (int i = 0; i < 2; i++) {
        unsigned width  = i ? (buffer->width + 1) / 2 * 2 : buffer->width;
        unsigned height = i ? (buffer->height + 1) / 2 : buffer->height;
        size_t size;
        int fd;
        const uint8_t *data = map_plane(card, buffer->handles[i], &fd, &size);

        for (unsigned y = 0; y < height; y++)
            fwrite(data + buffer->offsets[i] + (size_t)y * buffer->pitches[i], bytes, width, stdout);
        control(fd, DMA_BUF_IOCTL_SYNC, &sync, "sync");
        munmap((void *)data, size);
        close(fd);
    }
}

int main(int argc, char **argv)
{
    struct drm_mode_fb_cmd2 buffer;
    uint32_t fourcc;
    int card;

    if (argc != 3 || strlen(argv[2]) != 4) {
        fprintf(stderr, "usage: scanout CARD FOURCC >FILE\n");
        return 2;
    }
    memcpy(&fourcc, argv[2], 4);
    card = open(argv[1], O_RDWR | O_CLOEXEC);
    if (card < 0) {
        perror(argv[1]);
        return 1;
    }
    see_all_planes(card);
    if (!find_buffer(card, fourcc, &buffer)) {
        fprintf(stderr, "scanout: no plane shows %s\n", argv[2]);
        return 1;
    }
    write_buffer(card, &buffer, fourcc == *(const uint32_t *)"P010" ? 2 : 1);
    return fflush(stdout) ? 1 : 0;
}
