/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small client of libavcodec: decode [OPTION]... FILE
 *
 * Prints a line for each frame that the decoder delivers,
 *
 *     NUMBER PACKET FLAGS ERRORS WIDTHxHEIGHT MD5
 *
 * PACKET is the number of the packet that the frame came from, FLAGS are k for
 * a key frame, c for AV_FRAME_FLAG_CORRUPT, s for a software frame, ERRORS is
 * decode_error_flags, MD5 that of the visible picture as planar yuv420p. The
 * last line is "end FRAMES CORRUPT ERRORS"; without it the client crashed.
 *
 * With --early it prints "early N" before that: N frames came before the virtual
 * decoder had finished as many jobs, which then cannot have been theirs. When the
 * K-th one has come (--early=K), a job goes on that the driver's parameter "stall"
 * stopped: so whether a frame comes early is no matter of time.
 *
 * With --seek=N it starts at the N-th key frame, and ends with status 3 if there
 * is none; with --play=P it decodes P packets from the first key frame on before.
 *
 * It does what ffmpeg cannot be asked to do: hold frames, close the decoder
 * before they are read, flush in the middle, map a frame twice, look at a dma-buf
 * without asking the hwaccel, share a frame with another user. It is single threaded unless told otherwise, so that
 * it can measure the hwaccel.
 */

#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/hwcontext.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "decode.h"

#define STATUS_NO_KEY 3
#define MAX_PACKETS 4096

int nb_components = 4;

typedef struct Client {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVBufferRef *device;
    AVPacket *packet;
    Foreign *foreign;
    Held held[MAX_HELD + 1];
    int nb_held;
    int stream;
    int is_av1;
    int64_t packets;
    int64_t pts[MAX_PACKETS];
    int frames;
    int corrupt;
    int errors;
    int early;
} Client;

void check(int ret, const char *what)
{
    if (ret >= 0)
        return;
    fprintf(stderr, "decode: %s: %s\n", what, av_err2str(ret));
    exit(1);
}

static enum AVPixelFormat get_format(AVCodecContext *codec, const enum AVPixelFormat *formats)
{
    enum AVPixelFormat hw = AV_PIX_FMT_NONE;

    for (const enum AVPixelFormat *f = formats; *f != AV_PIX_FMT_NONE; f++) {
        if (*f == AV_PIX_FMT_DRM_PRIME)
            hw = *f;
        /* The last one is what software would give. */
        nb_components = FFMAX(av_pix_fmt_desc_get(*f)->nb_components, 1);
    }
    return hw != AV_PIX_FMT_NONE ? hw : avcodec_default_get_format(codec, formats);
}

/* FFmpeg may prefer a decoder that knows no hardware (libdav1d), as its own program knows. */
static const AVCodec *find_decoder(enum AVCodecID id)
{
    enum AVHWDeviceType type = av_hwdevice_find_type_by_name("v4l2request");
    const AVCodecHWConfig *config;
    const AVCodec *codec;
    void *state = NULL;

    while (!option.software && (codec = av_codec_iterate(&state))) {
        if (codec->id != id || !av_codec_is_decoder(codec))
            continue;
        for (int i = 0; (config = avcodec_get_hw_config(codec, i)); i++) {
            if (config->device_type == type)
                return codec;
        }
    }
    return avcodec_find_decoder(id);
}

static void open_device(Client *c)
{
    AVDictionary *options = NULL;
    enum AVHWDeviceType type = av_hwdevice_find_type_by_name("v4l2request");

    if (type == AV_HWDEVICE_TYPE_NONE)
        check(AVERROR(ENOSYS), "this FFmpeg has no v4l2request");
    if (option.device_options)
        check(av_dict_parse_string(&options, option.device_options, "=", ",", 0), "device options");
    check(av_hwdevice_ctx_create(&c->device, type, option.device, options, 0), "no device");
    av_dict_free(&options);
}

static void open_decoder(Client *c)
{
    AVStream *stream = c->format->streams[c->stream];
    const AVCodec *decoder = find_decoder(stream->codecpar->codec_id);

    c->codec = avcodec_alloc_context3(decoder);
    check(c->codec ? 0 : AVERROR(ENOMEM), "no decoder");
    check(avcodec_parameters_to_context(c->codec, stream->codecpar), "parameters");
    c->codec->pkt_timebase = stream->time_base;
    c->codec->thread_count = option.threads;
    /* Software crops at the left exactly, not at a multiple of a vector. */
    c->codec->flags       |= AV_CODEC_FLAG_COPY_OPAQUE | AV_CODEC_FLAG_UNALIGNED;
    c->codec->extra_hw_frames = option.hold;
    if (option.explode)
        c->codec->err_recognition |= AV_EF_EXPLODE;
    if (!option.software) {
        c->codec->hw_device_ctx = av_buffer_ref(c->device);
        c->codec->get_format    = get_format;
    }
    check(avcodec_open2(c->codec, decoder, NULL), "open the decoder");
}

