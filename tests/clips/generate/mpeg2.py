#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random MPEG-2 video with the tools that no encoder at hand uses.

    mpeg2.py PRESET >out.m2v

Field pictures, dual prime, concealment vectors, matrices that change from
picture to picture. The same preset always makes the same bytes.
"""
import random
import sys
from dataclasses import dataclass, field

from bits import Bits, mpeg2_unit
from mpeg2_macroblock import BOTTOM, FRAME, TOP, SliceWriter

EXTENSION = 0xB5
TYPES = {"I": 1, "P": 2, "B": 3}


@dataclass
class Stream:
    """What a preset chooses. order: coded frames, (types, structure, display order)."""
    width: int = 112
    height: int = 96
    order: list = field(default_factory=list)
    seed: int = 1
    progressive: bool = False
    dual_prime: bool = False
    concealment: bool = False
    mixed_tools: bool = False   # VLC, scan, quantiser, precision by lot for each picture
    matrices: bool = False      # quant_matrix_extension
    slices: int = 1             # a row
    extras: bool = False        # extensions and user data that a decoder must skip
    intra: float = 1.0
    detail: int = 10
    skip: float = 0.15


@dataclass
class Picture:
    """One frame picture or one field picture."""
    stream: Stream
    rng: random.Random
    kind: str
    structure: int
    number: int
    top_first: bool = True
    same_parity: bool = True
    f_code: list = None
    dc_precision: int = 0
    intra_vlc: bool = False
    alternate: bool = False
    nonlinear: bool = False
    field_tools: bool = True
    quant_range: tuple = (2, 8)

    def __post_init__(self):
        stream = self.stream
        self.columns = (stream.width + 15) // 16
        lines = 16 if stream.progressive else 32
        self.rows = (stream.height + lines - 1) // lines * (lines // 16)
        if self.structure != FRAME:
            self.rows //= 2
        self.f_code = [[self.rng.randint(1, 4), self.rng.randint(1, 3)] for _ in range(2)]
        self.dual_prime, self.concealment = stream.dual_prime, stream.concealment
        self.intra, self.detail, self.skip = stream.intra, stream.detail, stream.skip
        self.field_tools = not stream.progressive
        if stream.mixed_tools:
            self.choose_tools()

    def choose_tools(self):
        rng = self.rng
        self.dc_precision = rng.randrange(4)
        self.intra_vlc, self.alternate, self.nonlinear = (rng.random() < 0.5 for _ in range(3))
        self.concealment = self.stream.concealment and rng.random() < 0.5
        self.field_tools = self.structure != FRAME or (not self.stream.progressive and rng.random() < 0.7)
        self.quant_range = (1, 14) if self.nonlinear else (1, 6)


def sequence_header(stream):
    bits = Bits()
    bits.u(12, stream.width)
    bits.u(12, stream.height)
    bits.u(4, 2)       # aspect ratio 4:3
    bits.u(4, 3)       # 25 frames a second
    bits.u(18, 10000)  # bit rate, in 400 bit/s
    bits.u(1, 1)
    bits.u(10, 112)    # VBV buffer
    bits.flags(0, 0, 0)
    return mpeg2_unit(0xB3, bits)


def sequence_extension(stream):
    bits = Bits()
    bits.u(4, 1)
    bits.u(8, 0x48)    # Main profile, Main level
    bits.flags(stream.progressive)
    bits.u(2, 1)       # 4:2:0
    bits.u(4, 0)
    bits.u(12, 0)
    bits.u(1, 1)
    bits.u(8, 0)
    bits.u(1, 0)       # low_delay
    bits.u(7, 0)
    return mpeg2_unit(EXTENSION, bits)


def display_extension(stream):
    bits = Bits()
    bits.u(4, 2)
    bits.u(3, 1)
    bits.flags(1)
    bits.u(24, 0x050505)
    bits.u(14, stream.width - 8)
    bits.u(1, 1)
    bits.u(14, stream.height - 8)
    return mpeg2_unit(EXTENSION, bits)


def gop_header(closed):
    bits = Bits()
    bits.u(25, 1 << 12)
    bits.flags(closed, 0)
    return mpeg2_unit(0xB8, bits)


def picture_header(pic, order):
    bits = Bits()
    bits.u(10, order)
    bits.u(3, TYPES[pic.kind])
    bits.u(16, 0xFFFF)
    for _ in range("IPB".index(pic.kind)):
        bits.u(4, 7)   # full_pel 0, f_code 7: both have no meaning in MPEG-2
    bits.u(1, 0)
    return mpeg2_unit(0x00, bits)


def coding_extension(pic):
    bits = Bits()
    bits.u(4, 8)
    used = (pic.kind != "I" or pic.concealment, pic.kind == "B")
    for s in (0, 1):
        for t in (0, 1):
            bits.u(4, pic.f_code[s][t] if used[s] else 15)
    bits.u(2, pic.dc_precision)
    bits.u(2, pic.structure)
    bits.flags(pic.structure == FRAME and pic.top_first, not pic.field_tools, pic.concealment, pic.nonlinear,
               pic.intra_vlc, pic.alternate, 0, pic.stream.progressive, pic.stream.progressive, 0)
    return mpeg2_unit(EXTENSION, bits)


def matrix_extension(rng):
    """Both matrices; the chroma ones belong to 4:2:2 and 4:4:4."""
    bits = Bits()
    bits.u(4, 3)
    for first in (8, None):
        bits.flags(1)
        for i in range(64):
            bits.u(8, first if first and not i else rng.randint(8 + i // 4, 24 + i))
    bits.flags(0, 0)
    return mpeg2_unit(EXTENSION, bits)


def user_data(rng):
    return b"\0\0\1\xb2" + bytes(rng.randint(1, 255) for _ in range(9))


def slices(pic):
    for row in range(pic.rows):
        cuts = sorted(pic.rng.sample(range(1, pic.columns), pic.stream.slices - 1))
        for first, end in zip([0] + cuts, cuts + [pic.columns]):
            bits = Bits()
            bits.u(5, pic.rng.randint(*pic.quant_range))
            if pic.stream.extras and pic.rng.random() < 0.3:
                bits.code("1" "00000000" "1" "10101010")  # intra_slice, extra_information_slice
            bits.u(1, 0)
            writer = SliceWriter(bits, pic, row)
            writer.run(first, end - 1)
            yield mpeg2_unit(row + 1, bits)


def picture(pic, order):
    stream, rng = pic.stream, pic.rng
    out = [picture_header(pic, order), coding_extension(pic)]
    if stream.matrices and rng.random() < 0.7:
        out.append(matrix_extension(rng))
    if stream.extras:
        out.append(user_data(rng))
    return b"".join(out + list(slices(pic)))


def coded_frame(stream, rng, number, entry):
    """entry: types ("I", "IP", "BB", ...; two letters make fields), first field, display order."""
    types, first, order = entry
    if len(types) == 1:
        return picture(Picture(stream, rng, types, FRAME, number, top_first=first == "top"), order)
    out = []
    for index, kind in enumerate(types):
        parity = TOP if (first == "top") == (index == 0) else BOTTOM
        # Before the second field of the first frame there is one field only.
        both = number > 0 or index == 0
        out.append(picture(Picture(stream, rng, kind, parity, number, same_parity=both), order))
    return b"".join(out)


def write(stream):
    rng = random.Random(stream.seed)
    out = [sequence_header(stream), sequence_extension(stream)]
    if stream.extras:
        out += [display_extension(stream), user_data(rng)]
    out.append(gop_header(True))
    out += [coded_frame(stream, rng, number, entry) for number, entry in enumerate(stream.order)]
    out.append(b"\0\0\1\xb7")
    return b"".join(out)


def order(text):
    """"IP P- BB>" and so on: types, then the first field (t or b), display order by counting B."""
    frames, shown, waiting = [], 0, None
    words = text.split()
    for word in words:
        types, first = word.rstrip("tb"), "bottom" if word.endswith("b") else "top"
        frames.append([types, first, None])
    for frame in frames + [None]:
        if frame and frame[0][0] == "B":
            frame[2], shown = shown, shown + 1
            continue
        if waiting:
            waiting[2], shown = shown, shown + 1
        waiting = frame
    return frames


PRESETS = {
    "field-p": Stream(order=order("II PP IP PPb PP IPb PP PP"), seed=2),
    "field-first": Stream(order=order("IP PP PP PP"), seed=3),
    "field-b": Stream(order=order("II PP BB BB PP BB BB IP BB BB PPb BBb"), seed=4),
    "field-odd-size": Stream(width=100, height=74, order=order("IP PP BB PP BB"), seed=5),
    "dual-prime-field": Stream(order=order("II PP PP IP PP PPb"), dual_prime=True, seed=6),
    "dual-prime-frame": Stream(order=order("I P P Pb Pb P"), dual_prime=True, seed=7),
    "field-frame-mix": Stream(order=order("I PP B BB P BB B II B PPb BB Pb B"), mixed_tools=True, extras=True,
                              seed=8),
    "concealment": Stream(order=order("I P B P B II PP BB"), concealment=True, intra=6, seed=9),
    "all-tools": Stream(width=128, height=64, order=order("I P B PP BB IP BB Pb Bb PP B"), mixed_tools=True,
                        concealment=True, matrices=True, slices=3, extras=True, seed=10),
    "matrix-extension": Stream(order=order("I P B P B I P"), matrices=True, progressive=True, slices=2,
                               seed=11),
}

if __name__ == "__main__":
    sys.stdout.buffer.write(write(PRESETS[sys.argv[1]]))
