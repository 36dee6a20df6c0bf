import type { CommandModule } from 'yargs';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

interface CompletionArgv {
  shell: Shell;
}

/** `isochron completion bash`. */
export const completionCommand: CommandModule<object, CompletionArgv> = {
  command: 'completion <shell>',
  describe: 'Print the script by which a shell completes commands, options and names',
  builder: (yargs) =>
    yargs
      .positional('shell', { choices: SHELLS, demandOption: true, describe: 'the shell' })
      .example('$0 completion bash > ~/.local/share/bash-completion/completions/isochron', 'bash')
      .example('$0 completion zsh > ~/.zfunc/_isochron', 'zsh, with ~/.zfunc in its fpath')
      .example('$0 completion fish > ~/.config/fish/completions/isochron.fish', 'fish'),
  handler: async ({ shell }) => {
    const { SCRIPTS } = await import('./completion-scripts.js');
    process.stdout.write(SCRIPTS[shell]);
  },
};
