#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Drop the start of a byte stream: cut.py CODE COUNT <in >out

Drops all before the COUNT-th start code whose next byte, masked as the codec
has it, is CODE: how a broadcast looks to someone who tunes in. MPEG-2 codes
are given as they are (b3 sequence header, b8 GOP, 00 picture); H.264 ones as
n5, n7, ... (nal_unit_type). With --keep=CODE,... units of these codes before
the cut stay (parameter sets).
"""
import sys


def units(data):
    """Split a byte stream at its start codes; a zero byte goes with the next."""
    starts = []
    at = data.find(b"\0\0\1")
    while at >= 0:
        starts.append(at - 1 if at and data[at - 1] == 0 else at)
        at = data.find(b"\0\0\1", at + 3)
    for start, end in zip(starts, starts[1:] + [len(data)]):
        yield data[start:end]


def code_of(unit, h264):
    code = unit[unit.index(1) + 1]
    return f"n{code & 31}" if h264 else f"{code:02x}"


def cut(data, code, count, keep):
    out, seen = [], 0
    for unit in units(data):
        name = code_of(unit, code.startswith("n"))
        seen += name == code
        if seen >= count or name in keep:
            out.append(unit)
    return b"".join(out)


def main():
    args = [a for a in sys.argv[1:] if not a.startswith("--keep=")]
    keep = [k for a in sys.argv[1:] if a.startswith("--keep=") for k in a[7:].split(",")]
    sys.stdout.buffer.write(cut(sys.stdin.buffer.read(), args[0], int(args[1]), keep))


main()
