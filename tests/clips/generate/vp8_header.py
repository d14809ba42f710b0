# SPDX-License-Identifier: LGPL-2.1-or-later
"""VP8 frame headers and the bool coder, RFC 6386 sections 7, 9 and 19.2."""
from dataclasses import dataclass, field

from vp8_tables import COEFF_UPDATE, MV_UPDATE


class BoolWriter:
    """Section 7.3, with a number of any length in place of carries."""

    def __init__(self):
        self.low, self.range, self.shift = 0, 255, 0

    def bool(self, bit, prob):
        split = 1 + ((self.range - 1) * prob >> 8)
        if bit:
            self.low += split
            self.range -= split
        else:
            self.range = split
        shift = 8 - self.range.bit_length()
        self.low <<= shift
        self.range <<= shift
        self.shift += shift

    def flag(self, bit):
        self.bool(bool(bit), 128)

    def literal(self, bits, value):
        assert 0 <= value < 1 << bits, (bits, value)
        for n in reversed(range(bits)):
            self.flag(value >> n & 1)

    def optional(self, bits, value):
        """Flag, magnitude and sign; 0 is not coded."""
        self.flag(value)
        if value:
            self.literal(bits, abs(value))
            self.flag(value < 0)

    def to_bytes(self):
        pad = -(8 + self.shift) % 8
        return (self.low << pad).to_bytes((8 + self.shift + pad) // 8, "big")


@dataclass
class Segmentation:
    """None: not updated in this frame."""
    quant: tuple = None
    level: tuple = None
    absolute: bool = False
    probs: tuple = None         # of the map; entries of None are not coded


@dataclass
class Header:
    """All that a frame says before its first macroblock."""
    key: bool = False
    version: int = 0
    show: bool = True
    width: int = 0
    height: int = 0
    scale: tuple = (0, 0)
    color_space: int = 0
    clamping: int = 0
    segmentation: Segmentation = None
    simple: bool = False
    level: int = 10
    sharpness: int = 0
    deltas: bool = False
    ref_deltas: tuple = (None,) * 4     # entries of None are not coded
    mode_deltas: tuple = (None,) * 4
    parts: int = 0                      # log2
    quant: int = 20
    quant_deltas: tuple = (0,) * 5
    refresh_golden: bool = False
    refresh_altref: bool = False
    copy_golden: int = 0
    copy_altref: int = 0
    sign_bias: tuple = (0, 0)
    refresh_entropy: bool = True
    refresh_last: bool = True
    coefficients: dict = field(default_factory=dict)    # index to probability
    skip: int = None                    # probability, None: no macroblock is skipped
    intra: int = 128
    last: int = 128
    golden: int = 128
    y_modes: tuple = None
    uv_modes: tuple = None
    vectors: dict = field(default_factory=dict)         # index to seven bits

    def tag(self, first_part):
        value = (not self.key) | self.version << 1 | self.show << 4 | first_part << 5
        out = value.to_bytes(3, "little")
        if self.key:
            out += b"\x9d\x01\x2a"
            for size, scale in zip((self.width, self.height), self.scale):
                out += (size | scale << 14).to_bytes(2, "little")
        return out

    def write(self, b):
        if self.key:
            b.flag(self.color_space)
            b.flag(self.clamping)
        self.write_segmentation(b)
        self.write_filter(b)
        b.literal(2, self.parts)
        b.literal(7, self.quant)
        for delta in self.quant_deltas:
            b.optional(4, delta)
        if not self.key:
            self.write_references(b)
        b.flag(self.refresh_entropy)
        if not self.key:
            b.flag(self.refresh_last)
        self.write_updates(b, COEFF_UPDATE, self.coefficients, 8)
        b.flag(self.skip is not None)
        if self.skip is not None:
            b.literal(8, self.skip)
        if not self.key:
            self.write_inter(b)

    def write_segmentation(self, b):
        segments = self.segmentation
        b.flag(segments)
        if not segments:
            return
        b.flag(segments.probs)
        b.flag(segments.quant)
        if segments.quant:
            b.flag(segments.absolute)
            for value in segments.quant:
                b.optional(7, value)
            for value in segments.level:
                b.optional(6, value)
        for prob in segments.probs or ():
            b.flag(prob is not None)
            if prob is not None:
                b.literal(8, prob)

    def write_filter(self, b):
        b.flag(self.simple)
        b.literal(6, self.level)
        b.literal(3, self.sharpness)
        b.flag(self.deltas)
        if not self.deltas:
            return
        deltas = self.ref_deltas + self.mode_deltas
        update = any(delta is not None for delta in deltas)
        b.flag(update)
        for delta in deltas if update else ():
            b.flag(delta is not None)
            if delta is not None:
                b.literal(6, abs(delta))
                b.flag(delta < 0)

    def write_references(self, b):
        b.flag(self.refresh_golden)
        b.flag(self.refresh_altref)
        if not self.refresh_golden:
            b.literal(2, self.copy_golden)
        if not self.refresh_altref:
            b.literal(2, self.copy_altref)
        b.flag(self.sign_bias[0])
        b.flag(self.sign_bias[1])

    def write_inter(self, b):
        for prob in (self.intra, self.last, self.golden):
            b.literal(8, prob)
        for modes in (self.y_modes, self.uv_modes):
            b.flag(modes)
            for prob in modes or ():
                b.literal(8, prob)
        self.write_updates(b, MV_UPDATE, self.vectors, 7)

    @staticmethod
    def write_updates(b, table, values, bits):
        for index, prob in enumerate(table):
            b.bool(index in values, prob)
            if index in values:
                b.literal(bits, values[index])
