/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VP8: a control against the header that it is made from
 *
 * All are errors: a value that is not that of the header decodes to something
 * else on one chip or another (hantro takes everything from the control,
 * cedrus parses the header and takes the rest, mediatek's firmware the whole
 * of it). What a frame does not use is not compared: clients fill it in
 * different ways. A frame that the client itself left out of the stream may
 * have changed what stays; then the next ones fail up to a key frame.
 */

#include <string.h>

#include "check.h"
#include "model.h"
#include "vp8_header.h"

#define SEGMENT_FLAGS	0xfu
#define LF_FLAGS	0x7u
#define FRAME_FLAGS	0x3full

static int check_reserved(struct model *m, const struct v4l2_ctrl_vp8_frame *frame)
{
    const uint8_t *padding = frame->entropy.padding;
    bool good = !(frame->segment.flags & ~SEGMENT_FLAGS) && !(frame->lf.flags & ~LF_FLAGS) &&
                !(frame->flags & ~FRAME_FLAGS) && !frame->segment.padding && !frame->lf.padding &&
                !frame->quant.padding && !frame->coder_state.padding &&
                !padding[0] && !padding[1] && !padding[2];

    return model_check(m, good, "undefined VP8_FRAME flags or reserved bytes");
}

/* What decoding needs, so that it is checked in lax mode as well. */
static int check_ranges(struct model *m, const struct v4l2_ctrl_vp8_frame *frame)
{
    const struct v4l2_vp8_entropy_coder_state *coder = &frame->coder_state;
    uint64_t size = frame->flags & V4L2_VP8_FRAME_FLAG_KEY_FRAME ? 10 : 3;
    int parts = frame->num_dct_parts;

    if (parts != 1 && parts != 2 && parts != 4 && parts != 8)
        return model_fail(m, "num_dct_parts %d", parts);
    if (!frame->width || !frame->height || frame->width > 0x3fff || frame->height > 0x3fff)
        return model_fail(m, "size %dx%d", frame->width, frame->height);
    if (coder->range < 128 || coder->value >= coder->range)
        return model_fail(m, "coder_state with range %d, value %d", coder->range, coder->value);
    if (frame->first_part_header_bits / 8 >= frame->first_part_size)
        return model_fail(m, "the header of %u bits is longer than the first partition",
                          frame->first_part_header_bits);
    size += frame->first_part_size + 3 * (parts - 1);
    for (int i = 0; i < parts; i++)
        size += frame->dct_part_sizes[i];
    if (size > m->job.event->bitstream_size)
        return model_fail(m, "partitions of %llu bytes in a payload of %u", (unsigned long long)size,
                          m->job.event->bitstream_size);
    return 0;
}

