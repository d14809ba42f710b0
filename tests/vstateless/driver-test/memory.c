/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory: what the CPU sees when, poison, SYNC windows, dma-bufs
 */

#define _GNU_SOURCE /* memfd_create() */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>

#include "test.h"

/* As vstateless-mem.c fills. */
#define POISON_CPU_ALLOC  0xc0
#define POISON_CPU_QUEUED 0xc1
#define POISON_DEV_JOB    0xd1

static const struct command fill_5a = { .luma = 0x5a, .chroma = 0xa5 };

static void expect_bytes(const uint8_t *data, size_t size, uint8_t value, const char *what)
{
    for (size_t i = 0; i < size; i++)
        check(data[i] == value, "%s: byte %zu is 0x%02x, not 0x%02x", what, i, data[i], value);
}

/* Luma and chroma of a whole picture with its padding, then poison. */
static void expect_picture(struct client *c, const uint8_t *data, uint8_t luma, uint8_t chroma)
{
    size_t size = c->picture.plane_fmt[0].bytesperline * c->picture.height;

    expect_bytes(data, size, luma, "luma");
    expect_bytes(data + size, size / 2, chroma, "chroma");
}

static void test_stale(void)
{
    struct client c;
    uint8_t *data;
    size_t size;

    client_start(&c, 1, 1);
    size = c.picture.plane_fmt[0].sizeimage;
    data = map_dmabuf(c.dmabuf[0], size);
    expect_bytes(c.pixels[0], size, POISON_CPU_ALLOC, "new buffer");
    decode(&c, 0, 1, &fill_5a);

    expect_bytes(c.pixels[0], size, POISON_CPU_QUEUED, "V4L2 mapping before SYNC");
    expect_bytes(data, size, POISON_CPU_QUEUED, "dma-buf mapping before SYNC");
    sync_start(c.dmabuf[0], DMA_BUF_SYNC_WRITE);
    expect_bytes(data, size, POISON_CPU_QUEUED, "dma-buf mapping after SYNC for writing");
    sync_end(c.dmabuf[0], DMA_BUF_SYNC_WRITE);
    check(counter("sync_copies") == 0, "copied without a SYNC for reading");
    munmap(data, size);
    client_close(&c);
}

static void test_sync(void)
{
    struct client c;
    uint8_t *data;
    size_t size, used;

    client_start(&c, 1, 1);
    size = c.picture.plane_fmt[0].sizeimage;
    used = c.picture.plane_fmt[0].bytesperline * c.picture.height * 3 / 2;
    data = map_dmabuf(c.dmabuf[0], size);
    decode(&c, 0, 1, &fill_5a);

    sync_start(c.dmabuf[0], DMA_BUF_SYNC_READ);
    expect_picture(&c, data, 0x5a, 0xa5);
    expect_picture(&c, c.pixels[0], 0x5a, 0xa5);
    expect_bytes(data + used, size - used, POISON_DEV_JOB, "behind the picture");
    sync_end(c.dmabuf[0], DMA_BUF_SYNC_READ);

    decode(&c, 0, 2, &(struct command) { .luma = 0x33, .chroma = 0x44 });
    expect_bytes(data, size, POISON_CPU_QUEUED, "after the next job");
    sync_start(c.dmabuf[0], DMA_BUF_SYNC_READ);
    expect_picture(&c, data, 0x33, 0x44);
    sync_end(c.dmabuf[0], DMA_BUF_SYNC_READ);
    check(counter("sync_start") == 2 && counter("sync_copies") == 2, "sync counters are wrong");
    munmap(data, size);
    client_close(&c);
}

/* What a job does not write is poison, not the last picture in this buffer. */
static void test_unwritten(void)
{
    struct client c;
    uint8_t *data;
    size_t size;

    client_start(&c, 1, 1);
    size = c.picture.plane_fmt[0].bytesperline * c.picture.height;
    data = map_dmabuf(c.dmabuf[0], c.picture.plane_fmt[0].sizeimage);
    decode(&c, 0, 1, &fill_5a);
    decode(&c, 0, 2, &(struct command) { .luma = 0x77, .lines = LINES_HALF });
    sync_start(c.dmabuf[0], DMA_BUF_SYNC_READ);
    expect_bytes(data, size / 2, 0x77, "written half");
    expect_bytes(data + size / 2, size, POISON_DEV_JOB, "the rest");
    sync_end(c.dmabuf[0], DMA_BUF_SYNC_READ);
    munmap(data, c.picture.plane_fmt[0].sizeimage);
    client_close(&c);
}