/* Some demuxers have an index of what they have read only. */
static void fill_index(Client *c)
{
    AVPacket *packet = av_packet_alloc();

    while (av_read_frame(c->format, packet) >= 0)
        av_packet_unref(packet);
    av_packet_free(&packet);
}

static void seek_keyframe(Client *c, int key)
{
    AVStream *stream = c->format->streams[c->stream];
    int64_t timestamp = AV_NOPTS_VALUE;
    int found = 0;

    for (int i = 0; i < avformat_index_get_entries_count(stream); i++) {
        const AVIndexEntry *entry = avformat_index_get_entry(stream, i);

        if ((entry->flags & AVINDEX_KEYFRAME) && ++found == key)
            timestamp = entry->timestamp;
    }
    if (timestamp == AV_NOPTS_VALUE)
        exit(STATUS_NO_KEY);
    check(avformat_seek_file(c->format, c->stream, INT64_MIN, timestamp, timestamp, 0), "seek");
}

static void open_file(Client *c)
{
    check(avformat_open_input(&c->format, option.file, NULL, NULL), option.file);
    check(avformat_find_stream_info(c->format, NULL), "find streams");
    c->stream = av_find_best_stream(c->format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    check(c->stream, "no video");
    c->is_av1 = c->format->streams[c->stream]->codecpar->codec_id == AV_CODEC_ID_AV1;
    if (option.seek)
        fill_index(c);
}

/*
 * A hidden frame of AV1 is shown by a later packet. FFmpeg's decoder then leaves
 * what the first one had in it; only the time is that of the later one.
 */
static intptr_t packet_of(const Client *c, const AVFrame *frame)
{
    for (int i = 0; c->is_av1 && i < FFMIN(c->packets + 1, MAX_PACKETS); i++) {
        if (c->pts[i] == frame->pts)
            return i;
    }
    return (intptr_t)frame->opaque;
}

static int read_frame(Client *c, const Held *held, char md5[33])
{
    int first = option.foreign && !c->foreign;
    int ret, err;

    if (first)
        c->foreign = foreign_begin(option.foreign, held->frame);
    ret = hash_picture(held->frame, held->copy, md5);
    if (first) {
        err = foreign_access(c->foreign, held->frame);
        ret = ret < 0 ? ret : err;
    }
    /* Who waits for nothing has read the frame while its job was stopped. */
    if (option.raw && !strcmp(option.raw, "none"))
        resume_job();
    return ret;
}

static void end_foreign(Client *c)
{
    if (!c->foreign || foreign_end(c->foreign) >= 0)
        return;
    fprintf(stderr, "decode: the memory of a frame was written to while somebody read it\n");
    c->errors++;
}

static void print_frame(Client *c, const Held *held)
{
    const AVFrame *frame = held->frame;
    char md5[33] = "-";
    int corrupt  = !!(frame->flags & AV_FRAME_FLAG_CORRUPT) || frame->decode_error_flags;
    int ret      = held->ret;

    if (ret >= 0 && !option.no_read)
        ret = read_frame(c, held, md5);

    c->corrupt += corrupt;
    if (ret < 0) {
        fprintf(stderr, "decode: read frame %d: %s\n", c->frames, av_err2str(ret));
        c->errors++;
        snprintf(md5, sizeof(md5), "unreadable");
    }
    if (!option.bench)
        printf("%d %"PRIdPTR" %s%s%s %d %dx%d %s\n", c->frames, packet_of(c, frame),
               frame->flags & AV_FRAME_FLAG_KEY ? "k" : "", corrupt ? "c" : "",
               frame->hw_frames_ctx ? "h" : "s", frame->decode_error_flags,
               frame->width  - (int)frame->crop_left,
               frame->height - (int)frame->crop_top, md5);
    c->frames++;
}

static void hold_frame(Client *c, AVFrame *frame)
{
    Held *held = &c->held[c->nb_held++];

    held->frame = frame;
    held->copy  = av_frame_alloc();
    /* With a job a frame at least, this one's cannot be among those that are done. */
    if (option.early && c->frames + c->nb_held > finished_jobs())
        c->early++;
    if (option.early && c->frames + c->nb_held == option.early)
        resume_job();
    held->ret = option.map == MAP_EARLY && frame->hw_frames_ctx ? map_frame(frame, held->copy) : 0;
}

static void release_held(Client *c, int keep)
{
    while (c->nb_held > keep) {
        print_frame(c, &c->held[0]);
        av_frame_free(&c->held[0].copy);
        av_frame_free(&c->held[0].frame);
        c->nb_held--;
        memmove(c->held, c->held + 1, c->nb_held * sizeof(*c->held));
    }
}

/* 1: enough */
static int receive_frames(Client *c)
{
    for (;;) {
        AVFrame *frame = av_frame_alloc();
        int ret = avcodec_receive_frame(c->codec, frame);

        if (ret < 0) {
            av_frame_free(&frame);
            if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF)
                return 0;
            fprintf(stderr, "decode: receive: %s\n", av_err2str(ret));
            c->errors++;
            if (option.explode)
                return 1;
            continue;
        }
        hold_frame(c, frame);
        if (option.close_after && c->frames + c->nb_held >= option.close_after)
            return 1;
        release_held(c, option.hold);
        if (option.max_frames && c->frames >= option.max_frames)
            return 1;
    }
}

