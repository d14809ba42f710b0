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
 * The far end of the queue: fetch what the driver has finished, wait for it,
 * give it up.
 *
 * What the driver returns is fetched by whoever waits or submits, in any
 * thread. A picture counts its requests whose OUTPUT buffer is out, its
 * CAPTURE buffer knows whether the driver has it; the picture is done when
 * neither is outstanding. References to pictures are dropped without the
 * lock, because that may free them.
 */

#include <poll.h>
#include <string.h>

#include <linux/videodev2.h>

#include "libavutil/common.h"
#include "libavutil/error.h"
#include "libavutil/log.h"
#include "libavutil/time.h"

#include "v4l2_request_internal.h"

/**
 * A thread that waits for a CAPTURE buffer alone can be overtaken by another
 * one that fetches it, and then nothing would wake it up: look again.
 */
#define POLL_SLICE_MS 20

/** One request of a picture is done. Gives the slot's reference to the caller. */
static V4L2RequestPicture *finish_job(V4L2RequestSession *s, V4L2RequestSlot *slot, int failed)
{
    V4L2RequestPicture *pic = slot->picture;

    slot->picture = NULL;
    slot->busy    = 0;
    s->in_flight--;
    pic->jobs--;
    pic->failed          |= failed;
    pic->buffer->corrupt |= failed;
    pic->buffer->failed  |= failed;
    return pic;
}

/**
 * Whether a picture is predicted from a wrong one. Jobs end in their order, so
 * that all its references have their result by now.
 */
static int uses_corrupt(const V4L2RequestPicture *pic)
{
    for (int i = 0; i < pic->nb_refs; i++) {
        if ((pic->used >> i & 1) && ((V4L2RequestBuffer *)pic->refs[i]->data)->corrupt)
            return 1;
    }
    return 0;
}

/** A CAPTURE buffer is back. Gives its reference to the caller. */
static V4L2RequestPicture *finish_buffer(V4L2RequestSession *s, V4L2RequestBuffer *buffer,
                                         int failed)
{
    V4L2RequestPicture *pic = buffer->picture;

    buffer->picture = NULL;
    buffer->queued  = 0;
    s->nb_queued--;
    pic->held       = 0;
    pic->failed    |= failed;
    pic->damaged   |= uses_corrupt(pic) || ff_v4l2_request_is_behind_loss(s, buffer);
    if (pic->failed && pic->recovering)
        s->loss = FFMAX(s->loss, buffer->number);
    buffer->corrupt = pic->failed || pic->damaged;
    buffer->failed  = pic->failed;
    buffer->damaged = pic->damaged;
    return pic;
}

static V4L2RequestSlot *find_slot(V4L2RequestSession *s, uint32_t index)
{
    for (int i = 0; i < s->nb_slots; i++) {
        if (s->slots[i].picture && s->slots[i].index == index)
            return &s->slots[i];
    }
    return NULL;
}

/**
 * Fetch one buffer that the driver has finished, from either queue.
 *
 * @return the reference that the buffer held to its picture, NULL if there is
 *         no such buffer
 */
static V4L2RequestPicture *fetch_one(V4L2RequestSession *s)
{
    struct v4l2_buffer buffer;
    struct v4l2_plane planes[V4L2_REQUEST_MAX_PLANES];

    ff_v4l2_request_init_buffer(&buffer, planes, s->output.type, 0);
    if (s->in_flight &&
        avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_DQBUF, &buffer) >= 0) {
        V4L2RequestSlot *slot = find_slot(s, buffer.index);

        s->progress++;
        s->resets = 0;
        if (slot)
            return finish_job(s, slot, buffer.flags & V4L2_BUF_FLAG_ERROR);
    }

    ff_v4l2_request_init_buffer(&buffer, planes, s->capture.type, 0);
    if (s->nb_queued &&
        avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_DQBUF, &buffer) >= 0) {
        V4L2RequestBuffer *capture = buffer.index < FF_ARRAY_ELEMS(s->buffers)
                                     ? s->buffers[buffer.index] : NULL;

        s->progress++;
        if (capture && capture->picture)
            return finish_buffer(s, capture, buffer.flags & V4L2_BUF_FLAG_ERROR);
    }
    return NULL;
}

