/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MPEG-2: control values that contradict each other (ISO/IEC 13818-2)
 */

#include <string.h>

#include "check.h"
#include "model.h"
#include "mpeg2.h"

#define SEQUENCE_FLAGS	V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE
#define PICTURE_FLAGS	0xffu

static bool has(const struct v4l2_ctrl_mpeg2_picture *picture, uint32_t flag)
{
    return picture->flags & flag;
}

static int check_sequence(struct model *m, const struct v4l2_ctrl_mpeg2_sequence *sequence)
{
    const struct vstateless_event *event = m->job.event;

    if (sequence->chroma_format != 1)
        return model_fail(m, "MPEG-2 chroma_format %d is not supported", sequence->chroma_format);
    if (!sequence->horizontal_size || !sequence->vertical_size)
        return model_fail(m, "MPEG-2 sequence without a size");
    if (sequence->horizontal_size > event->capture_width ||
        sequence->vertical_size > event->capture_height)
        return model_fail(m, "sequence of %dx%d, CAPTURE format of %ux%u",
                          sequence->horizontal_size, sequence->vertical_size,
                          event->capture_width, event->capture_height);
    return model_check(m, !(sequence->flags & ~SEQUENCE_FLAGS),
                       "undefined MPEG2_SEQUENCE flags 0x%x", sequence->flags);
}

/* 6.3.10: an f_code that is used has 1 to 9, others have 15. */
static int check_f_codes(struct model *m, const struct v4l2_ctrl_mpeg2_picture *picture)
{
    int type = picture->picture_coding_type, ret;

    for (int s = 0; s < 2; s++) {
        bool used = s ? type == V4L2_MPEG2_PIC_CODING_TYPE_B :
                    type != V4L2_MPEG2_PIC_CODING_TYPE_I ||
                    has(picture, V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV);

        for (int t = 0; t < 2; t++) {
            int f_code = picture->f_code[s][t];
            bool good = used ? f_code >= 1 && f_code <= 9 : f_code == 15;

            if (used && !good)
                return model_fail(m, "f_code[%d][%d] is %d", s, t, f_code);
            ret = model_check(m, good, "unused f_code[%d][%d] is %d, not 15", s, t, f_code);
            if (ret < 0)
                return ret;
        }
    }
    return 0;
}

/* 6.3.5 and 6.3.10: what excludes what. */
static int check_structure(struct model *m, const struct v4l2_ctrl_mpeg2_sequence *sequence,
                           const struct v4l2_ctrl_mpeg2_picture *picture)
{
    bool progressive = sequence->flags & V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE;
    bool field = picture->picture_structure != V4L2_MPEG2_PIC_FRAME;
    const char *conflict = NULL;

    if (progressive && field)
        return model_fail(m, "field picture in a progressive sequence");
    if (progressive && !has(picture, V4L2_MPEG2_PIC_FLAG_PROGRESSIVE))
        conflict = "interlaced picture in a progressive sequence";
    else if (field && has(picture, V4L2_MPEG2_PIC_FLAG_PROGRESSIVE))
        conflict = "progressive field picture";
    else if (field && has(picture, V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT))
        conflict = "field picture with FRAME_PRED_DCT";
    else if (has(picture, V4L2_MPEG2_PIC_FLAG_PROGRESSIVE) &&
             !has(picture, V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT))
        conflict = "progressive picture without FRAME_PRED_DCT";
    else if (field && has(picture, V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST |
                                   V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST))
        conflict = "field picture with TOP_FIELD_FIRST or REPEAT_FIRST";
    else if (!has(picture, V4L2_MPEG2_PIC_FLAG_PROGRESSIVE) &&
             has(picture, V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST))
        conflict = "interlaced picture with REPEAT_FIRST";
    return model_check(m, !conflict, "%s", conflict ? conflict : "");
}

static int check_picture(struct model *m, const struct mpeg2_controls *ctrl)
{
    static const uint8_t zero[sizeof(ctrl->picture->reserved)];
    const struct v4l2_ctrl_mpeg2_picture *picture = ctrl->picture;
    int ret;

    if (picture->picture_coding_type < V4L2_MPEG2_PIC_CODING_TYPE_I ||
        picture->picture_coding_type > V4L2_MPEG2_PIC_CODING_TYPE_B)
        return model_fail(m, "picture_coding_type %d", picture->picture_coding_type);
    if (picture->picture_structure < V4L2_MPEG2_PIC_TOP_FIELD ||
        picture->picture_structure > V4L2_MPEG2_PIC_FRAME)
        return model_fail(m, "picture_structure %d", picture->picture_structure);
    if (picture->intra_dc_precision > 3)
        return model_fail(m, "intra_dc_precision %d", picture->intra_dc_precision);
    ret = model_check(m, !(picture->flags & ~PICTURE_FLAGS) &&
                      !memcmp(picture->reserved, zero, sizeof(zero)),
                      "undefined MPEG2_PICTURE flags 0x%x or reserved bytes", picture->flags);
    if (ret < 0)
        return ret;
    ret = check_f_codes(m, picture);
    if (ret < 0)
        return ret;
    if (picture->picture_structure != V4L2_MPEG2_PIC_FRAME) {
        ret = model_warn(m, MODEL_QUIRK_FIELDS, "field picture");
        if (ret < 0)
            return ret;
    }
    return check_structure(m, ctrl->sequence, picture);
}

/*
 * 6.3.11: weights are never 0, and 4:2:0 has no chroma matrices of its own. No
 * pixel depends on those, and GStreamer leaves them 0.
 */
static int check_quantisation(struct model *m,
                              const struct v4l2_ctrl_mpeg2_quantisation *quantisation)
{
    for (int i = 0; i < 64; i++)
        if (!quantisation->intra_quantiser_matrix[i] ||
            !quantisation->non_intra_quantiser_matrix[i])
            return model_fail(m, "quantiser matrix with a 0 at position %d", i);
    if (memcmp(quantisation->intra_quantiser_matrix,
               quantisation->chroma_intra_quantiser_matrix, 64) ||
        memcmp(quantisation->non_intra_quantiser_matrix,
               quantisation->chroma_non_intra_quantiser_matrix, 64))
        return model_warn(m, MODEL_QUIRK_CHROMA_MATRIX, "chroma matrices differ from luma in 4:2:0");
    return 0;
}

int mpeg2_check(struct model *m, const struct mpeg2_controls *ctrl,
                const struct v4l2_ctrl_mpeg2_sequence *first)
{
    int ret;

    ret = check_sequence(m, ctrl->sequence);
    if (ret < 0)
        return ret;
    if (first && memcmp(first, ctrl->sequence, sizeof(*first)))
        return model_fail(m, "MPEG2_SEQUENCE changes between the fields of a frame");
    ret = check_picture(m, ctrl);
    if (ret < 0)
        return ret;
    return check_quantisation(m, ctrl->quantisation);
}