/* Compare one member, with its name for the message. */
#define SAME(member) \
    (!memcmp(&frame->member, &header->member, sizeof(frame->member)) ? NULL : #member)

static const char *compare_segment(const struct v4l2_ctrl_vp8_frame *frame,
                                   const struct v4l2_ctrl_vp8_frame *header)
{
    uint32_t used = V4L2_VP8_SEGMENT_FLAG_ENABLED | V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP |
                    V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA;
    const char *fault = NULL;

    if (header->segment.flags & V4L2_VP8_SEGMENT_FLAG_ENABLED) {
        used |= V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
        fault = fault ? fault : SAME(segment.quant_update);
        fault = fault ? fault : SAME(segment.lf_update);
    }
    if (header->segment.flags & V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP)
        fault = fault ? fault : SAME(segment.segment_probs);
    if ((frame->segment.flags ^ header->segment.flags) & used)
        fault = "segment.flags";
    return fault;
}

static const char *compare_loop_filter(const struct v4l2_ctrl_vp8_frame *frame,
                                       const struct v4l2_ctrl_vp8_frame *header)
{
    const char *fault = SAME(lf.flags);

    fault = fault ? fault : SAME(lf.level);
    fault = fault ? fault : SAME(lf.sharpness_level);
    if (header->lf.flags & V4L2_VP8_LF_ADJ_ENABLE) {
        fault = fault ? fault : SAME(lf.ref_frm_delta);
        fault = fault ? fault : SAME(lf.mb_mode_delta);
    }
    return fault;
}

/* Key frames have no vectors. */
static const char *compare_entropy(const struct v4l2_ctrl_vp8_frame *frame,
                                   const struct v4l2_ctrl_vp8_frame *header, bool key)
{
    const char *fault = SAME(entropy.coeff_probs);

    fault = fault ? fault : SAME(entropy.y_mode_probs);
    fault = fault ? fault : SAME(entropy.uv_mode_probs);
    if (!key)
        fault = fault ? fault : SAME(entropy.mv_probs);
    return fault;
}

static const char *compare_frame(const struct v4l2_ctrl_vp8_frame *frame,
                                 const struct v4l2_ctrl_vp8_frame *header)
{
    const char *fault = SAME(flags);

    fault = fault ? fault : SAME(version);
    fault = fault ? fault : SAME(width);
    fault = fault ? fault : SAME(height);
    fault = fault ? fault : SAME(first_part_size);
    fault = fault ? fault : SAME(first_part_header_bits);
    fault = fault ? fault : SAME(coder_state);
    fault = fault ? fault : SAME(num_dct_parts);
    fault = fault ? fault : SAME(dct_part_sizes);
    fault = fault ? fault : SAME(quant);
    if (header->flags & V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF)
        fault = fault ? fault : SAME(prob_skip_false);
    return fault;
}

static const char *compare_inter(const struct v4l2_ctrl_vp8_frame *frame,
                                 const struct v4l2_ctrl_vp8_frame *header)
{
    const char *fault = SAME(prob_intra);

    fault = fault ? fault : SAME(prob_last);
    fault = fault ? fault : SAME(prob_gf);
    fault = fault ? fault : SAME(last_frame_ts);
    fault = fault ? fault : SAME(golden_frame_ts);
    fault = fault ? fault : SAME(alt_frame_ts);
    return fault;
}

/*
 * The scale is for the application; no driver reads it. Inter frames have
 * none: that of the key frame and 0 are both in use.
 */
static int check_scale(struct model *m, const struct v4l2_ctrl_vp8_frame *frame,
                       const struct v4l2_ctrl_vp8_frame *header, bool key)
{
    if (!key && !frame->horizontal_scale && !frame->vertical_scale)
        return 0;
    if (frame->horizontal_scale == header->horizontal_scale &&
        frame->vertical_scale == header->vertical_scale)
        return 0;
    return model_warn(m, MODEL_QUIRK_SCALE, "scale %d, %d instead of %d, %d", frame->horizontal_scale,
                      frame->vertical_scale, header->horizontal_scale, header->vertical_scale);
}

/* 9.7: copies are made of the buffers as they were for this frame. */
static void update_references(struct vp8_history *history, uint64_t timestamp)
{
    struct v4l2_ctrl_vp8_frame *frame = &history->frame;
    uint64_t golden[] = { frame->golden_frame_ts, frame->last_frame_ts, frame->alt_frame_ts,
                          frame->golden_frame_ts, timestamp };
    uint64_t altref[] = { frame->alt_frame_ts, frame->last_frame_ts, frame->golden_frame_ts,
                          frame->alt_frame_ts, timestamp };

    frame->golden_frame_ts = golden[history->golden];
    frame->alt_frame_ts    = altref[history->altref];
    if (history->refresh_last)
        frame->last_frame_ts = timestamp;
}

static int compare(struct model *m, const struct v4l2_ctrl_vp8_frame *frame,
                   const struct v4l2_ctrl_vp8_frame *header)
{
    bool key = header->flags & V4L2_VP8_FRAME_FLAG_KEY_FRAME;
    const char *fault = compare_frame(frame, header);
    int ret;

    fault = fault ? fault : compare_segment(frame, header);
    fault = fault ? fault : compare_loop_filter(frame, header);
    fault = fault ? fault : compare_entropy(frame, header, key);
    if (!key)
        fault = fault ? fault : compare_inter(frame, header);
    ret = model_check(m, !fault, "%s is not that of the stream", fault ? fault : "");
    return ret < 0 ? ret : check_scale(m, frame, header, key);
}

/* The client did not negotiate anew at a key frame of another size. */
static int check_format(struct model *m, const struct v4l2_ctrl_vp8_frame *frame)
{
    const struct vstateless_event *event = m->job.event;

    return model_check(m, (frame->width + 15) / 16 == (int)(event->coded_width + 15) / 16 &&
                       (frame->height + 15) / 16 == (int)(event->coded_height + 15) / 16,
                       "frame of %dx%d, coded format of %ux%u", frame->width, frame->height,
                       event->coded_width, event->coded_height);
}

int vp8_check(struct model *m, const struct v4l2_ctrl_vp8_frame *frame,
              struct vp8_history *history)
{
    struct v4l2_ctrl_vp8_frame header;
    const char *fault;
    int ret;

    /* First, so that the history is complete whatever else is wrong. */
    fault = vp8_parse_header(m->job.bitstream, m->job.event->bitstream_size, history, &header);
    history->valid = !fault;
    if (!fault) {
        header.last_frame_ts   = history->frame.last_frame_ts;
        header.golden_frame_ts = history->frame.golden_frame_ts;
        header.alt_frame_ts    = history->frame.alt_frame_ts;
        history->frame = header;
        update_references(history, m->job.event->timestamp);
    }
    ret = check_ranges(m, frame);
    if (ret < 0)
        return ret;
    ret = model_check(m, !fault, "frame header: %s", fault ? fault : "");
    if (ret < 0 || fault)
        return ret;
    ret = check_reserved(m, frame);
    if (ret < 0)
        return ret;
    ret = check_format(m, frame);
    return ret < 0 ? ret : compare(m, frame, &header);
}
