/**
 * `completion bash|zsh|fish`: a script that lets the shell ask us what may stand at the cursor (`__complete`), as the prompt does.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_completion/
 */
import { CommandError } from '../command-error';
import { completionsFor } from '../repl/complete';
import { liveNames } from '../repl/live-names';
import { type AddVerb, defineVerb, type Verb } from '../verb';

const BASH = `# bash completion for kubectl of minik8s: source <(./run.sh kubectl completion bash)
_minik8s_kubectl() {
  local line="\${COMP_LINE:0:COMP_POINT}" IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" __complete -- "\${line#* }" 2>/dev/null))
  # bash takes = and : for the ends of words: what is typed before them is there already.
  local current="\${line##* }"
  case "$current" in *[=:]*) COMPREPLY=("\${COMPREPLY[@]#"\${current%[=:]*}"?}") ;; esac
  compopt -o default 2>/dev/null
}
complete -F _minik8s_kubectl kubectl
`;

const ZSH = `#compdef kubectl
# zsh completion for kubectl of minik8s: source <(./run.sh kubectl completion zsh)
_minik8s_kubectl() {
  local line="\${words[2,CURRENT-1]} \${words[CURRENT]}"
  compadd -- \${(f)"$(\${words[1]} __complete -- "$line" 2>/dev/null)"}
}
compdef _minik8s_kubectl kubectl
`;

const FISH = `# fish completion for kubectl of minik8s: ./run.sh kubectl completion fish | source
function __minik8s_kubectl
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  $words[1] __complete -- (string join ' ' -- $words[2..-1])" $current" 2>/dev/null
end
complete -c kubectl -a '(__minik8s_kubectl)'
`;

const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

const scriptVerb: Verb<object, string> = {
  complete: ({ args: [shell = ''] }) => shell,
  validate(shell) {
    if (!shell) throw new CommandError("shell not specified.\nSee 'kubectl completion -h' for help and examples");
    if (!Object.hasOwn(SCRIPTS, shell)) throw new CommandError(`unsupported shell type ${JSON.stringify(shell)}`);
  },
  async run(shell, { output }) {
    output.out(SCRIPTS[shell] ?? '');
  },
};

export const addCompletion: AddVerb = (program, host) => {
  defineVerb(program.command('completion').description('completion for your shell: bash, zsh, fish'), host, scriptVerb);
  const answer: Verb<object, string> = {
    complete: ({ afterDash }) => (afterDash ?? []).join(' '),
    validate: () => undefined,
    async run(line, { shell, output }) {
      const verbs = program.commands.map((command) => command.name()).filter((name) => !name.startsWith('__'));
      const [words] = await completionsFor(line, liveNames(shell, program, verbs));
      output.out(words.map((word) => `${word}\n`).join(''));
    },
  };
  defineVerb(program.command('__complete', { hidden: true }), host, answer);
};
