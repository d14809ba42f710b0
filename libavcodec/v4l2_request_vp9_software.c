/*
 * VP9 decoding with V4L2 stateless decoders: the way back to software
 *
 * This file is part of FFmpeg.
 *
 * FFmpeg is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * FFmpeg is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with FFmpeg; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA
 */

/**
 * @file
 * A stream may change its frame size at a frame that is predicted from larger
 * or smaller ones. Where the device cannot follow, software has to go on in the
 * middle of a group of pictures, and lacks everything that the device has: the
 * pictures, the adapted probabilities, the segment map. A second decoder makes
 * them, from the frames since the last key frame.
 */

#include <string.h>

#include "libavutil/error.h"
#include "libavutil/frame.h"
#include "libavutil/log.h"
#include "libavutil/mem.h"

#include "v4l2_request_compat.h"
#include "v4l2_request_vp9.h"
#include "vp9dec.h"

/** The second decoder has to catch up while the user waits. */
#define MAX_FRAMES 600
#define MAX_BYTES  (16 << 20)

struct V4L2RequestVP9History {
    AVPacket **packets;
    unsigned allocated;
    int nb_packets;
    size_t bytes;
    int incomplete;         ///< some frame is missing
};

static void drop_packets(V4L2RequestVP9History *history)
{
    for (int i = 0; i < history->nb_packets; i++)
        av_packet_free(&history->packets[i]);
    av_freep(&history->packets);
    history->nb_packets = history->allocated = 0;
}

static void history_free(V4L2RefStructOpaque unused, void *obj)
{
    drop_packets(obj);
}

static int append(V4L2RequestVP9History *history, const uint8_t *data, size_t size)
{
    AVPacket **packets, *packet;

    if (history->incomplete || history->nb_packets == MAX_FRAMES ||
        history->bytes + size > MAX_BYTES)
        return AVERROR(ENOSPC);

    packets = av_fast_realloc(history->packets, &history->allocated,
                              (history->nb_packets + 1) * sizeof(*packets));
    if (!packets)
        return AVERROR(ENOMEM);
    history->packets = packets;

    packet = av_packet_alloc();
    if (!packet || av_new_packet(packet, size) < 0) {
        av_packet_free(&packet);
        return AVERROR(ENOMEM);
    }
    memcpy(packet->data, data, size);
    history->packets[history->nb_packets++] = packet;
    history->bytes += size;
    return 0;
}

V4L2RequestVP9History *ff_v4l2_request_vp9_remember(V4L2RequestVP9History *previous, int keyframe,
                                                    const uint8_t *data, size_t size)
{
    V4L2RequestVP9History *history;

    if (previous && !keyframe)
        history = v4l2_refstruct_ref(previous);
    else
        history = v4l2_refstruct_allocz(sizeof(*history), history_free);
    if (!history)
        return NULL;

    history->incomplete |= !previous && !keyframe;
    if (append(history, data, size) < 0) {
        history->incomplete = 1;
        drop_packets(history);
    }
    return history;
}

static AVCodecContext *open_software(const AVCodecContext *avctx)
{
    AVCodecContext *software = avcodec_alloc_context3(avctx->codec);

    if (!software)
        return NULL;
    software->thread_count = 1;
    software->flags        = avctx->flags & AV_CODEC_FLAG_BITEXACT;
    if (avcodec_open2(software, avctx->codec, NULL) < 0)
        avcodec_free_context(&software);
    return software;
}

static int decode_all(AVCodecContext *software, const V4L2RequestVP9History *history)
{
    AVFrame *frame = av_frame_alloc();
    int ret = frame ? 0 : AVERROR(ENOMEM);

    for (int i = 0; i < history->nb_packets && ret >= 0; i++) {
        ret = avcodec_send_packet(software, history->packets[i]);
        /* Hidden frames do not come out. */
        while (ret >= 0)
            ret = avcodec_receive_frame(software, frame);
        if (ret == AVERROR(EAGAIN))
            ret = 0;
    }
    av_frame_free(&frame);
    return ret;
}

static void replace_frame(VP9Frame *dst, const VP9Frame *src)
{
    ff_progress_frame_replace(&dst->tf, &src->tf);
    v4l2_refstruct_replace(&dst->extradata, src->extradata);
    v4l2_refstruct_replace(&dst->hwaccel_picture_private, src->hwaccel_picture_private);
    dst->segmentation_map = src->segmentation_map;
    dst->mv               = src->mv;
    dst->uses_2pass       = src->uses_2pass;
}

/**
 * What a frame leaves to the next one and FFmpeg does not keep up to date while
 * a hwaccel is active. The rest is from headers.
 */
static void copy_state(VP9Context *dst, const VP9Context *src)
{
    for (int i = 0; i < BLANK_FRAME; i++)
        replace_frame(&dst->s.frames[i], &src->s.frames[i]);
    for (int i = 0; i < FF_ARRAY_ELEMS(dst->s.refs); i++)
        ff_progress_frame_replace(&dst->s.refs[i], &src->s.refs[i]);
    memcpy(dst->prob_ctx, src->prob_ctx, sizeof(dst->prob_ctx));
#if V4L2_REQUEST_VP9_REF_FRAMES
    for (int i = 0; i < FF_ARRAY_ELEMS(dst->s.ref_frames); i++)
        replace_frame(&dst->s.ref_frames[i], &src->s.ref_frames[i]);
#endif
}

int ff_v4l2_request_vp9_take_over(AVCodecContext *avctx, const V4L2RequestVP9History *history)
{
    AVCodecContext *software;
    int ret;

    if (!history || history->incomplete) {
        av_log(avctx, AV_LOG_WARNING, "Software can go on at the next key frame only.\n");
        return AVERROR(ENOSPC);
    }

    software = open_software(avctx);
    if (!software)
        return AVERROR(ENOMEM);
    ret = decode_all(software, history);
    if (ret >= 0)
        copy_state(avctx->priv_data, software->priv_data);
    av_log(avctx, ret < 0 ? AV_LOG_WARNING : AV_LOG_VERBOSE, "Decoded %d frames again in "
           "software%s\n", history->nb_packets, ret < 0 ? ", with errors." : ", which goes on now.");
    avcodec_free_context(&software);
    return ret;
}
