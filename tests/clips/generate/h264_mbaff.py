# SPDX-License-Identifier: LGPL-2.1-or-later
"""Slices of frames with macroblock pairs (MBAFF), H.264 7.3.4 and 6.4.12.2.

Macroblocks keep the coordinates that they would have without pairs, with the
top one of a pair above the bottom one, also where the pair is two fields.
"""
from h264_macroblock import Neighbours, SliceData


class PairNeighbours(Neighbours):
    """Which macroblock is the neighbour depends on both pairs being fields or not."""

    def __init__(self):
        super().__init__()
        self.field = {}          # of the pair at x, y

    def left(self, x, y, row, height):
        """Table 6-4, xN < 0: y of the macroblock and row in it."""
        field, bottom, top = self.field[x, y // 2], y % 2, y // 2 * 2
        if self.field[x - 1, y // 2] == field:
            return y, row
        if not field:
            row += bottom * height
            return top + row % 2, row // 2
        row = 2 * row + bottom
        return top + row // height, row % height

    def above(self, x, y):
        """Table 6-4, yN < 0: y of the macroblock; the row is its last one in any case."""
        field, bottom, top = self.field[x, y // 2], y % 2, y // 2 * 2
        if not field:
            return y - 1
        if bottom or not self.field.get((x, y // 2 - 1)):
            return top - 1
        return top - 2

    def context(self, plane, x, y, first_in_slice, width):
        side = 2 if plane else 4
        mb_x, mb_y, found = x // side, y // side, []

        def exists(pair_x, pair_y):
            return pair_x >= 0 and pair_y >= 0 and pair_y * width + pair_x >= first_in_slice

        if x % side:
            found.append(self.counts[plane, x - 1, y])
        elif exists(mb_x - 1, mb_y // 2):
            other, row = self.left(mb_x, mb_y, y % side * 4, side * 4)
            found.append(self.counts[plane, x - 1, other * side + row // 4])
        if y % side:
            found.append(self.counts[plane, x, y - 1])
        else:
            other = self.above(mb_x, mb_y)
            if other // 2 == mb_y // 2 or exists(mb_x, other // 2):
                found.append(self.counts[plane, x, other * side + side - 1])
        return (sum(found) + len(found) - 1) // len(found) if found else 0


class MbaffSliceData(SliceData):
    """slice.first and end count pairs."""

    def run(self):
        skipped = 0
        for pair in range(self.slice.first, self.slice.end):
            skip = [self.slice.kind != "I" and self.rng.random() < self.choice.skip for _ in (0, 1)]
            pair_x, pair_y = pair % self.width, pair // self.width
            field = self.inferred(pair_x, pair_y) if all(skip) else self.rng.randrange(2)
            self.neighbours.field[pair_x, pair_y] = field
            self.fields, told = 1 + field, False
            for bottom in (0, 1):
                self.x, self.y = pair_x, 2 * pair_y + bottom
                self.set_counts(0)
                if skip[bottom]:
                    skipped += 1
                    continue
                if self.slice.kind != "I":
                    self.bits.ue(skipped)
                    skipped = 0
                if not told:
                    self.bits.flags(field)
                    told = True
                self.macroblock()
        if skipped:
            self.bits.ue(skipped)

    def inferred(self, x, y):
        """mb_field_decoding_flag of a skipped pair, 7.4.4: as left, as above, or a frame's."""
        for other in ((x - 1, y), (x, y - 1)):
            if self.pair_exists(*other):
                return self.neighbours.field[other]
        return 0

    def pair_exists(self, x, y):
        return 0 <= x < self.width and y >= 0 and y * self.width + x >= self.slice.first

    def available(self, dx, dy):
        """All pairs that a macroblock at this place could mean."""
        if not dx and self.y % 2 and not self.neighbours.field[self.x, self.y // 2]:
            return True
        return self.pair_exists(self.x + dx, self.y // 2 + dy)
