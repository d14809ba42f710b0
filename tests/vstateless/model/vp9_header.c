/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VP9: reader of the uncompressed header
 */

#include <string.h>

#include "vp9_header.h"

#define KEY_FRAME	V4L2_VP9_FRAME_FLAG_KEY_FRAME
#define SYNC_CODE	0x498342

struct bits {
    const uint8_t *data;
    size_t pos, size;		/* in bits */
    bool bad;
};

static uint32_t u(struct bits *b, int count)
{
    uint32_t value = 0;

    for (; count; count--, b->pos++) {
        value <<= 1;
        if (b->pos < b->size)
            value |= b->data[b->pos / 8] >> (7 - b->pos % 8) & 1;
        else
            b->bad = true;
    }
    return value;
}

/* su(n): magnitude, then sign */
static int su(struct bits *b, int count)
{
    int value = u(b, count);

    return u(b, 1) ? -value : value;
}

static uint32_t flag(struct bits *b, uint32_t value)
{
    return u(b, 1) ? value : 0;
}

/* 6.2.2 */
static void color_config(struct bits *b, struct v4l2_ctrl_vp9_frame *f)
{
    uint32_t space;

    f->bit_depth = f->profile < 2 ? 8 : u(b, 1) ? 12 : 10;
    space = u(b, 3);
    f->flags |= V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    if (space != 7)
        f->flags |= flag(b, V4L2_VP9_FRAME_FLAG_COLOR_RANGE_FULL_SWING);
    else
        b->bad = true;			/* RGB is for profiles 1 and 3 */
}

static void render_size(struct bits *b, struct v4l2_ctrl_vp9_frame *f)
{
    f->render_width_minus_1  = f->frame_width_minus_1;
    f->render_height_minus_1 = f->frame_height_minus_1;
    if (!u(b, 1))
        return;
    f->render_width_minus_1  = u(b, 16);
    f->render_height_minus_1 = u(b, 16);
}

static void frame_size(struct bits *b, struct vp9_header *h)
{
    h->frame.frame_width_minus_1  = u(b, 16);
    h->frame.frame_height_minus_1 = u(b, 16);
}

/* 6.2.5; of a reference that we do not know, the client's word is taken. */
static void frame_size_with_refs(struct bits *b, struct vp9_header *h,
                                 const struct vp9_history *history)
{
    bool found = false;

    for (int i = 0; i < 3 && !found; i++) {
        int slot = h->ref_frame_idx[i];

        found = u(b, 1);
        if (!found || !history->slot[slot].known)
            continue;
        h->frame.frame_width_minus_1  = history->slot[slot].width - 1;
        h->frame.frame_height_minus_1 = history->slot[slot].height - 1;
    }
    if (!found)
        frame_size(b, h);
    render_size(b, &h->frame);
}

static void inter_references(struct bits *b, struct vp9_header *h,
                             const struct vp9_history *history)
{
    static const uint8_t filter[4] = {	/* 6.2.7 literal_to_type */
        V4L2_VP9_INTERP_FILTER_EIGHTTAP_SMOOTH, V4L2_VP9_INTERP_FILTER_EIGHTTAP,
        V4L2_VP9_INTERP_FILTER_EIGHTTAP_SHARP, V4L2_VP9_INTERP_FILTER_BILINEAR,
    };
    struct v4l2_ctrl_vp9_frame *f = &h->frame;

    h->refresh_frame_flags = u(b, 8);
    for (int i = 0; i < 3; i++) {
        h->ref_frame_idx[i] = u(b, 3);
        f->ref_frame_sign_bias |= u(b, 1) << i;
    }
    h->compound_allowed = f->ref_frame_sign_bias && f->ref_frame_sign_bias != 7;
    frame_size_with_refs(b, h, history);
    f->flags |= flag(b, V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV);
    f->interpolation_filter = u(b, 1) ? V4L2_VP9_INTERP_FILTER_SWITCHABLE : filter[u(b, 2)];
}

/* An intra-only frame of profile 0 has 8 bit 4:2:0 without saying so. */
static void intra_only(struct bits *b, struct vp9_header *h)
{
    struct v4l2_ctrl_vp9_frame *f = &h->frame;

    if (u(b, 24) != SYNC_CODE)
        b->bad = true;
    if (f->profile > 0)
        color_config(b, f);
    h->refresh_frame_flags = u(b, 8);
    frame_size(b, h);
    render_size(b, f);
}

