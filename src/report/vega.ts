/** Vega and Vega-Lite, which are loaded only for a report: a board that runs benchmarks does without them. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { IsochronError } from '../errors.js';
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
      ? 'The report needs the packages vega and vega-lite, which are not installed here.'
      : `The packages vega and vega-lite can't be loaded: ${message}`,
    'Install them beside isochron: npm install vega@6 vega-lite@6. Or copy the results to a machine that has them.',
  );
}

/**
 * The scripts that the page carries.
 * @throws IsochronError E_NO_VEGA when the packages are not installed
 */
export async function runtimeScripts(): Promise<string[]> {
  try {
    return await Promise.all(
      ['vega', 'vega-lite'].map((name) =>
        readFile(join(dirname(require.resolve(name)), `${name}.min.js`), 'utf8'),
      ),
    );
  } catch (error) {
    throw absent(error);
  }
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
      ...withScale(figure.spec ?? {}, figure.log?.on ?? false),
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
