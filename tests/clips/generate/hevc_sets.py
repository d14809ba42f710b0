# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reference picture sets, Rec. ITU-T H.265 7.3.7 and 7.4.8."""


def predict(base, delta, used, use_delta):
    """7-61 and 7-62; a set is a list of (delta POC, used), nearest first, negative ones first."""
    moved = [(d + delta, used[j]) for j, (d, _) in enumerate(base) if use_delta[j]]
    moved += [(delta, used[-1])] if use_delta[-1] else []
    return arrange([entry for entry in moved if entry[0]])


def arrange(entries):
    return sorted((e for e in entries if e[0] < 0), reverse=True) + sorted(e for e in entries if e[0] > 0)


def put_explicit(bits, rps):
    for sign in (-1, 1):
        bits.ue(sum(d * sign > 0 for d, _ in rps))
    for sign in (-1, 1):
        last = 0
        for delta, used in rps:
            if delta * sign > 0:
                bits.ue(abs(delta - last) - 1)
                bits.flags(used)
                last = delta
