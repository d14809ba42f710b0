/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AV1: sequence, tiles and slots. dav1d trusts its own header parser, so all
 * that this parser would refuse has to be refused here. Section numbers are
 * those of the AV1 specification.
 */

#include <errno.h>

#include "av1.h"
#include "check.h"
#include "model.h"

static int check_sequence(struct model *m, const struct v4l2_ctrl_av1_sequence *s)
{
    const uint32_t subsampling = V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X |
                                 V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y;
    bool hint = s->flags & V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT;

    if (av1_need(m, !s->seq_profile && (s->bit_depth == 8 || s->bit_depth == 10) &&
                 (s->flags & subsampling) == subsampling,
                 "profile %d with %d bit, flags 0x%x", s->seq_profile, s->bit_depth, s->flags) ||
        av1_need(m, s->order_hint_bits <= 8 && hint == !!s->order_hint_bits,
                 "order_hint_bits %d", s->order_hint_bits) ||
        av1_need(m, hint || !(s->flags & (V4L2_AV1_SEQUENCE_FLAG_ENABLE_JNT_COMP |
                                          V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS)),
                 "tools that need order hints, without them"))
        return -EINVAL;
    return model_check(m, !s->reserved && !(s->flags >> 20), "undefined bits in the sequence") ||
           model_check(m, !(s->flags & V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME) ||
                       !(s->flags & V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q),
                       "separate chroma quantisers without chroma") ? -EINVAL : 0;
}

/* 5.9.8 and 6.8.4: FrameWidth, UpscaledWidth and the sequence's limits. */
static int check_size(struct model *m, const struct av1_controls *ctrl)
{
    const struct v4l2_ctrl_av1_sequence *s = ctrl->sequence;
    const struct v4l2_ctrl_av1_frame *f = ctrl->frame;
    uint32_t width = f->frame_width_minus_1 + 1, height = f->frame_height_minus_1 + 1;
    bool superres = f->flags & V4L2_AV1_FRAME_FLAG_USE_SUPERRES;
    uint32_t denom = f->superres_denom;
    bool largest = f->upscaled_width == s->max_frame_width_minus_1 + 1u &&
                   height == s->max_frame_height_minus_1 + 1u;

    if (av1_need(m, f->upscaled_width && f->upscaled_width <= s->max_frame_width_minus_1 + 1u &&
                 height && height <= s->max_frame_height_minus_1 + 1u,
                 "frame of %ux%u in a sequence of %dx%d", f->upscaled_width, height,
                 s->max_frame_width_minus_1 + 1, s->max_frame_height_minus_1 + 1) ||
        av1_need(m, superres ? denom >= 9 && denom <= 16 : denom == 8, "superres_denom %u", denom) ||
        av1_need(m, !superres || (s->flags & V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES),
                 "superres, but not in the sequence") ||
        av1_need(m, width == (f->upscaled_width * 8 + denom / 2) / denom,
                 "width %u with %u and superres_denom %u", width, f->upscaled_width, denom))
        return -EINVAL;
    return model_check(m, largest || (f->flags & V4L2_AV1_FRAME_FLAG_FRAME_SIZE_OVERRIDE),
                       "another size than the sequence's without FRAME_SIZE_OVERRIDE");
}

/* One direction of the tile grid: starts in units of 4 pixels, sizes in superblocks. */
static int check_tile_starts(struct model *m, const uint32_t *starts, const uint32_t *sizes, int count,
                             uint32_t pixels, int shift, bool uniform, const char *name)
{
    uint32_t end = 2 * ((pixels + 7) >> 3), next = 0;

    for (int i = 0; i < count; i++) {
        if (av1_need(m, starts[i] == next && next < end, "mi_%s_starts[%d] %u", name, i, starts[i]))
            return -EINVAL;
        next = i + 1 < count ? starts[i + 1] : end;
        if (av1_need(m, next > starts[i] && (i + 1 == count || !(next & ((1 << shift) - 1))),
                     "mi_%s_starts[%d] %u", name, i + 1, next) ||
            model_check(m, sizes[i] + 1 == (next - starts[i] + (1 << shift) - 1) >> shift,
                        "tile %s %d has %u superblocks", name, i, sizes[i] + 1) ||
            model_check(m, !uniform || !i || sizes[i] == sizes[0] ||
                        (i + 1 == count && sizes[i] < sizes[0]), "tiles are not uniform"))
            return -EINVAL;
    }
    return model_check(m, starts[count] == end, "mi_%s_starts ends with %u instead of %u", name,
                       starts[count], end);
}

