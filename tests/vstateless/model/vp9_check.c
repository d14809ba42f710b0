/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VP9: control values that contradict the bitstream or the frames before
 */

#include <string.h>

#include "check.h"
#include "model.h"
#include "vp9_check.h"

#define FRAME_FLAGS		0x3ffu
#define LOOP_FILTER_FLAGS	0x3u
#define SEGMENTATION_FLAGS	0x1fu
#define UPDATE_DATA		V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA
#define FULL_SWING		V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING

static bool is_intra(const struct v4l2_ctrl_vp9_frame *f)
{
    return f->flags & (V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_INTRA_ONLY);
}

static bool has_zero_padding(const struct v4l2_ctrl_vp9_frame *f)
{
    static const uint8_t zero[8];

    return !memcmp(f->lf.reserved, zero, sizeof(f->lf.reserved)) &&
           !memcmp(f->quant.reserved, zero, sizeof(f->quant.reserved)) &&
           !memcmp(f->seg.reserved, zero, sizeof(f->seg.reserved)) &&
           !memcmp(f->reserved, zero, sizeof(f->reserved));
}

/* 7.2.13: a tile is 256 to 4096 pixels wide where there are several. */
static bool has_good_tiles(const struct v4l2_ctrl_vp9_frame *f)
{
    int sb64_cols = (f->frame_width_minus_1 + 64) / 64;

    return (sb64_cols >> f->tile_cols_log2) <= 64 && f->tile_rows_log2 <= 2 &&
           (!f->tile_cols_log2 || (sb64_cols >> f->tile_cols_log2) >= 4);
}

static int check_segment_limits(struct model *m, const struct v4l2_vp9_segmentation *seg)
{
    static const int max[V4L2_VP9_SEG_LVL_MAX] = { 255, 63, 3, 0 };

    for (int i = 0; i < 8; i++)
        for (int j = 0; j < V4L2_VP9_SEG_LVL_MAX; j++)
            if (seg->feature_data[i][j] > max[j] ||
                seg->feature_data[i][j] < (j < V4L2_VP9_SEG_LVL_REF_FRAME ? -max[j] : 0))
                return model_fail(m, "segment %d has feature %d of %d", i, j,
                                  seg->feature_data[i][j]);
    return 0;
}

int vp9_check_limits(struct model *m, const struct vp9_controls *ctrl)
{
    const struct vstateless_event *event = m->job.event;
    const struct v4l2_ctrl_vp9_frame *f = ctrl->frame;
    uint32_t sampling = V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;

    if (f->profile & 1 || f->bit_depth != (f->profile ? 10 : 8) || (f->flags & sampling) != sampling)
        return model_fail(m, "profile %d with %d bit, flags 0x%x", f->profile, f->bit_depth, f->flags);
    if (f->frame_width_minus_1 >= event->capture_width ||
        f->frame_height_minus_1 >= event->capture_height)
        return model_fail(m, "frame of %dx%d, CAPTURE format of %ux%u", f->frame_width_minus_1 + 1,
                          f->frame_height_minus_1 + 1, event->capture_width, event->capture_height);
    if (f->reset_frame_context > 2 || f->frame_context_idx > 3 || f->interpolation_filter > 4 ||
        f->reference_mode > 2 || f->lf.level > 63 || f->lf.sharpness > 7)
        return model_fail(m, "VP9_FRAME field out of range");
    if (!has_good_tiles(f))
        return model_fail(m, "2^%d tile columns, 2^%d rows", f->tile_cols_log2, f->tile_rows_log2);
    if (f->reference_mode && (is_intra(f) || !f->ref_frame_sign_bias || f->ref_frame_sign_bias >= 7))
        return model_fail(m, "compound prediction with sign bias %d", f->ref_frame_sign_bias);
    if (!f->compressed_header_size ||
        f->uncompressed_header_size + f->compressed_header_size >= (int)event->bitstream_size)
        return model_fail(m, "headers of %d and %d bytes in a payload of %u",
                          f->uncompressed_header_size, f->compressed_header_size,
                          event->bitstream_size);
    if (ctrl->compressed && ctrl->compressed->tx_mode > V4L2_VP9_TX_MODE_SELECT)
        return model_fail(m, "tx_mode %d", ctrl->compressed->tx_mode);
    return check_segment_limits(m, &f->seg);
}

/* A field of the control and its name */
struct field {
    const char *name;
    size_t offset, size;
};

#define FIELD(member) \
    { #member, offsetof(struct v4l2_ctrl_vp9_frame, member), \
      sizeof(((struct v4l2_ctrl_vp9_frame *)0)->member) }
