/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.264 references: the DPB and the lists come from controls
 *
 * No marking, no sliding window and no gap filling happens here. In frame mode
 * the lists are initialised as drivers do it (v4l2-h264.c: every ACTIVE entry
 * is a reference frame for a frame) and modified by the slice header; in slice
 * mode they come from SLICE_PARAMS.
 */

#include <string.h>

#include "libavcodec/mpegutils.h"

#include "check.h"
#include "h264_state.h"

/*
 * The POC of a reference frame is the smaller one of those fields that exist:
 * a first field has no partner yet, and its entry's other POC means nothing.
 */
static int entry_poc(const H264Picture *pic, int fields)
{
    if (fields == MODEL_TOP)
        return pic->field_poc[0];
    if (fields == MODEL_BOTTOM)
        return pic->field_poc[1];
    return FFMIN(pic->field_poc[0], pic->field_poc[1]);
}

/*
 * The control's word counts, except for the frame_num of long-term pictures:
 * libavcodec's co-located search identifies references by the frame_num that
 * the device decoded them with, and the control has an index there.
 */
static void set_entry(struct h264 *s, H264Picture *pic, const struct v4l2_h264_dpb_entry *entry,
                      int decoded_fields)
{
    bool frame = h264_structure(s->ctrl.decode) == MODEL_FRAME;

    pic->field_poc[0] = entry->top_field_order_cnt;
    pic->field_poc[1] = entry->bottom_field_order_cnt;
    pic->poc          = entry_poc(pic, decoded_fields);
    pic->long_ref     = h264_is_long(entry);
    pic->reference    = frame ? PICT_FRAME : entry->fields;
    if (!pic->long_ref)
        pic->frame_num = entry->frame_num;
}

static int has_other_size(struct h264 *s, const H264Picture *pic)
{
    const AVFrame *cur = h264_context(s)->cur_pic_ptr->f, *f = pic->f;

    return cur->width != f->width || cur->height != f->height || cur->format != f->format;
}

/*
 * An entry that no buffer holds only matters when a slice uses it; until then
 * the current picture stands in, so that lists keep their order (drivers
 * program the destination buffer as well).
 */
static int stand_in(struct h264 *s, int i)
{
    const struct v4l2_h264_dpb_entry *entry = &s->ctrl.decode->dpb[i];
    int ret;

    s->missing[i] = true;
    ret = model_warn(s->m, MODEL_QUIRK_MISSING_ENTRY, "dpb[%d]: no CAPTURE buffer has ts %llu", i,
                     (unsigned long long)entry->reference_ts);
    if (ret < 0)
        return ret;
    return ff_h264_ref_picture(&s->ref[i], h264_context(s)->cur_pic_ptr);
}

static int set_reference(struct h264 *s, int i)
{
    const struct v4l2_h264_dpb_entry *entry = &s->ctrl.decode->dpb[i];
    const struct h264_picture *picture = NULL;
    H264Picture *pic = &s->ref[i];
    int index, ret;

    s->dpb[i] = pic;
    index = model_find_reference(s->m, entry->reference_ts);
    if (index < -1)
        return index;
    if (index >= 0) {
        picture = s->m->frame[index].picture;
        ret = h264_check_entry(s->m, &s->ctrl, entry, &picture->history);
        if (ret < 0)
            return ret;
        if (has_other_size(s, &picture->pic))
            return model_fail(s->m, "reference ts %llu has another size",
                              (unsigned long long)entry->reference_ts);
        ret = ff_h264_ref_picture(pic, &picture->pic);
    } else {
        index = model_find(s->m, entry->reference_ts);
        ret = index < 0 ? stand_in(s, i) : h264_load_picture(s, pic, index);
    }
    if (ret < 0)
        return ret;
    set_entry(s, pic, entry, picture ? picture->history.fields : entry->fields);
    return 0;
}

/* The second field of a frame may refer to the first one. */
static int set_first_field(struct h264 *s, int i)
{
    const struct v4l2_h264_dpb_entry *entry = &s->ctrl.decode->dpb[i];
    H264Picture *pic = h264_context(s)->cur_pic_ptr;
    int fields = s->first.fields, ret;

    ret = h264_check_entry(s->m, &s->ctrl, entry, &s->first);
    if (ret < 0)
        return ret;
    s->dpb[i] = pic;
    pic->long_ref = h264_is_long(entry);
    pic->reference = entry->fields;
    if (!pic->long_ref)
        pic->frame_num = entry->frame_num;
    if (fields == MODEL_TOP)
        pic->field_poc[0] = entry->top_field_order_cnt;
    else
        pic->field_poc[1] = entry->bottom_field_order_cnt;
    return 0;
}

/* Short-term references by descending FrameNumWrap (8.2.4.2.1, 8.2.4.2.2). */
static void sort_short(struct h264 *s, const int wrap[H264_DPB])
{
    H264Context *h = h264_context(s);
    int key[H264_DPB];

    for (int i = 0; i < H264_DPB; i++) {
        int pos = h->short_ref_count;

        if (!s->dpb[i] || s->dpb[i]->long_ref)
            continue;
        for (; pos && key[pos - 1] < wrap[i]; pos--) {
            key[pos] = key[pos - 1];
            h->short_ref[pos] = h->short_ref[pos - 1];
        }
        key[pos] = wrap[i];
        h->short_ref[pos] = s->dpb[i];
        h->short_ref_count++;
    }
}

