/*
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
 * Frames that leave the decoder while the hardware still works on them
 * (wait=access).
 *
 * Only a frame with a fence may do that, so that everybody who gets it can
 * wait for it. Kernels attach it when the CAPTURE buffer is queued, or not
 * before the job starts. Whether there is one is asked when the answer does not
 * depend on the time: at the first place between the queueing of the buffer and
 * that of the request, when no job can have used the buffer; at the second one
 * for each picture anew, since a job that was too fast to be seen with a fence
 * proves nothing.
 */

#include <inttypes.h>

#include "libavutil/error.h"
#include "libavutil/log.h"
#include "libavutil/time.h"

#include "v4l2_request_internal.h"

/** Pictures that were watched for a fence before it is said that there are none. */
#define WATCHED_PICTURES 8

/** How often a job is looked at that may begin at any time. */
#define WATCH_US 500

/** The first fence tells what the kernel does. Called with the lock. */
static void found_fence(V4L2RequestSession *s, const char *since)
{
    if (!s->has_fences)
        av_log(s, AV_LOG_VERBOSE, "Waiting: frames are waited for when they are "
               "accessed (wait=access), they have fences since %s.\n", since);
    s->has_fences = 1;
    s->refused    = 0;
}

/** Called with the lock. */
static void refuse(V4L2RequestSession *s)
{
    s->refused = 1;
    av_log(s, AV_LOG_ERROR, "The option wait=access is refused: the kernel's driver attaches no "
           "fence to its frames, or none was seen. They are waited for when they leave the "
           "decoder (wait=output).\n");
}

void ff_v4l2_request_note_fence(V4L2RequestSession *s, V4L2RequestPicture *pic)
{
    pic->fenced = s->wait_access && avpriv_v4l2request_is_fenced(&pic->buffer->frame);
    if (pic->fenced)
        found_fence(s, "they were queued");
}

V4L2RequestPicture *ff_v4l2_request_oldest(V4L2RequestSession *s, int early,
                                           const V4L2RequestBuffer *buffer)
{
    V4L2RequestPicture *oldest = NULL;

    ff_mutex_lock(&s->lock);
    for (int i = 0; i < s->nb_slots + FF_ARRAY_ELEMS(s->buffers); i++) {
        int j = i - s->nb_slots;
        V4L2RequestPicture *pic = j < 0 ? s->slots[i].picture :
                                  s->buffers[j] ? s->buffers[j]->picture : NULL;

        if (pic && (!early || pic->early) && (!buffer || pic->buffer == buffer) &&
            (!oldest || pic->buffer->timestamp < oldest->buffer->timestamp))
            oldest = pic;
    }
    if (oldest)
        oldest = v4l2_refstruct_ref(oldest);
    ff_mutex_unlock(&s->lock);
    return oldest;
}

/** Whether the driver works on nothing that is before a picture; waits for that. */
static int wait_turn(V4L2RequestSession *s, const V4L2RequestPicture *pic)
{
    V4L2RequestPicture *oldest;
    int ret = 0;

    while (ret >= 0 && (oldest = ff_v4l2_request_oldest(s, 0, NULL))) {
        int before = oldest != pic;

        if (before)
            ret = ff_v4l2_request_wait(s, oldest);
        ff_v4l2_request_release(s, oldest);
        if (!before)
            break;
    }
    return ret >= 0;
}

/**
 * Wait until a picture's job runs, which is when a fence may come.
 *
 * @return whether it has one
 */
static int watch_start(V4L2RequestSession *s, V4L2RequestPicture *pic)
{
    int64_t deadline = 0;
    int done = 0, fenced = 0;

    do {
        fenced = avpriv_v4l2request_is_fenced(&pic->buffer->frame);
        if (fenced || !wait_turn(s, pic))
            break;
        if (!deadline)
            deadline = av_gettime_relative() + s->timeout_ms * INT64_C(1000);
        else
            av_usleep(WATCH_US);

        ff_v4l2_request_fetch(s);
        ff_mutex_lock(&s->lock);
        done = ff_v4l2_request_is_done(pic);
        ff_mutex_unlock(&s->lock);
    } while (!done && av_gettime_relative() < deadline);
    return fenced;
}