void ff_v4l2_request_release(V4L2RequestSession *s, V4L2RequestPicture *pic)
{
    AVBufferRef *refs[V4L2_REQUEST_MAX_REFS];
    int nb_refs = 0;

    ff_mutex_lock(&s->lock);
    ff_v4l2_request_report(s, pic);
    /* A slot that is being filled adds references to its picture. */
    if (ff_v4l2_request_is_done(pic) && !pic->slot) {
        nb_refs = pic->nb_refs;
        memcpy(refs, pic->refs, nb_refs * sizeof(*refs));
        pic->nb_refs = 0;
        pic->used    = 0;
    }
    ff_mutex_unlock(&s->lock);

    for (int i = 0; i < nb_refs; i++)
        av_buffer_unref(&refs[i]);
    v4l2_refstruct_unref(&pic);
}

void ff_v4l2_request_fetch(V4L2RequestSession *s)
{
    V4L2RequestPicture *pic;

    do {
        ff_mutex_lock(&s->lock);
        pic = fetch_one(s);
        ff_mutex_unlock(&s->lock);
        if (pic)
            ff_v4l2_request_release(s, pic);
    } while (pic);
}

/**
 * Let go of a CAPTURE buffer that waits for a second field which will not
 * come. The kernel ignores that when other CAPTURE buffers are queued; then
 * the next job does the same.
 */
static void flush_held(V4L2RequestSession *s, V4L2RequestPicture *pic)
{
    struct v4l2_decoder_cmd cmd = { .cmd = V4L2_DEC_CMD_FLUSH };

    if (pic->held && !pic->jobs)
        avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_DECODER_CMD, &cmd);
}

/** The oldest request in flight, of a picture or (NULL) of any. */
static V4L2RequestSlot *oldest_slot(V4L2RequestSession *s, const V4L2RequestPicture *pic)
{
    V4L2RequestSlot *oldest = NULL;

    for (int i = 0; i < s->nb_slots; i++) {
        V4L2RequestSlot *slot = &s->slots[i];

        if (slot->picture && (!pic || slot->picture == pic) &&
            (!oldest || slot->picture->buffer->timestamp < oldest->picture->buffer->timestamp))
            oldest = slot;
    }
    return oldest;
}

/**
 * Sleep until the driver has something for us.
 *
 * Called with the lock, which is released in between. Besides the request, the
 * node is polled: in Linux 7.3 some error paths return buffers without ever
 * completing the request.
 */
static void sleep_unlocked(V4L2RequestSession *s, V4L2RequestSlot *slot, int timeout_ms)
{
    struct pollfd fds[2] = {
        { .fd = s->video_fd, .events = POLLIN },
        { .fd = slot ? slot->request_fd : -1, .events = POLLPRI },
    };

    if (slot)
        slot->waiters++;
    else
        timeout_ms = FFMIN(timeout_ms, POLL_SLICE_MS);
    ff_mutex_unlock(&s->lock);

    /* POLLERR: nothing is queued in the driver, by a race with a cancel. */
    if (poll(fds, FF_ARRAY_ELEMS(fds), timeout_ms) > 0 &&
        !(fds[0].revents & POLLIN) && !(fds[1].revents & POLLPRI))
        av_usleep(1000);

    ff_mutex_lock(&s->lock);
    if (slot)
        slot->waiters--;
}

/** The device did not answer in time: reset it, or give it up. */
static int handle_timeout(V4L2RequestSession *s)
{
    int ret;

    av_log(s, AV_LOG_ERROR, "The device has not finished any job for %d ms.\n",
           s->timeout_ms);
    ff_v4l2_request_cancel(s);

    ff_mutex_lock(&s->lock);
    if (++s->resets >= V4L2_REQUEST_MAX_RESETS && !s->dead) {
        av_log(s, AV_LOG_ERROR, "The device does not answer after %d resets, giving up.\n",
               s->resets);
        s->dead = AVERROR(ETIMEDOUT);
    }
    ret = s->dead;
    ff_mutex_unlock(&s->lock);
    return ret;
}

