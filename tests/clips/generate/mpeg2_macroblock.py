# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random macroblocks of ISO/IEC 13818-2, section 6.2.5, all of them legal.

There is no encoder in here: vectors and coefficients are drawn by lot, and the
picture is whatever a decoder makes of them. What costs care is that vectors
stay inside of the reference picture (7.6.3.8) and that the predictors are
those that the decoder has.
"""
import math

from mpeg2_tables import (ADDRESS_INCREMENT, CODED_BLOCK_PATTERN, COEFFICIENT, DC_SIZE, DMVECTOR,
                          END_OF_BLOCK, ESCAPE, MACROBLOCK_TYPE, MOTION_CODE)

TOP, BOTTOM, FRAME = 1, 2, 3


class SliceWriter:
    """The macroblocks of one slice; pic is the Picture of mpeg2.py."""

    def __init__(self, bits, pic, row):
        self.bits, self.pic, self.row, self.rng = bits, pic, row, pic.rng
        self.pmv = [[[0, 0], [0, 0]], [[0, 0], [0, 0]]]  # [r][s][t], 7.6.3
        self.dc = [0, 0, 0]
        self.previous = None  # (forward, backward) of the previous macroblock
        self.reset_dc()

    def reset_dc(self):
        self.dc = [1 << (7 + self.pic.dc_precision)] * 3

    def reset_vectors(self):
        self.pmv = [[[0, 0], [0, 0]], [[0, 0], [0, 0]]]

    def run(self, first, last):
        """Macroblocks first..last (columns) of the row."""
        skipped = first
        for x in range(first, last + 1):
            allowed = x not in (first, last) and skipped < 14 and self.may_skip(x)
            if allowed and self.rng.random() < self.pic.skip:
                skipped += 1
                self.skip()
                continue
            self.bits.code(ADDRESS_INCREMENT[skipped])
            skipped = 0
            self.macroblock(x)

    # Skipped macroblocks, 7.6.6

    def may_skip(self, x):
        if self.pic.kind == "P":
            return self.pic.same_parity
        if self.pic.kind != "B" or self.previous is None:
            return False
        height = self.pic.rows * 16
        return all(self.inside(x, self.row * 16, 16, height, self.pmv[0][s])
                   for s in (0, 1) if self.previous[s])

    def skip(self):
        self.reset_dc()
        if self.pic.kind == "P":
            self.reset_vectors()

    # Macroblocks with a header

    def macroblock(self, x):
        kind, rng = self.pic.kind, self.rng
        names = list(MACROBLOCK_TYPE[kind])
        if not self.pic.same_parity:  # without motion means: from the same parity
            names = [n for n in names if n[1] or n[4]]
        weights = [self.pic.intra if n[4] else 1 for n in names]
        name = rng.choices(names, weights)[0]
        quant, forward, backward, pattern, intra = name
        self.bits.code(MACROBLOCK_TYPE[kind][name])
        motion = self.motion_type(forward or backward)
        if self.pic.field_tools and self.pic.structure == FRAME and (intra or pattern):
            self.bits.u(1, rng.randrange(2))  # dct_type
        if quant:
            self.bits.u(5, rng.randint(*self.pic.quant_range))
        if intra:
            self.intra(x)
            return
        for s in (0, 1):
            if (forward, backward)[s]:
                self.vectors(x, s, motion)
        if kind == "P" and not forward:
            self.reset_vectors()
        self.previous = (forward, backward)
        self.reset_dc()
        if pattern:
            self.residual()

    def motion_type(self, wanted):
        """frame_motion_type or field_motion_type, tables 6-17 and 6-18."""
        pic = self.pic
        if pic.structure == FRAME and not pic.field_tools:
            return "frame"
        names = {1: "field", 2: "frame"} if pic.structure == FRAME else {1: "field", 2: "16x8"}
        if pic.dual_prime and pic.kind == "P":
            names[3] = "dual"
        if not wanted:
            return None
        value = self.rng.choice(list(names))
        self.bits.u(2, value)
        return names[value]

    # Vectors, 6.2.5.2 and 7.6.3

    def inside(self, x, y, height, limit, vector):
        """Is a block of 16 x height at a vector in half samples within 16 * columns x limit?"""
        left, top = 2 * x * 16 + vector[0], 2 * y + vector[1]
        return (0 <= left <= 2 * (self.pic.columns - 1) * 16 and 0 <= top <= 2 * (limit - height))

    def pick(self, s, fits, vertical_scale=1):
        """A legal vector for direction s, mostly a short one, or None."""
        reach = [16 << (code - 1) for code in self.pic.f_code[s]]
        reach[1] //= vertical_scale
        for spread in (12, 6, 3) * 8:
            vector = [max(-r, min(r - 1, round(self.rng.gauss(0, spread)))) for r in reach]
            if fits(vector):
                return vector
        return [0, 0] if fits([0, 0]) else None

    def vectors(self, x, s, motion):
        pic, y = self.pic, self.row * 16
        if motion == "dual":
            return self.dual_prime(x)
        if motion == "frame":
            vector = self.pick(s, lambda v: self.inside(x, y, 16, pic.rows * 16, v))
            self.put(0, s, vector)
            self.pmv[1][s] = list(vector)
        elif pic.structure == FRAME:
            for r in (0, 1):
                self.bits.u(1, self.rng.randrange(2))  # motion_vertical_field_select
                fits = lambda v: self.inside(x, y // 2, 8, pic.rows * 8, v)
                self.put(r, s, self.pick(s, fits, 2), scale=2)
        else:
            count = 2 if motion == "16x8" else 1
            for r in range(count):
                self.bits.u(1, self.field_select())
                part = (x, y + 8 * r, 16 // count, pic.rows * 16)
                self.put(r, s, self.pick(s, lambda v: self.inside(*part, v)))
            if count == 1:
                self.pmv[1][s] = list(self.pmv[0][s])
        return None

    def field_select(self):
        """Only the opposite parity exists for the second field of the first frame."""
        if self.pic.same_parity:
            return self.rng.randrange(2)
        return 1 if self.pic.structure == TOP else 0

    def put(self, r, s, vector, scale=1, dmvector=None):
        """One motion_vector(); scale 2: field vectors in frame pictures."""
        for t in (0, 1):
            prediction = self.pmv[r][s][t]
            if t and scale == 2:
                prediction >>= 1
            self.component(vector[t] - prediction, self.pic.f_code[s][t])
            if dmvector:
                self.bits.code(DMVECTOR[dmvector[t]])
        self.pmv[r][s] = [vector[0], vector[1] * scale]

    def component(self, delta, f_code):
        size = f_code - 1
        half = 16 << size
        delta = (delta + half) % (2 * half) - half
        magnitude = abs(delta) - 1
        if not delta:
            self.bits.code(MOTION_CODE[0])
            return
        self.bits.code(MOTION_CODE[(magnitude >> size) + 1] + ("1" if delta < 0 else "0"))
        self.bits.u(size, magnitude & ((1 << size) - 1))

    def dual_prime(self, x):
        """One vector for the same parity; those for the opposite one follow from it (7.6.3.6)."""
        pic, y = self.pic, self.row * 16
        frame = pic.structure == FRAME
        block = (x, y // 2, 8, pic.rows * 8) if frame else (x, y, 16, pic.rows * 16)
        if frame:
            other = [(1 if pic.top_first else 3, -1), (3 if pic.top_first else 1, 1)]
        else:
            other = [(1, -1 if pic.structure == TOP else 1)]

        def derived(vector, dm, m, e):
            x, y = (((v * m + (v > 0)) >> 1) + d for v, d in zip(vector, dm))
            return [x, y + e]

        for dm in [[self.rng.randint(-1, 1), self.rng.randint(-1, 1)] for _ in range(40)] + [[0, 1], [0, -1]]:
            fits = lambda v: self.inside(*block, v) and all(
                self.inside(*block, derived(v, dm, m, e)) for m, e in other)
            vector = self.pick(0, fits, 2 if frame else 1)
            if vector is None:
                continue
            self.put(0, 0, vector, 2 if frame else 1, dm)
            self.pmv[1][0] = list(self.pmv[0][0])
            return
        raise RuntimeError("no dual prime vector fits")

    # Blocks

    def intra(self, x):
        self.previous = None
        if self.pic.concealment:
            if self.pic.structure != FRAME:
                self.bits.u(1, self.field_select())
            vector = self.pick(0, lambda v: self.inside(x, self.row * 16, 16, self.pic.rows * 16, v))
            self.put(0, 0, vector)
            self.pmv[1][0] = list(vector)
            self.bits.u(1, 1)
        else:
            self.reset_vectors()
        for block in range(6):
            self.dc_coefficient(x, block)
            self.coefficients(self.rng.randint(0, self.pic.detail), 1, 1 if self.pic.intra_vlc else 0)

    def dc_coefficient(self, x, block):
        """A coarse pattern, so that motion has something to move."""
        component = max(0, block - 3)
        at = (2 * x + (block & 1), 2 * self.row + (block >> 1 & 1)) if block < 4 else (2 * x, 2 * self.row)
        wave = math.sin(at[0] * (0.7 + component) + self.pic.number) * math.cos(at[1] * 0.9)
        value = 128 + 70 * wave + self.rng.uniform(-30, 30)
        value = int(value * (1 << self.pic.dc_precision))
        delta, self.dc[component] = value - self.dc[component], value
        size = abs(delta).bit_length()
        self.bits.code(DC_SIZE["chroma" if component else "luma"][size])
        self.bits.u(size, delta if delta >= 0 else delta + (1 << size) - 1)

    def residual(self):
        pattern = self.rng.randint(1, 63)
        self.bits.code(CODED_BLOCK_PATTERN[pattern])
        for block in range(6):
            if pattern >> (5 - block) & 1:
                self.coefficients(self.rng.randint(1, max(1, self.pic.detail)), 0, 0)

    def coefficients(self, count, at, table):
        """count coefficients from scan position at on; position 0 is the first of a non-intra block."""
        for _ in range(count):
            run = min(int(self.rng.expovariate(0.4)), 60)
            if at + run > 63:
                break
            level = (1 + min(int(self.rng.expovariate(0.7)), 200)) * self.rng.choice((-1, 1))
            self.coefficient(run, level, table, first=at == 0)
            at += run + 1
        self.bits.code(END_OF_BLOCK[table])

    def coefficient(self, run, level, table, first):
        if first and (run, abs(level)) == (0, 1):
            code = "1"
        else:
            code = COEFFICIENT[table].get((run, abs(level)))
        if code:
            self.bits.code(code + ("1" if level < 0 else "0"))
        else:
            self.bits.code(ESCAPE)
            self.bits.u(6, run)
            self.bits.u(12, level & 0xfff)
