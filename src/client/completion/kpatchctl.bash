# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Completion of kpatchctl(1) for bash. Verbs and options are read from its help, so that they are always
# those of the installed version; patches are asked for from kpatchd, never waiting for a password.

# Prints the first column of the help's section of that name, for all verbs or for one.
_kpatchctl_help() {
    kpatchctl "${@:2}" --help 2>/dev/null | awk -v section="$1:" '
        /^[^ ]/ { inside = $0 == section; next }
        !inside || NF == 0 { next }
        section == "Verbs:" { print $1; next }
        { for (i = 1; i <= NF && $i ~ /^-/; i++) { sub(/,$/, "", $i); print $i } }'
}

# Prints id and version of the patches that the verb can be used on.
_kpatchctl_patches() {
    kpatchctl --color=never list 2>/dev/null | awk -v verb="$1" '
        NR == 1 || NF < 3 { next }
        verb != "info" && $2 == "-" { next }
        verb == "apply" && $3 == "applied" { next }
        verb == "rollback" && $3 != "applied" { next }
        { print $1, $2 }'
}

# Prints the values that an option may have.
_kpatchctl_values() {
    case $1 in
    --color) echo auto always never ;;
    --policy) echo strict gradual ;;
    --to) kpatchctl --color=never generations 2>/dev/null | awk 'NR > 1 && $1 ~ /^[0-9]+$/ { print $1 }' ;;
    esac
}

_kpatchctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} verb='' id='' words='' i
    COMPREPLY=()

    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --color | --policy | --deadline | --to | --limit | -n) ((i += 2)) ;;
        -*) ;;
        *)
            verb=${COMP_WORDS[i]}
            break
            ;;
        esac
    done

    # Bash breaks words at "=": the word before it is an option or an id.
    if [[ $cur == = ]]; then
        id=${COMP_WORDS[COMP_CWORD - 1]}
        cur=''
    elif ((COMP_CWORD >= 2)) && [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
        id=${COMP_WORDS[COMP_CWORD - 2]}
    fi

    if [[ $id == --* ]]; then
        words=$(_kpatchctl_values "$id")
    elif [[ $cur == -* ]]; then
        words=$(_kpatchctl_help Options ${verb:+"$verb"})
    elif [[ -z $verb ]]; then
        words=$(_kpatchctl_help Verbs)
    else
        case $verb in
        info | apply | rollback | hold | unhold | remove | verify | history)
            if [[ -n $id ]]; then
                words=$(_kpatchctl_patches "$verb" | awk -v id="$id" '$1 == id { print $2 }')
            else
                words=$(_kpatchctl_patches "$verb" | awk '{ print $1 }' | sort -u)
            fi
            ;;
        quarantine)
            words=clear
            ;;
        import)
            compopt -o filenames
            mapfile -t COMPREPLY < <(
                compgen -d -- "$cur"
                compgen -f -X '!*.ko' -- "$cur"
                compgen -f -X '!*.json' -- "$cur"
            )
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
