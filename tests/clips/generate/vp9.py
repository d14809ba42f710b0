#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write a VP9 stream that no encoder makes: vp9.py PRESET >FILE

Headers are planned (vp9_presets.py) and tiles are bytes drawn by lot: whatever
an arithmetic decoder reads is some block, some vector, some coefficient, by
the probabilities in force. So every tool is in use, every context adapts, and
one wrong header field gives other pixels. Two things keep that decodable: a
tile has more bytes than its blocks can eat, and the quantiser is fine, because
decoders differ in what they make of coefficients that overflow.

Section numbers are those of the VP9 Bitstream & Decoding Process
Specification, version 0.6.
"""
import random
import struct
import sys

from bits import Bits
from vp9_presets import PRESETS

KEY, INTRA_ONLY, INTER = "key", "intra-only", "inter"
SWITCHABLE = 4


class BoolEncoder:
    """The counterpart of 9.2: low is all of the code so far, as one number."""

    def __init__(self):
        self.low, self.range, self.bits = 0, 255, 8
        self.bool(0, 128)

    def bool(self, bit, prob):
        split = 1 + ((self.range - 1) * prob >> 8)
        if bit:
            self.low += split
            self.range -= split
        else:
            self.range = split
        while self.range < 128:
            self.range *= 2
            self.low *= 2
            self.bits += 1

    def literal(self, size, value):
        for at in reversed(range(size)):
            self.bool(value >> at & 1, 128)

    def to_bytes(self):
        pad = -self.bits % 8
        return (self.low << pad).to_bytes((self.bits + pad) // 8, "big") + bytes(1)


class CompressedHeader:
    """6.3; one probability in "every" changes, drawn by lot."""

    def __init__(self, frame, rng):
        self.code, self.frame, self.rng = BoolEncoder(), frame, rng

    def delta(self, code):
        """6.3.6 encode_term_subexp()"""
        if code < 16:
            self.code.literal(1, 0)
            self.code.literal(4, code)
        elif code < 32:
            self.code.literal(2, 2)
            self.code.literal(4, code - 16)
        elif code < 64:
            self.code.literal(3, 6)
            self.code.literal(5, code - 32)
        else:
            self.code.literal(3, 7)
            if code < 129:
                self.code.literal(7, code - 64)
            else:
                self.code.literal(7, (code + 1) >> 1)
                self.code.literal(1, (code + 1) & 1)

    def changes(self):
        change = self.rng.random() < self.frame["changes"]
        self.code.bool(change, 252)
        return change

    def diffs(self, count):
        for _ in range(count):
            if self.changes():
                self.delta(self.rng.choice((0, 1, 2, 5, 20, 21, 33, 40, 64, 70, 90, 128, 129, 190, 254)))

    def mv_probs(self, count):
        for _ in range(count):
            if self.changes():
                self.code.literal(7, self.rng.randrange(128))

    def tx_mode(self):
        mode = self.frame["tx_mode"]
        if self.frame.lossless():
            return 0
        self.code.literal(2, min(mode, 3))
        if mode >= 3:
            self.code.literal(1, mode == 4)
        if mode == 4:
            self.diffs(2 * (1 + 2 + 3))
        return mode

    def coef(self, tx_mode):
        for _ in range(min(tx_mode, 3) + 1):
            update = self.rng.random() < 0.7
            self.code.literal(1, update)
            if update:
                self.diffs(2 * 2 * (3 + 5 * 6) * 3)

    def references(self):
        mode = self.frame["reference_mode"]
        if self.frame.compound_allowed():
            self.code.literal(1, mode > 0)
            if mode:
                self.code.literal(1, mode == 2)
        self.diffs((5 if mode == 2 else 0) + (10 if mode != 1 else 0) + (5 if mode else 0))

    def motion(self):
        self.mv_probs(3)
        self.mv_probs(2 * (1 + 10 + 1 + 10))
        self.mv_probs(2 * (6 + 3))
        if self.frame["high_precision"]:
            self.mv_probs(2 * 2)

    def to_bytes(self):
        self.coef(self.tx_mode())
        self.diffs(3)
        if self.frame["type"] == INTER:
            self.diffs(7 * 3)
            if self.frame["filter"] == SWITCHABLE:
                self.diffs(4 * 2)
            self.diffs(4)
            self.references()
            self.diffs(4 * 9 + 16 * 3)
            self.motion()
        return self.code.to_bytes()


class Frame(dict):
    """A frame's header fields; names as in vp9_presets.py."""

    def lossless(self):
        return not self["q"] and not any(self["q_delta"])

    def compound_allowed(self):
        return len(set(self["sign_bias"])) > 1

    def size_bits(self, bits):
        width, height = self["size"]
        bits.u(16, width - 1)
        bits.u(16, height - 1)

    def render_size(self, bits):
        bits.flags(self["render"] is not None)
        if self["render"]:
            bits.u(16, self["render"][0] - 1)
            bits.u(16, self["render"][1] - 1)

    def color_config(self, bits):
        if self["profile"] >= 2:
            bits.flags(self["depth"] == 12)
        # BT.601, which is what an intra-only frame of profile 0 stands for.
        bits.u(3, 1)
        bits.flags(self["full_range"])

    def frame_type(self, bits):
        kind = self["type"]
        bits.flags(kind != KEY, self["show"], self["error_resilient"])
        if kind == KEY:
            bits.u(24, 0x498342)
            self.color_config(bits)
            self.size_bits(bits)
            self.render_size(bits)
            return
        if not self["show"]:
            bits.flags(kind == INTRA_ONLY)
        if not self["error_resilient"]:
            bits.u(2, self["reset"])
        if kind == INTRA_ONLY:
            bits.u(24, 0x498342)
            if self["profile"] > 0:
                self.color_config(bits)
            bits.u(8, self["refresh"])
            self.size_bits(bits)
            self.render_size(bits)
        else:
            bits.u(8, self["refresh"])
            self.inter(bits)

    def inter(self, bits):
        for slot, sign in zip(self["refs"], self["sign_bias"]):
            bits.u(3, slot)
            bits.flags(sign)
        if self["size_of"] is None:
            bits.flags(0, 0, 0)
            self.size_bits(bits)
        else:
            bits.flags(*[i == self["size_of"] for i in range(self["size_of"] + 1)])
        self.render_size(bits)
        bits.flags(self["high_precision"], self["filter"] == SWITCHABLE)
        if self["filter"] != SWITCHABLE:
            bits.u(2, self["filter"])

    def loop_filter(self, bits):
        bits.u(6, self["level"])
        bits.u(3, self["sharpness"])
        bits.flags(self["lf_deltas"] is not None)
        if self["lf_deltas"] is None:
            return
        bits.flags(bool(self["lf_deltas"]))
        for delta in self["lf_deltas"]:
            bits.flags(delta is not None)
            if delta is not None:
                signed(bits, 6, delta)

    def quantizer(self, bits):
        bits.u(8, self["q"])
        for delta in self["q_delta"]:
            bits.flags(delta)
            if delta:
                signed(bits, 4, delta)

    def probs(self, bits, values):
        for value in values:
            bits.flags(value != 255)
            if value != 255:
                bits.u(8, value)

    def segmentation(self, bits):
        """tree and pred: probabilities or None; features: 8 rows or None"""
        seg = self["segmentation"]
        bits.flags(seg is not None)
        if seg is None:
            return
        bits.flags(seg.get("tree"))
        if seg.get("tree"):
            self.probs(bits, seg["tree"])
            bits.flags(seg.get("pred"))
            self.probs(bits, seg.get("pred") or ())
        bits.flags(seg.get("features"))
        if not seg.get("features"):
            return
        bits.flags(seg.get("absolute"))
        for row in seg["features"]:
            for size, value in zip((8, 6, 2, 0), row):
                bits.flags(value is not None)
                if value is not None and size > 2:
                    signed(bits, size, value)
                elif value is not None:
                    bits.u(size, value)

    def tiles(self, bits):
        """7.2.13: increments up to what the width allows"""
        columns = (self["size"][0] + 63) // 64
        least = next(n for n in range(7) if 64 << n >= columns)
        most = max([n for n in range(7) if columns >> n >= 4], default=0)
        for n in range(least, most):
            bits.flags(self["tile_cols"] > n)
            if self["tile_cols"] <= n:
                break
        bits.flags(self["tile_rows"])
        if self["tile_rows"]:
            bits.flags(self["tile_rows"] > 1)

    def uncompressed_header(self, compressed_size):
        bits = Bits()
        bits.u(2, 2)
        bits.flags(self["profile"] & 1, self["profile"] >> 1, 0)
        self.frame_type(bits)
        if not self["error_resilient"]:
            bits.flags(self["refresh_context"], self["parallel"])
        bits.u(2, self["context"])
        self.loop_filter(bits)
        self.quantizer(bits)
        self.segmentation(bits)
        self.tiles(bits)
        bits.u(16, compressed_size)
        bits.align()
        return bits.to_bytes()

    def tile_sizes(self):
        """Bytes of each tile, by the number of its 64x64 blocks."""
        def edges(length, log2):
            count = (length + 63) // 64
            return [(i * count >> log2) for i in range((1 << log2) + 1)]
        columns = edges(self["size"][0], self["tile_cols"])
        rows = edges(self["size"][1], self["tile_rows"])
        return [self["bytes"] * max((y1 - y0) * (x1 - x0), 0) + 16
                for y0, y1 in zip(rows, rows[1:]) for x0, x1 in zip(columns, columns[1:])]

    def to_bytes(self, rng):
        compressed = CompressedHeader(self, rng).to_bytes()
        out = [self.uncompressed_header(len(compressed)), compressed]
        sizes = self.tile_sizes()
        for i, size in enumerate(sizes):
            if i < len(sizes) - 1:
                out.append(struct.pack(">I", size))
            # The first bit that is read is a marker and has to be 0.
            out.append(bytes([rng.randrange(128)]) + rng.randbytes(size - 1))
        # The last byte must not look like that of a superframe index.
        return b"".join(out)[:-1] + b"\0"