static void test_coherent(void)
{
    struct client c;

    set_param("coherent", "1");
    client_start(&c, 1, 1);
    decode(&c, 0, 1, &fill_5a);
    expect_picture(&c, c.pixels[0], 0x5a, 0xa5);
    check(synced_pixel(&c, 0) == 0x5a, "SYNC changed the picture");
    check(counter("sync_copies") == 0, "coherent memory was copied");
    client_close(&c);
}

/* The CPU may write a picture, too: the device sees it after SYNC END. */
static void test_cpu_write(void)
{
    struct client c;
    uint8_t *data;

    client_start(&c, 2, 2);
    data = map_dmabuf(c.dmabuf[0], c.picture.plane_fmt[0].sizeimage);
    decode(&c, 0, 1, &fill_5a);
    sync_start(c.dmabuf[0], DMA_BUF_SYNC_RW);
    data[0] = 0x20;
    sync_end(c.dmabuf[0], DMA_BUF_SYNC_RW);
    decode(&c, 1, 2, &(struct command) { .action = ACTION_REFERENCE, .luma = 1, .reference = 1000 });
    check(synced_pixel(&c, 1) == 0x21, "the device did not see what the CPU wrote");
    munmap(data, c.picture.plane_fmt[0].sizeimage);
    client_close(&c);
}

static void test_window(void)
{
    volatile uint8_t *data;
    struct client c;

    set_param("window", "1");
    client_start(&c, 1, 1);
    data = map_dmabuf(c.dmabuf[0], c.picture.plane_fmt[0].sizeimage);
    decode(&c, 0, 1, &fill_5a);
    sync_start(c.dmabuf[0], DMA_BUF_SYNC_READ);
    check(data[0] == 0x5a && data[12288] == 0xa5, "wrong picture inside the window");
    check(counter("bad_access") == 0, "an access inside the window was reported");
    sync_end(c.dmabuf[0], DMA_BUF_SYNC_READ);

    (void)data[4096];
    check(counter("bad_access") == 1, "an access after the window was not reported");
    check(counter("stale_reads") == 0, "data that SYNC had fetched was called stale");
    (void)*(volatile uint8_t *)c.pixels[0];
    check(counter("bad_access") == 2, "an access through V4L2's mapping was not reported");

    decode(&c, 0, 2, &fill_5a);
    check(*(volatile uint8_t *)c.pixels[0] == POISON_CPU_QUEUED, "the detector showed the device's data");
    check(counter("bad_access") == 3, "an access after QBUF: bad_access is %lld", counter("bad_access"));
    check(counter("stale_reads") == 1, "a read of old data was not reported as such");
    munmap((void *)data, c.picture.plane_fmt[0].sizeimage);
    client_close(&c);
}

static void test_unbalanced(void)
{
    struct client c;

    client_start(&c, 1, 1);
    sync_end(c.dmabuf[0], DMA_BUF_SYNC_READ);
    check(counter("sync_unbalanced") == 1, "SYNC END without START was not counted");
    sync_start(c.dmabuf[0], DMA_BUF_SYNC_READ);
    client_close(&c);
    usleep(ms(20) * 1000);
    check(counter("sync_unbalanced") == 2, "a window that was left open was not counted");
}

/* The bytes count at the time of the request's queueing, not later. */
static void test_output_snapshot(void)
{
    struct client c;
    int first, second;

    client_start(&c, 2, 2);
    first = submit(&c, 0, 1, &(struct command) { .delay_ms = ms(100) });
    second = submit(&c, 1, 2, &fill_5a);
    c.bitstream[1][0] = 0x11;
    finish(&c, first);
    finish(&c, second);
    check(synced_pixel(&c, 1) == 0x5a, "bytes that were written after the queueing were used");
    close(first);
    close(second);
    client_close(&c);
}

static int alloc_heap(size_t size)
{
    struct dma_heap_allocation_data data = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };
    int heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);

    check(heap >= 0 && !ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data),
          "/dev/dma_heap/system: %s", strerror(errno));
    close(heap);
    return data.fd;
}

static int alloc_udmabuf(size_t size)
{
    struct udmabuf_create create = { .size = (size + 4095) & ~4095ul };
    int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), fd;

    create.memfd = memfd_create("picture", MFD_ALLOW_SEALING);
    check(device >= 0 && !ftruncate(create.memfd, create.size) &&
          !fcntl(create.memfd, F_ADD_SEALS, F_SEAL_SHRINK), "memfd: %s", strerror(errno));
    fd = ioctl(device, UDMABUF_CREATE, &create);
    check(fd >= 0, "/dev/udmabuf: %s", strerror(errno));
    close(create.memfd);
    close(device);
    return fd;
}

