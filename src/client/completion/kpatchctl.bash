# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Completion of kpatchctl(1) for bash. Verbs and options are read from its help, so that they are always
# those of the installed version; the rest is asked for from kpatchd, never waiting for a password.

# Prints the first column of the help's section of that name, for all verbs or for one.
_kpatchctl_help() {
    kpatchctl "${@:2}" --help 2>/dev/null | awk -v section="$1:" '
        /^[^ ]/ { inside = $0 == section; next }
        !inside || NF == 0 { next }
        section == "Verbs:" { print $1; next }
        { for (i = 1; i <= NF && $i ~ /^-/; i++) { sub(/,$/, "", $i); print $i } }'
}

# Prints words of a sort that go with a verb.
_kpatchctl_words() {
    kpatchctl complete-words "$@" 2>/dev/null | awk -F'\t' '!seen[$1]++ { print $1 }'
}

# Prints the values that an option of a verb may have.
_kpatchctl_values() {
    case $1 in
    --color) echo auto always never ;;
    --policy) echo strict gradual ;;
    --cve) _kpatchctl_words cves "$2" ;;
    --to) _kpatchctl_words generations ;;
    esac
}

# Offers folders, and files of these patterns.
_kpatchctl_files() {
    local pattern
    compopt -o filenames
    mapfile -t COMPREPLY < <(
        compgen -d -- "$cur"
        for pattern; do
            compgen -f -X "!$pattern" -- "$cur"
        done
    )
}

# Sets verb to that of the line, if there is one before the cursor.
_kpatchctl_find_verb() {
    local i

    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -*)
            if [[ $taking == *" ${COMP_WORDS[i]} "* ]]; then
                ((i += 1))
                [[ ${COMP_WORDS[i]:-} != = ]] || ((i += 1))
            fi
            ;;
        *)
            verb=${COMP_WORDS[i]}
            return
            ;;
        esac
    done
}

_kpatchctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} verb='' before='' id='' words='' taking
    COMPREPLY=()

    # The options of the help that take a value, which may be a word of its own.
    taking=" -n $(_kpatchctl_help Options | sed -n 's/=.*//p' | tr '\n' ' ')"
    _kpatchctl_find_verb

    # Bash breaks words at "=": the word before it is an option or an id.
    ((COMP_CWORD < 1)) || before=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $cur == = ]]; then
        id=$before
        cur=''
    elif ((COMP_CWORD >= 2)) && [[ $before == = ]]; then
        id=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $before == --* && $taking == *" $before "* ]]; then
        id=$before
    fi

    if [[ $id == --* ]]; then
        words=$(_kpatchctl_values "$id" "$verb")
    elif [[ $cur == -* ]]; then
        words=$(_kpatchctl_help Options ${verb:+"$verb"})
    elif [[ -z $verb ]]; then
        words=$(_kpatchctl_help Verbs)
    else
        case $verb in
        info | apply | load | unload | install | uninstall | rollback | hold | unhold | remove | verify | history | \
            force | quarantine)
            if [[ $verb =~ ^(apply|load|install)$ && ($cur == */* || $cur == *.ko) ]]; then
                _kpatchctl_files '*.ko'
                return
            fi
            if [[ -n $id ]]; then
                words=$(_kpatchctl_words patches "$verb" | awk -F= -v id="$id" '$1 == id { print $2 }')
            else
                words=$(_kpatchctl_words patches "$verb" | awk -F= '!seen[$1]++ { print $1 }')
                [[ $verb != quarantine ]] || words="clear $words"
            fi
            ;;
        cve) words=$(_kpatchctl_words cves) ;;
        feeds | refresh) words=$(_kpatchctl_words feeds) ;;
        cancel) words=$(_kpatchctl_words jobs) ;;
        import)
            _kpatchctl_files '*.ko' '*.json'
            return
            ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    # A value follows the "=" at once.
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == --*=* ]]; then
        COMPREPLY=("${COMPREPLY[0]%%=*}=")
        compopt -o nospace
    fi
}

complete -F _kpatchctl kpatchctl
