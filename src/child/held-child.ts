/** A child process as its parent holds it: pipes, an end, and a way to end it by force. */
import { spawn } from 'node:child_process';
import type { Duplex, Readable, Writable } from 'node:stream';
import { finished as streamEnd } from 'node:stream/promises';
import { forEachStream, type StreamName } from '../addon/streams.js';
import { IsochronError } from '../kernel/errors.js';
import { compiled } from '../kernel/package.js';
import { COMMANDS_FD, MESSAGES_FD, PIPES } from './pipes.js';

export interface HeldChild {
  /** What it is told, and what it says. */
  commands: Writable;
  messages: Readable;
  /** What comes back by the pipe of the commands, where only an engine that writes into any descriptor writes. */
  stray: Readable;
  /** What the engine prints: stdout and stderr. */
  output: readonly Readable[];
  /** Resolves when the process has ended or could not be started; its pipes may still hold something. */
  ended: Promise<Ended>;
  /** SIGKILL. */
  kill(): void;
}

export interface RunChild extends HeldChild {
  streams: Record<StreamName, Readable>;
}

export type Ended =
  | { code: number | null; signal: NodeJS.Signals | null }
  | { code: null; signal: null; notStarted: Error };

export const notStarted = ({ message }: Error) =>
  new IsochronError('E_CHILD', `The engine's process could not be started: ${message}`);

/** Starts the process of a run. */
export function startRunChild(): RunChild {
  const { child, pipe } = startChild('run-entry.js', 'pipe');
  return { ...child, streams: forEachStream((name) => pipe(PIPES[name].fd)) };
}

/** Starts the process of an evaluation. */
export const startEvaluateChild = (): HeldChild => startChild('evaluator-entry.js', 'ignore').child;

/** Starts a process that will load the engine; `streams` says whether it has pipes for those of records. */
function startChild(script: string, streams: 'pipe' | 'ignore') {
  const stdio: ('ignore' | 'pipe')[] = ['ignore', 'pipe', 'pipe'];
  for (const fd of [COMMANDS_FD, MESSAGES_FD]) stdio[fd] = 'pipe';
  for (const { fd } of Object.values(PIPES)) stdio[fd] = streams;
  const child = spawn(process.execPath, [compiled('child', script), String(process.pid)], {
    stdio,
    // its own process group: a terminal's Ctrl-C reaches only us, and we stop it in order
    detached: true,
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, notStarted: error });
    });
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  // without a descriptor left there are no pipes either
  if ((child.stdio as typeof child.stdio | undefined) === undefined)
    throw new IsochronError(
      'E_CHILD',
      "The engine's process could not be started: too many files are open.",
      'Close some, or raise the limit (ulimit -n).',
    );
  const pipe = (fd: number) => child.stdio[fd] as Duplex;
  const held: HeldChild = {
    commands: pipe(COMMANDS_FD),
    messages: pipe(MESSAGES_FD),
    stray: pipe(COMMANDS_FD),
    output: [child.stdout as Readable, child.stderr as Readable],
    ended,
    kill: () => {
      child.kill('SIGKILL');
    },
  };
  return { child: held, pipe };
}

/** How much of what the engine prints is kept. */
const MAX_OUTPUT = 64 * 1024;

/** The end of what a process prints. */
export function collect(streams: readonly Readable[]): { text(): string; end: Promise<unknown> } {
  let text = '';
  for (const stream of streams)
    stream.setEncoding('utf8').on('data', (more: string) => {
      text = (text + more).slice(-MAX_OUTPUT);
    });
  const end = Promise.all(streams.map((stream) => streamEnd(stream).catch(() => {})));
  return { text: () => text, end };
}
