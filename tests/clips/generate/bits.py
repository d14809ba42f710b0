# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bit strings, and the two ways to wrap them into a byte stream."""


class Bits:
    """Bits in writing order, most significant first."""

    def __init__(self):
        self.text = []
        self.count = 0

    def code(self, text):
        """Bits as a text of 0 and 1, as the specifications print them."""
        self.text.append(text)
        self.count += len(text)

    def u(self, size, value):
        assert 0 <= value < 1 << size, (size, value)
        if size:
            self.code(format(value, f"0{size}b"))

    def flags(self, *values):
        for value in values:
            self.code("1" if value else "0")

    def ue(self, value):
        """Exp-Golomb code, H.264 9.1."""
        assert value >= 0
        text = format(value + 1, "b")
        self.code("0" * (len(text) - 1) + text)

    def se(self, value):
        self.ue(2 * value - 1 if value > 0 else -2 * value)

    def te(self, value, largest):
        """Truncated code, H.264 9.1: a single inverted bit where two values exist."""
        if largest > 1:
            self.ue(value)
        else:
            self.flags(not value)

    def align(self, bit="0"):
        while self.count % 8:
            self.code(bit)

    def raw(self, data):
        assert self.count % 8 == 0
        self.code("".join(format(byte, "08b") for byte in data))

    def to_bytes(self):
        assert self.count % 8 == 0
        text = "".join(self.text)
        return bytes(int(text[at:at + 8], 2) for at in range(0, len(text), 8))


def mpeg2_unit(code, bits):
    """A start code and what follows it; zero bits to the byte boundary."""
    bits.align()
    return bytes((0, 0, 1, code)) + bits.to_bytes()


def emulation_prevention(data):
    """The payload of a NAL unit, H.264 and H.265 7.3.1."""
    out, zeros = bytearray(), 0
    for byte in data:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def h264_nal(ref_idc, nal_type, bits):
    """Trailing bits, emulation prevention and start code, H.264 7.3.1, 7.3.2.11."""
    bits.code("1")
    bits.align()
    return bytes((0, 0, 0, 1, ref_idc << 5 | nal_type)) + emulation_prevention(bits.to_bytes())
