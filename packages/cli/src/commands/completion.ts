import { defineCommand } from '../framework/command.ts';
import { arg } from '../framework/flags.ts';
import { usage } from '../framework/parse.ts';
import { completionScripts, SHELLS } from '../io/completion-scripts.ts';

export default defineCommand({
  description:
    'Prints a script that makes your shell complete commands, flags and their values. The script asks weft itself for ' +
    'the candidates, so it need not be renewed when weft changes.',
  status: 'stable',
  args: { shell: arg.required(`the shell: ${SHELLS.join(', ')}`, SHELLS) },
  examples: [
    { title: 'Complete in this bash', command: 'source <(weft completion bash)' },
    { title: 'Complete in every zsh from now on', command: 'weft completion zsh > "$fpath[1]/_weft"' },
    {
      title: 'Complete in every fish from now on',
      command: 'weft completion fish > ~/.config/fish/completions/weft.fish',
    },
  ],
  async run({ shell }, { out }) {
    const known = SHELLS.find((candidate) => candidate === shell);
    if (known === undefined) {
      throw usage(
        'completion',
        `there is no completion for ${JSON.stringify(shell)}`,
        `known shells: ${SHELLS.join(', ')}`,
      );
    }
    out.write(completionScripts[known]);
    return undefined;
  },
});
