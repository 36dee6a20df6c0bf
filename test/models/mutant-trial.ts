/** What must hold of a broken model: an answer, in bounded time and memory, that the engine does not contradict. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineLibrary, engineMissing } from './engine.js';
import type { Precision, TensorSaid } from './mutant-child.js';
import { ENGINE, MutantProcess, type Outcome, READER } from './mutant-process.js';
import { type Base, Dice, type Mutant, mutate } from './mutator.js';

export interface Finding {
  mutant: Mutant;
  /** Of which kind it is: the same words for the same fault. */
  kind: string;
  detail: string;
}

export interface Tried {
  count: number;
  /** By what was said of them, `read` or an error's code. */
  said: Map<string, number>;
  findings: Finding[];
  /** What the engine does otherwise than we say, for a reason that is known; by that reason. */
  known: Map<string, number>;
}

/** Tries mutants `from` to `from + count - 1` of a seed, by turns of each base. */
export async function tryMutants(
  bases: readonly Base[],
  seed: number,
  count: number,
  onProgress: (done: number) => void = () => {},
): Promise<Tried> {
  const tried: Tried = { count, said: new Map(), findings: [], known: new Map() };
  const trial = new Trial(tried);
  try {
    for (let i = 0; i < count; i++) {
      await trial.run(mutate(bases[i % bases.length] as Base, seed * 1_000_003 + i));
      onProgress(i + 1);
    }
  } finally {
    trial.end();
  }
  return tried;
}

/** A loop that never ends is the model's own right; what the engine is asked to run takes microseconds. */
const LOOP_MS = 5_000;

const PRECISIONS: readonly Precision[] = ['fp16', 'dynamic', 'int8', 'uint8'];

class Trial {
  readonly #folder = mkdtempSync(join(tmpdir(), 'isochron-mutants-'));
  readonly #reader = new MutantProcess(READER);
  readonly #engine = engineMissing() === null ? new MutantProcess(ENGINE, LOOP_MS) : null;

  readonly #tried: Tried;

  constructor(tried: Tried) {
    this.#tried = tried;
  }

