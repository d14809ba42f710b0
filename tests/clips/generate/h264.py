#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random H.264 video with the tools that no encoder at hand uses.

    h264.py PRESET >out.h264

Field pictures and frame pictures in one stream, long-term references, memory
management, list modification, gaps in frame_num, all types of picture order
count, macroblock pairs (MBAFF), scaling lists in both parameter sets, parameter
sets that change on the way. CAVLC, 4:2:0. The same preset always makes the same
bytes.
"""
import random
import re
import sys
from dataclasses import dataclass, field

from bits import Bits, h264_nal
from h264_dpb import DPB, LONG, SHORT, Frame
from h264_headers import pps, slice_header, sps
from h264_macroblock import Neighbours, SliceData
from h264_mbaff import MbaffSliceData, PairNeighbours
from h264_presets import PRESETS


class Picture:
    """One frame (structure None) or field (0 top, 1 bottom)."""

    def __init__(self, writer, kind, structure, poc):
        self.kind, self.structure, self.poc = kind, structure, poc
        self.idr = self.long_idr = False
        self.reference, self.marking = True, []
        self.pps = writer.rng.choice(writer.stream.pps)
        self.frame_num = self.absolute = 0
        self.idr_id = writer.stream.idr_id
        self.second = False

    def expected_poc(self, stream):
        """8.2.1.2."""
        number = self.absolute - (not self.reference and self.absolute > 0)
        cycles, rest = divmod(number, len(stream.poc_cycle))
        expected = cycles * sum(stream.poc_cycle) + sum(stream.poc_cycle[:rest])
        return expected + (0 if self.reference else stream.poc_non_ref)


@dataclass
class Slice:
    kind: str
    first: int
    end: int
    number: int
    rng: random.Random
    width: int
    choice: object
    pps: object
    qp: int
    constrained: bool
    transform_8x8: bool
    spatial: bool = True
    deblock: tuple = (0, 0, 0)
    active: list = field(default_factory=lambda: [1, 1])
    modifications: list = field(default_factory=lambda: [[], []])


class Writer:
    def __init__(self, stream):
        self.stream, self.rng = stream, random.Random(stream.seed)
        self.dpb = DPB(stream.references, 1 << stream.frame_num_bits)
        self.out = []
        self.frame_num = 0       # of the next frame if the previous one was a reference
        self.base = 0            # display position that counts as POC 0
        self.number = 0

    def write(self):
        stream, again = self.stream, iter(self.stream.again)
        self.parameter_sets()
        for word in stream.order.split():
            types, position, marks = re.fullmatch(r"([IPBpb]{1,2})(\d+)(\W*)", word).groups()
            if "@" in marks:
                for name, value in next(again).items():
                    setattr(stream, name, value)
                self.dpb.size, self.dpb.max_frame_num = stream.references, 1 << stream.frame_num_bits
                self.parameter_sets("*" in marks)
            self.coded_frame(types, int(position), marks)
            self.number += 1
        return b"".join(self.out)

    def parameter_sets(self, with_sps=True):
        if with_sps:
            self.out.append(sps(self.stream, self.rng))
        self.out += [pps(self.stream, variant, self.rng) for variant in self.stream.pps]

    def coded_frame(self, types, position, marks):
        """marks: * IDR, < bottom field first, ~ gap in frame_num before it, ! MMCO 5, ^ long-term IDR,
        @ other parameter sets under the same numbers (without * only picture parameter sets)."""
        idr = "*" in marks or not self.number
        if idr:
            self.base, self.frame_num, self.dpb.frames = position, 0, []
        if "~" in marks:
            self.gap()
        field_order = (1, 0) if "<" in marks else (0, 1)
        poc = [0, 0]
        for index, parity in enumerate(field_order):
            poc[parity] = 2 * (position - self.base) + index
        if len(types) == 1 and not self.stream.poc_delta and self.stream.poc_type == 0:
            poc[1] = poc[0]
        frame = None
        for index, kind in enumerate(types):
            pic = Picture(self, kind.upper(), None if len(types) == 1 else field_order[index], poc)
            pic.reference, pic.second = kind.isupper(), index == 1
            pic.idr, pic.long_idr = idr and index == 0, "^" in marks
            pic.absolute = self.frame_num
            pic.frame_num = self.frame_num % self.dpb.max_frame_num
            self.picture(pic)
            frame = self.store(pic, frame, "!" in marks)
        if types[0].isupper():
            self.frame_num += 1
        if "!" in marks and not self.stream.no_reset:
            self.base, self.frame_num, self.dpb.frames = position, 1, [frame]
            frame.frame_num = 0

    def gap(self):
        """8.2.5.2: frames that nobody decodes enter the sliding window."""
        for _ in range(2):
            self.dpb.slide(self.frame_num % self.dpb.max_frame_num)
            missing = Frame(self.frame_num % self.dpb.max_frame_num, (0, 1), exists=False)
            self.dpb.frames.append(missing)
            self.frame_num += 1

    # Reference marking

    def store(self, pic, frame, reset):
        if not pic.reference:
            return None
        if pic.second:
            frame.marks[pic.structure] = frame.marks[1 - pic.structure]
            return frame
        frame = Frame(pic.frame_num, (0, 1) if pic.structure is None else (pic.structure,))
        if pic.idr:
            self.dpb.frames, self.dpb.long_limit = [], int(pic.long_idr)
        elif reset:
            self.dpb.long_limit = 0
        elif not pic.marking:
            self.dpb.slide(pic.frame_num)
        self.dpb.frames.append(frame)
        if pic.long_idr and pic.idr:
            self.dpb.make_long(frame, 0)
        for operation in pic.marking:
            if operation[0] == 6:
                self.dpb.make_long(frame, operation[1])
        return frame

    def plan_marking(self, pic):
        """Operations for pic, already done on the DPB but for those on pic itself."""
        operations = []
        if self.rng.random() < self.stream.mmco:
            frames = [f for f in self.dpb.frames if f.exists and SHORT in f.marks]
            if len(frames) > 1:
                operation = self.rng.choice((self.mark_long, self.unmark, self.unmark))
                operations += operation(pic, self.rng.choice(frames))
            if self.dpb.full():
                operations += self.unmark(pic, self.rng.choice([f for f in self.dpb.frames if f.exists]))
        room = sum(LONG in f.marks for f in self.dpb.frames) < self.stream.long_terms
        if operations and pic.structure is None and room and self.rng.random() < 0.3:
            operations = self.long_limit() + operations + [(6, self.rng.randrange(self.dpb.long_limit))]
        return operations

    def long_limit(self):
        if self.dpb.long_limit:
            return []
        self.dpb.long_limit = self.stream.long_terms
        return [(4, self.dpb.long_limit)]

    def numbers(self, pic, frame, parities):
        fields = [None] if pic.structure is None else parities
        return [self.dpb.number(frame, p, pic.frame_num, pic.structure)[1] for p in fields]

    def current(self, pic):
        """CurrPicNum."""
        return pic.frame_num if pic.structure is None else 2 * pic.frame_num + 1

    def unmark(self, pic, frame):
        """MMCO 1 and 2; with fields now and then for one of them only."""
        parities = [p for p in (0, 1) if frame.marks[p]]
        if pic.structure is not None and self.stream.single_fields and self.rng.random() < 0.4:
            if not self.dpb.full():
                parities = parities[:1]
        is_long = LONG in frame.marks
        numbers = self.numbers(pic, frame, parities)
        self.dpb.drop(frame, parities)
        return [(2, n) if is_long else (1, self.current(pic) - n - 1) for n in numbers]

    def mark_long(self, pic, frame):
        """MMCO 3, on both fields of a frame."""
        if not self.stream.long_terms:
            return []
        operations = self.long_limit()
        index = self.rng.randrange(self.dpb.long_limit)
        numbers = self.numbers(pic, frame, [p for p in (0, 1) if frame.marks[p]])
        self.dpb.make_long(frame, index)
        return operations + [(3, self.current(pic) - n - 1, index) for n in numbers]

    # Reference lists

    def lists(self, pic, slice_):
        references = self.dpb.references(pic.structure is not None)
        usable = [r for r in references if r[0].exists]
        if pic.reference and not pic.second and self.dpb.full():
            # What slides out with this picture must not be named by vectors
            # that temporal direct prediction reads later.
            doomed = self.dpb.oldest(pic.frame_num)
            usable = [r for r in usable if r[0] is not doomed] or usable
        for which in range(2 if slice_.kind == "B" else 1):
            chosen = list(usable)
            if len(usable) < len(references) or self.rng.random() < self.stream.modify:
                self.rng.shuffle(chosen)
                if slice_.kind == "P":
                    chosen = chosen[:self.rng.randint(1, len(chosen))]
                slice_.modifications[which] = self.modification(pic, chosen)
            slice_.active[which] = len(chosen)

    def modification(self, pic, chosen):
        """8.2.4.3: short-term pictures by difference, long-term ones by number."""
        commands, prediction = [], self.current(pic)
        for frame, parity in chosen:
            is_long, number = self.dpb.number(frame, parity, pic.frame_num, pic.structure)
            if is_long:
                commands.append((2, number))
                continue
            delta, prediction = number - prediction, number
            size = self.dpb.max_frame_num * (1 if pic.structure is None else 2)
            if not delta:  # all the way round: the same picture again
                delta = size
            commands.append((0, -delta - 1) if delta < 0 else (1, delta - 1))
        return commands

    # Slices

    def picture(self, pic):
        stream, rng = self.stream, self.rng
        if pic.kind == "I" and not pic.idr and rng.random() < 0.5:
            pic.pps = stream.pps[0]
        pairs = stream.mbaff and pic.structure is None
        total = stream.columns * stream.rows // (1 if pic.structure is None and not pairs else 2)
        cuts = [0] + sorted(rng.sample(range(1, total), stream.slices - 1)) + [total]
        neighbours, data = PairNeighbours() if pairs else Neighbours(), []
        spatial = stream.direct == "spatial" or (stream.direct == "both" and rng.random() < 0.5)
        for first, end in zip(cuts, cuts[1:]):
            kind = "I" if pic.kind == "P" and rng.random() < stream.mixed_slices else pic.kind
            pps = rng.choice(stream.pps) if stream.slice_pps else pic.pps
            slice_ = Slice(kind, first, end, self.number, rng, stream.columns, stream, pps,
                           min(51, max(0, pps.qp + rng.randint(-2, 2))), pps.constrained,
                           stream.transform_8x8, spatial)
            slice_.deblock = rng.choice(stream.deblock)
            if kind != "I":
                self.lists(pic, slice_)
            data.append(slice_)
        # Lists name what is marked before this picture's own marking (8.2.5.1).
        if pic.reference and not pic.idr and not pic.second:
            pic.marking = self.plan_marking(pic)
        if "!" in self.stream.order and self.is_reset(pic):
            pic.marking = self.reset(pic)
        for slice_ in data:
            bits = Bits()
            slice_header(bits, stream, pic, slice_)
            (MbaffSliceData if pairs else SliceData)(bits, slice_, neighbours).run()
            self.out.append(h264_nal(2 if pic.reference else 0, 5 if pic.idr else 1, bits))

    def reset(self, pic):
        if not self.stream.no_reset:
            return [(5,)]
        return [operation for frame in list(self.dpb.frames) for operation in self.unmark(pic, frame)]

    def is_reset(self, pic):
        word = self.stream.order.split()[self.number]
        return "!" in word and not pic.second


if __name__ == "__main__":
    sys.stdout.buffer.write(Writer(PRESETS[sys.argv[1]]).write())
