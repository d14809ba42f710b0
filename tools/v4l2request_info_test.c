/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * v4l2request-info --test: one file, decoded by hardware and by software. First
 * each alone, for the times (frames of the hardware stay where they are, as in
 * playback), then both side by side, for the pixels.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "libavcodec/avcodec.h"
#include "libavformat/avformat.h"
#include "libavutil/hwcontext.h"
#include "libavutil/log.h"
#include "libavutil/mem.h"
#include "libavutil/pixdesc.h"
#include "libavutil/time.h"

#include "v4l2request_info.h"

/* A file with a decoder. */
typedef struct Stream {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVPacket *packet;
    int index;
    int draining;
    int errors;             ///< packets that the decoder refused
} Stream;

typedef struct Difference {
    int frame;              ///< -1: none
    int plane;              ///< of a planar picture: 0 luma, 1 Cb, 2 Cr
    int x, y;
    unsigned hardware, software;
} Difference;

typedef struct Result {
    int frames;
    int equal;
    int corrupt;            ///< frames that the hardware's decoder marked
    int software_frames;    ///< that the hardware's decoder decoded without it
    int missing;            ///< frames that only one of them has
    Difference first;
} Result;

/* Errors of the library, for the report; its callback takes no argument. */
static char reason[512];

static void keep_reason(void *ctx, int level, const char *format, va_list args)
{
    va_list copy;

    va_copy(copy, args);
    if (level <= AV_LOG_ERROR && !*reason) {
        vsnprintf(reason, sizeof(reason), format, copy);
        reason[strcspn(reason, "\n")] = 0;
    }
    va_end(copy);
    av_log_default_callback(ctx, level, format, args);
}

static enum AVPixelFormat get_format(AVCodecContext *codec, const enum AVPixelFormat *formats)
{
    for (const enum AVPixelFormat *f = formats; *f != AV_PIX_FMT_NONE; f++) {
        if (*f == AV_PIX_FMT_DRM_PRIME)
            return *f;
    }
    return avcodec_default_get_format(codec, formats);
}

static int uses_device(const AVCodec *codec)
{
    enum AVHWDeviceType type = av_hwdevice_find_type_by_name("v4l2request");
    const AVCodecHWConfig *config;

    for (int i = 0; (config = avcodec_get_hw_config(codec, i)); i++) {
        if (config->device_type == type)
            return 1;
    }
    return 0;
}

/* Of AV1 FFmpeg has one decoder that knows hardware and another one that needs none. */
static const AVCodec *find_decoder(enum AVCodecID id, int hardware)
{
    const AVCodec *codec, *found = NULL;
    void *state = NULL;

    while (!found && (codec = av_codec_iterate(&state))) {
        if (codec->id == id && av_codec_is_decoder(codec) &&
            (hardware ? uses_device(codec) : id != AV_CODEC_ID_AV1 || !uses_device(codec)))
            found = codec;
    }
    return found;
}

static void stream_close(Stream *s)
{
    avcodec_free_context(&s->codec);
    avformat_close_input(&s->format);
    av_packet_free(&s->packet);
}

static int open_decoder(Stream *s, AVBufferRef *device)
{
    const AVStream *stream = s->format->streams[s->index];
    const AVCodec *decoder = find_decoder(stream->codecpar->codec_id, !!device);
    int ret;

    if (!decoder) {
        av_log(NULL, AV_LOG_ERROR, "There is no %s decoder of %s.\n", device ? "hardware" : "software",
               avcodec_get_name(stream->codecpar->codec_id));
        return AVERROR_DECODER_NOT_FOUND;
    }
    s->codec = avcodec_alloc_context3(decoder);
    if (!s->codec)
        return AVERROR(ENOMEM);
    ret = avcodec_parameters_to_context(s->codec, stream->codecpar);
    if (ret < 0)
        return ret;
    /* Crop exactly, in both. */
    s->codec->flags       |= AV_CODEC_FLAG_UNALIGNED;
    s->codec->thread_count = device ? 1 : 0;
    if (device) {
        s->codec->hw_device_ctx = av_buffer_ref(device);
        s->codec->get_format    = get_format;
    }
    return avcodec_open2(s->codec, decoder, NULL);
}

