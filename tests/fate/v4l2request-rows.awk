# SPDX-License-Identifier: LGPL-2.1-or-later
# The rows of list.txt that need a device, as CODEC/NAME/MODE, one a line.

!/^#/ && NF >= 4 && $4 != "slices" {
    modes = $4 == "hw" ? "direct,auto,map" : $4
    for (i = 5; i <= NF; i++)
        if ($i ~ /^modes=/)
            modes = substr($i, 7)
    count = split(modes, mode, ",")
    for (i = 1; i <= count; i++)
        print $1 "/" $2 "/" mode[i]
}
