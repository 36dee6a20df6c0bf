/**
 * What a shell runs to complete a command line. All three ask `isochron --complete WORDS` (complete.ts), which knows commands,
 * options and names, and answer with files where it says so.
 */
import { FILES } from './complete.js';

/** `=` ends a word in bash, which hands it over as one of its own. */
const BASH = `# bash completion of isochron
_isochron() {
  local value text files=
  COMPREPLY=()
  while IFS=$'\\t' read -r value text; do
    if [[ $value == ${FILES} ]]; then files=1; else COMPREPLY+=("$value"); fi
  done < <("\${COMP_WORDS[0]}" --complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ -n $files ]]; then
    local cur=\${COMP_WORDS[COMP_CWORD]}
    [[ $cur == "=" ]] && cur=
    compopt -o filenames 2>/dev/null
    while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "$cur")
  fi
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[=,] ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _isochron isochron
`;

const ZSH = `#compdef isochron
_isochron() {
  local value text files=
  local -a found
  while IFS=$'\\t' read -r value text; do
    if [[ $value == ${FILES} ]]; then files=1; else found+=("\${value//:/\\\\:}:$text"); fi
  done < <("\${words[1]}" --complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#found )) && _describe isochron found
  if [[ -n $files ]]; then
    [[ $PREFIX == --*=* ]] && compset -P '*='
    _files
  fi
}
if [ "$funcstack[1]" = "_isochron" ]; then _isochron "$@"; else compdef _isochron isochron; fi
`;

const FISH = `# fish completion of isochron
function __isochron_ask
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  test (count $current) -eq 0; and set current ''
  $before[1] --complete $before[2..-1] $current 2>/dev/null
end
function __isochron_words
  string match -v '${FILES}*' -- (__isochron_ask)
end
function __isochron_files
  string match -q '${FILES}*' -- (__isochron_ask)
end
complete -c isochron -f -a '(__isochron_words)'
complete -c isochron -n __isochron_files -F
`;

export const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const;
