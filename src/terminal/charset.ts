/** Whether the locale has more letters than ASCII, by the variables that setlocale(3) reads, in its order; without any it is C. */
export const utf8Locale = (env: NodeJS.ProcessEnv = process.env): boolean =>
  /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '');