static int check_tile_info(struct model *m, const struct av1_controls *ctrl)
{
    const struct v4l2_av1_tile_info *t = &ctrl->frame->tile_info;
    bool uniform = t->flags & V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING;
    int shift = ctrl->sequence->flags & V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK ? 5 : 4;
    int count = t->tile_cols * t->tile_rows;

    if (av1_need(m, t->tile_cols && t->tile_cols <= V4L2_AV1_MAX_TILE_COLS && t->tile_rows &&
                 t->tile_rows <= V4L2_AV1_MAX_TILE_ROWS, "%dx%d tiles", t->tile_cols, t->tile_rows) ||
        av1_need(m, ctrl->num_tiles >= count && count <= V4L2_AV1_MAX_TILE_COUNT,
                 "%d tile entries for %d tiles", ctrl->num_tiles, count) ||
        av1_need(m, t->context_update_tile_id < count, "context_update_tile_id %d",
                 t->context_update_tile_id) ||
        av1_need(m, (t->tile_size_bytes || count == 1) && t->tile_size_bytes <= 4, "tile_size_bytes %d",
                 t->tile_size_bytes) ||
        check_tile_starts(m, t->mi_col_starts, t->width_in_sbs_minus_1, t->tile_cols,
                          ctrl->frame->frame_width_minus_1 + 1, shift, uniform, "col") ||
        check_tile_starts(m, t->mi_row_starts, t->height_in_sbs_minus_1, t->tile_rows,
                          ctrl->frame->frame_height_minus_1 + 1, shift, uniform, "row"))
        return -EINVAL;
    if (ctrl->num_tiles > count)
        return model_warn(m, MODEL_QUIRK_TILE_COUNT, "%d tile entries for %d tiles",
                          ctrl->num_tiles, count);
    return model_check(m, !(t->flags >> 1), "undefined bits in tile_info");
}

/*
 * In a tile group all tiles but the last one follow their size (5.11.1). Where
 * an entry has its size before it, it has to be of tile_size_bytes.
 */
static int check_tile_size(struct model *m, const struct av1_controls *ctrl, uint32_t gap, int i)
{
    const struct v4l2_ctrl_av1_tile_group_entry *tile = &ctrl->tiles[i];
    uint32_t coded = 0;

    if (!gap || gap > 4)
        return 0;
    for (uint32_t n = 0; n < gap; n++)
        coded |= (uint32_t)m->job.bitstream[tile->tile_offset - gap + n] << 8 * n;
    if (coded + 1 != tile->tile_size)
        return model_check(m, gap != ctrl->frame->tile_info.tile_size_bytes,
                           "tile %d of %u bytes where %u are coded", i, tile->tile_size, coded + 1);
    return model_check(m, gap == ctrl->frame->tile_info.tile_size_bytes,
                       "tile %d has its size in %u bytes, tile_size_bytes is %d", i, gap,
                       ctrl->frame->tile_info.tile_size_bytes);
}

static int check_tiles(struct model *m, const struct av1_controls *ctrl)
{
    const struct v4l2_av1_tile_info *t = &ctrl->frame->tile_info;
    uint32_t size = m->job.event->bitstream_size, end = 0, cols = t->tile_cols;

    for (uint32_t i = 0; i < cols * t->tile_rows; i++) {
        const struct v4l2_ctrl_av1_tile_group_entry *tile = &ctrl->tiles[i];

        if (av1_need(m, tile->tile_size && tile->tile_offset <= size &&
                     tile->tile_size <= size - tile->tile_offset,
                     "tile %d of %u bytes at %u of %u", i, tile->tile_size, tile->tile_offset, size) ||
            model_check(m, tile->tile_row == i / cols && tile->tile_col == i % cols,
                        "tile %d says row %u and column %u", i, tile->tile_row, tile->tile_col) ||
            model_check(m, tile->tile_offset >= end, "tile %d begins in the one before", i) ||
            check_tile_size(m, ctrl, tile->tile_offset - end, i))
            return -EINVAL;
        end = tile->tile_offset + tile->tile_size;
    }
    return 0;
}

