/*
 * MPEG-2 decoding with V4L2 stateless decoders
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

#include <linux/v4l2-controls.h>
#include <linux/videodev2.h>

#include "libavutil/intreadwrite.h"
#include "libavutil/macros.h"

#include "hwaccel_internal.h"
#include "internal.h"
#include "mathops.h"
#include "mpeg12.h"
#include "mpegutils.h"
#include "mpegvideo.h"
#include "v4l2_request.h"

typedef struct V4L2RequestMPEG2Picture {
    V4L2RequestPicture base;
    struct v4l2_ctrl_mpeg2_sequence sequence;
    struct v4l2_ctrl_mpeg2_picture picture;
    struct v4l2_ctrl_mpeg2_quantisation quantisation;
    int first_field;    ///< of two, and the second one is still to come
} V4L2RequestMPEG2Picture;

static void fill_sequence(struct v4l2_ctrl_mpeg2_sequence *ctrl, const MpegEncContext *s)
{
    const AVCodecContext *avctx = s->avctx;

    *ctrl = (struct v4l2_ctrl_mpeg2_sequence) {
        .horizontal_size              = s->width,
        .vertical_size                = s->height,
        .vbv_buffer_size              = avctx->rc_buffer_size / (16 * 1024), /* 6.3.3 */
        .profile_and_level_indication = (avctx->profile & 7) << 4 | (avctx->level & 15),
        .chroma_format                = s->chroma_format,
        .flags                        = s->progressive_sequence ?
                                        V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE : 0,
    };
}

static void fill_picture(struct v4l2_ctrl_mpeg2_picture *ctrl, const MpegEncContext *s)
{
    *ctrl = (struct v4l2_ctrl_mpeg2_picture) {
        .flags = (s->top_field_first            ? V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST : 0) |
                 (s->frame_pred_frame_dct       ? V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT  : 0) |
                 (s->concealment_motion_vectors ? V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV  : 0) |
                 (s->q_scale_type               ? V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE    : 0) |
                 (s->intra_vlc_format           ? V4L2_MPEG2_PIC_FLAG_INTRA_VLC       : 0) |
                 (s->alternate_scan             ? V4L2_MPEG2_PIC_FLAG_ALT_SCAN        : 0) |
                 (s->repeat_first_field         ? V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST    : 0) |
                 (s->progressive_frame          ? V4L2_MPEG2_PIC_FLAG_PROGRESSIVE     : 0),
        .f_code = {
            { s->mpeg_f_code[0][0], s->mpeg_f_code[0][1] },
            { s->mpeg_f_code[1][0], s->mpeg_f_code[1][1] },
        },
        .picture_coding_type = s->pict_type,
        .picture_structure   = s->picture_structure,
        .intra_dc_precision  = s->intra_dc_precision,
    };
}

static uint64_t reference(V4L2RequestPicture *pic, const MPVPicture *ref)
{
    const V4L2RequestPicture *private = ref->hwaccel_picture_private;

    /* Nothing tells whether the field is used that never came. */
    if (private && private != pic && private->more)
        ff_v4l2_request_damage(pic);
    return ff_v4l2_request_reference(pic, ref->f);
}

static void fill_references(struct v4l2_ctrl_mpeg2_picture *ctrl, const MpegEncContext *s,
                            V4L2RequestPicture *pic)
{
    if (s->pict_type != AV_PICTURE_TYPE_I)
        ctrl->forward_ref_ts  = reference(pic, s->last_pic.ptr);
    if (s->pict_type == AV_PICTURE_TYPE_B)
        ctrl->backward_ref_ts = reference(pic, s->next_pic.ptr);
}

static void fill_quantisation(struct v4l2_ctrl_mpeg2_quantisation *ctrl, const MpegEncContext *s)
{
    /* The control takes zigzag order; FFmpeg keeps the IDCT's permutation. */
    for (int i = 0; i < 64; i++) {
        int n = s->idsp.idct_permutation[ff_zigzag_direct[i]];

        ctrl->intra_quantiser_matrix[i]            = s->intra_matrix[n];
        ctrl->non_intra_quantiser_matrix[i]        = s->inter_matrix[n];
        ctrl->chroma_intra_quantiser_matrix[i]     = s->chroma_intra_matrix[n];
        ctrl->chroma_non_intra_quantiser_matrix[i] = s->chroma_inter_matrix[n];
    }
}

