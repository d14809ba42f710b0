/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VP9: reader of the compressed header
 */

#include "vp9_header.h"

/* The decoder of 9.2. Bits behind the end are zero, and no error. */
struct range {
    const uint8_t *data;
    size_t pos, size;		/* in bits */
    uint32_t value, range;
};

static uint32_t next_bit(struct range *r)
{
    uint32_t bit = 0;

    if (r->pos < r->size)
        bit = r->data[r->pos / 8] >> (7 - r->pos % 8) & 1;
    r->pos++;
    return bit;
}

static bool get(struct range *r, int prob)
{
    uint32_t split = 1 + (((r->range - 1) * prob) >> 8);
    bool bit = r->value >= split;

    r->value -= bit ? split : 0;
    r->range = bit ? r->range - split : split;
    while (r->range < 128) {
        r->range <<= 1;
        r->value = r->value << 1 | next_bit(r);
    }
    return bit;
}

static int literal(struct range *r, int count)
{
    int value = 0;

    while (count--)
        value = value << 1 | get(r, 128);
    return value;
}

/* 6.3.7: codes 0 to 19 are 7, 20, ... 254; the others count what is left. */
static int inv_map(int code)
{
    int value = 0;

    if (code < 20)
        return 7 + 13 * code;
    for (int left = code - 19; left; left -= value % 13 != 7)
        if (++value == 253)
            break;
    return value;
}

static uint8_t delta_prob(struct range *r)
{
    int code;

    if (!get(r, 252))
        return 0;
    if (!literal(r, 1))
        code = literal(r, 4);
    else if (!literal(r, 1))
        code = 16 + literal(r, 4);
    else if (!literal(r, 1))
        code = 32 + literal(r, 5);
    else if ((code = 64 + literal(r, 7)) >= 129)
        code = 2 * code - 129 + literal(r, 1);
    return inv_map(code);
}

static void deltas(struct range *r, void *probs, size_t count)
{
    for (uint8_t *p = probs, *end = p + count; p < end; p++)
        *p = delta_prob(r);
}

static void mv_probs(struct range *r, void *probs, size_t count)
{
    for (uint8_t *p = probs, *end = p + count; p < end; p++)
        if (get(r, 252))
            *p = literal(r, 7) << 1 | 1;
}

static void read_tx_mode(struct range *r, const struct vp9_header *h,
                         struct v4l2_ctrl_vp9_compressed_hdr *c)
{
    if (h->lossless)
        return;
    c->tx_mode = literal(r, 2);
    if (c->tx_mode == V4L2_VP9_TX_MODE_ALLOW_32X32)
        c->tx_mode += literal(r, 1);
    if (c->tx_mode < V4L2_VP9_TX_MODE_SELECT)
        return;
    deltas(r, c->tx8, sizeof(c->tx8));
    deltas(r, c->tx16, sizeof(c->tx16));
    deltas(r, c->tx32, sizeof(c->tx32));
}

static void read_coef_probs(struct range *r, struct v4l2_ctrl_vp9_compressed_hdr *c)
{
    for (int tx = 0; tx < 4 && tx <= c->tx_mode; tx++) {
        if (!literal(r, 1))
            continue;
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 2; j++)
                for (int band = 0; band < 6; band++)
                    deltas(r, c->coef[tx][i][j][band], 3 * (band ? 6 : 3));
    }
}

static void read_references(struct range *r, struct vp9_header *h,
                            struct v4l2_ctrl_vp9_compressed_hdr *c)
{
    int mode = 0;

    if (h->compound_allowed && literal(r, 1))
        mode = 1 + literal(r, 1);
    h->frame.reference_mode = mode;
    if (mode == V4L2_VP9_REFERENCE_MODE_SELECT)
        deltas(r, c->comp_mode, sizeof(c->comp_mode));
    if (mode != V4L2_VP9_REFERENCE_MODE_COMPOUND_REFERENCE)
        deltas(r, c->single_ref, sizeof(c->single_ref));
    if (mode != V4L2_VP9_REFERENCE_MODE_SINGLE_REFERENCE)
        deltas(r, c->comp_ref, sizeof(c->comp_ref));
}

static void read_mv_probs(struct range *r, const struct vp9_header *h,
                          struct v4l2_vp9_mv_probs *mv)
{
    mv_probs(r, mv->joint, 3);
    for (int i = 0; i < 2; i++) {
        mv_probs(r, &mv->sign[i], 1);
        mv_probs(r, mv->classes[i], 10);
        mv_probs(r, &mv->class0_bit[i], 1);
        mv_probs(r, mv->bits[i], 10);
    }
    for (int i = 0; i < 2; i++) {
        mv_probs(r, mv->class0_fr[i], 6);
        mv_probs(r, mv->fr[i], 3);
    }
    if (!(h->frame.flags & V4L2_VP9_FRAME_FLAG_ALLOW_HIGH_PREC_MV))
        return;
    for (int i = 0; i < 2; i++) {
        mv_probs(r, &mv->class0_hp[i], 1);
        mv_probs(r, &mv->hp[i], 1);
    }
}

const char *vp9_parse_compressed(struct vp9_header *h, struct v4l2_ctrl_vp9_compressed_hdr *c,
                                 const uint8_t *data, size_t size)
{
    struct range r = { .data = data, .size = size * 8, .range = 255 };

    for (int i = 0; i < 8; i++)
        r.value = r.value << 1 | next_bit(&r);
    if (get(&r, 128))
        return "marker bit in the compressed header";
    read_tx_mode(&r, h, c);
    read_coef_probs(&r, c);
    deltas(&r, c->skip, sizeof(c->skip));
    if (h->intra)
        return NULL;
    deltas(&r, c->inter_mode, sizeof(c->inter_mode));
    if (h->frame.interpolation_filter == V4L2_VP9_INTERP_FILTER_SWITCHABLE)
        deltas(&r, c->interp_filter, sizeof(c->interp_filter));
    deltas(&r, c->is_inter, sizeof(c->is_inter));
    read_references(&r, h, c);
    deltas(&r, c->y_mode, sizeof(c->y_mode));
    deltas(&r, c->partition, sizeof(c->partition));
    read_mv_probs(&r, h, &c->mv);
    return NULL;
}