  end(): void {
    this.#reader.end();
    this.#engine?.end();
    rmSync(this.#folder, { recursive: true });
  }

  async run(mutant: Mutant): Promise<void> {
    const note = (kind: string, detail: string) => {
      this.#tried.findings.push({ mutant, kind, detail });
    };
    const said = await this.#reader.ask({ ask: 'inspect', bytes: mutant.bytes });
    count(this.#tried.said, said.kind === 'refused' ? said.code : said.kind);
    if (said.kind === 'refused') {
      if (said.code === 'E_MODEL_CORRUPT') await this.#refused(mutant, said.message, note);
      return;
    }
    if (said.kind !== 'done') return note(`inspect ${said.kind}`, detailOf(said));
    const real = await this.#load(mutant.bytes, false);
    if (real) this.#compare(said, real, 'inspect', note);
    const precision = new Dice(mutant.seed).of(PRECISIONS);
    const made = await this.#reader.ask({ ask: 'quantize', bytes: mutant.bytes, precision });
    if (made.kind !== 'done' && made.kind !== 'refused')
      return note(`quantize ${precision} ${made.kind}`, detailOf(made));
    if (made.kind === 'refused') {
      // The engine is asked first, for ranges.
      if (real?.kind === 'done' && made.message.includes('the result'))
        note(`quantize ${precision} damaged`, made.message);
      return;
    }
    // What the engine refuses is refused by quantize as well, which tries it.
    const result = made.made && (await this.#load(made.made, false));
    if (result?.kind === 'done') this.#compare(made, result, `quantize ${precision}`, note);
  }

  async #load(bytes: Uint8Array, invoke: boolean): Promise<Outcome | null> {
    const path = join(this.#folder, 'm.tflite');
    const ask = async () =>
      (await this.#engine?.ask({ bytes, path, library: engineLibrary(), invoke })) ?? null;
    const first = await ask();
    // A process that had many models before may be short of memory: what ends one has to end a new one as well.
    return first?.kind === 'died' ? ask() : first;
  }

  async #refused(
    mutant: Mutant,
    message: string,
    note: (kind: string, detail: string) => void,
  ): Promise<void> {
    const real = await this.#load(mutant.bytes, true);
    if (real?.kind !== 'done') return;
    const reason = STRICTER.find(([words]) => words.test(message))?.[1];
    if (reason) count(this.#tried.known, reason);
    else note('called damaged, and runs', message);
  }

  #compare(
    said: Extract<Outcome, { kind: 'done' }>,
    real: Outcome,
    who: string,
    note: (kind: string, detail: string) => void,
  ): void {
    if (real.kind === 'done') {
      const [ours, engines] = [line(said.inputs), line(real.inputs)];
      if (ours !== engines) note(`${who}: other inputs`, `${ours} and in the engine ${engines}`);
      const [names, others] = [said.outputs, real.outputs].map((list) => list.map(nameOf).join());
      if (names !== others) note(`${who}: other outputs`, `${names} and in the engine ${others}`);
      else if (line(said.outputs) !== line(real.outputs)) count(this.#tried.known, COMPUTED_ANEW);
      return;
    }
    if (real.kind === 'refused') {
      const reason = ENGINE_REFUSES.find(([words]) =>
        words.test(`${real.code} ${real.message}`),
      )?.[1];
      if (reason) count(this.#tried.known, reason);
      else note(`${who}: read, and the engine refuses it`, real.message);
      return;
    }
    if (real.kind === 'hung')
      count(this.#tried.known, 'the engine takes long over a very large tensor');
    else note(`${who}: read, and the engine ${real.kind}`, detailOf(real));
  }
}

/** What we call damaged and the engine runs, and why we stay with it. */
const STRICTER: readonly (readonly [RegExp, string])[] = [
  [
    /signature|metadata.* refers/,
    'the engine follows signatures and metadata when somebody asks for them',
  ],
  [
    /before it is written|nothing writes|and writes one/,
    'the engine computes from memory that nothing has written',
  ],
  [/it has no tensors/, 'the engine takes a graph of nothing'],
  [/in its intermediates/, 'the engine looks at the intermediates of operators that have some'],
  [/is sparse and does not say how/, 'the engine does not use an empty description of sparsity'],
  [/sparse dimension that leads nowhere/, 'the engine reads beyond the places of a dimension'],
  [/writes to .*, a constant/, 'the engine gives what is sized at run time memory of its own'],
  [/of graph [1-9]/, 'the engine prepares the graph of a signature when somebody asks for it'],
  [
    /impossible size|lies outside of it/,
    'the engine does not look at the size of a table, which no writer gets wrong',
  ],
  [
    /^[^:]*: operator \d+.* refers to tensor/,
    'the engine takes what a kernel has added for itself for a tensor of the file',
  ],
  [
    /moves its window by|has a window of|has the dilation/,
    'the engine computes nothing, or something, where a window has no size or does not move',
  ],
  [
    /has a negative dimension/,
    'the engine computes the shape of an output itself, whatever the file says',
  ],
  [/ reads and writes /, 'the engine writes over what it reads'],
  [/call one another in a circle/, 'the engine enters a graph when something runs it'],
  [/scale that is negative or no number/, 'the engine multiplies by whatever a scale says'],
  [/an operator refers to graph/, 'the engine prepares a graph when something runs it'],
  [/refers to itself/, 'the engine takes an offset of 0 for a table where it stands'],
  [/which is no /, 'the engine takes a number that the schema does not name for none'],
];

/** What we read and the engine refuses for another reason than that the file is damaged. */
const ENGINE_REFUSES: readonly (readonly [RegExp, string])[] = [
  [/failed to prepare/, 'a kernel refuses shapes, types or options: only it knows what it takes'],
  [
    /^E_UNRESOLVED_OP|^E_FLEX_OP|^E_EDGETPU_MODEL|Didn't find op for builtin|builtin_code out of range/,
    'the engine lacks an operator, or a version of it: a newer one may have it',
  ],
  [/Unhandled fully-connected weights format/, 'the engine does not know an option'],
  [/String variable tensor isn't supported/, 'the engine has no variables of strings'],
  [/Unsupported data type \d+ in tensor/, 'the engine lacks a type that newer ones have'],
  [/^E_INPUT/, 'the tool does not fill such inputs'],
  [
    /non-null scale but null zero_point|has 0 zero_point values/,
    'newer files leave out zero points that are all 0',
  ],
  [/bad_alloc/, 'a tensor takes more memory than the engine is given here'],
  [/BytesRequired number of \w+ overflowed/, 'a shape is not fixed: `run` says which'],
];

const COMPUTED_ANEW =
  'the engine computes types and shapes of outputs itself, whatever the file says';

/** To the engine a name ends with the first 0, and none is an empty one; `tensor 3` is what we call one without a name. */
const nameOf = ({ name }: TensorSaid) => name.replace(/\0.*$|^tensor \d+$/s, '');

const line = (list: readonly TensorSaid[]) =>
  list.map((t) => `${nameOf(t)} ${t.type}[${t.shape.join('×')}]`).join(', ');

function detailOf(outcome: Outcome): string {
  if (outcome.kind === 'thrown') return outcome.stack;
  return outcome.kind === 'died' ? outcome.how : '';
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}