#define PROBS(member) \
    { #member, offsetof(struct v4l2_ctrl_vp9_compressed_hdr, member), \
      sizeof(((struct v4l2_ctrl_vp9_compressed_hdr *)0)->member) }

static const struct field frame_fields[] = {
    FIELD(lf.ref_deltas), FIELD(lf.mode_deltas), FIELD(lf.level), FIELD(lf.sharpness),
    FIELD(lf.flags), FIELD(quant.base_q_idx), FIELD(quant.delta_q_y_dc), FIELD(quant.delta_q_uv_dc),
    FIELD(quant.delta_q_uv_ac), FIELD(compressed_header_size), FIELD(uncompressed_header_size),
    FIELD(frame_width_minus_1), FIELD(frame_height_minus_1), FIELD(ref_frame_sign_bias),
    FIELD(reset_frame_context), FIELD(frame_context_idx), FIELD(profile), FIELD(bit_depth),
    FIELD(interpolation_filter), FIELD(tile_cols_log2), FIELD(tile_rows_log2), FIELD(reference_mode),
};

static const struct field feature_fields[] = { FIELD(seg.feature_data), FIELD(seg.feature_enabled) };
static const struct field tree_fields[] = { FIELD(seg.tree_probs) };
static const struct field pred_fields[] = { FIELD(seg.pred_probs) };

/* Nobody codes uv_mode, and drivers do not read it. */
static const struct field compressed_fields[] = {
    PROBS(tx_mode), PROBS(tx8), PROBS(tx16), PROBS(tx32), PROBS(coef), PROBS(skip), PROBS(inter_mode),
    PROBS(interp_filter), PROBS(is_inter), PROBS(comp_mode), PROBS(single_ref), PROBS(comp_ref),
    PROBS(y_mode), PROBS(partition), PROBS(mv.joint), PROBS(mv.sign), PROBS(mv.classes),
    PROBS(mv.class0_bit), PROBS(mv.bits), PROBS(mv.class0_fr), PROBS(mv.fr), PROBS(mv.class0_hp),
    PROBS(mv.hp),
};

/* The first field in which two controls differ, or NULL */
static const char *differs(const void *a, const void *b, const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp((const char *)a + fields[i].offset, (const char *)b + fields[i].offset,
                   fields[i].size))
            return fields[i].name;
    return NULL;
}

#define DIFFERS(a, b, fields) differs(a, b, fields, sizeof(fields) / sizeof(*(fields)))

/*
 * hantro_g2_vp9_dec.c takes the features only with UPDATE_DATA; a client has to
 * set it at least where the stream changes them, and may do so everywhere.
 */
static int check_segmentation(struct model *m, const struct v4l2_ctrl_vp9_frame *f,
                              const struct vp9_header *header, const struct vp9_history *history)
{
    const struct v4l2_vp9_segmentation *a = &f->seg, *b = &header->frame.seg;
    const char *name;
    int ret;

    ret = model_check(m, (a->flags & ~UPDATE_DATA) == (b->flags & ~UPDATE_DATA) ||
                      !((a->flags | b->flags) & V4L2_VP9_SEGMENTATION_FLAG_ENABLED),
                      "seg.flags are 0x%x, the bitstream has 0x%x", a->flags, b->flags);
    if (ret < 0)
        return ret;
    ret = model_check(m, !header->seg_explicit || a->flags & UPDATE_DATA, "seg.flags lack UPDATE_DATA");
    if (ret < 0 || !(b->flags & V4L2_VP9_SEGMENTATION_FLAG_ENABLED))
        return ret;
    /* Nothing is coded with probabilities that the frame does not bring. */
    name = DIFFERS(f, &header->frame, feature_fields);
    if (!name && b->flags & V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP)
        name = DIFFERS(f, &header->frame, tree_fields);
    if (!name && b->flags & V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE)
        name = DIFFERS(f, &header->frame, pred_fields);
    ret = model_check(m, !name, "%s is not what the bitstream has", name ? name : "");
    if (ret < 0 || a->flags & UPDATE_DATA)
        return ret;
    if (memcmp(a->feature_data, history->seg.feature_data, sizeof(a->feature_data)) ||
        memcmp(a->feature_enabled, history->seg.feature_enabled, sizeof(a->feature_enabled)))
        return model_warn(m, MODEL_QUIRK_VP9_FEATURES, "segment features change without UPDATE_DATA");
    return 0;
}

