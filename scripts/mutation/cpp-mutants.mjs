// Finds places of a C++ file where one small change makes another program, and writes the file with all of these changes
// behind switches. No parser: it relies on the formatting of this repository (clang-format puts spaces around binary
// operators, and none around those of templates and pointers). What does not compile is dropped by the caller.

const PRECEDENCE = new Map(
  [
    ['*', '/', '%'],
    ['+', '-'],
    ['<<', '>>'],
    ['<', '<=', '>', '>='],
    ['==', '!='],
    ['&'],
    ['^'],
    ['|'],
    ['&&'],
    ['||'],
  ].flatMap((operators, level) => operators.map((operator) => [operator, 10 - level])),
);
const CHANGED = new Map(
  Object.entries({
    '<': '<=',
    '<=': '<',
    '>': '>=',
    '>=': '>',
    '==': '!=',
    '!=': '==',
    '+': '-',
    '-': '+',
    '*': '/',
    '/': '*',
    '%': '/',
    '&&': '||',
    '||': '&&',
  }),
);
const ENDS = new Set([
  ';',
  ',',
  '?',
  ':',
  '=',
  '+=',
  '-=',
  '*=',
  '/=',
  '|=',
  '&=',
  '^=',
  '<<=',
  '>>=',
  'return',
  'throw',
  'case',
  'else',
  'do',
]);
const NO_STATEMENT = new Set(
  'return break continue using const auto constexpr static case default throw goto if for while do else switch try catch struct class enum namespace typedef extern friend public private protected template static_assert'.split(
    ' ',
  ),
);
const OPEN = { '(': ')', '[': ']', '{': '}' };
const CLOSE = new Set(Object.values(OPEN));
const TOKEN =
  /(?<word>[A-Za-z_]\w*)|(?<number>0[xX][\da-fA-F']+[uUlL]*|\d[\d']*(?:\.\d+)?(?:e[+-]?\d+)?[uUlL]*)|(?<punctuation><<=|>>=|->|::|\+\+|--|<=|>=|==|!=|&&|\|\||\+=|-=|\*=|\/=|\|=|&=|\^=|<<|>>|\.\.\.|.)/gsy;

/** The text with comments, literals of characters and preprocessor lines blanked: same length, same lines. */
function blank(source) {
  return source.replace(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|^[ \t]*#(?:\\\n|[^\n])*|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'/gm,
    (piece) => piece.replace(/[^\n]/g, piece[0] === '"' || piece[0] === "'" ? '_' : ' '),
  );
}

function tokenize(text) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    if (/\s/.test(match[0])) continue;
    tokens.push({
      text: match[0],
      at: match.index,
      end: match.index + match[0].length,
      word: match.groups.word !== undefined,
      number: match.groups.number !== undefined,
    });
  }
  return tokens;
}

/** Sets partner (of brackets), code (of braces: they hold statements), body (inside of such) and parent. */
function structure(tokens) {
  const stack = [];
  tokens.forEach((token, i) => {
    token.parent = stack.at(-1);
    token.body = stack.some((j) => tokens[j].code);
    if (token.text in OPEN) {
      const before = tokens[i - 1]?.text ?? '';
      if (token.text === '{') {
        const follows = [')', 'else', 'do', 'try', 'noexcept', 'override', 'mutable', ']'].includes(
          before,
        );
        const block =
          [';', '{', '}', ':'].includes(before) && stack.length > 0 && tokens[stack.at(-1)].code;
        token.code = follows || (before === 'const' && tokens[i - 2]?.text === ')') || block;
      }
      stack.push(i);
    } else if (CLOSE.has(token.text) && stack.length > 0) {
      const j = stack.pop();
      token.partner = j;
      tokens[j].partner = i;
      token.parent = stack.at(-1);
    }
  });
}

/** Whether the token is an operator between two operands: there are spaces around it. */
function isBinary(text, token) {
  return (
    PRECEDENCE.has(token.text) &&
    /\s/.test(text[token.at - 1] ?? '') &&
    /\s/.test(text[token.end] ?? '')
  );
}

/** From where to where the operands of the binary operator at `i` reach, as indices of tokens. */
function operands(text, tokens, i) {
  const level = PRECEDENCE.get(tokens[i].text);
  const weaker = (token, orEqual) =>
    ENDS.has(token.text) ||
    (isBinary(text, token) &&
      (orEqual ? PRECEDENCE.get(token.text) <= level : PRECEDENCE.get(token.text) < level));
  let first = i;
  for (let j = i - 1; j >= 0; j--) {
    if (CLOSE.has(tokens[j].text) && tokens[j].partner !== undefined) {
      if (tokens[j].text === '}' && tokens[tokens[j].partner].code) break;
      j = tokens[j].partner;
    } else if (tokens[j].text in OPEN || weaker(tokens[j], false)) break;
    first = j;
  }
  let last = i;
  for (let j = i + 1; j < tokens.length; j++) {
    if (tokens[j].text in OPEN && tokens[j].partner !== undefined) j = tokens[j].partner;
    else if (CLOSE.has(tokens[j].text) || weaker(tokens[j], true)) break;
    last = j;
  }
  return first < i && last > i ? [first, last] : undefined;
}

