/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client that chooses decoder and device as Kodi 21 does: kodi FILE
 *
 * It takes the first decoder that has a configuration for a DRM device (by
 * device context), opens the render node, sets the pixel format before it opens
 * the decoder, and decodes in as many threads as there are processors. Frames
 * are read as an importer reads them, by nothing but their descriptors. Prints
 *
 *     decoder NAME
 *     NUMBER WIDTHxHEIGHT MD5         of planar yuv, as tests/tools/decode
 *     end FRAMES
 */

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/cpu.h>
#include <libavutil/hwcontext.h>
#include <libavutil/hwcontext_drm.h>
#include <libavutil/md5.h>
#include <libavutil/mem.h>
#include <linux/dma-buf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define RENDER_NODE "/dev/dri/renderD128"
#define FOURCC(a, b, c, d) ((a) | (b) << 8 | (c) << 16 | (uint32_t)(d) << 24)
#define NV12 FOURCC('N', 'V', '1', '2')
#define P010 FOURCC('P', '0', '1', '0')

typedef struct Client {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVBufferRef *device;
    int stream;
    int frames;
} Client;

static void check(int ret, const char *what)
{
    if (ret >= 0)
        return;
    fprintf(stderr, "kodi: %s: %s\n", what, av_err2str(ret));
    exit(1);
}

/* Not the pixel format alone: the type of the device has to be DRM, too. */
static int takes_drm_device(const AVCodec *codec)
{
    const AVCodecHWConfig *config;

    for (int i = 0; (config = avcodec_get_hw_config(codec, i)); i++) {
        if (config->pix_fmt == AV_PIX_FMT_DRM_PRIME &&
            (config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX) &&
            config->device_type == AV_HWDEVICE_TYPE_DRM)
            return 1;
    }
    return 0;
}

static const AVCodec *find_decoder(enum AVCodecID id)
{
    const AVCodec *codec;
    void *state = NULL;

    while ((codec = av_codec_iterate(&state))) {
        if (codec->id == id && av_codec_is_decoder(codec) && takes_drm_device(codec))
            return codec;
    }
    return NULL;
}

static enum AVPixelFormat get_format(AVCodecContext *codec, const enum AVPixelFormat *formats)
{
    for (const enum AVPixelFormat *f = formats; *f != AV_PIX_FMT_NONE; f++) {
        if (*f == AV_PIX_FMT_DRM_PRIME)
            return *f;
    }
    return avcodec_default_get_format(codec, formats);
}

static void open_file(Client *c, const char *file)
{
    check(avformat_open_input(&c->format, file, NULL, NULL), file);
    check(avformat_find_stream_info(c->format, NULL), "find streams");
    c->stream = av_find_best_stream(c->format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    check(c->stream, "no video");
}

static void open_decoder(Client *c)
{
    AVStream *stream     = c->format->streams[c->stream];
    const AVCodec *codec = find_decoder(stream->codecpar->codec_id);

    check(codec ? 0 : AVERROR_DECODER_NOT_FOUND, "no decoder has a configuration for DRM devices");
    printf("decoder %s\n", codec->name);
    check(av_hwdevice_ctx_create(&c->device, AV_HWDEVICE_TYPE_DRM, RENDER_NODE, NULL, 0), RENDER_NODE);
    c->codec = avcodec_alloc_context3(codec);
    check(c->codec ? 0 : AVERROR(ENOMEM), "no decoder");
    check(avcodec_parameters_to_context(c->codec, stream->codecpar), "parameters");
    c->codec->pix_fmt       = AV_PIX_FMT_DRM_PRIME;
    c->codec->get_format    = get_format;
    c->codec->hw_device_ctx = av_buffer_ref(c->device);
    c->codec->thread_count  = av_cpu_count();
    check(avcodec_open2(c->codec, codec, NULL), "open the decoder");
}

static void sync_object(int fd, uint64_t flags)
{
    struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_READ | flags };

    check(ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync) < 0 ? AVERROR(errno) : 0, "DMA_BUF_IOCTL_SYNC");
}

