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
packed_words: times 2 db 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 6, 7, 7, 8, 8, 9
; That moves it to the upper ten bits.
packed_shift: times 4 dw 64, 16, 4, 1
upper_bits:   times 16 dw 0xffc0

SECTION .text

;------------------------------------------------------------------------------
; int v4l2request_unpack_packed(uint16_t *dst, const uint8_t *src, int samples)
;
; Sixteen samples at once, 20 bytes, of which 26 are read: the line has to go on
; for six bytes behind them. Returns the number of samples done.
;------------------------------------------------------------------------------
%if HAVE_AVX2_EXTERNAL
INIT_YMM avx2
cglobal v4l2request_unpack_packed, 3, 4, 4, dst, src, samples, done
    mova           m1, [packed_words]
    mova           m2, [packed_shift]
    mova           m3, [upper_bits]
    xor         doned, doned
    sub      samplesd, 21
    jl .end
.loop:
    movu          xm0, [srcq]
    vinserti128    m0, m0, [srcq + 10], 1
    pshufb         m0, m1
    pmullw         m0, m2
    pand           m0, m3
    movu       [dstq], m0
    add          srcq, 20
    add          dstq, 32
    add         doned, 16
    sub      samplesd, 16
    jge .loop
.end:
    mov           eax, doned
    RET
%endif
