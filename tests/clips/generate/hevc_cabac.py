# SPDX-License-Identifier: LGPL-2.1-or-later
"""The arithmetic encoder of Rec. ITU-T H.265, clause 9.3, for a few syntax elements."""

# rangeTabLps of table 9-52, four values a state, and transIdxLps of table 9-53
RANGE_LPS = [bytes.fromhex(text) for text in """
    80b0d0f0 80a7c5e3 809ebbd8 7b96b2cd 748ea9c3 6f87a0b9 698098af 647a90a6 5f74899e 5a6e8296
    55687b8e 51637587 4d5e6f80 4959697a 45556474 42505f6e 3e4c5a68 3b485663 3845515e 35414d59
    333e4955 303b4550 2e38424c 2b353f48 29323b45 27303841 252d363e 232b333b 21293038 20272e35
    1e252b32 1d232930 1b21272d 1a1f252b 181e2329 171c2127 161b2025 151a1e23 14181d21 13171b1f
    12161a1e 1115191c 1014171b 0f131619 0e121518 0e111417 0d101316 0c0f1215 0c0e1114 0b0e1013
    0b0d0f12 0a0c0f11 0a0c0e10 090b0d0f 090b0c0e 080a0c0e 08090b0d 07090b0c 07090a0c 07080a0b
    0608090b 0607090a 06070809 02020202
""".split()]
NEXT_LPS = [
    0, 0, 1, 2, 2, 4, 4, 5, 6, 7, 8, 9, 9, 11, 11, 12, 13, 13, 15, 15, 16, 16, 18, 18, 19, 19, 21,
    21, 22, 22, 23, 24, 24, 25, 26, 26, 27, 27, 28, 29, 29, 30, 30, 30, 31, 32, 32, 33, 33, 33, 34,
    34, 35, 35, 35, 36, 36, 36, 37, 37, 37, 38, 38, 63]

# initValue of each context by initType (9.3.2.2): I, P, B
INIT = {
    "skip0": (0, 197, 197), "skip1": (0, 185, 185), "skip2": (0, 201, 201), "merge": (0, 122, 137),
    "pred_mode": (0, 149, 134), "part_mode": (184, 154, 154),
}


class Encoder:
    """Writes bins to bits, which are at a byte boundary."""

    def __init__(self, bits, init_type, qp):
        self.bits = bits
        self.state = {}
        for name, values in INIT.items():
            slope, offset = values[init_type] >> 4, values[init_type] & 15
            pre = min(max((((slope * 5 - 45) * qp) >> 4) + (offset << 3) - 16, 1), 126)
            self.state[name] = (pre - 64, 1) if pre > 63 else (63 - pre, 0)
        self.start()

    def start(self):
        self.low, self.range, self.outstanding, self.first = 0, 510, 0, True

    def put(self, bit):
        if self.first:
            self.first = False
        else:
            self.bits.flags(bit)
        self.bits.code(("0" if bit else "1") * self.outstanding)
        self.outstanding = 0

    def renormalise(self):
        while self.range < 256:
            if self.low < 256:
                self.put(0)
            elif self.low >= 512:
                self.low -= 512
                self.put(1)
            else:
                self.low -= 256
                self.outstanding += 1
            self.range <<= 1
            self.low <<= 1

    def bin(self, name, value):
        state, mps = self.state[name]
        lps = RANGE_LPS[state][self.range >> 6 & 3]
        self.range -= lps
        if value != mps:
            self.low += self.range
            self.range = lps
            mps = mps if state else 1 - mps
            state = NEXT_LPS[state]
        else:
            state = min(state + 1, 62)
        self.state[name] = state, mps
        self.renormalise()

    def bypass(self, value):
        self.low = 2 * self.low + (self.range if value else 0)
        if self.low >= 1024:
            self.low -= 1024
            self.put(1)
        elif self.low < 512:
            self.put(0)
        else:
            self.low -= 512
            self.outstanding += 1

    def terminate(self, value):
        """After a 1 the bits are complete; its last one is also the stop bit."""
        self.range -= 2
        if not value:
            self.renormalise()
            return
        self.low += self.range
        self.range = 2
        self.renormalise()
        self.put(self.low >> 9 & 1)
        self.bits.u(2, self.low >> 7 & 3 | 1)
        self.bits.align()
