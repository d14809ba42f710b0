#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write an AV1 stream that no encoder makes: av1.py PRESET [ENDS] >FILE

Headers are planned (av1_presets.py) and tiles are bytes drawn by lot: whatever
a symbol decoder reads is some block, some vector, some coefficient, by the
probabilities in force. So every tool is in use, every context adapts, and one
wrong header field gives other pixels. The quantiser is fine, because decoders
differ in what they make of coefficients that overflow.

A tile has to end where its last symbol does (5.11.2, 8.2.4), which only a
decoder can tell. Without ENDS the tiles are too long, and there is a frame a
packet: av1_ends.c reads that and writes ENDS. Symbols stay what they were when
a tile is cut there, for the last interval is wide enough to hold a code word
that ends with the bit that has to be there.
"""
import random
import struct
import sys

from av1_header import KEY, FrameHeader, sequence_header
from av1_presets import PRESETS
from bits import Bits
from ivf import write_ivf

SEQUENCE, DELIMITER, HEADER, TILES, FRAME = 1, 2, 3, 4, 6


def obu(kind, payload):
    size, out = len(payload), bytearray()
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    return bytes([kind << 3 | 2, *out, size]) + payload


def cut(data, end):
    """The tile whose decoder read so many bits, left the rest of an interval."""
    remaining, count, value, length = end
    position = 8 * (len(data) - remaining) - 15 - count
    number = int.from_bytes(data, "big")
    total = 8 * len(data)
    prefix = number >> total - position
    window = number >> total - position - 15 & 0x7fff
    # The decoder's value is inverted: it falls as the code word grows.
    value += window - 0x4000
    step = value // 0x8000 if value < 0 else 0
    if value - step * 0x8000 >= length:
        step += 1
    assert 0 <= value - step * 0x8000 < length, end
    number = (prefix + step) * 2 + 1
    pad = -(position + 1) % 8
    return (number << pad).to_bytes((position + 1 + pad) // 8, "big")


def read_ends(name):
    """A list for each packet: what av1_ends says of its tiles."""
    packets = []
    with open(name, encoding="ascii") as file:
        for line in file:
            numbers = [int(word) for word in line.split()]
            packets.append([numbers[i:i + 4] for i in range(0, len(numbers), 4)])
    return packets


class Stream:
    def __init__(self, preset, ends):
        self.seq, self.ends = preset["sequence"], ends
        self.rng = random.Random(preset["seed"])
        self.slots = [{"hint": 0, "id": 0} for _ in range(8)]
        self.packets = []

    def payload(self, frame, header):
        """The tiles in raster order."""
        superblock = frame["bytes"] * (4 if self.seq["sb128"] else 1)
        tiles = []
        for y0, y1 in zip(header.rows, header.rows[1:]):
            for x0, x1 in zip(header.cols, header.cols[1:]):
                tiles.append(self.rng.randbytes(superblock * (y1 - y0) * (x1 - x0) + 64))
        if self.ends:
            tiles = [cut(tile, end) for tile, end in zip(tiles, self.ends[len(self.packets)])]
        return tiles

    def tile_group(self, frame, header, tiles, first, last):
        """5.11.1"""
        bits = Bits()
        if len(tiles) > 1:
            explicit = last - first + 1 < len(tiles)
            bits.flags(explicit)
            if explicit:
                bits.u(header.tile_bits, first)
                bits.u(header.tile_bits, last)
        bits.align()
        out = bits.to_bytes()
        for tile in tiles[first:last]:
            out += struct.pack("<I", len(tile) - 1)[:frame["size_bytes"]] + tile
        return out + tiles[last]

    def frame(self, frame):
        header = FrameHeader(self.seq, frame, self.slots)
        bits = header.write()
        tiles = self.payload(frame, header)
        groups = frame["groups"] or [len(tiles)]
        firsts = [sum(groups[:i]) for i in range(len(groups))]
        groups = [self.tile_group(frame, header, tiles, first, first + count - 1)
                  for first, count in zip(firsts, groups)]
        for i in range(8):
            if header.refresh >> i & 1:
                self.slots[i] = header.state()
        if len(groups) == 1 and not frame["split"]:
            bits.align()
            return obu(FRAME, bits.to_bytes() + groups[0])
        bits.code("1")
        bits.align()
        return obu(HEADER, bits.to_bytes()) + b"".join(obu(TILES, group) for group in groups)

    def existing(self, frame):
        bits = Bits()
        slot = self.slots[frame["existing"]]
        bits.flags(1)
        bits.u(3, frame["existing"])
        if self.seq["frame_ids"]:
            bits.u(self.seq["frame_ids"][1], slot["id"])
        bits.code("1")
        bits.align()
        if slot["type"] == KEY:
            self.slots = [slot] * 8
        return obu(HEADER, bits.to_bytes())

    def add(self, frame):
        if "existing" in frame:
            self.packets.append((True, self.existing(frame)))
            return
        sequence = obu(SEQUENCE, sequence_header(self.seq)) if frame["type"] == KEY else b""
        self.packets.append((frame["show"], sequence + self.frame(frame)))

    def write(self):
        packets, pending = [], obu(DELIMITER, b"")
        for shown, packet in self.packets:
            pending += packet
            # A temporal unit is what is shown at one time: hidden frames go with the next.
            if shown or not self.ends:
                packets.append(pending)
                pending = obu(DELIMITER, b"") if self.ends else b""
        write_ivf(sys.stdout.buffer, "AV01", self.seq["size"], packets)


def main():
    preset = PRESETS[sys.argv[1]]
    stream = Stream(preset, read_ends(sys.argv[2]) if len(sys.argv) > 2 else None)
    for frame in preset["frames"]():
        stream.add(frame)
    stream.write()


main()
