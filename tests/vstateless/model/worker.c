/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The loop of a worker: get a job, decode, answer
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libavcodec/defs.h"

#include "check.h"
#include "model.h"
#include "record.h"
#include "worker.h"

/* First sizes; GET tells what a larger job needs. */
#define CONTROLS_CAPACITY	(64 << 10)
#define BITSTREAM_CAPACITY	(1 << 20)

struct worker {
    struct model model;
    struct vstateless_event event;
    uint8_t *controls, *bitstream;
    uint32_t controls_capacity, bitstream_capacity;
    int fd;
};

static int device_ioctl(int fd, unsigned long request, void *arg)
{
    int ret;

    do
        ret = ioctl(fd, request, arg);
    while (ret < 0 && errno == EINTR);
    return ret;
}

int worker_open(const struct model_options *options)
{
    struct vstateless_hello hello = { .protocol = VSTATELESS_PROTOCOL };
    int fd;

    fd = open(options->device, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        fprintf(options->log, "vstateless-model: cannot open %s: %s\n", options->device,
                strerror(errno));
        return -1;
    }
    if (device_ioctl(fd, VSTATELESS_IOC_HELLO, &hello) < 0) {
        fprintf(options->log, "vstateless-model: %s speaks protocol %u, this program %u: %s\n",
                options->device, hello.protocol, VSTATELESS_PROTOCOL, strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}

static void *map_memory(void *opaque, uint64_t mem, size_t size)
{
    int fd = *(int *)opaque;
    void *data;

    data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, VSTATELESS_MMAP_OFFSET(mem));
    return data == MAP_FAILED ? NULL : data;
}

static void unmap_memory(void *opaque, void *data, size_t size)
{
    (void)opaque;
    munmap(data, size);
}

static int grow(uint8_t **data, uint32_t *capacity, uint32_t size)
{
    uint8_t *larger;

    if (*data && size <= *capacity)
        return 0;
    larger = realloc(*data, (size_t)size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!larger)
        return -ENOMEM;
    *data = larger;
    *capacity = size;
    return 0;
}

/* Wait for an event; 0, or a negative error (-ENODEV: context closed). */
static int get_event(struct worker *w)
{
    int ret;

    for (;;) {
        w->event = (struct vstateless_event) {
            .controls = (uintptr_t)w->controls,
            .bitstream = (uintptr_t)w->bitstream,
            .controls_capacity = w->controls_capacity,
            .bitstream_capacity = w->bitstream_capacity,
        };
        if (!device_ioctl(w->fd, VSTATELESS_IOC_GET, &w->event))
            return 0;
        if (errno != ENOSPC)
            return -errno;
        ret = grow(&w->controls, &w->controls_capacity, w->event.controls_size);
        if (ret < 0)
            return ret;
        ret = grow(&w->bitstream, &w->bitstream_capacity, w->event.bitstream_size);
        if (ret < 0)
            return ret;
    }
}

static void serve_job(struct worker *w)
{
    const struct model_options *options = w->model.options;
    struct vstateless_done done;

    if (options->record)
        record_job(options, w->model.context, &w->event, w->controls, w->bitstream);
    model_run(&w->model, &w->event, w->controls, w->bitstream, &done);
    /* ESTALE: the watchdog or STREAMOFF was faster, which is no fault. */
    if (device_ioctl(w->fd, VSTATELESS_IOC_DONE, &done) < 0 && errno != ESTALE)
        model_log(&w->model, "cannot answer: %s", strerror(errno));
}

static int serve(struct worker *w)
{
    int ret;

    for (;;) {
        ret = get_event(w);
        if (ret < 0)
            return ret == -ENODEV ? 0 : ret;
        switch (w->event.type) {
        case VSTATELESS_EVENT_JOB:
            serve_job(w);
            break;
        case VSTATELESS_EVENT_MEM_GONE:
            model_mem_gone(&w->model, w->event.mem);
            break;
        case VSTATELESS_EVENT_STREAMOFF:
            if (w->model.options->record)
                record_streamoff(w->model.options, w->model.context);
            model_streamoff(&w->model);
            break;
        default:
            return -EPROTO;
        }
    }
}

int worker_run(const struct model_options *options, uint64_t context)
{
    struct vstateless_context bind = { .id = context };
    struct worker *w;
    int ret;

    w = calloc(1, sizeof(*w));
    if (!w)
        return 1;
    w->fd = worker_open(options);
    if (w->fd < 0) {
        free(w);
        return 1;
    }
    model_init(&w->model, options, context, &(struct model_memory) {
        .map = map_memory, .unmap = unmap_memory, .opaque = &w->fd,
    });
    ret = device_ioctl(w->fd, VSTATELESS_IOC_BIND, &bind) < 0 ? -errno : 0;
    if (!ret)
        ret = grow(&w->controls, &w->controls_capacity, CONTROLS_CAPACITY);
    if (!ret)
        ret = grow(&w->bitstream, &w->bitstream_capacity, BITSTREAM_CAPACITY);
    if (!ret)
        ret = serve(w);
    model_uninit(&w->model);
    /* The context may be gone before we are: a client that came and went. */
    if (ret < 0 && ret != -ENOENT && ret != -ENODEV)
        model_log(&w->model, "worker ends: %s", strerror(-ret));
    close(w->fd);
    free(w->controls);
    free(w->bitstream);
    free(w);
    return ret < 0;
}
