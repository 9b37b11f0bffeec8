# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of kpatchctl(1) for fish. Verbs and options are read from its help, so that they are always those of
# the installed version; the rest is asked for from kpatchd, never waiting for a password.

# Prints the rows of the help's section of that name, as word, tab, description; of all verbs or of one.
function __kpatchctl_help
    kpatchctl $argv[2..-1] --help 2>/dev/null | awk -v section="$argv[1]:" '
        /^[^ ]/ { inside = $0 == section; next }
        !inside || NF == 0 { next }
        { text = $0; sub(/^ +[^ ].*   */, "", text) }
        section == "Verbs:" { print $1 "\t" text; next }
        { for (i = 1; i <= NF && $i ~ /^-/; i++) { sub(/,$/, "", $i); print $i "\t" text } }'
end

# Prints the verb of the line, if there is one.
function __kpatchctl_verb
    set -l taking -n (__kpatchctl_help Options | string match -r '^--[a-z-]+(?==)')
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word $taking
            set skip 1
        else if not string match -q -- '-*' $word
            echo $word
            return
        end
    end
    return 1
end

function __kpatchctl_words
    kpatchctl complete-words $argv 2>/dev/null
end

# Prints what may follow.
function __kpatchctl_complete
    set -l verb (__kpatchctl_verb)
    set -l now (commandline -ct)
    set -l before (commandline -opc)[-1]
    set -l option (string match -r '^--[a-z-]+(?==)' -- $now)
    set -l prefix "$option="
    if test -z "$option"
        set prefix ''
        set option $before
    end
    switch "$option"
        case --color
            string replace -r '^' -- $prefix auto always never
            return
        case --policy
            string replace -r '^' -- $prefix strict gradual
            return
        case --cve
            __kpatchctl_words cves $verb | string replace -r '^' -- $prefix
            return
        case --to
            __kpatchctl_words generations | string replace -r '^' -- $prefix
            return
        case --deadline --limit -n
            return
    end
    if string match -q -- '-*' $now
        __kpatchctl_help Options $verb | string replace -r '=[A-Z]+' '='
        return
    end
    switch "$verb"
        case ''
            __kpatchctl_help Verbs
        case apply load install
            __kpatchctl_words patches $verb
            __fish_complete_suffix .ko
        case info unload uninstall rollback hold unhold remove verify history force
            __kpatchctl_words patches $verb
        case quarantine
            echo clear
            __kpatchctl_words patches $verb
        case cve
            __kpatchctl_words cves
        case feeds refresh
            __kpatchctl_words feeds
        case cancel
            __kpatchctl_words jobs
        case import
            __fish_complete_suffix .ko
    end
end

complete -c kpatchctl -f -a '(__kpatchctl_complete)'