static void import(int (*alloc)(size_t))
{
    struct client c;

    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    client_reqbufs(&c, OUTPUT, V4L2_MEMORY_MMAP, 2);
    client_reqbufs(&c, CAPTURE, V4L2_MEMORY_DMABUF, 2);
    client_map(&c);
    for (int i = 0; i < 2; i++)
        c.dmabuf[i] = alloc(c.picture.plane_fmt[0].sizeimage);
    check(!client_stream(&c, 1, OUTPUT) && !client_stream(&c, 1, CAPTURE), "STREAMON: %s", strerror(errno));

    check(!(decode(&c, 0, 1, &fill_5a) & V4L2_BUF_FLAG_ERROR), "the job failed");
    check(synced_pixel(&c, 0) == 0x5a, "the imported buffer does not have the picture");
    decode(&c, 1, 2, &(struct command) { .action = ACTION_REFERENCE, .luma = 1, .reference = 1000 });
    check(synced_pixel(&c, 1) == 0x5b, "an imported reference was not found");
    check(counter("import_copies") == 2, "import_copies is wrong");
    client_close(&c);
}

static void test_import_heap(void)
{
    import(alloc_heap);
}

static void test_import_udmabuf(void)
{
    import(alloc_udmabuf);
}

/* A buffer of one context as the destination of another one. */
static void test_import_own(void)
{
    struct client a, b;

    client_start(&a, 1, 1);
    client_open(&b, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    client_reqbufs(&b, OUTPUT, V4L2_MEMORY_MMAP, 1);
    client_reqbufs(&b, CAPTURE, V4L2_MEMORY_DMABUF, 1);
    client_map(&b);
    b.dmabuf[0] = dup(a.dmabuf[0]);
    check(!client_stream(&b, 1, OUTPUT) && !client_stream(&b, 1, CAPTURE), "STREAMON: %s", strerror(errno));
    decode(&b, 0, 1, &fill_5a);
    check(synced_pixel(&b, 0) == 0x5a, "the other context's buffer does not have the picture");
    client_close(&b);
    client_close(&a);
}

static void test_import_small(void)
{
    struct client c;

    client_open(&c, V4L2_PIX_FMT_H264_SLICE, 64, 64);
    client_reqbufs(&c, CAPTURE, V4L2_MEMORY_DMABUF, 1);
    c.dmabuf[0] = alloc_heap(4096);
    check(queue_capture(&c, 0) < 0, "a dma-buf that is too small was accepted");
    client_close(&c);
}

/* REQBUFS(0) orphans an exported buffer; its data stays. */
static void test_export_orphan(void)
{
    struct client c;
    int fd;

    client_start(&c, 1, 1);
    decode(&c, 0, 1, &fill_5a);
    fd = dup(c.dmabuf[0]);
    check(!client_stream(&c, 0, OUTPUT) && !client_stream(&c, 0, CAPTURE), "STREAMOFF: %s", strerror(errno));
    munmap(c.pixels[0], c.picture.plane_fmt[0].sizeimage);
    c.pixels[0] = NULL;
    close(c.dmabuf[0]);
    client_reqbufs(&c, CAPTURE, V4L2_MEMORY_MMAP, 0);
    c.dmabuf[0] = fd;
    check(synced_pixel(&c, 0) == 0x5a, "the orphaned buffer lost its picture");
    c.dmabuf[0] = -1;
    client_close(&c);
    check(counter("dmabuf_live") == 1 && counter("ctx_live") == 0, "counters of an orphan are wrong");
    c.dmabuf[0] = fd;
    check(synced_pixel(&c, 0) == 0x5a, "the buffer lost its picture when its context was closed");
    close(fd);
}

const struct test memory_tests[] = {
    { "memory-stale-without-sync", test_stale },
    { "memory-sync", test_sync },
    { "memory-unwritten-is-poison", test_unwritten },
    { "memory-coherent", test_coherent },
    { "memory-cpu-write", test_cpu_write },
    { "memory-window", test_window },
    { "memory-sync-unbalanced", test_unbalanced },
    { "memory-output-snapshot", test_output_snapshot },
    { "memory-import-heap", test_import_heap },
    { "memory-import-udmabuf", test_import_udmabuf },
    { "memory-import-own", test_import_own },
    { "memory-import-small", test_import_small },
    { "memory-export-orphan", test_export_orphan },
    { 0 }
};
