# SPDX-License-Identifier: LGPL-2.1-or-later
"""The decoded picture buffer as far as a writer needs it, H.264 8.2.4 and 8.2.5.

It knows which pictures are references, and under which number a stream names
them. Parities are 0 (top) and 1 (bottom).
"""
SHORT, LONG = "short", "long"


class Frame:
    """A reference frame, a complementary pair, or the first field of one."""

    def __init__(self, frame_num, parities, exists=True):
        self.frame_num = frame_num
        self.marks = [SHORT if parity in parities else None for parity in (0, 1)]
        self.long_index = None
        self.exists = exists

    def marked(self, mark):
        return [parity for parity in (0, 1) if self.marks[parity] == mark]

    def used(self):
        return any(self.marks)


class DPB:
    def __init__(self, size, max_frame_num):
        self.size, self.max_frame_num = size, max_frame_num
        self.frames = []
        self.long_limit = 0  # max_long_term_frame_idx + 1

    def wrapped(self, frame, current):
        """FrameNumWrap, 8.2.4.1."""
        return frame.frame_num - (self.max_frame_num if frame.frame_num > current else 0)

    def references(self, field):
        """What the initial list holds: (frame, parity); parity None for whole frames."""
        if field:
            return [(f, p) for f in self.frames for p in (0, 1) if f.marks[p]]
        return [(f, None) for f in self.frames if f.marks[0] and f.marks[0] == f.marks[1]]

    def full(self):
        return len(self.frames) >= self.size

    def oldest(self, current):
        """The short-term frame that the sliding window drops next, 8.2.5.3."""
        shorts = [f for f in self.frames if SHORT in f.marks]
        return min(shorts, key=lambda f: self.wrapped(f, current)) if shorts else None

    def slide(self, current):
        if self.full():
            self.frames.remove(self.oldest(current))

    def drop(self, frame, parities=(0, 1)):
        for parity in parities:
            frame.marks[parity] = None
        if not frame.used():
            self.frames.remove(frame)

    def make_long(self, frame, index):
        for other in [f for f in self.frames if f.long_index == index and f is not frame]:
            self.drop(other)
        frame.long_index = index
        frame.marks = [LONG if mark else None for mark in frame.marks]

    def number(self, frame, parity, current, structure):
        """(is it a long-term one, picNum or LongTermPicNum), 8.2.4.1; structure: parity or None."""
        is_long = frame.marks[parity or 0] == LONG
        number = frame.long_index if is_long else self.wrapped(frame, current)
        if parity is not None:
            number = 2 * number + (parity == structure)
        return is_long, number
