/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Speed of the copies that a download consists of, beside memcpy() and the
 * routines of libyuv for the same layouts, in memory that is cached.
 *
 * GB/s are bytes written: so a copy of the same pixels compares with memcpy().
 * Many buffers in turn keep the frames out of the inner caches.
 */

#include <libyuv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libavutil/common.h"
#include "libavutil/cpu.h"
#include "libavutil/frame.h"
#include "libavutil/hwcontext_v4l2request_copy.h"
#include "libavutil/mem.h"
#include "libavutil/pixdesc.h"

#define WIDTH   1920
#define HEIGHT  1088
#define BUFFERS 8
#define ROUNDS  25

/* A frame as a decoder has it, and what it is copied to. */
typedef struct Job {
    V4L2RequestFrame frame;
    V4L2RequestPlane planes[3];
    AVFrame *dst;
    size_t bytes;                   ///< written
    uint8_t *memory[3];
} Job;

typedef void (*Copy)(Job *job);

static void copy_memcpy(Job *job)
{
    size_t half = job->bytes * 2 / 3;

    memcpy(job->dst->data[0], job->memory[0], half);
    memcpy(job->dst->data[1], job->memory[0] + half, job->bytes - half);
}

static void copy_ours(Job *job)
{
    if (ff_v4l2request_copy(job->dst, job->frame.format, job->planes) < 0)
        abort();
}

/* Without what this processor has functions of its own for. */
static void copy_c(Job *job)
{
    int flags = av_get_cpu_flags();

    av_force_cpu_flags(0);
    copy_ours(job);
    /* Not -1: to find them out again takes longer than a copy. */
    av_force_cpu_flags(flags);
}

static void copy_luma(Job *job)
{
    if (ff_v4l2request_copy_plane(job->dst, 0, job->frame.format, &job->planes[0]) < 0)
        abort();
}

static void yuv_detile(Job *job)
{
    DetilePlane(job->planes[0].data, WIDTH, job->dst->data[0], job->dst->linesize[0],
                WIDTH, HEIGHT, 32);
}

static void yuv_mm21(Job *job)
{
    MM21ToNV12(job->planes[0].data, WIDTH, job->planes[1].data, WIDTH,
               job->dst->data[0], job->dst->linesize[0],
               job->dst->data[1], job->dst->linesize[1], WIDTH, HEIGHT);
}

static void yuv_mm21_planar(Job *job)
{
    MM21ToI420(job->planes[0].data, WIDTH, job->planes[1].data, WIDTH,
               job->dst->data[0], job->dst->linesize[0], job->dst->data[1], job->dst->linesize[1],
               job->dst->data[2], job->dst->linesize[2], WIDTH, HEIGHT);
}

static void yuv_mt2t(Job *job)
{
    MT2TToP010(job->planes[0].data, WIDTH * 5 / 4, job->planes[1].data, WIDTH * 5 / 4,
               (uint16_t *)job->dst->data[0], job->dst->linesize[0] / 2,
               (uint16_t *)job->dst->data[1], job->dst->linesize[1] / 2, WIDTH, HEIGHT);
}

static void yuv_nv12_planar(Job *job)
{
    NV12ToI420(job->planes[0].data, job->planes[0].row_size,
               job->planes[1].data, job->planes[1].row_size,
               job->dst->data[0], job->dst->linesize[0], job->dst->data[1], job->dst->linesize[1],
               job->dst->data[2], job->dst->linesize[2], WIDTH, HEIGHT);
}

static void yuv_nv12(Job *job)
{
    NV12Copy(job->planes[0].data, job->planes[0].row_size,
             job->planes[1].data, job->planes[1].row_size,
             job->dst->data[0], job->dst->linesize[0],
             job->dst->data[1], job->dst->linesize[1], WIDTH, HEIGHT);
}

static const struct {
    const char *name;
    enum AVPixelFormat to;
    Copy ours, in_c, theirs;
    const char *their_name;
} rows[] = {
    { "NV12",             AV_PIX_FMT_NV12,      copy_ours, NULL,   yuv_nv12,        "NV12Copy" },
    { "NV12",             AV_PIX_FMT_YUV420P,   copy_ours, copy_c, yuv_nv12_planar, "NV12ToI420" },
    { "P010",             AV_PIX_FMT_P010,      copy_ours, NULL,   NULL, NULL },
    { "P010",             AV_PIX_FMT_YUV420P10, copy_ours, copy_c, NULL, NULL },
    { "NV15",             AV_PIX_FMT_P010,      copy_ours, copy_c, NULL, NULL },
    { "NV15",             AV_PIX_FMT_YUV420P10, copy_ours, copy_c, NULL, NULL },
    { "NV12_32L32",       AV_PIX_FMT_NV12,      copy_ours, NULL,   NULL, NULL },
    { "MM21",             AV_PIX_FMT_GRAY8,     copy_luma, NULL,   yuv_detile,      "DetilePlane" },
    { "MM21",             AV_PIX_FMT_NV12,      copy_ours, NULL,   yuv_mm21,        "MM21ToNV12" },
    { "MM21",             AV_PIX_FMT_YUV420P,   copy_ours, copy_c, yuv_mm21_planar, "MM21ToI420" },
    { "MT2110T",          AV_PIX_FMT_P010,      copy_ours, copy_c, yuv_mt2t,        "MT2TToP010" },
    { "MT2110R",          AV_PIX_FMT_P010,      copy_ours, copy_c, NULL, NULL },
    { "NV12_COL128",      AV_PIX_FMT_NV12,      copy_ours, NULL,   NULL, NULL },
    { "NV12_10_COL128",   AV_PIX_FMT_P010,      copy_ours, copy_c, NULL, NULL },
};

