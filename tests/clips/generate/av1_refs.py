# SPDX-License-Identifier: LGPL-2.1-or-later
"""What AV1 derives from order hints. Sections of the AV1 specification."""

LAST, LAST2, LAST3, GOLDEN, BWDREF, ALTREF2, ALTREF = range(7)


def distance(seq, a, b):
    """7.9.3 get_relative_dist()"""
    if not seq["hint_bits"]:
        return 0
    sign = 1 << seq["hint_bits"] - 1
    return (a - b & sign - 1) - (a - b & sign)


def set_frame_refs(seq, frame, slots):
    """7.8: only the slots of LAST and GOLDEN are coded."""
    refs = [None] * 7
    refs[LAST], refs[GOLDEN] = frame["refs"][LAST], frame["refs"][GOLDEN]
    used = {refs[LAST], refs[GOLDEN]}
    hints = [distance(seq, slot["hint"], frame["hint"]) for slot in slots]

    def take(name, candidates, latest):
        best = None
        for slot in candidates:
            if slot in used:
                continue
            # The later slot wins where the latest is sought and hints are equal.
            if best is None or (hints[slot] >= hints[best] if latest else hints[slot] < hints[best]):
                best = slot
        if best is not None:
            refs[name] = best
            used.add(best)

    behind = [i for i in range(8) if hints[i] >= 0]
    before = [i for i in range(8) if hints[i] < 0]
    take(ALTREF, behind, True)
    take(BWDREF, behind, False)
    take(ALTREF2, behind, False)
    for name in (LAST2, LAST3, BWDREF, ALTREF2, ALTREF):
        if refs[name] is None:
            take(name, before, True)
    earliest = min(range(8), key=lambda i: (hints[i], i))
    return [earliest if slot is None else slot for slot in refs]


def skip_mode_allowed(seq, frame, slots, refs):
    """5.9.22: the nearest before, and the nearest behind or the second before"""
    if not seq["hint_bits"]:
        return False
    hints = {distance(seq, slots[slot]["hint"], frame["hint"]) for slot in refs}
    before = sorted(hint for hint in hints if hint < 0)
    return bool(before) and (any(hint > 0 for hint in hints) or len(before) > 1)
