/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decode recorded jobs without a kernel
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libavcodec/defs.h"
#include "libavutil/imgutils.h"
#include "libavutil/md5.h"
#include "libavutil/mem.h"
#include "libavutil/pixdesc.h"

#include "check.h"
#include "model.h"
#include "record.h"

/* Fresh CAPTURE memory; the driver's poison is another value on purpose. */
#define FILL	0x5c

/* The memory blocks of a replay live until its end: clients recycle them. */
struct heap {
    struct {
        uint64_t mem;
        void *data;
        size_t size;
    } block[MODEL_MAX_MAPPINGS];
    int count;
};

static void *map_block(void *opaque, uint64_t mem, size_t size)
{
    struct heap *heap = opaque;
    void *data;

    for (int i = 0; i < heap->count; i++)
        if (heap->block[i].mem == mem && heap->block[i].size >= size)
            return heap->block[i].data;
    if (heap->count == MODEL_MAX_MAPPINGS || size > (256 << 20)) {
        errno = ENOMEM;
        return NULL;
    }
    data = malloc(size ? size : 1);
    if (!data)
        return NULL;
    memset(data, FILL, size);
    heap->block[heap->count].mem = mem;
    heap->block[heap->count].data = data;
    heap->block[heap->count++].size = size;
    return data;
}

static void unmap_block(void *opaque, void *data, size_t size)
{
    (void)opaque;
    (void)data;
    (void)size;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* MD5 of a picture's samples in the order of a planar frame. */
static void hash_frame(const AVFrame *frame, struct AVMD5 *md5, char text[33])
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
    uint8_t sum[16];

    av_md5_init(md5);
    for (int i = 0; i < 3; i++) {
        int lines = i ? AV_CEIL_RSHIFT(frame->height, desc->log2_chroma_h) : frame->height;

        for (int y = 0; y < lines; y++)
            av_md5_update(md5, frame->data[i] + y * (ptrdiff_t)frame->linesize[i],
                          av_image_get_linesize(frame->format, frame->width, i));
    }
    av_md5_final(md5, sum);
    for (int i = 0; i < 16; i++)
        sprintf(text + 2 * i, "%02x", sum[i]);
}

static void hash_picture(struct model *m, const struct vstateless_event *event, char text[33])
{
    AVFrame *frame = av_frame_alloc();
    struct AVMD5 *md5 = av_md5_alloc();

    strcpy(text, "-");
    if (frame && md5) {
        frame->format = model_pix_fmt(event->capture_fourcc);
        frame->width  = smaller(event->coded_width, event->capture_width);
        frame->height = smaller(event->coded_height, event->capture_height);
        if (av_frame_get_buffer(frame, 0) >= 0 &&
            model_input(m, event->capture_index, frame, frame->width, frame->height) >= 0)
            hash_frame(frame, md5, text);
    }
    av_free(md5);
    av_frame_free(&frame);
}

static void replay_job(struct model *m, const struct vstateless_event *event,
                       const uint8_t *controls, uint8_t *bitstream)
{
    struct vstateless_done done;
    char text[33];

    model_run(m, event, controls, bitstream, &done);
    strcpy(text, "-");
    if (!done.status && done.bytes_written) {
        m->job.event = event;
        hash_picture(m, event, text);
        m->job.event = NULL;
    }
    printf("%llu ts=%llu index=%u status=%d warnings=%u bytes=%u %s\n",
           (unsigned long long)event->job, (unsigned long long)event->timestamp,
           event->capture_index, done.status, done.warnings, done.bytes_written, text);
}

/* One record: 1 when it was handled, 0 at the end, -1 when it is damaged. */
static int replay_record(struct model *m, FILE *file)
{
    struct vstateless_event event;
    uint8_t *block;
    char magic[4];
    uint32_t size;
    int ret = -1;

    if (fread(magic, 1, sizeof(magic), file) != sizeof(magic))
        return 0;
    if (memcmp(magic, "VSR1", sizeof(magic)) || fread(&size, sizeof(size), 1, file) != 1 ||
        size < sizeof(event) || size > (256 << 20))
        return -1;
    block = malloc((size_t)size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!block)
        return -1;
    if (fread(block, 1, size, file) == size) {
        memcpy(&event, block, sizeof(event));
        if ((uint64_t)event.controls_size + event.bitstream_size == size - sizeof(event)) {
            if (event.type == VSTATELESS_EVENT_STREAMOFF)
                model_streamoff(m);
            else
                replay_job(m, &event, block + sizeof(event),
                           block + sizeof(event) + event.controls_size);
            ret = 1;
        }
    }
    free(block);
    return ret;
}

int replay_file(const struct model_options *options, const char *name)
{
    struct heap *heap = calloc(1, sizeof(*heap));
    struct model *m = calloc(1, sizeof(*m));
    FILE *file = fopen(name, "rb");
    int ret = -1;

    /* Whoever reads along may have seen enough before the end. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (file && heap && m) {
        model_init(m, options, 0, &(struct model_memory) {
            .map = map_block, .unmap = unmap_block, .opaque = heap,
        });
        do
            ret = replay_record(m, file);
        while (ret > 0);
        model_uninit(m);
    }
    if (ret < 0)
        fprintf(options->log, "vstateless-model: %s: %s\n", name,
                file ? "damaged record" : strerror(errno));
    for (int i = 0; heap && i < heap->count; i++)
        free(heap->block[i].data);
    if (file)
        fclose(file);
    free(heap);
    free(m);
    return ret < 0;
}