int av1_check_limits(struct model *m, const struct av1_controls *ctrl)
{
    const struct v4l2_ctrl_av1_frame *f = ctrl->frame;

    if (check_sequence(m, ctrl->sequence) ||
        av1_need(m, f->frame_type <= V4L2_AV1_SWITCH_FRAME, "frame_type %d", f->frame_type) ||
        av1_need(m, f->primary_ref_frame <= AV1_NO_PRIMARY, "primary_ref_frame %d",
                 f->primary_ref_frame) ||
        av1_need(m, f->tx_mode <= V4L2_AV1_TX_MODE_SELECT, "tx_mode %d", f->tx_mode) ||
        av1_need(m, f->interpolation_filter <= V4L2_AV1_INTERPOLATION_FILTER_SWITCHABLE,
                 "interpolation_filter %d", f->interpolation_filter))
        return -EINVAL;
    for (int i = 0; i < AV1_REFS && !av1_is_intra(f); i++)
        if (av1_need(m, f->ref_frame_idx[i] >= 0 && f->ref_frame_idx[i] < AV1_SLOTS,
                     "ref_frame_idx[%d] %d", i, f->ref_frame_idx[i]))
            return -EINVAL;
    return check_size(m, ctrl) || check_tile_info(m, ctrl) || check_tiles(m, ctrl) ? -EINVAL : 0;
}

/* A key frame that is shown later refreshes all slots then (7.21), without a job. */
static bool is_shown_key(const struct v4l2_ctrl_av1_frame *f, const struct av1_past *const past[AV1_SLOTS])
{
    for (int i = 1; i < AV1_SLOTS; i++)
        if (f->reference_frame_ts[i] != f->reference_frame_ts[0])
            return false;
    return past[0] && past[0]->frame.frame_type == V4L2_AV1_KEY_FRAME;
}

int av1_check_slots(struct model *m, const struct av1_controls *ctrl,
                    const struct av1_past *const past[AV1_SLOTS], struct av1_history *history)
{
    const struct v4l2_ctrl_av1_frame *f = ctrl->frame;
    /* A frame that replaces all slots may come after a seek: nothing is lost. */
    bool fresh = !history->known || f->refresh_frame_flags == 0xff || is_shown_key(f, past);
    int ret = 0;

    for (int i = 0; i < AV1_SLOTS && !fresh && !ret; i++) {
        uint64_t ts = f->reference_frame_ts[i], expected = history->timestamp[i];

        /* A job that the driver made fail never got here; its frame has no picture. */
        if (ts == expected || (ts && !past[i]))
            continue;
        /* vpu981 clean_refs() and mediatek cleanup_slots() drop what no slot names. */
        if (!ts)
            ret = model_warn(m, MODEL_QUIRK_SLOTS, "slot %d of ts %llu is not listed", i,
                             (unsigned long long)expected);
        else
            ret = model_check(m, false, "slot %d has ts %llu instead of %llu", i,
                              (unsigned long long)ts, (unsigned long long)expected);
    }
    history->known = true;
    for (int i = 0; i < AV1_SLOTS; i++)
        history->timestamp[i] = f->refresh_frame_flags >> i & 1 ? m->job.event->timestamp :
                                                                  f->reference_frame_ts[i];
    for (int i = 1; i <= AV1_REFS && !av1_is_intra(f) && !ret; i++) {
        const struct av1_past *ref = past[f->ref_frame_idx[i - 1]];

        ret = av1_need(m, ref, "reference %d (slot %d, ts %llu) was never decoded", i,
                       f->ref_frame_idx[i - 1],
                       (unsigned long long)f->reference_frame_ts[f->ref_frame_idx[i - 1]]);
        if (!ret)
            ret = model_check(m, f->order_hints[i] == ref->frame.order_hint,
                              "order_hints[%d] %u, the reference has %u", i, f->order_hints[i],
                              ref->frame.order_hint);
    }
    return ret;
}
