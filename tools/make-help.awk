# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Make's help, from what stands in the Makefiles:
#   ##@ Group            a heading; targets of included files belong to Test
#   target: ... ## text  a line of that group
#   #= VARIABLE=... text a line of the variables, which come last

function enter(name) {
    group = name
    if (!(group in lines))
        order[++groups] = group
}

FNR == 1 && NR > 1 {
    enter("Test")
}

/^##@ / {
    enter(substr($0, 5))
}

/^[a-zA-Z0-9_%-]+:.*## / {
    target = text = $0
    sub(/:.*/, "", target)
    sub(/.*## /, "", text)
    lines[group] = lines[group] sprintf("  %-22s %s\n", target, text)
}

/^#= / {
    variables = variables "  " substr($0, 4) "\n"
}

END {
    for (i = 1; i <= groups; i++)
        if (order[i] in lines && !(order[i] in done)) {
            printf "\n%s:\n%s", order[i], lines[order[i]]
            done[order[i]] = 1
        }
    printf "\nVariables:\n%s", variables
}
