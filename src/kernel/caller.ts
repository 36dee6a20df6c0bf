/** What a program hands to the library: arguments of the right kinds, and functions of its own that may fail later. */
import { UsageError } from './errors.js';

const IS = {
  function: (value: unknown) => typeof value === 'function',
  AbortSignal: (value: unknown) => {
    const { aborted, addEventListener, removeEventListener } = Object(value) as AbortSignal;
    return (
      [typeof aborted, typeof addEventListener, typeof removeEventListener].join() ===
      'boolean,function,function'
    );
  },
  boolean: (value: unknown) => typeof value === 'boolean',
  number: (value: unknown) => typeof value === 'number',
  string: (value: unknown) => typeof value === 'string',
  object: (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'list of strings': (value: unknown) => Array.isArray(value) && value.every(IS.string),
  'list of booleans': (value: unknown) => Array.isArray(value) && value.every(IS.boolean),
  'list of objects': (value: unknown) => Array.isArray(value) && value.every(IS.object),
  'list of numbers': (value: unknown) => Array.isArray(value) && value.every(IS.number),
};
export type Kind = keyof typeof IS;
/** Of every option there is. */
export type Kinds<O> = { readonly [Name in keyof Required<O>]: Kind };

/** @throws UsageError for an argument that is of another kind; what is left out (`undefined`, `null`) is for the caller to ask */
export function requireKind(value: unknown, kind: Kind, what: string): void {
  if (value == null || !IS[kind](value))
    throw new UsageError(`${what} must be ${/^[ao]/i.test(kind) ? 'an' : 'a'} ${kind}.`);
}

/**
 * @param of the function's name
 * @throws UsageError for options that are no object, and for one of another kind than it must be
 */
export function requireOptions<O extends object>(of: string, options: O, kinds: Kinds<O>): void {
  requireKind(options, 'object', `the options of ${of}`);
  for (const [name, kind] of Object.entries<Kind>(kinds)) {
    const value: unknown = options[name as keyof O];
    if (value != null) requireKind(value, kind, `the option ${name} of ${of}`);
  }
}

/** How long is waited in all, when there is nothing else to do, for the promises that the caller's functions have returned. */
const SETTLE_GRACE_MS = 10_000;

/**
 * The caller's functions while the library works for them. One that returns a promise which is rejected has failed, as one
 * that throws has: each failure is told once, by the next call of any of them, or to `during`, or at the end.
 */
export class Caller {
  readonly #pending = new Set<Promise<void>>();
  #failure: { reason: unknown } | null = null;
  #graceMs = SETTLE_GRACE_MS;
  #told: AbortController | null = null;

  /** The options of these names that are given, the functions among them under this watch. */
  watch<O extends object>(options: O, kinds: Kinds<O>): O {
    const watched: Record<string, unknown> = {};
    for (const name of Object.keys(kinds)) {
      const value: unknown = options[name as keyof O];
      if (typeof value === 'function')
        watched[name] = (...args: unknown[]) => {
          this.#throwFailure();
          const result: unknown = Reflect.apply(value, options, args);
          if (typeof (result as PromiseLike<unknown> | null | undefined)?.then === 'function')
            this.#await(result as PromiseLike<unknown>);
        };
      else if (value != null) watched[name] = value;
    }
    return watched as O;
  }

  /** What fails meanwhile aborts the signal that `work` gets, with it as its reason; what still runs at its end is awaited. */
  async during<T>(work: (failure: AbortSignal) => Promise<T>): Promise<T> {
    this.#throwFailure();
    const told = new AbortController();
    this.#told = told;
    let result: T;
    try {
      result = await work(told.signal);
    } finally {
      await this.#allSettled();
      this.#told = null;
    }
    told.signal.throwIfAborted();
    return result;
  }

  /** Resolves when all promises have settled, or have been given time enough; rejects with a failure that was not told yet. */
  async settled(): Promise<void> {
    await this.#allSettled();
    this.#throwFailure();
  }

  async #allSettled(): Promise<void> {
    if (this.#pending.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#graceMs);
    });
    const from = performance.now();
    await Promise.race([Promise.all(this.#pending), enough]);
    this.#graceMs = Math.max(0, this.#graceMs - (performance.now() - from));
    clearTimeout(timer);
  }

  #await(result: PromiseLike<unknown>): void {
    const pending = Promise.resolve(result).then(
      () => {
        this.#pending.delete(pending);
      },
      (reason: unknown) => {
        this.#pending.delete(pending);
        if (this.#told) this.#told.abort(reason ?? new Error(`rejected with ${reason}`));
        else this.#failure ??= { reason };
      },
    );
    this.#pending.add(pending);
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure) throw failure.reason;
  }
}

/**
 * Does what a function of the library does for a program.
 *
 * @param of the function's name
 * @throws UsageError for options of the wrong kind; what `work` throws; what the program's functions failed with
 */
export async function forCaller<O extends object, T>(
  of: string,
  options: O,
  kinds: Kinds<O>,
  work: (options: O, caller: Caller) => Promise<T>,
): Promise<T> {
  requireOptions(of, options, kinds);
  const caller = new Caller();
  const result = await work(caller.watch(options, kinds), caller);
  await caller.settled();
  return result;
}
