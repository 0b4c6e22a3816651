"""The code that shells run to complete kctl's command lines. Each asks `kctl __complete` with the words up to the cursor."""

BASH = r'''# Completion of kctl for bash. Load it with: source <(kctl completion bash)

# Puts the words up to the cursor together again that bash takes apart at = and :, as in --output=json.
__kctl_words() {
    local index word glued=0
    words=()
    for ((index = 0; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if ((index > 1)) && [[ $word == [=:] || $word == :: ]]; then
            words[${#words[@]} - 1]+=$word
            glued=1
        elif ((glued)); then
            words[${#words[@]} - 1]+=$word
            glued=0
        else
            words+=("$word")
        fi
    done
}

__kctl_files() {
    local path extension
    while IFS= read -r path; do
        if [[ -d $path ]]; then
            COMPREPLY+=("$path/")
            compopt -o nospace 2>/dev/null
            continue
        fi
        for extension in "${candidates[@]}"; do
            [[ $path == *."$extension" ]] && COMPREPLY+=("$path")
        done
    done < <(compgen -f -- "$1")
}

__start_kctl() {
    local words program line directive=0 current candidates=()
    COMPREPLY=()
    __kctl_words
    program=${words[0]}
    type -P -- "$program" >/dev/null || program=kctl
    while IFS= read -r line; do
        candidates+=("$line")
    done < <("$program" __completeNoDesc "${words[@]:1}" 2>/dev/null)
    if ((${#candidates[@]})); then
        directive=${candidates[${#candidates[@]} - 1]#:}
        unset "candidates[${#candidates[@]} - 1]"
    fi
    [[ $directive =~ ^[0-9]+$ ]] || return
    ((directive & 1)) && return
    ((directive & 2)) && compopt -o nospace 2>/dev/null
    ((directive & 4)) && compopt +o default 2>/dev/null
    current=${words[${#words[@]} - 1]}
    [[ $current == -*=* ]] && current=${current#*=}
    if ((directive & 8)); then
        __kctl_files "$current"
        return
    fi
    for line in "${candidates[@]}"; do
        [[ $line == "$current"* ]] || continue
        [[ $current == *:* && $COMP_WORDBREAKS == *:* ]] && line=${line#"${current%"${current##*:}"}"}
        COMPREPLY+=("$line")
    done
}

complete -o default -F __start_kctl kctl
'''

ZSH = r'''#compdef kctl
# Completion of kctl for zsh. Load it with: source <(kctl completion zsh)

_kctl() {
    local -a asked shown plain options
    local line directive name text
    asked=("${(@f)$(${(Q)words[1]} __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    directive=${asked[-1]#:}
    asked[-1]=()
    [[ $directive == <-> ]] || return 1
    (( directive & 1 )) && return 1
    if (( directive & 8 )); then
        _files -g "*.(${(j:|:)asked})"
        return
    fi
    for line in $asked; do
        name=${line%%$'\t'*}
        text=$name
        [[ $line == *$'\t'* ]] && text="$name -- ${line#*$'\t'}"
        plain+=("$name")
        shown+=("$text")
    done
    (( directive & 2 )) && options+=(-S '')
    compset -P '-*='
    if (( ${#plain} )); then
        compadd $options -l -d shown -a plain && return
    fi
    (( directive & 4 )) || _files
}

compdef _kctl kctl
[[ ${funcstack[1]} == _kctl ]] && _kctl "$@"
'''

FISH = r'''# Completion of kctl for fish. Load it with: kctl completion fish | source

function __kctl_ask
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l asked (command kctl __complete $words[2..-1] "$current" 2>/dev/null)
    test (count $asked) -gt 0; or return
    set -l directive (string replace -r '^:' '' -- $asked[-1])
    set -e asked[-1]
    string match -qr '^[0-9]+$' -- $directive; or return
    test (math "$directive % 2") -eq 1; and return
    set -l start (string match -r -- '^-[^=]*=' "$current")
    if test (math "floor($directive / 8) % 2") -eq 1
        for ending in $asked
            __fish_complete_suffix ".$ending"
        end
        return
    end
    for line in $asked
        echo -- "$start$line"
    end
    if test (count $asked) -eq 0; and test (math "floor($directive / 4) % 2") -eq 0
        __fish_complete_path "$current"
    end
end

complete -c kctl -e
complete -c kctl -f -k -a '(__kctl_ask)'
'''

POWERSHELL = r'''# Completion of kctl for PowerShell. Load it with: kctl completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName 'kctl' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
    $before = @($words | Select-Object -Skip 1)
    if ($wordToComplete) { $before = @($before | Select-Object -SkipLast 1) }
    # An empty last word is passed on as such only in quotes by older versions of PowerShell.
    $last = $wordToComplete
    if (-not $last -and $PSVersionTable.PSVersion -lt [version]'7.3.0') { $last = '""' }

    $asked = @(& kctl __complete @before $last 2>$null)
    if ($asked.Count -eq 0) { return }
    $directive = [int]($asked[-1].TrimStart(':'))
    if ($directive -band 1) { return }
    $start = if ($wordToComplete -match '^(-[^=]*=)') { $Matches[1] } else { '' }
    if ($directive -band 24) { return }
    # Nothing at all would make PowerShell name files.
    if ($asked.Count -eq 1) { if ($directive -band 4) { '' }; return }

    $space = if ($directive -band 2) { '' } else { ' ' }
    foreach ($line in ($asked | Select-Object -SkipLast 1)) {
        $name, $text = $line -split "`t", 2
        if (-not $text) { $text = $name }
        [System.Management.Automation.CompletionResult]::new("$start$name$space", $name, 'ParameterValue', $text)
    }
}
'''

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH, "powershell": POWERSHELL}
