#!/usr/bin/env node
/**
 * What is started. It reads what can say what is wrong before anything else: Node reads all modules of a file at once, and
 * where too few files may be open that ends in a trace of Node's own. Without a current folder no path is found, and some
 * modules ask for it as they are read.
 */
let words: typeof import('./exit.js') | null = null;
try {
  words = await import('./exit.js');
  const { currentFolder, requireUtf8 } = await import('./utf8.js');
  requireUtf8(process.argv, currentFolder());
  // what a shell asks at each Tab, which is no command of anybody's
  if (process.argv[2] === '--complete') await import('./complete-line.js');
  else await import('./command-line.js');
} catch (error) {
  if (words === null) {
    const { code } = error as NodeJS.ErrnoException;
    const hint =
      code === 'EMFILE' ? '\n  Too few files may be open: raise the limit (ulimit -n).' : '';
    process.stderr.write(`isochron: it can't be loaded: ${error}${hint}\n`);
  }
  process.exitCode = words?.reportError(error) ?? 1;
}