/** Whether the driver has something that it will return without our help. */
static int is_working(const V4L2RequestSession *s)
{
    if (s->in_flight)
        return 1;
    for (int i = 0; i < FF_ARRAY_ELEMS(s->buffers); i++) {
        if (s->buffers[i] && s->buffers[i]->picture && !s->buffers[i]->picture->held)
            return 1;
    }
    return 0;
}

/**
 * Wait for a picture, or (NULL) until one more buffer is back.
 *
 * @return 0, or the session's error if it is given up
 */
static int wait_for(V4L2RequestSession *s, V4L2RequestPicture *pic)
{
    int64_t deadline = 0;
    unsigned start, progress;

    ff_mutex_lock(&s->lock);
    start    = s->progress;
    progress = start - 1;
    while (pic ? !ff_v4l2_request_is_done(pic) : s->progress == start && is_working(s)) {
        int64_t now = av_gettime_relative();

        /* The time counts for one job: others may be before ours. */
        if (progress != s->progress) {
            progress = s->progress;
            deadline = now + s->timeout_ms * INT64_C(1000);
        }
        if (now >= deadline) {
            ff_mutex_unlock(&s->lock);
            return handle_timeout(s);
        }
        if (pic)
            flush_held(s, pic);
        sleep_unlocked(s, oldest_slot(s, pic), (deadline - now + 999) / 1000);
        ff_mutex_unlock(&s->lock);
        ff_v4l2_request_fetch(s);
        ff_mutex_lock(&s->lock);
    }
    ff_mutex_unlock(&s->lock);
    return 0;
}

int ff_v4l2_request_wait(V4L2RequestSession *s, V4L2RequestPicture *pic)
{
    int done;

    ff_mutex_lock(&s->lock);
    done = ff_v4l2_request_is_done(pic);
    ff_mutex_unlock(&s->lock);
    if (done)
        return 0;

    ff_v4l2_request_fetch(s);
    return wait_for(s, pic);
}

int ff_v4l2_request_wait_any(V4L2RequestSession *s)
{
    int working, ret;

    ff_mutex_lock(&s->lock);
    working = is_working(s);
    ff_mutex_unlock(&s->lock);
    if (!working)
        return 0;

    ret = wait_for(s, NULL);
    return ret < 0 ? ret : 1;
}

void ff_v4l2_request_drain(V4L2RequestSession *s)
{
    V4L2RequestPicture *pic;
    int ret;

    do {
        ret = ff_v4l2_request_wait_any(s);
    } while (ret > 0);

    /* First fields whose second one never came. */
    while (ret >= 0 && (pic = ff_v4l2_request_oldest(s, 0, NULL))) {
        ret = ff_v4l2_request_wait(s, pic);
        ff_v4l2_request_release(s, pic);
    }
    if (ret < 0)
        ff_v4l2_request_cancel(s);
}

void ff_v4l2_request_cancel(V4L2RequestSession *s)
{
    V4L2RequestPicture *pics[V4L2_REQUEST_MAX_SLOTS + V4L2_REQUEST_MAX_BUFFERS];
    int nb_pics = 0;

    ff_mutex_lock(&s->lock);
    avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_STREAMOFF, &s->output.type);
    avpriv_v4l2request_ioctl(s->video_fd, VIDIOC_STREAMOFF, &s->capture.type);
    s->streaming = 0;

    for (int i = 0; i < s->nb_slots; i++) {
        if (s->slots[i].picture)
            pics[nb_pics++] = finish_job(s, &s->slots[i], 1);
    }
    for (int i = 0; i < FF_ARRAY_ELEMS(s->buffers); i++) {
        V4L2RequestBuffer *buffer = s->buffers[i];

        if (!buffer)
            continue;
        if (buffer->picture)
            pics[nb_pics++] = finish_buffer(s, buffer, 1);
        /* STREAMOFF makes the kernel forget timestamps (videobuf2-core.c), and
         * then nobody can refer to these pictures any more. */
        buffer->timestamp = 0;
        buffer->corrupt   = 1;
    }
    ff_mutex_unlock(&s->lock);

    for (int i = 0; i < nb_pics; i++)
        ff_v4l2_request_release(s, pics[i]);
}