/* device is NULL for software. */
static int stream_open(Stream *s, const char *file, AVBufferRef *device)
{
    int ret;

    *s = (Stream) { .packet = av_packet_alloc() };
    if (!s->packet)
        return AVERROR(ENOMEM);
    if ((ret = avformat_open_input(&s->format, file, NULL, NULL)) < 0 ||
        (ret = avformat_find_stream_info(s->format, NULL)) < 0 ||
        (ret = av_find_best_stream(s->format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0)) < 0) {
        av_log(NULL, AV_LOG_ERROR, "%s: %s\n", file, av_err2str(ret));
        goto fail;
    }
    s->index = ret;
    ret = open_decoder(s, device);
    if (ret >= 0)
        return 0;

fail:
    stream_close(s);
    return ret;
}

static void send_packet(Stream *s)
{
    while (av_read_frame(s->format, s->packet) >= 0) {
        if (s->packet->stream_index == s->index) {
            s->errors += avcodec_send_packet(s->codec, s->packet) < 0;
            av_packet_unref(s->packet);
            return;
        }
        av_packet_unref(s->packet);
    }
    s->draining = 1;
    avcodec_send_packet(s->codec, NULL);
}

/* 1: the next frame; 0: there is none */
static int next_frame(Stream *s, AVFrame *frame)
{
    for (;;) {
        int ret = avcodec_receive_frame(s->codec, frame);

        if (ret >= 0)
            return 1;
        if (ret == AVERROR_EOF)
            return 0;
        if (ret != AVERROR(EAGAIN))
            s->errors++;
        else if (s->draining)
            return 0;
        else
            send_packet(s);
    }
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

/* Decode and throw away, for the times. */
static int measure(Writer *w, const char *key, const char *file, AVBufferRef *device, int max_frames)
{
    int64_t start = av_gettime_relative();
    double cpu = cpu_seconds(), seconds;
    AVFrame *frame = av_frame_alloc();
    Stream stream;
    int frames = 0;
    int ret = frame ? stream_open(&stream, file, device) : AVERROR(ENOMEM);

    if (ret >= 0) {
        while ((!max_frames || frames < max_frames) && next_frame(&stream, frame)) {
            frames++;
            av_frame_unref(frame);
        }
        stream_close(&stream);
        seconds = (av_gettime_relative() - start) * 1e-6;
        writer_begin(w, key);
        writer_number(w, "frames", frames);
        writer_real(w, "seconds", seconds);
        writer_real(w, "fps", frames / seconds);
        writer_real(w, "cpu_seconds", cpu_seconds() - cpu);
        writer_end(w);
    }
    av_frame_free(&frame);
    return ret;
}

/* Compare one component; sets the difference's place and values. */
static int compare_plane(const AVFrame *hw, const AVFrame *sw, int plane, Difference *d)
{
    const AVPixFmtDescriptor *a = av_pix_fmt_desc_get(hw->format), *b = av_pix_fmt_desc_get(sw->format);
    int chroma  = plane == 1 || plane == 2;
    int width   = AV_CEIL_RSHIFT(sw->width,  chroma ? b->log2_chroma_w : 0);
    int height  = AV_CEIL_RSHIFT(sw->height, chroma ? b->log2_chroma_h : 0);
    uint16_t *lines = av_malloc_array(width, 2 * sizeof(*lines));
    int equal   = !!lines;

    for (int y = 0; y < height && equal; y++) {
        av_read_image_line2(lines, (const uint8_t **)hw->data, hw->linesize, a, 0, y, plane, width, 0, 2);
        av_read_image_line2(lines + width, (const uint8_t **)sw->data, sw->linesize, b, 0, y, plane, width, 0, 2);
        if (!memcmp(lines, lines + width, width * sizeof(*lines)))
            continue;
        equal = 0;
        for (int x = 0; x < width; x++) {
            if (lines[x] != lines[width + x]) {
                *d = (Difference) { d->frame, plane, x, y, lines[x], lines[width + x] };
                break;
            }
        }
    }
    av_free(lines);
    return equal;
}

/* d->frame is set; its rest is filled if they differ. */
static int compare_frames(AVFrame *hw, AVFrame *sw, Difference *d)
{
    const AVPixFmtDescriptor *a, *b;

    av_frame_apply_cropping(hw, AV_FRAME_CROP_UNALIGNED);
    a = av_pix_fmt_desc_get(hw->format);
    b = av_pix_fmt_desc_get(sw->format);
    if (hw->width != sw->width || hw->height != sw->height || a->comp[0].depth != b->comp[0].depth ||
        (b->nb_components > 1 && (a->log2_chroma_w != b->log2_chroma_w || a->log2_chroma_h != b->log2_chroma_h)))
        return 0;
    for (int plane = 0; plane < b->nb_components; plane++) {
        if (!compare_plane(hw, sw, plane, d))
            return 0;
    }
    return 1;
}

static void add_frame(Result *result, AVFrame *hw, AVFrame *sw)
{
    Difference d = { .frame = result->frames, .plane = -1 };
    AVFrame *copy = av_frame_alloc();
    int equal = 0;

    result->corrupt += (hw->flags & AV_FRAME_FLAG_CORRUPT) || hw->decode_error_flags;
    if (!hw->hw_frames_ctx)
        result->software_frames++;
    else if (copy && av_hwframe_transfer_data(copy, hw, 0) >= 0) {
        copy->crop_left = hw->crop_left;
        copy->crop_top  = hw->crop_top;
        equal = compare_frames(copy, sw, &d);
    }
    if (equal)
        result->equal++;
    else if (result->first.frame < 0)
        result->first = d;
    result->frames++;
    av_frame_free(&copy);
}

static int compare(const char *file, AVBufferRef *device, int max_frames, Result *result)
{
    AVFrame *frames[2] = { av_frame_alloc(), av_frame_alloc() };
    Stream hw, sw;
    int ret = frames[0] && frames[1] ? stream_open(&hw, file, device) : AVERROR(ENOMEM);

    if (ret < 0)
        goto end;
    ret = stream_open(&sw, file, NULL);
    if (ret < 0) {
        stream_close(&hw);
        goto end;
    }
    while (!max_frames || result->frames + result->missing < max_frames) {
        int have_hw = next_frame(&hw, frames[0]);
        int have_sw = next_frame(&sw, frames[1]);

        if (!have_hw && !have_sw)
            break;
        if (have_hw && have_sw)
            add_frame(result, frames[0], frames[1]);
        else
            result->missing++;
        av_frame_unref(frames[0]);
        av_frame_unref(frames[1]);
    }
    stream_close(&hw);
    stream_close(&sw);

end:
    av_frame_free(&frames[0]);
    av_frame_free(&frames[1]);
    return ret;
}

static void write_difference(Writer *w, const Difference *d)
{
    static const char *const planes[] = { "luma", "Cb", "Cr", "alpha" };

    writer_begin(w, "first_difference");
    writer_number(w, "frame", d->frame);
    if (d->plane >= 0) {
        writer_string(w, "plane", planes[d->plane]);
        writer_number(w, "x", d->x);
        writer_number(w, "y", d->y);
        writer_number(w, "hardware", d->hardware);
        writer_number(w, "software", d->software);
    } else {
        writer_string(w, "reason", "it cannot be read, or size, depth or chroma are others");
    }
    writer_end(w);
}

static int write_result(Writer *w, const Result *result)
{
    int by_hardware = result->frames - result->software_frames;

    writer_begin(w, "comparison");
    writer_number(w, "frames", result->frames);
    writer_number(w, "equal", result->equal);
    writer_number(w, "corrupt", result->corrupt);
    writer_number(w, "missing", result->missing);
    writer_number(w, "decoded_in_software", result->software_frames);
    if (result->first.frame >= 0 && by_hardware)
        write_difference(w, &result->first);
    writer_end(w);
    if (!by_hardware)
        return INFO_NOT_TESTED;
    return result->equal == result->frames && !result->missing && !result->corrupt ? INFO_OK : INFO_DIFFERS;
}

int info_test(Writer *w, const char *file, const char *device, int max_frames)
{
    enum AVHWDeviceType type = av_hwdevice_find_type_by_name("v4l2request");
    Result result = { .first = { .frame = -1 } };
    AVBufferRef *hw = NULL;
    int status = INFO_NOT_TESTED;

    av_log_set_callback(keep_reason);
    writer_begin(w, "test");
    writer_string(w, "file", file);
    if (av_hwdevice_ctx_create(&hw, type, device, NULL, 0) >= 0 &&
        measure(w, "hardware", file, hw, max_frames) >= 0 &&
        measure(w, "software", file, NULL, max_frames) >= 0 &&
        compare(file, hw, max_frames, &result) >= 0)
        status = write_result(w, &result);
    writer_string(w, "result", status == INFO_OK ? "exact" : status == INFO_DIFFERS ? "differs" : "not decoded by hardware");
    if (status && *reason)
        writer_string(w, "reason", reason);
    writer_end(w);
    av_buffer_unref(&hw);
    return status;
}
