# SPDX-License-Identifier: LGPL-2.1-or-later
"""The two tables of RFC 6386 that frame headers are coded with."""

# 13.4: probability that a coefficient probability stays as it is, by block
# type and band, a line each: three contexts of eleven bytes.
_COEFF_UPDATE = """
ffffffffffffffffffffff ffffffffffffffffffffff ffffffffffffffffffffff
b0f6ffffffffffffffffff dff1fcffffffffffffffff f9fdfdffffffffffffffff
fff4fcffffffffffffffff eafefeffffffffffffffff fdffffffffffffffffffff
fff6feffffffffffffffff effdfeffffffffffffffff fefffeffffffffffffffff
fff8feffffffffffffffff fbfffeffffffffffffffff ffffffffffffffffffffff
fffdfeffffffffffffffff fbfefeffffffffffffffff fefffeffffffffffffffff
fffefdfffeffffffffffff fafffefffeffffffffffff feffffffffffffffffffff
ffffffffffffffffffffff ffffffffffffffffffffff ffffffffffffffffffffff
d9ffffffffffffffffffff e1fcf1fdfffffeffffffff eafaf1fafdfffdfeffffff
fffeffffffffffffffffff dffefeffffffffffffffff eefdfefeffffffffffffff
fff8feffffffffffffffff f9feffffffffffffffffff ffffffffffffffffffffff
fffdffffffffffffffffff f7feffffffffffffffffff ffffffffffffffffffffff
fffdfeffffffffffffffff fcffffffffffffffffffff ffffffffffffffffffffff
fffefeffffffffffffffff fdffffffffffffffffffff ffffffffffffffffffffff
fffefdffffffffffffffff faffffffffffffffffffff feffffffffffffffffffff
ffffffffffffffffffffff ffffffffffffffffffffff ffffffffffffffffffffff
bafbfaffffffffffffffff eafbf4feffffffffffffff fbfbf3fdfefffeffffffff
fffdfeffffffffffffffff ecfdfeffffffffffffffff fbfdfdfefeffffffffffff
fffefeffffffffffffffff fefefeffffffffffffffff ffffffffffffffffffffff
fffeffffffffffffffffff fefeffffffffffffffffff feffffffffffffffffffff
ffffffffffffffffffffff feffffffffffffffffffff ffffffffffffffffffffff
ffffffffffffffffffffff ffffffffffffffffffffff ffffffffffffffffffffff
ffffffffffffffffffffff ffffffffffffffffffffff ffffffffffffffffffffff
ffffffffffffffffffffff ffffffffffffffffffffff ffffffffffffffffffffff
f8ffffffffffffffffffff fafefcfeffffffffffffff f8fef9fdffffffffffffff
fffdfdffffffffffffffff f6fdfdffffffffffffffff fcfefbfefeffffffffffff
fffefcffffffffffffffff f8fefdffffffffffffffff fdfffefeffffffffffffff
fffbfeffffffffffffffff f5fbfeffffffffffffffff fdfdfeffffffffffffffff
fffbfdffffffffffffffff fcfdfeffffffffffffffff fffeffffffffffffffffff
fffcffffffffffffffffff f9fffeffffffffffffffff fffffeffffffffffffffff
fffffdffffffffffffffff faffffffffffffffffffff ffffffffffffffffffffff
ffffffffffffffffffffff feffffffffffffffffffff ffffffffffffffffffffff
"""
COEFF_UPDATE = bytes.fromhex(_COEFF_UPDATE)

# 17.2: the same for the probabilities of vectors, rows and columns
MV_UPDATE = bytes((
    237, 246, 253, 253, 254, 254, 254, 254, 254, 254, 254, 254, 254, 254, 250, 250, 252, 254, 254,
    231, 243, 245, 253, 254, 254, 254, 254, 254, 254, 254, 254, 254, 254, 251, 251, 254, 254, 254))
