/** The shells that `weft completion` knows. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

const BASH = `# weft completion for bash
_weft() {
  local cur words line value paths
  COMPREPLY=()
  # bash splits words at "=" and ":"; put the words back together as they were typed.
  local typed="\${COMP_LINE:0:COMP_POINT}"
  read -r -a words <<< "$typed"
  [[ "$typed" == *[[:space:]] ]] && words+=("")
  cur="\${words[\${#words[@]}-1]}"
  while IFS= read -r line; do
    if [[ "$line" == :* ]]; then
      paths="\${line#:}"
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
  # What bash replaces starts after the last "=" or ":" of the word.
  if [[ "$cur" == *=* && "$COMP_WORDBREAKS" == *=* ]]; then
    local prefix="\${cur%"\${cur##*=}"}"
    COMPREPLY=("\${COMPREPLY[@]#"$prefix"}")
    cur="\${cur##*=}"
  fi
  if [[ "$paths" == file ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$cur")
  elif [[ "$paths" == directory ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
  fi
}
complete -F _weft weft
`;

const ZSH = `#compdef weft
# weft completion for zsh
_weft() {
  local -a candidates
  local line paths
  while IFS= read -r line; do
    if [[ "$line" == :* ]]; then
      paths="\${line#:}"
    elif [[ "$line" == *$'\\t'* ]]; then
      candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      candidates+=("\${line//:/\\\\:}")
    fi
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#candidates} )) && _describe -t weft 'weft' candidates
  case "$paths" in
    file) _files ;;
    directory) _files -/ ;;
  esac
}
if [[ "\${funcstack[1]}" == _weft ]]; then
  _weft "$@"
else
  compdef _weft weft
fi
`;

const FISH = `# weft completion for fish
function __weft_complete
  set -l words (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token --cut-at-cursor)
  set -l lines ($words[1] __complete -- $words[2..-1] 2>/dev/null)
  for line in $lines
    switch $line
      case ':file'
        __fish_complete_path (commandline --current-token --cut-at-cursor)
      case ':directory'
        __fish_complete_directories (commandline --current-token --cut-at-cursor)
      case ':*'
      case '*'
        echo $line
    end
  end
end
complete --command weft --no-files --arguments '(__weft_complete)'
`;

/** One script for each shell; each asks `weft __complete` for the candidates. */
export const completionScripts: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
};
