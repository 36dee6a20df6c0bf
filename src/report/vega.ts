/** Vega and Vega-Lite, which are loaded only for a report: a board that runs benchmarks does without them. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { IsochronError } from '../kernel/errors.js';
import { type Figure, withScale } from './figure.js';
import type { Theme } from './themes.js';

const require = createRequire(import.meta.url);

function absent(error: unknown): IsochronError {
  const { code, message } = error as NodeJS.ErrnoException;
  const missing =
    code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ENOENT';
  return new IsochronError(
    'E_NO_VEGA',
    missing
      ? 'The report needs the packages vega, vega-lite and vega-interpreter, which are not installed here.'
      : `The packages vega, vega-lite and vega-interpreter can't be loaded: ${message}`,
    'Install them beside isochron: npm install vega@6 vega-lite@6 vega-interpreter@2 (with -g where isochron was installed so). Or copy the results to a machine that has them.',
  );
}

/**
 * The scripts that the page carries.
 * @throws IsochronError E_NO_VEGA when the packages are not installed
 */
export async function runtimeScripts(): Promise<string[]> {
  const built = (name: string, file: string) =>
    readFile(join(dirname(require.resolve(name)), file), 'utf8');
  try {
    const [vega, interpreter, lite] = await Promise.all([
      built('vega', 'vega.min.js'),
      built('vega-interpreter', 'vega-interpreter.js'),
      built('vega-lite', 'vega-lite.min.js'),
    ]);
    return [vega, interpreterScript(interpreter), lite];
  } catch (error) {
    throw absent(error);
  }
}

/**
 * The interpreter's package holds a module only, and a page that is one file has none to import from: what it imports
 * is Vega's own, and what it exports is put there.
 */
function interpreterScript(module: string): string {
  const imports = /^import (\{[^}]+\}) from 'vega-util';$/m;
  const exports = /^export \{ (\w+) as expressionInterpreter \};$/m;
  if (!imports.test(module) || !exports.test(module))
    throw new Error('vega-interpreter is of a version that is not known here');
  const body = module
    .replace(imports, 'const $1 = vega;')
    .replace(exports, 'vega.expressionInterpreter = $1;')
    .replace(/^\/\/# sourceMappingURL=.*$/m, '');
  return `(() => {\n${body}})();\n`;
}

/**
 * Draws figures without a browser.
 * @throws IsochronError E_NO_VEGA when the packages are not installed
 */
export async function svgRenderer(
  theme: Theme,
  width = 760,
): Promise<(figure: Figure) => Promise<string>> {
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')]).catch(
    (error: unknown) => {
      throw absent(error);
    },
  );
  return async (figure) => {
    const spec = {
      ...withScale(figure.specs?.wide ?? {}, figure.log?.on ?? false),
      description: `${figure.title}. ${figure.message}`,
      width,
      autosize: { type: 'fit-x', contains: 'padding' },
      datasets: { rows: figure.rows, ...figure.datasets },
      config: { ...theme.config, background: 'white' },
    };
    const compiled = lite.compile(spec as unknown as Parameters<typeof lite.compile>[0], {
      logger: vega.logger(vega.Error),
    });
    const view = new vega.View(vega.parse(compiled.spec), {
      renderer: 'none',
      logger: vega.logger(vega.Error),
    });
    try {
      return `${await view.toSVG()}\n`;
    } finally {
      view.finalize();
    }
  };
}