void h264_clear_dpb(struct h264 *s)
{
    H264Context *h = h264_context(s);

    for (int i = 0; i < H264_DPB; i++) {
        ff_h264_unref_picture(&s->ref[i]);
        s->dpb[i] = NULL;
        s->missing[i] = false;
    }
    memset(h->short_ref, 0, sizeof(h->short_ref));
    memset(h->long_ref, 0, sizeof(h->long_ref));
    memset(h->default_ref, 0, sizeof(h->default_ref));
    h->short_ref_count = h->long_ref_count = 0;
    if (h->cur_pic_ptr) {
        h->cur_pic_ptr->reference = 0;
        h->cur_pic_ptr->long_ref = 0;
    }
}

int h264_set_dpb(struct h264 *s)
{
    const struct v4l2_ctrl_h264_decode_params *decode = s->ctrl.decode;
    H264Context *h = h264_context(s);
    int wrap[H264_DPB] = { 0 }, ret;

    h264_clear_dpb(s);
    for (int i = 0; i < H264_DPB; i++) {
        const struct v4l2_h264_dpb_entry *entry = &decode->dpb[i];

        if (!h264_is_active(entry))
            continue;
        if (s->second && entry->reference_ts == s->timestamp)
            ret = set_first_field(s, i);
        else
            ret = set_reference(s, i);
        if (ret < 0)
            return ret;
        wrap[i] = h264_frame_num_wrap(s->ctrl.sps, decode, entry);
        if (h264_is_long(entry)) {
            h->long_ref[entry->frame_num] = s->dpb[i];
            /* Deblocking looks at that many entries, gaps included. */
            h->long_ref_count = FFMAX(h->long_ref_count, entry->frame_num + 1);
        }
    }
    sort_short(s, wrap);
    return 0;
}

/* A list entry of the slice mode. */
static void set_ref(H264Ref *ref, const H264Picture *pic, int fields)
{
    bool bottom = fields == PICT_BOTTOM_FIELD;

    *ref = (H264Ref) {
        .reference = fields,
        .poc = fields == PICT_FRAME ? pic->poc : pic->field_poc[bottom],
        .parent = pic,
    };
    for (int i = 0; i < 3; i++) {
        ref->data[i] = pic->f->data[i] + (bottom ? pic->f->linesize[i] : 0);
        ref->linesize[i] = pic->f->linesize[i] * (fields == PICT_FRAME ? 1 : 2);
    }
}

/* MBAFF: entries 16 and up are the fields of the frames below (8.4.2.1). */
static void set_mbaff_refs(H264SliceContext *sl, int list)
{
    for (unsigned int i = 0; i < sl->ref_count[list]; i++) {
        const H264Picture *pic = sl->ref_list[list][i].parent;

        set_ref(&sl->ref_list[list][16 + 2 * i], pic, PICT_TOP_FIELD);
        set_ref(&sl->ref_list[list][16 + 2 * i + 1], pic, PICT_BOTTOM_FIELD);
    }
}

static int copy_list(struct h264 *s, H264SliceContext *sl, int list)
{
    const struct v4l2_h264_reference *src = list ? s->ctrl.slice->ref_pic_list1 :
                                                   s->ctrl.slice->ref_pic_list0;
    int structure = h264_structure(s->ctrl.decode);

    for (unsigned int i = 0; i < sl->ref_count[list]; i++) {
        const H264Picture *pic = src[i].index < H264_DPB ? s->dpb[src[i].index] : NULL;

        if (!pic)
            return model_fail(s->m, "ref_pic_list%d[%u] names dpb[%d], which is not ACTIVE", list, i,
                              src[i].index);
        if (structure == MODEL_FRAME ? src[i].fields != V4L2_H264_FRAME_REF :
            src[i].fields != V4L2_H264_TOP_FIELD_REF && src[i].fields != V4L2_H264_BOTTOM_FIELD_REF)
            return model_fail(s->m, "ref_pic_list%d[%u].fields is %d", list, i, src[i].fields);
        set_ref(&sl->ref_list[list][i], pic, src[i].fields);
    }
    if (h264_context(s)->mb_aff_frame)
        set_mbaff_refs(sl, list);
    return 0;
}

/* What the lists refer to has to exist. */
static int check_list(struct h264 *s, const H264SliceContext *sl, int list)
{
    const H264Picture *cur = h264_context(s)->cur_pic_ptr;

    for (unsigned int i = 0; i < sl->ref_count[list]; i++) {
        const H264Picture *parent = sl->ref_list[list][i].parent;

        if (parent == cur && (sl->ref_list[list][i].reference & 3) != s->first.fields)
            return model_fail(s->m, "list %d refers to the picture itself", list);
        for (int j = 0; j < H264_DPB; j++)
            if (s->missing[j] && s->dpb[j] == parent)
                return model_fail(s->m, "reference ts %llu is in no CAPTURE buffer",
                                  (unsigned long long)s->ctrl.decode->dpb[j].reference_ts);
    }
    return 0;
}

int model_h264_build_ref_list(H264Context *h, H264SliceContext *sl)
{
    struct model *m = h->avctx->opaque;
    struct h264 *s = m->state;
    int ret = 0;

    if (!s->ctrl.slice_mode) {
        ret = ff_h264_build_ref_list(h, sl);
        if (ret < 0)
            return model_fail(m, "the reference lists need pictures that the DPB does not have");
    }
    for (unsigned int list = 0; !ret && list < sl->list_count; list++) {
        if (s->ctrl.slice_mode)
            ret = copy_list(s, sl, list);
        if (!ret)
            ret = check_list(s, sl, list);
    }
    return ret;
}