/* frame_type to refresh_frame_context of 6.2.1 */
static void frame_type(struct bits *b, struct vp9_header *h, const struct vp9_history *history)
{
    struct v4l2_ctrl_vp9_frame *f = &h->frame;

    f->flags |= u(b, 1) ? 0 : KEY_FRAME;
    f->flags |= flag(b, V4L2_VP9_FRAME_FLAG_SHOW_FRAME);
    f->flags |= flag(b, V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT);
    if (f->flags & KEY_FRAME) {
        if (u(b, 24) != SYNC_CODE)
            b->bad = true;
        color_config(b, f);
        h->refresh_frame_flags = 0xff;
        frame_size(b, h);
        render_size(b, f);
    } else {
        uint32_t reset;

        if (!(f->flags & V4L2_VP9_FRAME_FLAG_SHOW_FRAME))
            f->flags |= flag(b, V4L2_VP9_FRAME_FLAG_INTRA_ONLY);
        reset = f->flags & V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT ? 0 : u(b, 2);
        f->reset_frame_context = reset ? reset - 1 : 0;
        if (f->flags & V4L2_VP9_FRAME_FLAG_INTRA_ONLY)
            intra_only(b, h);
        else
            inter_references(b, h, history);
    }
    if (f->flags & V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT) {
        f->flags |= V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE;
    } else {
        f->flags |= flag(b, V4L2_VP9_FRAME_FLAG_REFRESH_FRAME_CTX);
        f->flags |= flag(b, V4L2_VP9_FRAME_FLAG_PARALLEL_DEC_MODE);
    }
    f->frame_context_idx = u(b, 2);
    h->intra = f->flags & (KEY_FRAME | V4L2_VP9_FRAME_FLAG_INTRA_ONLY);
}

/* 6.2.8 */
static void loop_filter_params(struct bits *b, struct v4l2_vp9_loop_filter *lf)
{
    lf->flags = 0;
    lf->level = u(b, 6);
    lf->sharpness = u(b, 3);
    if (!u(b, 1))
        return;
    lf->flags = V4L2_VP9_LOOP_FILTER_FLAG_DELTA_ENABLED;
    if (!u(b, 1))
        return;
    lf->flags |= V4L2_VP9_LOOP_FILTER_FLAG_DELTA_UPDATE;
    for (int i = 0; i < 4; i++)
        if (u(b, 1))
            lf->ref_deltas[i] = su(b, 6);
    for (int i = 0; i < 2; i++)
        if (u(b, 1))
            lf->mode_deltas[i] = su(b, 6);
}

/* 6.2.9 */
static void quantization_params(struct bits *b, struct vp9_header *h)
{
    struct v4l2_vp9_quantization *q = &h->frame.quant;

    q->base_q_idx    = u(b, 8);
    q->delta_q_y_dc  = u(b, 1) ? su(b, 4) : 0;
    q->delta_q_uv_dc = u(b, 1) ? su(b, 4) : 0;
    q->delta_q_uv_ac = u(b, 1) ? su(b, 4) : 0;
    h->lossless = !q->base_q_idx && !q->delta_q_y_dc && !q->delta_q_uv_dc && !q->delta_q_uv_ac;
}

static void read_probs(struct bits *b, uint8_t *prob, int count)
{
    for (int i = 0; i < count; i++)
        if (u(b, 1))
            prob[i] = u(b, 8);
}

static void segment_features(struct bits *b, struct v4l2_vp9_segmentation *seg)
{
    static const uint8_t size[V4L2_VP9_SEG_LVL_MAX] = { 8, 6, 2, 0 };

    seg->flags &= ~V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE;
    seg->flags |= flag(b, V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE);
    for (int i = 0; i < 8; i++) {
        seg->feature_enabled[i] = 0;
        for (int j = 0; j < V4L2_VP9_SEG_LVL_MAX; j++) {
            seg->feature_data[i][j] = 0;
            if (!u(b, 1))
                continue;
            seg->feature_enabled[i] |= 1 << j;
            seg->feature_data[i][j] = j < V4L2_VP9_SEG_LVL_REF_FRAME ? su(b, size[j]) :
                                      (int)u(b, size[j]);
        }
    }
}