/** The end of the expression statement that begins at token `i`, if one does. */
function statement(tokens, i) {
  const { text, word, parent } = tokens[i];
  if (parent === undefined || !tokens[parent].code) return undefined;
  if (!(word || text === '++' || text === '--') || NO_STATEMENT.has(text)) return undefined;
  const before = tokens[i - 1];
  const control =
    before.text === ')' && ['if', 'for', 'while'].includes(tokens[before.partner - 1]?.text);
  if (![';', '{', '}', 'else'].includes(before.text) && !control) return undefined;
  for (let j = i; j < tokens.length; j++) {
    if (tokens[j].text in OPEN) j = tokens[j].partner;
    else if (tokens[j].text === ';') return j;
    else if (CLOSE.has(tokens[j].text)) return undefined;
    // two words in a row, or a word after a template or a pointer: a declaration
    else if (
      j > i &&
      tokens[j].word &&
      tokens[j - 1].end < tokens[j].at &&
      (tokens[j - 1].word || /^[>*&]$/.test(tokens[j - 1].text))
    )
      return undefined;
  }
  return undefined;
}

/** The mutants of a file: {at, end, changed (text of the mutant), kind, line, change (for people)}. */
export function mutantsOf(source) {
  const text = blank(source);
  const tokens = tokenize(text);
  structure(tokens);
  const lineOf = (at) => source.slice(0, at).split('\n').length;
  // without comments, on one line; of literals, which are underscores in `text`, as they were written
  const oneLine = (from, to) =>
    [...text.slice(from, to)]
      .map((c, k) => (c === '_' ? source[from + k] : c.replace(/\s/, ' ')))
      .join('');
  const found = [];
  const add = (at, end, kind, changed, change) =>
    found.push({ at, end, kind, changed, line: lineOf(at), change: change.replace(/\s+/g, ' ') });
  let constant = -1; // up to this token, a constant expression is written
  tokens.forEach((token, i) => {
    if (['constexpr', 'static_assert'].includes(token.text) && token.body)
      constant = tokens.findIndex((other, j) => j > i && other.text === ';');
    if (!token.body || i <= constant) return;
    if (isBinary(text, token) && CHANGED.has(token.text)) {
      const range = operands(text, tokens, i);
      if (range) {
        const [from, to] = [tokens[range[0]].at, tokens[range[1]].end];
        const other = CHANGED.get(token.text);
        add(
          from,
          to,
          'expression',
          oneLine(from, token.at) + other + oneLine(token.end, to),
          `${oneLine(from, to)}  →  ${other}`,
        );
      }
    }
    // what a builtin of the compiler is given has to be a constant, which no switch is
    const ofBuiltin = tokens[i - 1]?.text === '(' && tokens[i - 2]?.text.startsWith('__builtin_');
    if (token.number && !ofBuiltin && !/[.e]/.test(token.text.replace(/^0[xX].*/, '')))
      add(token.at, token.end, 'expression', `${token.text} + 1`, `${token.text}  →  + 1`);
    if (token.text === 'true' || token.text === 'false') {
      const other = token.text === 'true' ? 'false' : 'true';
      add(token.at, token.end, 'expression', other, `${token.text}  →  ${other}`);
    }
    if ((token.text === 'if' || token.text === 'while') && tokens[i + 1]?.text === '(') {
      const open = tokens[i + 1];
      const close = tokens[open.partner];
      const inner = oneLine(open.end, close.at);
      if (!inner.includes(';') && !/^\s*(const|auto)\b/.test(inner))
        add(open.end, close.at, 'condition', '', `${inner}  →  !`);
    }
    const last = statement(tokens, i);
    if (last !== undefined)
      add(
        token.at,
        tokens[last].end,
        'statement',
        '',
        `${oneLine(token.at, tokens[last].end)}  →  removed`,
      );
  });
  return found;
}

/** The file with its mutants behind switches; each has an id. Lines stay where they are. */
export function withSwitches(source, mutants) {
  const sorted = [...mutants].sort(
    (a, b) => a.at - b.at || b.end - a.end || (a.kind === 'expression' ? 1 : -1),
  );
  let next = 0;
  const render = (from, to) => {
    let out = '';
    let at = from;
    while (next < sorted.length && sorted[next].at < to) {
      const mutant = sorted[next++];
      out += source.slice(at, mutant.at);
      const inner = render(mutant.at, mutant.end);
      const on = `isochron_mutant(${mutant.id})`;
      if (mutant.kind === 'expression') out += `(${on} ? (${mutant.changed}) : (${inner}))`;
      else if (mutant.kind === 'condition') out += `${on} != static_cast<bool>(${inner})`;
      else out += `{ if (!${on}) { ${inner} } }`;
      at = mutant.end;
    }
    return out + source.slice(at, to);
  };
  // A switch is no constant: functions that could be evaluated by the compiler are now only inline.
  const strip = (piece) =>
    piece.replace(/\bconstexpr (?=[^;={}()]*\([^;{}]*\)[^;={}()]*\{)/g, 'inline ');
  return strip(render(0, source.length));
}
