#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Edit IVF files: ivf.py join FILE... | drop NUMBER... <in >out

join puts the frames of several streams one behind the other; drop leaves
frames out, as a bad line does.
"""
import struct
import sys

HEADER = struct.Struct("<4sHH4sHHIIII")
FRAME = struct.Struct("<IQ")


def write_ivf(file, fourcc, size, frames):
    file.write(HEADER.pack(b"DKIF", 0, HEADER.size, fourcc.encode(), *size, 25, 1, len(frames), 0))
    for number, frame in enumerate(frames):
        file.write(FRAME.pack(len(frame), number) + frame)


def read_ivf(data):
    """Codec, size, frames"""
    _, _, at, fourcc, width, height, *_ = HEADER.unpack_from(data)
    frames = []
    while at < len(data):
        length, _ = FRAME.unpack_from(data, at)
        at += FRAME.size + length
        frames.append(data[at - length:at])
    return fourcc.decode(), (width, height), frames


def join(names):
    parts = []
    for name in names:
        with open(name, "rb") as file:
            parts.append(read_ivf(file.read()))
    fourcc, size, _ = parts[0]
    return fourcc, size, [frame for part in parts for frame in part[2]]


def drop(numbers):
    fourcc, size, frames = read_ivf(sys.stdin.buffer.read())
    return fourcc, size, [frame for n, frame in enumerate(frames) if n not in numbers]


def main():
    command, *words = sys.argv[1:] or [""]
    if command == "join":
        result = join(words)
    elif command == "drop":
        result = drop({int(word) for word in words})
    else:
        sys.exit("usage: ivf.py join FILE... | drop NUMBER...")
    write_ivf(sys.stdout.buffer, *result)


if __name__ == "__main__":
    main()
