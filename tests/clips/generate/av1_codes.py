# SPDX-License-Identifier: LGPL-2.1-or-later
"""AV1's variable length codes. Sections of the AV1 specification."""


def su(bits, size, value):
    bits.u(size, value & (1 << size) - 1)


def ns(bits, count, value):
    """4.10.7: values below count"""
    width = count.bit_length()
    short = (1 << width) - count
    if value < short:
        bits.u(width - 1, value)
    else:
        bits.u(width - 1, value + short >> 1)
        bits.u(1, value + short & 1)


def subexp(bits, count, value):
    """5.9.28 decode_subexp()"""
    i = start = 0
    while True:
        size = 3 + max(i - 1, 0)
        if count <= start + 3 * (1 << size):
            return ns(bits, count - start, value - start)
        more = value >= start + (1 << size)
        bits.flags(more)
        if not more:
            return bits.u(size, value - start)
        i, start = i + 1, start + (1 << size)


def recenter(ref, value):
    if value > 2 * ref:
        return value
    return 2 * (ref - value) - 1 if value < ref else 2 * (value - ref)


def subexp_with_ref(bits, low, high, ref, value):
    """5.9.26"""
    count, ref, value = high - low, ref - low, value - low
    if 2 * ref <= count:
        subexp(bits, count, recenter(ref, value))
    else:
        subexp(bits, count, recenter(count - 1 - ref, count - 1 - value))


def log2(block, target):
    return next(k for k in range(16) if block << k >= target)