static int v4l2_request_mpeg2_start_frame(V4L2_REQUEST_START_FRAME_ARGS)
{
    const MpegEncContext *s = avctx->priv_data;
    V4L2RequestMPEG2Picture *pic = s->cur_pic.ptr->hwaccel_picture_private;
    int ret = ff_v4l2_request_start_frame(avctx, &pic->base, s->cur_pic.ptr->f, 0);

    if (ret < 0)
        return ret;

    fill_sequence(&pic->sequence, s);
    fill_picture(&pic->picture, s);
    fill_references(&pic->picture, s, &pic->base);
    fill_quantisation(&pic->quantisation, s);
    /* Not in end_frame: that of a first field is called when the decoder has
     * gone on to the second one. */
    pic->first_field = s->picture_structure != PICT_FRAME && s->first_field;
    return 0;
}

static int v4l2_request_mpeg2_decode_slice(AVCodecContext *avctx, const uint8_t *buffer,
                                           uint32_t size)
{
    const MpegEncContext *s = avctx->priv_data;
    V4L2RequestMPEG2Picture *pic = s->cur_pic.ptr->hwaccel_picture_private;

    /* FFmpeg does not cut off a sequence_end_code that ends the packet. */
    if (size > 8 && AV_RB32(buffer + size - 4) == SEQ_END_CODE)
        size -= 4;

    /* The start code of a slice is part of it: it tells the row. */
    return ff_v4l2_request_append(avctx, &pic->base, buffer, size);
}

static int v4l2_request_mpeg2_end_frame(AVCodecContext *avctx)
{
    const MpegEncContext *s = avctx->priv_data;
    V4L2RequestMPEG2Picture *pic = s->cur_pic.ptr->hwaccel_picture_private;
    const struct v4l2_ext_control controls[] = {
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_MPEG2_SEQUENCE,     pic->sequence),
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_MPEG2_PICTURE,      pic->picture),
        V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_MPEG2_QUANTISATION, pic->quantisation),
    };

    /* FFmpeg ends the first field twice if the fields come in two packets. */
    if (!pic->base.slot)
        return 0;
    return ff_v4l2_request_queue(avctx, &pic->base, controls, FF_ARRAY_ELEMS(controls),
                                 pic->first_field ? V4L2_REQUEST_MORE : 0);
}

static const V4L2RequestControlInfo mpeg2_controls[] = {
    { V4L2_CID_STATELESS_MPEG2_SEQUENCE,     sizeof(struct v4l2_ctrl_mpeg2_sequence),
      0, "MPEG2_SEQUENCE" },
    { V4L2_CID_STATELESS_MPEG2_PICTURE,      sizeof(struct v4l2_ctrl_mpeg2_picture),
      0, "MPEG2_PICTURE" },
    { V4L2_CID_STATELESS_MPEG2_QUANTISATION, sizeof(struct v4l2_ctrl_mpeg2_quantisation),
      0, "MPEG2_QUANTISATION" },
    { 0 }
};

static const V4L2RequestCodec mpeg2_codec = {
    .pixelformat = V4L2_PIX_FMT_MPEG2_SLICE,
    .name        = "MPEG-2",
    .controls    = mpeg2_controls,
};

static int v4l2_request_mpeg2_init(AVCodecContext *avctx)
{
    const MpegEncContext *s = avctx->priv_data;
    struct v4l2_ctrl_mpeg2_sequence sequence;
    struct v4l2_ext_control control = V4L2_REQUEST_CONTROL(V4L2_CID_STATELESS_MPEG2_SEQUENCE,
                                                           sequence);

    fill_sequence(&sequence, s);
    return ff_v4l2_request_init(avctx, &mpeg2_codec, &control, 1, 8,
                                (s->chroma_format < 3) << 4 | (s->chroma_format < 2));
}

const FFHWAccel ff_mpeg2_v4l2request_hwaccel = {
    .p.name               = "mpeg2_v4l2request",
    .p.type               = AVMEDIA_TYPE_VIDEO,
    .p.id                 = AV_CODEC_ID_MPEG2VIDEO,
    .p.pix_fmt            = AV_PIX_FMT_DRM_PRIME,
    .alloc_frame          = ff_v4l2_request_alloc_frame,
    .start_frame          = v4l2_request_mpeg2_start_frame,
    .decode_slice         = v4l2_request_mpeg2_decode_slice,
    .end_frame            = v4l2_request_mpeg2_end_frame,
    .frame_params         = ff_v4l2_request_frame_params,
    .init                 = v4l2_request_mpeg2_init,
    .uninit               = ff_v4l2_request_uninit,
    .flush                = ff_v4l2_request_flush,
    .frame_priv_data_size = sizeof(V4L2RequestMPEG2Picture),
    .free_frame_priv      = ff_v4l2_request_free_frame_priv,
    .priv_data_size       = sizeof(V4L2RequestContext),
    .caps_internal        = HWACCEL_CAP_ASYNC_SAFE,
};