def signed(bits, size, value):
    bits.u(size, abs(value))
    bits.flags(value < 0)


def show_existing(profile, slot):
    bits = Bits()
    bits.u(2, 2)
    bits.flags(profile & 1, profile >> 1, 1)
    bits.u(3, slot)
    bits.align()
    return bits.to_bytes()


def superframe(frames):
    """Annex B. Of one frame too: libvpx takes what a tile leaves for a frame."""
    marker = bytes([0xc0 | 1 << 3 | len(frames) - 1])
    sizes = b"".join(struct.pack("<H", len(frame)) for frame in frames)
    return b"".join(frames) + marker + sizes + marker


def ivf(packets, size):
    out = [b"DKIF", struct.pack("<HH4sHHIIII", 0, 32, b"VP90", *size, 25, 1, len(packets), 0)]
    for number, packet in enumerate(packets):
        out += [struct.pack("<IQ", len(packet), number), packet]
    return b"".join(out)


def main():
    preset = PRESETS[sys.argv[1]]
    rng = random.Random(preset["seed"])
    packets, pending = [], []
    for item in preset["frames"]():
        frame = Frame(item)
        if "existing" in frame:
            pending.append(show_existing(preset.get("profile", 0), frame["existing"]))
        else:
            pending.append(frame.to_bytes(rng))
        # A packet is what is shown at one time: hidden frames go with the next.
        if "existing" in frame or frame["show"]:
            packets.append(superframe(pending))
            pending = []
    sys.stdout.buffer.write(ivf(packets, preset["size"]))


main()
