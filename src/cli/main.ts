#!/usr/bin/env node
/**
 * What is started. It imports nothing before it can say what is wrong: Node reads all modules at once, and where too few
 * files may be open that ends in a trace of Node's own.
 */
try {
  await import('./command-line.js');
} catch (error) {
  const words = await import('./exit.js').catch(() => null);
  if (words === null) process.stderr.write(`isochron: it can't be loaded: ${error}\n`);
  process.exitCode = words?.reportError(error) ?? 1;
}
