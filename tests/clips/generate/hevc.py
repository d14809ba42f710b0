# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Write HEVC streams for what no encoder reaches: hevc PRESET.

Pictures of 16x16 blocks, each PCM or predicted without a residual from a merge
candidate: with all vectors zero, candidates differ in their references. So each
reference picture set, list and POC shows in the pixels. What is in the headers
is drawn by lot, with a fixed seed. Clauses are of Rec. ITU-T H.265.
"""

import random
import sys

from bits import Bits
from hevc_cabac import Encoder
from hevc_headers import ParameterSets, nal
from hevc_presets import PRESETS
from hevc_sets import arrange, predict, put_explicit

TRAIL_N, TRAIL_R, IDR_N_LP = 0, 1, 20
B, P, I = 0, 1, 2


def ceil_log2(value):
    return max(value - 1, 0).bit_length()


class Writer(ParameterSets):
    def __init__(self, stream):
        self.stream = stream
        self.random = random.Random(stream.seed)
        self.out = bytearray()
        self.idc = 4 if stream.rext else 1
        self.rext = False

    def chance(self, probability):
        return self.random.random() < probability

    def order(self):
        """POCs in coding order: groups of four with B pictures that are references."""
        yield 0
        for group in range(self.stream.groups):
            for offset in (4, 2, 1, 3):
                yield 4 * group + offset

    def make_sets(self):
        """Candidate sets as drawn, most of which no picture can use: only the fitting ones are."""
        self.sets, self.set_syntax = [], []
        for i in range(self.stream.sets):
            if i % 2 and self.sets[-1]:
                base = self.sets[-1]
                delta = self.random.choice((-4, -2, -1, 1, 2))
                # FFmpeg (7.1 to 9.0) keeps an entry that falls on the picture itself.
                moved = [d + delta for d, _ in base] + [delta]
                use_delta = [d != 0 and self.chance(0.8) for d in moved]
                used = [u and self.chance(0.8) for u in use_delta]
                self.sets.append(predict(base, delta, used, use_delta))
                self.set_syntax.append((delta, used, use_delta))
            else:
                deltas = self.random.sample((-1, -2, -3, -4, -6, -8, 1, 2, 3), self.random.randint(1, 3))
                self.sets.append(arrange([(d, self.chance(0.9)) for d in deltas]))
                self.set_syntax.append(None)

    def draw_long(self, poc, kept):
        """Some of the kept pictures become, or stay, long-term references."""
        for old in kept:
            if len(self.long & set(kept)) < self.stream.long_term and self.chance(0.3) and old < poc:
                self.long.add(old)
        self.long &= set(kept)

    def fitting_set(self, rps):
        """Index of a set of the SPS whose pictures are all there; or None."""
        deltas = {d for d, _ in rps}
        fits = [i for i, s in enumerate(self.sets) if s and {d for d, _ in s} <= deltas and any(u for _, u in s)]
        return self.random.choice(fits) if fits else None

    def plan(self, poc):
        """What the picture keeps and refers to: sets pictures, rps, lt and how they are coded."""
        near = sorted(self.pictures, key=lambda other: abs(other - poc))
        kept = near[:self.stream.references] + [p for p in near[self.stream.references:] if p in self.long]
        self.draw_long(poc, kept)
        self.rps = arrange([(p - poc, self.chance(0.85)) for p in kept if p not in self.long])
        self.index = self.fitting_set(self.rps) if "s" in self.stream.header_sets else None
        if self.index is not None:
            self.rps = self.sets[self.index]
        self.lt = [(p, self.chance(0.8)) for p in sorted(self.long, reverse=True)]
        if not any(used for _, used in self.rps + self.lt):
            self.index = None
            self.rps = [(d, True) for d, _ in self.rps]
            self.lt = [(p, True) for p, _ in self.lt]
        # NumPicTotalCurr is at most 8 (7.4.7.2); the rest is for later pictures.
        budget = iter([True] * (8 - sum(used for _, used in self.lt)))
        if self.index is None:
            self.rps = [(d, used and next(budget, False)) for d, used in self.rps]
        self.before = set(self.pictures)
        self.pictures = {poc + d for d, _ in self.rps} | self.long

    def put_short(self, bits):
        bits.flags(self.index is not None)
        if self.index is not None:
            bits.u(ceil_log2(len(self.sets)), self.index)
            return
        predicted = self.predicted() if self.sets and "p" in self.stream.header_sets else None
        if self.sets:
            bits.flags(predicted is not None)
        if predicted is None:
            put_explicit(bits, self.rps)
            return
        index, delta, used, use_delta = predicted
        bits.ue(len(self.sets) - 1 - index)
        bits.flags(delta < 0)
        bits.ue(abs(delta) - 1)
        self.put_flags(bits, used, use_delta)

    def predicted(self):
        """The set as a prediction from one of the SPS, if one gives all its pictures."""
        want = dict(self.rps)
        for index, base in enumerate(self.sets):
            for delta in (-4, -3, -2, -1, 1, 2, 3, 4):
                moved = [d + delta for d, _ in base] + [delta]
                if set(want) <= set(moved) and self.chance(0.7):
                    use_delta = [d in want for d in moved]
                    return index, delta, [want.get(d, False) for d in moved], use_delta
        return None

    def put_long(self, bits, poc):
        mask = (1 << self.poc_bits) - 1
        entries = []
        for old, used in self.lt:
            index = [i for i, c in enumerate(self.stream.candidates) if c == (old & mask, int(used))]
            cycle = (poc - old - ((poc & mask) - (old & mask))) >> self.poc_bits
            clash = sum(old & mask == p & mask for p in self.before | {poc}) > 1
            entries.append((not index, cycle, clash or self.chance(0.3), old & mask, used, index))
        entries.sort(key=lambda e: e[:2])
        self.lt = [(poc - (poc & mask) - (e[1] << self.poc_bits) + e[3], e[4]) for e in entries]
        of_sps = sum(not e[0] for e in entries)
        if self.stream.candidates:
            bits.ue(of_sps)
        bits.ue(len(entries) - of_sps)
        last = 0
        for i, (own, cycle, msb, lsb, used, index) in enumerate(entries):
            if own:
                bits.u(self.poc_bits, lsb)
                bits.flags(used)
            else:
                bits.u(ceil_log2(len(self.stream.candidates)), index[0])
            last = 0 if i in (0, of_sps) else last
            bits.flags(msb)
            if msb:
                bits.ue(cycle - last)
                last = cycle

    def put_lists(self, bits, kind, total):
        lists = 2 if kind == B else 1
        counts = [self.random.randint(1, min(total + 2, 15)) for _ in range(lists)]
        bits.flags(1)
        for count in counts:
            bits.ue(count - 1)
        if self.stream.modify and total > 1:
            for count in counts:
                modified = self.chance(0.7)
                bits.flags(modified)
                for _ in range(count if modified else 0):
                    bits.u(ceil_log2(total), self.random.randrange(total))
        if kind == B:
            bits.flags(1)           # mvd_l1_zero_flag
        from_l0 = kind != B or self.chance(0.5)
        if self.temporal and kind == B:
            bits.flags(from_l0)
        count = counts[0 if from_l0 else 1]
        if self.temporal and count > 1:
            bits.ue(self.random.randrange(count) if self.stream.optional else 0)

    def header(self, kind, poc, nal_type, address, dependent):
        """slice_segment_header(), 7.3.6.1; the elements of a slice are drawn once a picture."""
        stream, bits = self.stream, Bits()
        bits.flags(not address)
        if nal_type == IDR_N_LP:
            bits.flags(0)
        bits.ue(stream.ids[2])
        if address:
            if stream.dependent:
                bits.flags(dependent)
            bits.u(ceil_log2(self.blocks), address)
        if not dependent:
            if not address:
                self.body = Bits()
                self.slice_body(self.body, kind, poc, nal_type)
            bits.code("".join(self.body.text))
        if stream.extension:
            bits.ue(stream.extension)
            for i in range(stream.extension):
                bits.u(8, 0 if i % 4 else self.random.choice((0, 3)))
        bits.code("1")
        bits.align()
        return bits

    def slice_body(self, bits, kind, poc, nal_type):
        stream = self.stream
        bits.u(stream.extra_bits, 0)
        bits.ue(kind)
        if stream.optional:
            bits.flags(poc % 8 != 5)        # pic_output_flag
        if nal_type != IDR_N_LP:
            bits.u(self.poc_bits, poc & ((1 << self.poc_bits) - 1))
            self.put_short(bits)
            if stream.long_term:
                self.put_long(bits, poc)
            # One picture for all slices (7.4.7.1): only where there is one slice.
            self.temporal = stream.slices == 1 and self.chance(0.7)
            bits.flags(self.temporal)
        if kind != I:
            total = sum(used for _, used in self.rps + self.lt)
            self.put_lists(bits, kind, total)
            bits.ue(0)              # five_minus_max_num_merge_cand
        bits.se(0)
        if self.rext:
            bits.flags(0)           # cu_chroma_qp_offset_enabled_flag
        if not stream.optional or self.put_optional(bits):
            bits.flags(1)           # filter across slices

    def put_optional(self, bits):
        """Chroma QP offsets and deblocking of a slice; is it filtered?"""
        for _ in range(2):
            bits.se(self.random.randint(-6, 6))
        override = self.chance(0.7)
        bits.flags(override)
        if not override:
            return True
        disabled = self.chance(0.3)
        bits.flags(disabled)
        if not disabled:
            bits.se(self.random.randint(-6, 6))
            bits.se(self.random.randint(-6, 6))
        return not disabled

    def block(self, coder, kind, skipped, position, first):
        x, y = position % self.columns, position // self.columns
        skip = kind != I and self.chance(0.8)
        if kind != I:
            left = x > 0 and position - 1 >= first and skipped[position - 1]
            above = position - self.columns >= first and skipped[position - self.columns]
            coder.bin(f"skip{left + above}", int(skip))
        skipped[position] = skip
        if skip:
            index = self.random.randrange(5)
            for i in range(min(index + 1, 4)):
                if i:
                    coder.bypass(int(i < index))
                else:
                    coder.bin("merge", int(index > 0))
            return y
        if kind != I:
            coder.bin("pred_mode", 1)
        coder.bin("part_mode", 1)
        coder.terminate(1)          # pcm_flag
        for size, depth in ((256, self.pcm[0]), (128, self.pcm[1])):
            level = self.random.randrange(1 << depth)
            for _ in range(size):
                coder.bits.u(depth, level ^ int(self.chance(0.05)))
        coder.start()
        return y

    def picture(self, poc, nal_type):
        kind = I if nal_type == IDR_N_LP else self.random.choice((P, B, B))
        slices = 1 if self.stream.grow and kind == I else self.stream.slices
        bounds = [self.blocks * i // slices for i in range(slices + 1)]
        skipped, first = [False] * self.blocks, 0
        for number, (start, end) in enumerate(zip(bounds, bounds[1:])):
            dependent = self.stream.dependent and number > 0 and self.chance(0.5)
            first = first if dependent else start
            bits = self.header(kind, poc, nal_type, start, dependent)
            if not dependent:
                coder = Encoder(bits, {I: 0, P: 1, B: 2}[kind], self.qp)
            else:                   # goes on with the contexts (9.3.1)
                coder.bits = bits
                coder.start()
            for position in range(start, end):
                self.block(coder, kind, skipped, position, first)
                coder.terminate(int(position == end - 1))
            self.out += nal(nal_type, bits)

    def sequence(self, number):
        stream = self.stream
        since, start = stream.rext or (stream.sequences, 0)
        self.rext = (number, 0) >= (since, start)
        change = start if number == since else 0
        number = 0 if stream.rext else number   # the same SPS
        self.poc_bits = stream.poc_bits + number % 2
        self.pcm = ((2, 1), (1, 2), (3, 1), (2, 2))[number % 4]
        self.pcm_unfiltered = number % 2
        self.qp = 34 + number
        self.columns, self.blocks = stream.width // 16, stream.width // 16 * (stream.height // 16)
        self.make_sets()
        for write in (self.vps, self.sps, self.pps):
            write()
        self.pictures, self.long, self.rps, self.lt = set(), set(), [], []
        for index, poc in enumerate(self.order()):
            if poc:
                self.plan(poc)
            if change and index == change:
                self.rext = True
                self.pps()
            self.picture(poc, TRAIL_R if poc else IDR_N_LP)
            self.pictures.add(poc)

    def write(self):
        for number in range(self.stream.sequences):
            self.sequence(number)
        sys.stdout.buffer.write(self.out)


if __name__ == "__main__":
    Writer(PRESETS[sys.argv[1]]).write()