/* 6.2.11; the features stay, everything else is of this frame alone. */
static void segmentation_params(struct bits *b, struct vp9_header *h)
{
    struct v4l2_vp9_segmentation *seg = &h->frame.seg;

    seg->flags &= V4L2_VP9_SEGMENTATION_FLAG_ABS_OR_DELTA_UPDATE;
    memset(seg->tree_probs, 255, sizeof(seg->tree_probs));
    memset(seg->pred_probs, 255, sizeof(seg->pred_probs));
    if (!u(b, 1))
        return;
    seg->flags |= V4L2_VP9_SEGMENTATION_FLAG_ENABLED;
    if (u(b, 1)) {
        seg->flags |= V4L2_VP9_SEGMENTATION_FLAG_UPDATE_MAP;
        read_probs(b, seg->tree_probs, 7);
        if (u(b, 1)) {
            seg->flags |= V4L2_VP9_SEGMENTATION_FLAG_TEMPORAL_UPDATE;
            read_probs(b, seg->pred_probs, 3);
        }
    }
    h->seg_explicit = u(b, 1);
    if (!h->seg_explicit)
        return;
    seg->flags |= V4L2_VP9_SEGMENTATION_FLAG_UPDATE_DATA;
    segment_features(b, seg);
}

/* 6.2.13 and 7.2.13 */
static void tile_info(struct bits *b, struct v4l2_ctrl_vp9_frame *f)
{
    int sb64_cols = (f->frame_width_minus_1 + 64) / 64, min = 0, max = 1;

    while ((64 << min) < sb64_cols)
        min++;
    while ((sb64_cols >> max) >= 4)
        max++;
    max--;
    f->tile_cols_log2 = min;
    while (f->tile_cols_log2 < max && u(b, 1))
        f->tile_cols_log2++;
    f->tile_rows_log2 = u(b, 1);
    if (f->tile_rows_log2)
        f->tile_rows_log2 += u(b, 1);
}

/* 7.2 setup_past_independence() */
static void set_persistent(struct vp9_header *h, const struct vp9_history *history)
{
    struct v4l2_ctrl_vp9_frame *f = &h->frame;

    f->lf = history->lf;
    f->seg = history->seg;
    if (!h->intra && !(f->flags & V4L2_VP9_FRAME_FLAG_ERROR_RESILIENT))
        return;
    f->lf  = (struct v4l2_vp9_loop_filter) { .ref_deltas = { 1, 0, -1, -1 } };
    f->seg = (struct v4l2_vp9_segmentation) { 0 };
}

static const char *parse_uncompressed(struct bits *b, struct vp9_header *h,
                                      const struct vp9_history *history)
{
    struct v4l2_ctrl_vp9_frame *f = &h->frame;

    if (u(b, 2) != 2)
        return "no frame marker";
    f->profile  = u(b, 1);
    f->profile |= u(b, 1) << 1;
    if (f->profile & 1)
        return "profile 1 or 3";
    if (u(b, 1))
        return "show_existing_frame is nothing to decode";
    f->bit_depth = f->profile < 2 ? 8 : history->bit_depth ? history->bit_depth : 10;
    f->flags = V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    frame_type(b, h, history);
    set_persistent(h, history);
    loop_filter_params(b, &f->lf);
    quantization_params(b, h);
    segmentation_params(b, h);
    tile_info(b, f);
    f->compressed_header_size = u(b, 16);
    f->uncompressed_header_size = (b->pos + 7) / 8;
    return b->bad ? "damaged uncompressed header" : NULL;
}

const char *vp9_parse(struct vp9_header *header, struct v4l2_ctrl_vp9_compressed_hdr *compressed,
                      const struct v4l2_ctrl_vp9_frame *ctrl, const struct vp9_history *history,
                      const uint8_t *data, size_t size)
{
    struct bits b = { .data = data, .size = size * 8 };
    const char *wrong;
    size_t start, end;

    memset(header, 0, sizeof(*header));
    memset(compressed, 0, sizeof(*compressed));
    header->frame.frame_width_minus_1  = ctrl->frame_width_minus_1;
    header->frame.frame_height_minus_1 = ctrl->frame_height_minus_1;
    wrong = parse_uncompressed(&b, header, history);
    if (wrong)
        return wrong;
    start = header->frame.uncompressed_header_size;
    end = start + header->frame.compressed_header_size;
    if (end == start || end >= size)
        return "compressed header beyond the payload";
    return vp9_parse_compressed(header, compressed, data + start, end - start);
}
