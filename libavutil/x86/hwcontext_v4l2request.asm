;******************************************************************************
;* Samples of decoded frames of V4L2 stateless decoders
;*
;* This file is part of FFmpeg.
;*
;* FFmpeg is free software; you can redistribute it and/or
;* modify it under the terms of the GNU Lesser General Public
;* License as published by the Free Software Foundation; either
;* version 2.1 of the License, or (at your option) any later version.
;*
;* FFmpeg is distributed in the hope that it will be useful,
;* but WITHOUT ANY WARRANTY; without even the implied warranty of
;* MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
;* Lesser General Public License for more details.
;*
;* You should have received a copy of the GNU Lesser General Public
;* License along with FFmpeg; if not, write to the Free Software
;* Foundation, Inc., 51 Franklin Street, Fifth Floor, Boston, MA 02110-1301 USA
;******************************************************************************

%include "libavutil/x86/x86util.asm"

SECTION_RODATA 32

; Sample n of eight begins in byte 10 * n / 8, at bit 2 * (n % 4).
packed_bytes: times 2 db 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 6, 7, 7, 8, 8, 9
; That moves it to the upper ten bits.
packed_shift: times 4 dw 64, 16, 4, 1

; Sample n of a word begins in byte n, at bit 2 * n. Eight samples begin with
; sample 0, 2 or 1 of a word, and are two words apart, or one and the next.
word_bytes:   db 0, 1, 1, 2, 2, 3, 4, 5, 5, 6, 6, 7, 8, 9, 9, 10
              db 2, 3, 4, 5, 5, 6, 6, 7, 8, 9, 9, 10, 10, 11, 12, 13
              db 5, 6, 6, 7, 8, 9, 9, 10, 10, 11, 12, 13, 13, 14, 14, 15
              db 0, 1, 1, 2, 2, 3, 4, 5, 5, 6, 6, 7, 8, 9, 9, 10
              db 2, 3, 4, 5, 5, 6, 6, 7, 8, 9, 9, 10, 10, 11, 12, 13
              db 5, 6, 6, 7, 8, 9, 9, 10, 10, 11, 12, 13, 13, 14, 14, 15
word_shift:   dw 64, 16, 4, 64, 16, 4, 64, 16
              dw 4, 64, 16, 4, 64, 16, 4, 64
              dw 16, 4, 64, 16, 4, 64, 16, 4
              dw 64, 16, 4, 64, 16, 4, 64, 16
              dw 4, 64, 16, 4, 64, 16, 4, 64
              dw 16, 4, 64, 16, 4, 64, 16, 4

; Lower bits of four samples are a byte. The upper bytes of words do not matter.
raster_bytes: db 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1
              db 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3
raster_line:  times 32 db 4

upper_bits:   times 16 dw 0xffc0
lower_bits:   times 16 dw 0x00c0
byte_bits:    times 32 db 0xc0
even_bytes:   times 16 dw 0x00ff

SECTION .text

%if HAVE_AVX2_EXTERNAL
;------------------------------------------------------------------------------
; void v4l2request_unpack_packed(uint16_t *dst, const uint8_t *src, int samples)
;
; Sixteen samples at once, 20 bytes, of which 26 are read: the line has to go on
; for six bytes behind them. At least 16.
;------------------------------------------------------------------------------
INIT_YMM avx2
cglobal v4l2request_unpack_packed, 3, 3, 4, dst, src, samples
    mova           m1, [packed_bytes]
    mova           m2, [packed_shift]
    mova           m3, [upper_bits]
.loop:
    movu          xm0, [srcq]
    vinserti128    m0, m0, [srcq + 10], 1
    pshufb         m0, m1
    pmullw         m0, m2
    pand           m0, m3
    movu       [dstq], m0
    add          srcq, 20
    add          dstq, 32
    sub      samplesd, 16
    jg .loop
    RET

;------------------------------------------------------------------------------
; void v4l2request_unpack_words(uint16_t *dst, const uint8_t *src, int samples)
;
; 48 samples at once, 64 bytes. At least 48.
;------------------------------------------------------------------------------
cglobal v4l2request_unpack_words, 3, 3, 7, dst, src, samples
    mova           m3, [word_bytes]
    mova           m4, [word_bytes + 32]
    mova           m5, [word_bytes + 64]
    mova           m6, [upper_bits]
.loop:
    movu          xm0, [srcq]
    movu          xm1, [srcq + 16]
    movu          xm2, [srcq + 40]
    vinserti128    m0, m0, [srcq + 8], 1
    vinserti128    m1, m1, [srcq + 32], 1
    vinserti128    m2, m2, [srcq + 48], 1
    pshufb         m0, m3
    pshufb         m1, m4
    pshufb         m2, m5
    pmullw         m0, [word_shift]
    pmullw         m1, [word_shift + 32]
    pmullw         m2, [word_shift + 64]
    pand           m0, m6
    pand           m1, m6
    pand           m2, m6
    movu  [dstq     ], m0
    movu  [dstq + 32], m1
    movu  [dstq + 64], m2
    add          srcq, 64
    add          dstq, 96
    sub      samplesd, 48
    jg .loop
    RET