/* One component of NV12 or P010: bytes, or words with the sample in the low bits */
static void hash_component(struct AVMD5 *md5, const uint8_t *plane, ptrdiff_t pitch, int component,
                           int width, int height, int deep)
{
    int step      = component ? 2 : 1;
    uint8_t *line = av_malloc(2 * width);

    for (int y = 0; y < height; y++) {
        const uint8_t *p = plane + y * pitch + (component == 2) * (1 << deep);

        for (int x = 0; x < width; x++) {
            if (deep) {
                unsigned sample = (p[2 * x * step] | p[2 * x * step + 1] << 8) >> 6;

                line[2 * x]     = sample;
                line[2 * x + 1] = sample >> 8;
            } else {
                line[x] = p[x * step];
            }
        }
        av_md5_update(md5, line, width << deep);
    }
    av_free(line);
}

static void hash_frame(const AVFrame *frame, char text[33])
{
    const AVDRMFrameDescriptor *desc  = (const AVDRMFrameDescriptor *)frame->data[0];
    const AVDRMLayerDescriptor *layer = &desc->layers[0];
    const AVDRMObjectDescriptor *object = &desc->objects[0];
    int width = frame->width, height = frame->height;
    uint8_t sum[16];
    uint8_t *memory;
    struct AVMD5 *md5;

    if (desc->nb_objects != 1 || desc->nb_layers != 1 || layer->nb_planes != 2 ||
        (layer->format != NV12 && layer->format != P010))
        check(AVERROR(ENOSYS), "frames that are neither NV12 nor P010");
    memory = mmap(NULL, object->size, PROT_READ, MAP_SHARED, object->fd, 0);
    check(memory == MAP_FAILED ? AVERROR(errno) : 0, "map a frame");
    md5 = av_md5_alloc();
    av_md5_init(md5);
    sync_object(object->fd, DMA_BUF_SYNC_START);
    for (int i = 0; i < 3; i++) {
        const AVDRMPlaneDescriptor *plane = &layer->planes[!!i];

        hash_component(md5, memory + plane->offset, plane->pitch, i, i ? AV_CEIL_RSHIFT(width, 1) : width,
                       i ? AV_CEIL_RSHIFT(height, 1) : height, layer->format == P010);
    }
    sync_object(object->fd, DMA_BUF_SYNC_END);
    av_md5_final(md5, sum);
    av_free(md5);
    munmap(memory, object->size);
    for (int i = 0; i < 16; i++)
        snprintf(text + 2 * i, 3, "%02x", sum[i]);
}

static void receive_frames(Client *c)
{
    AVFrame *frame = av_frame_alloc();
    char md5[33];
    int ret;

    while ((ret = avcodec_receive_frame(c->codec, frame)) >= 0) {
        if (frame->format != AV_PIX_FMT_DRM_PRIME)
            check(AVERROR_EXTERNAL, "a frame that is no dma-buf");
        hash_frame(frame, md5);
        printf("%d %dx%d %s\n", c->frames++, frame->width, frame->height, md5);
        av_frame_unref(frame);
    }
    av_frame_free(&frame);
    if (ret != AVERROR(EAGAIN) && ret != AVERROR_EOF)
        check(ret, "receive a frame");
}

static void decode(Client *c)
{
    AVPacket *packet = av_packet_alloc();

    while (av_read_frame(c->format, packet) >= 0) {
        if (packet->stream_index == c->stream) {
            check(avcodec_send_packet(c->codec, packet), "send a packet");
            receive_frames(c);
        }
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    check(avcodec_send_packet(c->codec, NULL), "drain the decoder");
    receive_frames(c);
}

int main(int argc, char **argv)
{
    Client c = { 0 };

    if (argc != 2) {
        fprintf(stderr, "usage: kodi FILE\n");
        return 2;
    }
    open_file(&c, argv[1]);
    open_decoder(&c);
    decode(&c);
    printf("end %d\n", c.frames);
    avcodec_free_context(&c.codec);
    av_buffer_unref(&c.device);
    avformat_close_input(&c.format);
    return 0;
}