static int check_frame(struct model *m, const struct v4l2_ctrl_vp9_frame *f,
                       const struct vp9_header *header)
{
    const struct v4l2_ctrl_vp9_frame *expected = &header->frame;
    const char *name = DIFFERS(f, expected, frame_fields);
    int ret;

    ret = model_check(m, !name, "%s is not what the bitstream has", name ? name : "");
    if (ret < 0)
        return ret;
    ret = model_check(m, (f->flags & ~FULL_SWING) == (expected->flags & ~FULL_SWING),
                      "flags are 0x%x, the bitstream has 0x%x", f->flags, expected->flags);
    if (ret < 0)
        return ret;
    /* Only intra frames say it; no driver reads it. */
    if (f->flags & V4L2_VP9_FRAME_FLAG_KEY_FRAME && (f->flags ^ expected->flags) & FULL_SWING)
        ret = model_warn(m, MODEL_QUIRK_VP9_DISPLAY, "colour range is not what the bitstream has");
    if (ret < 0)
        return ret;
    if (f->render_width_minus_1 != expected->render_width_minus_1 ||
        f->render_height_minus_1 != expected->render_height_minus_1)
        return model_warn(m, MODEL_QUIRK_VP9_DISPLAY, "render size of %dx%d, the bitstream has %dx%d",
                          f->render_width_minus_1 + 1, f->render_height_minus_1 + 1,
                          expected->render_width_minus_1 + 1, expected->render_height_minus_1 + 1);
    return 0;
}

/* Also of references that the frame does not use. */
static int check_references(struct model *m, const struct v4l2_ctrl_vp9_frame *f,
                            const struct vp9_header *header, const struct vp9_history *history)
{
    const uint64_t timestamp[3] = { f->last_frame_ts, f->golden_frame_ts, f->alt_frame_ts };

    for (int i = 0; i < 3 && !header->intra; i++) {
        int slot = header->ref_frame_idx[i];
        int ret = model_check(m, !history->slot[slot].known ||
                              history->slot[slot].timestamp == timestamp[i],
                              "reference %d has ts %llu, slot %d has %llu", i,
                              (unsigned long long)timestamp[i], slot,
                              (unsigned long long)history->slot[slot].timestamp);

        if (ret < 0)
            return ret;
    }
    return 0;
}

static int check_compressed(struct model *m, const struct v4l2_ctrl_vp9_compressed_hdr *compressed,
                            const struct v4l2_ctrl_vp9_compressed_hdr *expected)
{
    static const uint8_t zero[sizeof(compressed->uv_mode)];
    const char *name = DIFFERS(compressed, expected, compressed_fields);
    int ret;

    ret = model_check(m, !name, "compressed header's %s is not what the bitstream has",
                      name ? name : "");
    if (ret < 0 || !memcmp(compressed->uv_mode, zero, sizeof(zero)))
        return ret;
    return model_warn(m, MODEL_QUIRK_VP9_UV_MODE, "uv_mode is not zero, and nothing codes it");
}

int vp9_check(struct model *m, const struct vp9_controls *ctrl, const struct vp9_header *header,
              const struct v4l2_ctrl_vp9_compressed_hdr *compressed,
              const struct vp9_history *history)
{
    const struct v4l2_ctrl_vp9_frame *f = ctrl->frame;
    int ret;

    ret = model_check(m, !(f->flags & ~FRAME_FLAGS) && !(f->lf.flags & ~LOOP_FILTER_FLAGS) &&
                      !(f->seg.flags & ~SEGMENTATION_FLAGS) && has_zero_padding(f),
                      "undefined VP9_FRAME flags or reserved bytes");
    if (ret < 0)
        return ret;
    ret = check_frame(m, f, header);
    if (ret < 0)
        return ret;
    ret = check_segmentation(m, f, header, history);
    if (ret < 0)
        return ret;
    ret = check_references(m, f, header, history);
    if (ret < 0 || !ctrl->compressed)
        return ret;
    return check_compressed(m, ctrl->compressed, compressed);
}

void vp9_remember(struct vp9_history *history, const struct vp9_header *header, uint64_t timestamp)
{
    history->bit_depth = header->frame.bit_depth;
    history->lf  = header->frame.lf;
    history->seg = header->frame.seg;
    for (int i = 0; i < 8; i++) {
        if (!(header->refresh_frame_flags >> i & 1))
            continue;
        history->slot[i].known     = true;
        history->slot[i].timestamp = timestamp;
        history->slot[i].width     = header->frame.frame_width_minus_1 + 1;
        history->slot[i].height    = header->frame.frame_height_minus_1 + 1;
    }
}
