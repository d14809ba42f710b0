# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random macroblocks in CAVLC slices, H.264 7.3.5, all of them legal.

Nothing is encoded: types, vectors and coefficients are drawn by lot. Vectors
may point anywhere (8.4.2.2.1 extends the picture), so the writer only has to
know what the entropy coding of a macroblock needs of its neighbours.
"""
from h264_cavlc import residual_block

# Table 9-4 (ChromaArrayType 1): coded_block_pattern of codeNum 0..47
CBP_INTRA = [47, 31, 15, 0, 23, 27, 29, 30, 7, 11, 13, 14, 39, 43, 45, 46, 16, 3, 5, 10, 12, 19, 21, 26,
             28, 35, 37, 42, 44, 1, 2, 4, 8, 17, 18, 20, 24, 6, 9, 22, 25, 32, 33, 34, 36, 40, 38, 41]
CBP_INTER = [0, 16, 1, 2, 4, 8, 32, 3, 5, 10, 12, 15, 47, 7, 11, 13, 14, 6, 9, 31, 35, 37, 42, 44,
             33, 34, 36, 40, 39, 43, 45, 46, 17, 18, 20, 24, 19, 21, 26, 28, 23, 27, 29, 30, 22, 25, 38, 41]

# Table 7-14, mb_type 4 to 21: the lists of both halves (1: L0, 2: L1, 3: both); even 16x8, odd 8x16
B_HALVES = [(1, 1), (2, 2), (1, 2), (2, 1), (1, 3), (2, 3), (3, 1), (3, 2), (3, 3)]
# Tables 7-17 and 7-18: (lists, number of vectors) of each sub_mb_type
P_SUB = [(1, 1), (1, 2), (1, 2), (1, 4)]
B_SUB = [(0, 0), (1, 1), (2, 1), (3, 1), (1, 2), (1, 2), (2, 2), (2, 2), (3, 2), (3, 2),
         (1, 4), (2, 4), (3, 4)]

# Figure 6-10: x and y of the 4x4 luma blocks in coding order
BLOCKS = [(x + 2 * (i & 1), y + 2 * (i >> 1)) for i in range(4) for y, x in ((0, 0), (0, 1), (1, 0), (1, 1))]


class Neighbours:
    """total_coeff of each block of a picture, by plane; what is absent is not available."""

    def __init__(self):
        self.counts = {}

    def set(self, plane, x, y, value):
        self.counts[plane, x, y] = value

    def context(self, plane, x, y, first_in_slice, width):
        """nC, 9.2.1."""
        side = 2 if plane else 4
        found = []
        for bx, by in ((x - 1, y), (x, y - 1)):
            address = by // side * width + bx // side
            if bx >= 0 and by >= 0 and address >= first_in_slice:
                found.append(self.counts[plane, bx, by])
        return (sum(found) + len(found) - 1) // len(found) if found else 0


class SliceData:
    """slice_data() of one slice. choice: what the preset wants (see h264.Stream)."""

    def __init__(self, bits, slice_, neighbours):
        self.bits, self.slice, self.neighbours = bits, slice_, neighbours
        self.rng, self.width, self.choice = slice_.rng, slice_.width, slice_.choice
        self.qp = slice_.qp
        self.x = self.y = 0
        self.fields = 1          # in MBAFF field macroblocks each reference is two

    def run(self):
        skipped = 0
        for address in range(self.slice.first, self.slice.end):
            self.x, self.y = address % self.width, address // self.width
            self.set_counts(0)
            if self.slice.kind != "I" and self.rng.random() < self.choice.skip:
                skipped += 1
                continue
            if self.slice.kind != "I":
                self.bits.ue(skipped)
                skipped = 0
            self.macroblock()
        if skipped:
            self.bits.ue(skipped)

    def macroblock(self):
        if self.slice.kind == "I":
            self.intra(0)
        elif self.rng.random() < self.choice.intra:
            self.intra(5 if self.slice.kind == "P" else 23)
        elif self.slice.kind == "P":
            self.inter_p()
        else:
            self.inter_b()

    def set_counts(self, value):
        for plane, side in ((0, 4), (1, 2), (2, 2)):
            for y in range(side):
                for x in range(side):
                    self.neighbours.set(plane, self.x * side + x, self.y * side + y, value)

    # Intra

    def available(self, dx, dy):
        x, y = self.x + dx, self.y + dy
        return 0 <= x < self.width and y >= 0 and y * self.width + x >= self.slice.first

    def intra(self, offset):
        kind = self.rng.random()
        if kind < self.choice.pcm:
            self.pcm(offset)
        elif kind < self.choice.pcm + 0.3:
            self.intra_nxn(offset)
        else:
            self.intra_16x16(offset)

    def pcm(self, offset):
        self.bits.ue(offset + 25)
        self.bits.align()
        self.bits.raw(self.picture(16, 0) + self.picture(8, 1) + self.picture(8, 2))
        self.set_counts(16)
        # QP of the macroblock is 0 for the filter, QP_Y,PRED of the next stays (7.4.5).

    def picture(self, side, plane):
        """Edges and slopes: something that motion can be seen by."""
        shift = self.slice.number * 3 + plane * 40
        kind, base = self.rng.randrange(3), self.rng.randint(40, 170)
        def sample(x, y):
            gx, gy = self.x * side + x + shift, self.y * side + y
            value = (gx * 5 + gy * 3, (gx ^ gy) * 4, base + (60 if (gx // 3 + gy // 3) & 1 else 0))[kind]
            return 16 + value % 220
        return bytes(sample(x, y) for y in range(side) for x in range(side))

    def modes(self, dc, horizontal, vertical, plane):
        """Prediction modes whose neighbours exist; only DC where inter neighbours do not count."""
        left, top, corner = self.available(-1, 0), self.available(0, -1), self.available(-1, -1)
        if self.slice.constrained and self.slice.kind != "I":
            return [dc]
        return [dc] + [horizontal] * left + [vertical] * top + [plane] * (left and top and corner)

    def intra_16x16(self, offset):
        luma, chroma = self.rng.randrange(2), self.rng.randrange(3)
        mode = self.rng.choice(self.modes(2, 1, 0, 3))
        self.bits.ue(offset + 1 + mode + 4 * chroma + 12 * luma)
        self.bits.ue(self.rng.choice(self.modes(0, 1, 2, 3)))
        self.qp_delta()
        residual_block(self.bits, self.coefficients(16, 6), 16, self.luma_context(0))
        self.residual(15 * luma, chroma, 15)

    def intra_nxn(self, offset):
        """All blocks take the predicted mode, which is then DC everywhere (8.3.1.1)."""
        self.bits.ue(offset)
        large = self.slice.transform_8x8 and self.rng.randrange(2)
        if self.slice.transform_8x8:
            self.bits.flags(large)
        self.bits.code("1" * (4 if large else 16))
        self.bits.ue(self.rng.choice(self.modes(0, 1, 2, 3)))
        self.coded_residual(CBP_INTRA)

    # Inter

    def reference(self, which):
        count = self.slice.active[which] * self.fields
        if count > 1:
            self.bits.te(self.rng.randrange(count), count - 1)

    def vector(self):
        spread = self.rng.choice((2, 6, 14))
        for _ in range(2):
            self.bits.se(round(self.rng.gauss(0, spread)))

    def parts(self, parts):
        """parts: (lists, vectors) of each partition; references of all, then vectors of all."""
        for which in (0, 1):
            for lists, _ in parts:
                if lists >> which & 1:
                    self.reference(which)
        for which in (0, 1):
            for lists, count in parts:
                if lists >> which & 1:
                    for _ in range(count):
                        self.vector()

    def inter_p(self):
        mb_type = self.rng.randrange(4)
        self.bits.ue(mb_type)
        if mb_type == 3:
            self.sub_macroblocks(P_SUB)
        else:
            self.parts([(1, 1)] * (1 if mb_type == 0 else 2))
            self.coded_residual(CBP_INTER, True)

    def inter_b(self):
        mb_type = self.rng.choice((0, 1, 2, 3, 22, 22, 22, self.rng.randint(4, 21)))
        self.bits.ue(mb_type)
        if mb_type == 22:
            self.sub_macroblocks(B_SUB)
            return
        if mb_type:
            self.parts([(mb_type, 1)] if mb_type < 4 else [(h, 1) for h in B_HALVES[(mb_type - 4) // 2]])
        self.coded_residual(CBP_INTER, True)

    def sub_macroblocks(self, table):
        types = [self.rng.randrange(len(table)) for _ in range(4)]
        for sub in types:
            self.bits.ue(sub)
        self.parts([table[sub] for sub in types])
        # Direct ones count as 8x8: streams with transform_8x8 have direct_8x8_inference_flag.
        self.coded_residual(CBP_INTER, all(table[sub][1] <= 1 for sub in types))

    # Residual

    def coded_residual(self, table, may_be_large=False):
        number = self.rng.choice((0, self.rng.randrange(48)))
        pattern = table[number]
        self.bits.ue(number)
        if may_be_large and pattern & 15 and self.slice.transform_8x8:
            self.bits.flags(self.rng.randrange(2))
        if pattern:
            self.qp_delta()
            self.residual(pattern & 15, pattern >> 4, 16)

    def qp_delta(self):
        low, high = self.choice.qp
        target = min(high, max(low, self.qp + self.rng.choice((0, 0, -2, -1, 1, 2))))
        self.bits.se(target - self.qp)
        self.qp = target

    def coefficients(self, size, largest=3):
        """
        None to two of them. At a high QP only small ones: results of the inverse transform
        have to fit into 16 bits (8.5.12.1), and decoders differ where they do not.
        """
        most = 2
        if self.qp > 42:
            most = largest = 1
        count = min(self.rng.choice((0, 1, 1, 2)), size, most)
        at = sorted(self.rng.sample(range(size), count))
        return [(position, self.rng.choice((-1, 1)) * self.rng.randint(1, largest)) for position in at]

    def luma_context(self, block):
        x, y = BLOCKS[block]
        return self.neighbours.context(0, self.x * 4 + x, self.y * 4 + y, self.slice.first, self.width)

    def residual(self, luma, chroma, size):
        """luma: a bit for each 8x8; blocks of a 8x8 transform are interleaved, the syntax is the same."""
        for block, (x, y) in enumerate(BLOCKS):
            if luma >> (block // 4) & 1:
                self.block(0, 4 * self.x + x, 4 * self.y + y, size)
        if chroma:
            for _ in (1, 2):
                residual_block(self.bits, self.coefficients(4), 4, -1)
        if chroma == 2:
            for plane in (1, 2):
                for y, x in ((0, 0), (0, 1), (1, 0), (1, 1)):
                    self.block(plane, 2 * self.x + x, 2 * self.y + y, 15)

    def block(self, plane, x, y, size):
        found = self.coefficients(size)
        context = self.neighbours.context(plane, x, y, self.slice.first, self.width)
        residual_block(self.bits, found, size, context)
        self.neighbours.set(plane, x, y, len(found))