/* What a driver would return. */
static struct v4l2_format driver_format(const V4L2RequestFormat *row)
{
    struct v4l2_format fmt = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE };
    struct v4l2_pix_format_mplane *mp = &fmt.fmt.pix_mp;
    int bytes = row->samples == V4L2_REQUEST_SAMPLES_PACKED ? WIDTH * 5 / 4 :
                row->samples == V4L2_REQUEST_SAMPLES_WORDS  ? WIDTH * 4 / 3 :
                row->samples == V4L2_REQUEST_SAMPLES_PLAIN &&
                row->sw_format == AV_PIX_FMT_P010 ? 2 * WIDTH : WIDTH;

    mp->pixelformat = row->pixelformat;
    mp->width       = WIDTH;
    mp->height      = HEIGHT;
    mp->num_planes  = row->mem_planes;
    for (int i = 0; i < row->mem_planes; i++) {
        mp->plane_fmt[i].bytesperline = row->pitch == V4L2_REQUEST_PITCH_COLUMN ? HEIGHT * 3 / 2 : bytes;
        mp->plane_fmt[i].sizeimage    = 4 * WIDTH * HEIGHT;
    }
    return fmt;
}

static void job_open(Job *job, const char *name, enum AVPixelFormat to)
{
    const V4L2RequestFormat *row = ff_v4l2request_find_format_name(name);
    struct v4l2_format fmt = driver_format(row);

    if (avpriv_v4l2request_describe(&job->frame, row, &fmt) < 0)
        abort();
    for (int i = 0; i < row->mem_planes; i++) {
        job->memory[i] = av_malloc(4 * WIDTH * HEIGHT);
        for (int j = 0; j < 4 * WIDTH * HEIGHT; j++)
            job->memory[i][j] = j * 7 >> 2;
    }
    for (int i = 0; i < job->frame.desc.layers[0].nb_planes; i++) {
        const AVDRMPlaneDescriptor *plane = &job->frame.desc.layers[0].planes[i];

        job->planes[i]      = job->frame.plane[i];
        job->planes[i].data = job->memory[plane->object_index] + plane->offset;
    }
    job->dst = av_frame_alloc();
    job->dst->format = to == AV_PIX_FMT_GRAY8 ? AV_PIX_FMT_NV12 : to;
    job->dst->width  = WIDTH;
    job->dst->height = HEIGHT;
    if (av_frame_get_buffer(job->dst, 0) < 0)
        abort();
    job->bytes = av_pix_fmt_desc_get(to)->comp[0].depth > 8 ? 3 * WIDTH * HEIGHT :
                 to == AV_PIX_FMT_GRAY8 ? WIDTH * HEIGHT : WIDTH * HEIGHT * 3 / 2;
}

static void job_close(Job *job)
{
    for (int i = 0; i < 3; i++)
        av_freep(&job->memory[i]);
    av_frame_free(&job->dst);
}

/* Of this thread: others use this machine, too. */
static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Seconds for all buffers; the least of several rounds counts. */
static void measure(Job *jobs, Copy copy, double *best)
{
    double start = now(), time;

    if (!copy)
        return;
    for (int i = 0; i < BUFFERS; i++)
        copy(&jobs[i]);
    time = now() - start;
    if (!*best || time < *best)
        *best = time;
}

int main(int argc, char **argv)
{
    printf("%dx%d, GB/s written (part of memcpy)\n\n%-16s %-12s %8s  %8s %6s  %8s %6s  %8s\n",
           WIDTH, HEIGHT, "layout", "to", "memcpy", "ours", "", "plain C", "", "libyuv");
    for (unsigned i = 0; i < FF_ARRAY_ELEMS(rows); i++) {
        Job jobs[BUFFERS] = { 0 };
        double memory = 0, ours = 0, in_c = 0, theirs = 0, gb;

        if (argc > 1 && strcmp(argv[1], rows[i].name))
            continue;
        for (int j = 0; j < BUFFERS; j++)
            job_open(&jobs[j], rows[i].name, rows[i].to);
        for (int round = 0; round < ROUNDS; round++) {
            measure(jobs, copy_memcpy, &memory);
            measure(jobs, rows[i].ours, &ours);
            measure(jobs, rows[i].in_c, &in_c);
            measure(jobs, rows[i].theirs, &theirs);
        }
        gb = jobs->bytes * 1e-9 * BUFFERS;
        printf("%-16s %-12s %8.1f  %8.1f (%.2f)", rows[i].name, av_get_pix_fmt_name(rows[i].to),
               gb / memory, gb / ours, memory / ours);
        if (in_c)
            printf("  %8.1f (%.2f)", gb / in_c, memory / in_c);
        else
            printf("%17s", "");
        if (theirs)
            printf("  %6.1f (%.2f) %s%s", gb / theirs, memory / theirs, rows[i].their_name,
                   theirs < ours ? ", faster" : "");
        printf("\n");
        for (int j = 0; j < BUFFERS; j++)
            job_close(&jobs[j]);
    }
    return 0;
}