/** Whether a frame has a fence for as long as the driver has its buffer. */
static int has_fence(V4L2RequestSession *s, V4L2RequestPicture *pic)
{
    int fenced, watch;

    ff_mutex_lock(&s->lock);
    fenced = pic->fenced || ff_v4l2_request_is_done(pic);
    watch  = !s->refused;
    ff_mutex_unlock(&s->lock);
    if (fenced)
        return 1;

    fenced = watch ? watch_start(s, pic) : avpriv_v4l2request_is_fenced(&pic->buffer->frame);

    ff_mutex_lock(&s->lock);
    pic->fenced = fenced;
    if (fenced)
        found_fence(s, "their job started");
    else if (!s->has_fences && !s->refused && ++s->nb_unfenced == WATCHED_PICTURES)
        refuse(s);
    ff_mutex_unlock(&s->lock);
    return fenced;
}

void ff_v4l2_request_output(V4L2RequestSession *s, V4L2RequestPicture *pic,
                            const AVFrame *frame)
{
    /* AV_EF_EXPLODE asks for the error in the place of the frame. */
    if (!s->wait_access || pic->explode || !has_fence(s, pic)) {
        ff_v4l2_request_wait(s, pic);
        return;
    }

    ff_v4l2_request_fetch(s);
    ff_mutex_lock(&s->lock);
    if (!ff_v4l2_request_is_done(pic) && !pic->failed && !pic->damaged) {
        pic->early         = 1;
        pic->pts           = frame->pts;
        pic->buffer->early = 1;
    }
    ff_mutex_unlock(&s->lock);
}

void ff_v4l2_request_report(V4L2RequestSession *s, V4L2RequestPicture *pic)
{
    if (!pic->early || !ff_v4l2_request_is_done(pic))
        return;
    pic->early = 0;
    if (pic->failed)
        av_log(s, AV_LOG_ERROR, "The hardware failed to decode the frame with pts %"PRId64", "
               "which has left the decoder.\n", pic->pts);
    else if (pic->damaged)
        av_log(s, AV_LOG_WARNING, "The frame with pts %"PRId64", which has left the decoder, "
               "is predicted from one that failed.\n", pic->pts);
}

int ff_v4l2_request_finish(V4L2RequestFrame *frame, void *logctx)
{
    V4L2RequestBuffer *buffer = (V4L2RequestBuffer *)frame;
    V4L2RequestSession *s     = buffer->session;
    V4L2RequestPicture *pic   = ff_v4l2_request_oldest(s, 0, buffer);
    int wrong;

    /* After a time-out the device is reset, and the picture has failed. */
    if (pic) {
        ff_v4l2_request_wait(s, pic);
        ff_v4l2_request_release(s, pic);
    }

    /* A frame that was marked when it left the decoder can be read as it is. */
    ff_mutex_lock(&s->lock);
    wrong = buffer->early && (buffer->failed || buffer->damaged);
    ff_mutex_unlock(&s->lock);
    if (!wrong)
        return 0;

    av_log(logctx, AV_LOG_ERROR, "The frame is wrong: the hardware failed to decode it%s.\n",
           buffer->failed ? "" : " or another one that it is predicted from");
    return AVERROR_INVALIDDATA;
}

void ff_v4l2_request_wait_early(V4L2RequestSession *s)
{
    V4L2RequestPicture *pic;
    int ret = 0;

    while (ret >= 0 && s->wait_access && (pic = ff_v4l2_request_oldest(s, 1, NULL))) {
        ret = ff_v4l2_request_wait(s, pic);
        ff_v4l2_request_release(s, pic);
    }
}

void ff_v4l2_request_conclude(V4L2RequestSession *s)
{
    ff_mutex_lock(&s->lock);
    if (s->wait_access && s->last_timestamp && !s->has_fences && !s->refused)
        refuse(s);
    ff_mutex_unlock(&s->lock);
}
