# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Make's help, from what stands in the Makefiles:
#   ##@ Group            a heading
#   target: ... ## text  a line of that group
#   #= VARIABLE=... text a line of the variables, which come last

/^##@ / {
    print "\n" substr($0, 5) ":"
}

/^[a-zA-Z0-9_%-]+:.*## / {
    target = text = $0
    sub(/:.*/, "", target)
    sub(/.*## /, "", text)
    printf "  %-22s %s\n", target, text
}

/^#= / {
    variables = variables "  " substr($0, 4) "\n"
}

END {
    printf "\nVariables:\n%s", variables
}
