# SPDX-License-Identifier: LGPL-2.1-or-later
"""doc/sensitivity.md: written from outcomes, and read back."""

import os
import re

import rows

HEAD = """# Sensitivity: which control fields are proven

Written by `make sensitivity`. Each field of each control is made wrong, alone, in
the jobs that a stream gives to the virtual decoder, and the jobs are decoded once
more. A field is noticed when a job *failed*, when *pixels* differ, or when the
model *warned*, which fails every test, too. What a chip would do with a wrong
field depends on the chip; so a field that a driver reads has to be noticed by at
least one stream, and else the line says why nobody reads it.

- **read by**: drivers of mainline Linux 7.3 that read the field (from
  `tests/sensitivity/fields.txt`). *none* is a field that no driver reads and
  the model compares with the bitstream all the same.
- **corrupted**: how. Of an array some elements are tried; the one that is named, and
  how many of those tried are noticed by some stream. *always N*: no stream has
  another value there, so that a client which never fills it would pass.
- **noticed by**: up to three streams (`.slice`: on a device that takes slices).

Fields that are called reserved or padding, and bits without a name, are zero in all
recorded jobs, as the kernel demands.
"""


def stream_order():
    """Sort key: the order of list.txt, whole pictures before slices."""
    path = os.path.join(rows.HERE, "..", "clips", "list.txt")
    with open(path, encoding="utf-8") as file:
        words = [line.split() for line in file if line.strip() and not line.startswith("#")]
    place = {f"{w[0]}-{w[1]}": number for number, w in enumerate(words)}
    return lambda name: (place.get(name.removesuffix(".slice"), len(place)), name.endswith(".slice"))


def describe(row, result):
    """The cells of a row."""
    if row.readers == ["unread"]:
        return f"*unread*, because {row.reason}", "", ""
    readers = "none: " + row.reason if row.readers == ["checked"] else ", ".join(row.readers)
    how = f"`{rows.label(result.field)}`, {result.way.name}"
    if result.tried > 1:
        how += f"; {result.hits} of {result.tried}"
    if result.constant is not None:
        how += f"; always {result.constant}"
    return readers, how, ", ".join(f"`{name}` {verdict}" for name, verdict in result.streams) or "**nobody**"


def write(path, bench, results):
    pairs = list(zip(bench.table.rows, results))
    read = [result for row, result in pairs if row.readers[0] in rows.READERS]
    noticed = sum(bool(result.streams) for result in read)
    constant = sum(result.constant is not None for result in read)
    checked = sum(row.readers == ["checked"] for row, _ in pairs)
    unread = sum(row.readers == ["unread"] for row, _ in pairs)
    with open(path, "w", encoding="utf-8") as file:
        print(HEAD, file=file)
        print(f"**{noticed} of {len(read)} rows that a mainline driver reads are noticed "
              f"({100 * noticed // len(read)} %)**; {checked} that no driver reads are, too; {unread} are unread. "
              f"{len(bench.streams)} recordings; {constant} of the rows that are read have one value in all of them.", file=file)
        last = ""
        for row, result in pairs:
            if row.control != last:
                print(f"\n## {row.control}\n\n| field | read by | corrupted | noticed by |\n"
                      "| --- | --- | --- | --- |", file=file)
                last = row.control
            print(f"| `{row.name}` | {' | '.join(describe(row, result))} |", file=file)


def read(path):
    """{(control, row): (element, way, stream, verdict, constant)}, the first stream of each."""
    said, control = {}, ""
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("## "):
                control = line[3:].strip()
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if control and len(cells) == 4 and cells[0].startswith("`"):
                how = re.match(r"`(.*?)`, ([^;]*)", cells[2])
                first = re.match(r"`(.*?)` (\w+)", cells[3])
                said[control, cells[0].strip("`")] = (*(how.groups() if how else ("", "")),
                                                      *(first.groups() if first else ("", "")),
                                                      "; always " in cells[2])
    return said