static int send_packet(Client *c, AVPacket *packet)
{
    int ret = avcodec_send_packet(c->codec, packet);

    if (ret >= 0 || ret == AVERROR_EOF)
        return 0;
    fprintf(stderr, "decode: send packet %"PRId64": %s\n", c->packets, av_err2str(ret));
    c->errors++;
    return option.explode;
}

/* Packets up to a number of them; 1: enough */
static int decode(Client *c, int64_t end)
{
    int stop = 0, flushed = 0;

    while (!stop && c->packets < end && av_read_frame(c->format, c->packet) >= 0) {
        if (c->packet->stream_index == c->stream) {
            c->packet->opaque = (void *)(intptr_t)c->packets;
            c->pts[FFMIN(c->packets, MAX_PACKETS - 1)] = c->packet->pts;
            stop = send_packet(c, c->packet) || receive_frames(c);
            c->packets++;
            if (option.flush_at && !flushed && c->frames + c->nb_held >= option.flush_at) {
                avcodec_flush_buffers(c->codec);
                flushed = 1;
            }
        }
        av_packet_unref(c->packet);
    }
    return stop;
}

static void decode_file(Client *c)
{
    if (option.play) {
        seek_keyframe(c, 1);
        decode(c, option.play);
        avcodec_flush_buffers(c->codec);
    }
    if (option.seek)
        seek_keyframe(c, option.seek);
    if (!decode(c, INT64_MAX) && !send_packet(c, NULL))
        receive_frames(c);
}

static double seconds(struct timeval t)
{
    return t.tv_sec + t.tv_usec * 1e-6;
}

static void print_bench(const Client *c, const struct timespec *start)
{
    struct timespec end;
    struct rusage usage;
    double wall;

    clock_gettime(CLOCK_MONOTONIC, &end);
    getrusage(RUSAGE_SELF, &usage);
    wall = end.tv_sec - start->tv_sec + (end.tv_nsec - start->tv_nsec) * 1e-9;
    printf("bench frames %d wall %.3f fps %.1f user_ms %.2f system_ms %.2f\n", c->frames, wall,
           c->frames / wall, 1000 * seconds(usage.ru_utime) / FFMAX(c->frames, 1),
           1000 * seconds(usage.ru_stime) / FFMAX(c->frames, 1));
}

int main(int argc, char **argv)
{
    struct timespec start;
    Client c = { 0 };

    parse_options(argc, argv);
    if (!option.software)
        open_device(&c);
    open_file(&c);
    open_decoder(&c);
    c.packet = av_packet_alloc();
    clock_gettime(CLOCK_MONOTONIC, &start);
    decode_file(&c);
    if (option.close_after) {
        avcodec_free_context(&c.codec);
        av_buffer_unref(&c.device);
    }
    release_held(&c, 0);
    end_foreign(&c);
    if (option.bench)
        print_bench(&c, &start);
    avcodec_free_context(&c.codec);
    avformat_close_input(&c.format);
    av_packet_free(&c.packet);
    av_buffer_unref(&c.device);
    if (option.early)
        printf("early %d\n", c.early);
    printf("end %d %d %d\n", c.frames, c.corrupt, c.errors);
    return option.explode && c.errors;
}
