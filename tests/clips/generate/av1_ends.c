/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the symbols of each tile end: av1_ends <STREAM.ivf >ENDS
 *
 * One line for each packet, which has one frame at most; four numbers for each
 * tile: the bytes that were not loaded, and dav1d's counter, value and range.
 */

#include <stdio.h>
#include <stdlib.h>

#include "src/internal.h"

static unsigned int little_endian(const unsigned char *p)
{
    return p[0] | p[1] << 8 | p[2] << 16 | (unsigned int)p[3] << 24;
}

static int decode(Dav1dContext *c, FILE *file, unsigned int size)
{
    Dav1dPicture picture = { 0 };
    Dav1dData data = { 0 };
    unsigned char *p = dav1d_data_create(&data, size);

    if (!p || fread(p, 1, size, file) != size)
        return -1;
    while (data.sz) {
        int ret = dav1d_send_data(c, &data);

        if (ret < 0 && ret != DAV1D_ERR(EAGAIN))
            return -1;
        if (dav1d_get_picture(c, &picture) >= 0)
            dav1d_picture_unref(&picture);
    }
    return 0;
}

static void print_ends(const Dav1dFrameContext *f)
{
    for (int i = 0; i < f->n_ts; i++) {
        const MsacContext *s = &f->ts[i].msac;

        printf("%td %d %u %u ", s->buf_end - s->buf_pos, s->cnt,
               (unsigned int)(s->dif >> (8 * sizeof(s->dif) - 16)), s->rng);
    }
    printf("\n");
}

int main(void)
{
    Dav1dSettings settings;
    unsigned char header[32];
    Dav1dContext *c;

    dav1d_default_settings(&settings);
    settings.n_threads               = 1;
    settings.max_frame_delay         = 1;
    settings.output_invisible_frames = 1;
    if (dav1d_open(&c, &settings) < 0 || fread(header, 1, 32, stdin) != 32)
        return 1;
    for (int n = 0; fread(header, 1, 12, stdin) == 12; n++) {
        if (decode(c, stdin, little_endian(header)) < 0) {
            fprintf(stderr, "av1_ends: packet %d cannot be decoded\n", n);
            return 1;
        }
        print_ends(&c->fc[0]);
    }
    dav1d_close(&c);
    return 0;
}
