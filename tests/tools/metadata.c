/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a frame says besides its pixels: metadata [TYPE] FILE
 *
 * Decodes in software or, with the name of a type of device, in hardware, and
 * prints a line for each frame. A hardware frame is downloaded first, as the
 * filter hwdownload does it.
 */

#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/hwcontext.h>
#include <libavutil/md5.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Client {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVFrame *frame;
    AVFrame *downloaded;
    int hardware;
} Client;

static void check(int ret, const char *what)
{
    if (ret >= 0)
        return;
    fprintf(stderr, "metadata: %s: %s\n", what, av_err2str(ret));
    exit(1);
}

static void print_side_data(const AVFrameSideData *side)
{
    uint8_t md5[16];

    av_md5_sum(md5, side->data, side->size);
    printf(" [%s %zu ", av_frame_side_data_name(side->type), side->size);
    for (int i = 0; i < 4; i++)
        printf("%02x", md5[i]);
    printf("]");
}

/* The order of side data is nobody's promise. */
static int compare_side_data(const void *a, const void *b)
{
    const AVFrameSideData *const *x = a, *const *y = b;

    return (int)(*x)->type - (int)(*y)->type;
}

static void print_frame(const AVFrame *f)
{
    printf("pts=%"PRId64" dts=%"PRId64" best=%"PRId64" duration=%"PRId64" size=%zux%zu sar=%d/%d",
           f->pts, f->pkt_dts, f->best_effort_timestamp, f->duration,
           f->width - f->crop_left - f->crop_right, f->height - f->crop_top - f->crop_bottom,
           f->sample_aspect_ratio.num, f->sample_aspect_ratio.den);
    printf(" %c%s%s%s repeat=%d", av_get_picture_type_char(f->pict_type),
           f->flags & AV_FRAME_FLAG_KEY ? " key" : "",
           f->flags & AV_FRAME_FLAG_INTERLACED ? " interlaced" : "",
           f->flags & AV_FRAME_FLAG_TOP_FIELD_FIRST ? " tff" : "", f->repeat_pict);
    printf(" %s %s %s %s %s", av_color_range_name(f->color_range),
           av_color_primaries_name(f->color_primaries), av_color_transfer_name(f->color_trc),
           av_color_space_name(f->colorspace), av_chroma_location_name(f->chroma_location));
    qsort(f->side_data, f->nb_side_data, sizeof(*f->side_data), compare_side_data);
    for (int i = 0; i < f->nb_side_data; i++)
        print_side_data(f->side_data[i]);
    printf("\n");
}

static void print(Client *c)
{
    if (!c->hardware) {
        print_frame(c->frame);
        return;
    }
    if (c->frame->format != AV_PIX_FMT_DRM_PRIME) {
        fprintf(stderr, "metadata: decoded in software\n");
        exit(1);
    }
    check(av_hwframe_transfer_data(c->downloaded, c->frame, 0), "download");
    check(av_frame_copy_props(c->downloaded, c->frame), "properties");
    print_frame(c->downloaded);
    av_frame_unref(c->downloaded);
}

static void receive(Client *c)
{
    int ret;

    while ((ret = avcodec_receive_frame(c->codec, c->frame)) >= 0)
        print(c);
    if (ret != AVERROR(EAGAIN) && ret != AVERROR_EOF)
        check(ret, "decoding");
}

/* FFmpeg has AV1 for hardware in a decoder of its own. */
static void open_codec(Client *c, const AVStream *stream, const char *type)
{
    const AVCodec *codec = type && stream->codecpar->codec_id == AV_CODEC_ID_AV1
                               ? avcodec_find_decoder_by_name("av1")
                               : avcodec_find_decoder(stream->codecpar->codec_id);

    c->codec = avcodec_alloc_context3(codec);
    if (!codec || !c->codec)
        check(AVERROR_DECODER_NOT_FOUND, "decoder");
    check(avcodec_parameters_to_context(c->codec, stream->codecpar), "parameters");
    c->codec->pkt_timebase = stream->time_base;
    c->codec->thread_count = 1;
    /* Software crops at the left only to an alignment otherwise. */
    c->codec->flags |= AV_CODEC_FLAG_UNALIGNED;
    if (type)
        check(av_hwdevice_ctx_create(&c->codec->hw_device_ctx, av_hwdevice_find_type_by_name(type),
                                     NULL, NULL, 0), type);
    check(avcodec_open2(c->codec, codec, NULL), "decoder");
}

int main(int argc, char **argv)
{
    const char *type = argc > 2 ? argv[1] : NULL;
    AVPacket *packet = av_packet_alloc();
    Client c = { .frame = av_frame_alloc(), .downloaded = av_frame_alloc(), .hardware = !!type };
    int stream;

    if (argc < 2 || !packet || !c.frame || !c.downloaded)
        return 2;
    check(avformat_open_input(&c.format, argv[argc - 1], NULL, NULL), argv[argc - 1]);
    check(avformat_find_stream_info(c.format, NULL), "stream info");
    stream = av_find_best_stream(c.format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    check(stream, "video stream");
    open_codec(&c, c.format->streams[stream], type);

    while (av_read_frame(c.format, packet) >= 0) {
        if (packet->stream_index == stream) {
            check(avcodec_send_packet(c.codec, packet), "packet");
            receive(&c);
        }
        av_packet_unref(packet);
    }
    check(avcodec_send_packet(c.codec, NULL), "end");
    receive(&c);

    av_packet_free(&packet);
    av_frame_free(&c.frame);
    av_frame_free(&c.downloaded);
    avcodec_free_context(&c.codec);
    avformat_close_input(&c.format);
    return 0;
}
