# SPDX-License-Identifier: LGPL-2.1-or-later
"""CAVLC residual blocks of at most two coefficients, H.264 9.2.

Two are enough to reach every inverse transform and every scaling list entry,
and keep the tables short.
"""

# Table 9-5 for total_coeff 0..2, by (trailing ones, total); nC 0-1, 2-3, chroma DC
COEFF_TOKEN = {
    0: {(0, 0): "1", (0, 1): "000101", (1, 1): "01", (0, 2): "00000111", (1, 2): "000100", (2, 2): "001"},
    2: {(0, 0): "11", (0, 1): "001011", (1, 1): "10", (0, 2): "000111", (1, 2): "00111", (2, 2): "011"},
    -1: {(0, 0): "01", (0, 1): "000111", (1, 1): "1", (0, 2): "000100", (1, 2): "000110", (2, 2): "001"},
}

# Tables 9-7 and 9-9, by total_coeff
TOTAL_ZEROS = {
    1: """1 011 010 0011 0010 00011 00010 000011 000010 0000011 0000010 00000011 00000010
        000000011 000000010 000000001""".split(),
    2: "111 110 101 100 011 0101 0100 0011 0010 00011 00010 000011 000010 000001 000000".split(),
}
TOTAL_ZEROS_DC = {1: "1 01 001 000".split(), 2: "1 01 00".split()}

# Table 9-10, by zerosLeft (7: more than 6)
RUN_BEFORE = {
    1: "1 0".split(), 2: "1 01 00".split(), 3: "11 10 01 00".split(), 4: "11 10 01 001 000".split(),
    5: "11 10 011 010 001 000".split(), 6: "11 000 001 011 010 101 100".split(),
    7: """111 110 101 100 011 010 001 0001 00001 000001 0000001 00000001 000000001 0000000001
        00000000001""".split(),
}


def coeff_token(ones, total, context):
    if context >= 8:
        return "000011" if not total else format((total - 1) << 2 | ones, "06b")
    assert context < 4, context
    return COEFF_TOKEN[context if context < 0 else context & 2][ones, total]


def put_level(bits, level, suffix_length, first):
    """9.2.2.1; first: fewer than three trailing ones came before, so |level| > 1 is known."""
    code = 2 * abs(level) - 2 + (level < 0) - (2 if first else 0)
    assert code >> suffix_length < 14
    bits.code("0" * (code >> suffix_length) + "1")
    bits.u(suffix_length, code & ((1 << suffix_length) - 1))


def residual_block(bits, coefficients, size, context):
    """coefficients: up to two (position, level), ascending; size: how many positions there are."""
    total = len(coefficients)
    falling = coefficients[::-1]
    ones = 0
    while ones < total and abs(falling[ones][1]) == 1:
        ones += 1
    bits.code(coeff_token(ones, total, context))
    if not total:
        return
    suffix_length = 0
    for index, (_, level) in enumerate(falling):
        if index < ones:
            bits.flags(level < 0)
            continue
        put_level(bits, level, suffix_length, index == ones)
        suffix_length = 2 if abs(level) > 3 else 1
    last = falling[0][0]
    zeros = last + 1 - total
    if total < size:
        bits.code((TOTAL_ZEROS_DC if context < 0 else TOTAL_ZEROS)[total][zeros])
    if total == 2 and zeros:
        bits.code(RUN_BEFORE[min(zeros, 7)][last - falling[1][0] - 1])
