# SPDX-License-Identifier: LGPL-2.1-or-later
# Compare what tests/tools/decode printed with its reference:
#   awk -v want=exact|honest|prefix -f compare.awk REFERENCE OUTPUT
#
# exact    the same frames, none corrupt
# prefix   the same, but the output may stop early
# honest   each frame is the reference's or is marked corrupt or unreadable;
#          frames may be missing
#
# Frames are found by the number of their packet; VP9 may show several frames
# that came in one packet, or one of them again. Fails with a reason on
# standard output when the client did not come to its end.

function bad(text) {
    if (!reason)
        reason = text
}

FNR == NR {
    if ($1 != "end") {
        known[$2, $5, $6] = 1
        order[frames++] = $2 " " $6
    }
    next
}

$1 == "end" {
    end = 1
    next
}

$1 ~ /^[0-9]+$/ && NF == 6 {
    name = "frame " $1 " (packet " $2 ")"
    marked = $3 ~ /c/ || $6 == "unreadable"
    wrong = !(($2, $5, $6) in known)
    nb_wrong += wrong
    nb_marked += marked
    if (want == "honest") {
        if (wrong && !marked)
            bad("silently wrong: " name)
    } else {
        if (marked)
            bad(name " is marked corrupt")
        if (wrong)
            bad(name " differs from the reference")
        if ($2 " " $6 != order[got + 0])
            bad(name " is not the next one")
    }
    got++
}

END {
    if (!end)
        bad("the client did not come to its end")
    if (want == "exact" && got != frames)
        bad((got + 0) " frames instead of " frames)
    print (got + 0) " of " frames " frames, " (nb_marked + 0) " marked, " (nb_wrong + 0) " wrong"
    if (reason) {
        print reason
        exit 1
    }
}
