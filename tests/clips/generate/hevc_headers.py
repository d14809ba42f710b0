# SPDX-License-Identifier: LGPL-2.1-or-later
"""Parameter sets of the HEVC writer, Rec. ITU-T H.265 7.3.1 and 7.3.2."""
from bits import Bits, emulation_prevention
from hevc_sets import put_explicit

VPS, SPS, PPS = 32, 33, 34


def nal(kind, bits, temporal_id=0):
    """A NAL unit with emulation prevention (7.3.1.1)."""
    return bytes((0, 0, 0, 1, kind << 1, temporal_id + 1)) + emulation_prevention(bits.to_bytes())


def trailing(bits):
    bits.code("1")
    bits.align()
    return bits


def profile(bits, idc=1):
    bits.u(8, idc)
    bits.u(32, 3 << 29 if idc == 1 else 1 << 31 - idc)
    bits.u(48, 9 << 44)
    bits.u(8, 93)


class ParameterSets:
    """What hevc.Writer, which has the values, writes at the start of a sequence."""

    def vps(self):
        bits = Bits()
        bits.u(4, self.stream.ids[0])
        bits.u(12, 0b11_000000_000_1)
        bits.u(16, 0xffff)
        profile(bits, self.idc)
        bits.flags(1)
        for value in (15, 2, 0):
            bits.ue(value)
        bits.u(6, 0)
        bits.ue(0)
        bits.flags(0, 0)
        self.out += nal(VPS, trailing(bits))

    def put_flags(self, bits, used, use_delta):
        for is_used, is_delta in zip(used, use_delta):
            bits.flags(is_used)
            if not is_used:
                bits.flags(is_delta)

    def sps(self):
        stream, bits = self.stream, Bits()
        bits.u(4, stream.ids[0])
        bits.u(4, 1)
        profile(bits, self.idc)
        for value in (stream.ids[1], 1, stream.width, stream.height):
            bits.ue(value)
        bits.flags(0)
        for value in (0, 0, self.poc_bits - 4):
            bits.ue(value)
        bits.flags(1)
        for value in (15, 2, 0, 1, 0, stream.min_transform, 2 - stream.min_transform, 0, 0):
            bits.ue(value)
        bits.flags(0, 0, 0, 1)      # scaling lists, AMP, SAO; PCM
        bits.u(4, self.pcm[0] - 1)
        bits.u(4, self.pcm[1] - 1)
        bits.ue(1)
        bits.ue(0)
        bits.flags(self.pcm_unfiltered)
        bits.ue(len(self.sets))
        for i, syntax in enumerate(self.set_syntax):
            if i:
                bits.flags(syntax)
            if syntax:
                delta, used, use_delta = syntax
                bits.flags(delta < 0)
                bits.ue(abs(delta) - 1)
                self.put_flags(bits, used, use_delta)
            else:
                put_explicit(bits, self.sets[i])
        bits.flags(stream.long_term)
        if stream.long_term:
            bits.ue(len(stream.candidates))
            for lsb, used in stream.candidates:
                bits.u(self.poc_bits, lsb)
                bits.flags(used)
        bits.flags(1, 0, 0, 0)      # temporal vectors, smoothing, VUI, extension
        self.out += nal(SPS, trailing(bits))

    def pps(self):
        stream, bits = self.stream, Bits()
        bits.ue(stream.ids[2])
        bits.ue(stream.ids[1])
        bits.flags(stream.dependent, stream.optional)
        bits.u(3, stream.extra_bits)
        bits.flags(0, 0)
        for value in (0, 0):
            bits.ue(value)
        bits.se(self.qp - 26)
        bits.flags(0, 0, 0)
        bits.se(0)
        bits.se(0)
        bits.flags(stream.optional, 0, 0, 0, 0, 0)
        bits.flags(1, stream.optional)      # filter across slices, deblocking control
        if stream.optional:
            bits.flags(1, 0)        # may be overridden, is on
            bits.se(1)
            bits.se(-2)
        bits.flags(0)               # scaling lists
        bits.flags(stream.modify)
        bits.ue(0)
        bits.flags(stream.extension, self.rext)
        if self.rext:
            bits.u(8, 0x80)         # pps_range_extension_flag
            bits.flags(0, 1)        # cross-component prediction, chroma QP offset list
            for value in (0, 0):
                bits.ue(value)
            bits.se(3)
            bits.se(-4)
            for value in (0, 0):
                bits.ue(value)
        self.out += nal(PPS, trailing(bits))
