/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Somebody else who uses the dma-buf of `decode`'s first frame (--foreign=KIND): a
 * fence of the kernel's sw_sync is put on it, as a compositor's or a GPU's would be.
 *
 *   write   it writes while the frame is read: the access has to wait for it
 *   stuck   the same, and it does not end
 *   read    it reads: the access has nothing to wait for
 *   reuse   it still reads when the frame was given back: nobody may write meanwhile
 *   kept    the same, and it does not end before all is decoded
 */

#include <errno.h>
#include <fcntl.h>
#include <libavutil/adler32.h>
#include <libavutil/hwcontext_drm.h>
#include <linux/dma-buf.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "decode.h"

#define SW_SYNC "/sys/kernel/debug/sync/sw_sync"

/* How long it works. Nothing fails because this is too short. */
#define WORK_US 300000

/* The interface of drivers/dma-buf/sw_sync.c, which no header has */
struct CreateFence {
    uint32_t value;
    char name[32];
    int32_t fence;
};
#define CREATE_FENCE _IOWR('W', 0, struct CreateFence)
#define INCREMENT    _IOW('W', 1, uint32_t)

struct Foreign {
    const char *kind;
    int timeline;
    int working;            ///< a thread signals the fence
    pthread_t thread;
    atomic_int signalled;
    void *map;              ///< of the memory that nobody may write to
    size_t size;
    uint32_t sum;
    int changed;
};

static uint32_t sum(const Foreign *f)
{
    return av_adler32_update(1, f->map, f->size);
}

static void signal_fence(Foreign *f)
{
    uint32_t one = 1;

    atomic_store(&f->signalled, 1);
    check(ioctl(f->timeline, INCREMENT, &one) < 0 ? AVERROR(errno) : 0, "signal the fence");
}

static void *work(void *arg)
{
    Foreign *f = arg;

    usleep(WORK_US);
    f->changed = f->map && sum(f) != f->sum;
    signal_fence(f);
    return NULL;
}

static void start_work(Foreign *f)
{
    check(AVERROR(pthread_create(&f->thread, NULL, work, f)), "thread");
    f->working = 1;
}

static void add_fence(Foreign *f, const AVFrame *frame, uint32_t usage)
{
    const AVDRMFrameDescriptor *desc = (const AVDRMFrameDescriptor *)frame->data[0];
    struct CreateFence create = { .value = 1, .name = "foreign" };
    struct dma_buf_import_sync_file import = { .flags = usage };

    f->timeline = open(SW_SYNC, O_RDWR | O_CLOEXEC);
    check(f->timeline < 0 || ioctl(f->timeline, CREATE_FENCE, &create) < 0 ? AVERROR(errno) : 0, SW_SYNC);
    import.fd = create.fence;
    for (int i = 0; i < desc->nb_objects; i++)
        check(ioctl(desc->objects[i].fd, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import) < 0 ?
              AVERROR(errno) : 0, "import the fence");
    close(create.fence);
}

static void map_memory(Foreign *f, const AVFrame *frame)
{
    const AVDRMFrameDescriptor *desc = (const AVDRMFrameDescriptor *)frame->data[0];

    f->size = desc->objects[0].size;
    f->map  = mmap(NULL, f->size, PROT_READ, MAP_SHARED, desc->objects[0].fd, 0);
    check(f->map == MAP_FAILED ? AVERROR(errno) : 0, "map");
    f->sum  = sum(f);
}

Foreign *foreign_begin(const char *kind, const AVFrame *frame)
{
    Foreign *f = calloc(1, sizeof(*f));

    check(f && frame->hw_frames_ctx ? 0 : AVERROR(EINVAL), "a foreign user");
    f->kind     = kind;
    f->timeline = -1;
    if (!strcmp(kind, "write") || !strcmp(kind, "stuck"))
        add_fence(f, frame, DMA_BUF_SYNC_WRITE);
    else if (!strcmp(kind, "read"))
        add_fence(f, frame, DMA_BUF_SYNC_READ);
    else
        check(strcmp(kind, "reuse") && strcmp(kind, "kept") ? AVERROR(EINVAL) : 0, kind);
    if (!strcmp(kind, "write"))
        start_work(f);
    return f;
}

int foreign_access(Foreign *f, const AVFrame *frame)
{
    if (!strcmp(f->kind, "write"))
        return atomic_load(&f->signalled) ? 0 : AVERROR_BUG;
    if (f->timeline >= 0) {
        signal_fence(f);
    } else {
        add_fence(f, frame, DMA_BUF_SYNC_READ);
        if (!strcmp(f->kind, "reuse")) {
            map_memory(f, frame);
            start_work(f);
        }
    }
    return 0;
}

int foreign_end(Foreign *f)
{
    int ret;

    if (f->working)
        pthread_join(f->thread, NULL);
    if (f->map)
        munmap(f->map, f->size);
    /* Signals what was not. */
    close(f->timeline);
    ret = f->changed ? AVERROR_BUG : 0;
    free(f);
    return ret;
}
