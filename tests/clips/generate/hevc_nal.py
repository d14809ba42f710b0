# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Change an HEVC stream on its way through: hevc_nal COMMAND [ARGUMENT].

  from-irap N   drop what is before the IRAP picture number N (0 is the first),
                parameter sets excepted
  bla N         turn CRA picture number N (0 is the first) into a BLA picture
                with leading pictures (nal_unit_type 16)
  lists         print a file name with scaling lists for the HM encoder
"""

import re
import sys
import tempfile

CRA, BLA_W_LP, VCL_LAST, PARAMETER_SETS = 21, 16, 31, (32, 33, 34)


def nal_units(data):
    """(start code, NAL unit) of an Annex B stream."""
    starts = list(re.finditer(b"\0?\0\0\1", data))
    for i, start in enumerate(starts):
        end = starts[i + 1].start() if i + 1 < len(starts) else len(data)
        yield start[0], data[start.end():end]


def unit_type(nal):
    return nal[0] >> 1 & 0x3f


def is_first(nal):
    """Whether a slice segment is the first one of its picture."""
    return unit_type(nal) <= VCL_LAST and nal[2] & 0x80


def from_irap(units, number):
    count = -1
    for code, nal in units:
        count += bool(is_first(nal) and 16 <= unit_type(nal) <= 23)
        if count >= number or unit_type(nal) in PARAMETER_SETS:
            yield code, nal


def bla(units, number):
    count = -1
    for code, nal in units:
        count += bool(is_first(nal) and unit_type(nal) == CRA)
        if unit_type(nal) == CRA and count == number:
            nal = bytes([nal[0] & 0x81 | BLA_W_LP << 1]) + nal[1:]
        yield code, nal


def lists():
    """Lists that grow with the frequency; HM predicts those that are equal."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
        for size, side in enumerate((4, 8, 8, 8)):
            for matrix in range(6 if size < 3 else 2):
                kind = ("INTRA", "INTER")[matrix // 3 if size < 3 else matrix]
                plane = ("LUMA", "CHROMAU", "CHROMAV")[matrix % 3 if size < 3 else 0]
                name = f"{kind}{4 << size}X{4 << size}_{plane}"
                print(name, file=file)
                for y in range(side):
                    print(",".join(str(12 + 3 * size + 5 * (matrix // 3) + 2 * y + 3 * x + 4 * (matrix == 1))
                                   for x in range(side)), end=",\n", file=file)
                if size > 1:
                    print(f"{name}_DC\n{14 + size + matrix // 3}", file=file)
        print(file.name)


def main():
    command, *arguments = sys.argv[1:]
    if command == "lists":
        lists()
        return
    change = {"from-irap": from_irap, "bla": bla}[command]
    for code, nal in change(nal_units(sys.stdin.buffer.read()), int(arguments[0])):
        sys.stdout.buffer.write(code + nal)


if __name__ == "__main__":
    main()