;------------------------------------------------------------------------------
; void v4l2request_unpack_blocks_tiled(uint8_t *dst, ptrdiff_t linesize,
;                                      const uint8_t *src, int blocks)
;
; The lower bits of a line are moved to the upper ones of their bytes, which
; become the lower bytes of words.
;------------------------------------------------------------------------------
%macro BLOCK_LINE 2 ; line, address
    movu          xm2, [srcq + 16 + 16 * %1]
%if %1 < 3
    psllw         xm3, xm0, 6 - 2 * %1
    pand          xm3, xm1
%else
    pand          xm3, xm0, xm1
%endif
    punpckhbw     xm4, xm3, xm2
    punpcklbw     xm3, xm2
    movu         [%2], xm3
    movu    [%2 + 16], xm4
%endmacro

cglobal v4l2request_unpack_blocks_tiled, 4, 5, 5, dst, linesize, src, blocks, linesize3
    lea    linesize3q, [linesizeq * 3]
    mova          xm1, [byte_bits]
.loop:
    movu          xm0, [srcq]
    BLOCK_LINE 0, dstq
    BLOCK_LINE 1, dstq + linesizeq
    BLOCK_LINE 2, dstq + linesizeq * 2
    BLOCK_LINE 3, dstq + linesize3q
    add          srcq, 80
    lea          dstq, [dstq + linesizeq * 4]
    dec       blocksd
    jg .loop
    RET

;------------------------------------------------------------------------------
; void v4l2request_unpack_blocks_raster(uint8_t *dst, ptrdiff_t linesize,
;                                       const uint8_t *src, int blocks)
;------------------------------------------------------------------------------
cglobal v4l2request_unpack_blocks_raster, 4, 5, 8, dst, linesize, src, blocks, pos
    mova           m4, [raster_bytes]
    mova           m5, [packed_shift]
    mova           m6, [lower_bits]
    mova           m7, [raster_line]
.loop:
    vbroadcasti128 m0, [srcq]
    mova           m1, m4
    mov          posd, 16
.line:
    pmovzxbw       m2, [srcq + posq]
    pshufb         m3, m0, m1
    psllw          m2, 8
    pmullw         m3, m5
    paddb          m1, m7
    pand           m3, m6
    por            m2, m3
    movu       [dstq], m2
    add          dstq, linesizeq
    add          posd, 16
    cmp          posd, 80
    jl .line
    add          srcq, 80
    dec       blocksd
    jg .loop
    RET

;------------------------------------------------------------------------------
; void v4l2request_split8(uint8_t *dst0, uint8_t *dst1, const uint8_t *src,
;                         int samples)
;
; 32 samples of each at once. At least 32.
;------------------------------------------------------------------------------
cglobal v4l2request_split8, 4, 4, 6, dst0, dst1, src, samples
    mova           m5, [even_bytes]
    movsxdifnidn samplesq, samplesd
    add         dst0q, samplesq
    add         dst1q, samplesq
    lea          srcq, [srcq + 2 * samplesq]
    neg      samplesq
.loop:
    movu           m0, [srcq + 2 * samplesq]
    movu           m1, [srcq + 2 * samplesq + 32]
    psrlw          m2, m0, 8
    psrlw          m3, m1, 8
    pand           m0, m5
    pand           m1, m5
    packuswb       m2, m3
    packuswb       m0, m1
    vpermq         m2, m2, q3120
    vpermq         m0, m0, q3120
    movu [dst1q + samplesq], m2
    movu [dst0q + samplesq], m0
    add      samplesq, 32
    jl .loop
    RET

;------------------------------------------------------------------------------
; void v4l2request_split10(uint16_t *dst0, uint16_t *dst1, const uint16_t *src,
;                          int samples)
;
; 16 samples of each at once. At least 16.
;------------------------------------------------------------------------------
cglobal v4l2request_split10, 4, 4, 4, dst0, dst1, src, samples
    movsxdifnidn samplesq, samplesd
    lea         dst0q, [dst0q + 2 * samplesq]
    lea         dst1q, [dst1q + 2 * samplesq]
    lea          srcq, [srcq + 4 * samplesq]
    neg      samplesq
.loop:
    movu           m0, [srcq + 4 * samplesq]
    movu           m1, [srcq + 4 * samplesq + 32]
    psrld          m2, m0, 22
    psrld          m3, m1, 22
    pslld          m0, 16
    pslld          m1, 16
    psrld          m0, 22
    psrld          m1, 22
    packssdw       m2, m3
    packssdw       m0, m1
    vpermq         m2, m2, q3120
    vpermq         m0, m0, q3120
    movu [dst1q + 2 * samplesq], m2
    movu [dst0q + 2 * samplesq], m0
    add      samplesq, 16
    jl .loop
    RET
%endif
