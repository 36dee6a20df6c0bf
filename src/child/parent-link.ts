/** The child's end of its pipes: what its parent tells it comes from one, what it says goes into another. */
import { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';
import { toErrorInfo } from '../kernel/errors.js';
import { FRAME, type FrameLimits, FrameReader, FrameWriter } from './frames.js';
import { COMMANDS_FD, MESSAGES_FD } from './pipes.js';

export class ParentLink<Out extends { type: string }> {
  readonly #commands = new Socket({ fd: COMMANDS_FD, readable: true, writable: false });
  readonly #outgoing = new Socket({ fd: MESSAGES_FD, readable: false, writable: true });
  readonly #frames = new FrameWriter(FRAME.control);

  /**
   * @param onMessage takes what the parent tells, one after the other
   * @param onClose the parent is gone, or has let go
   */
  constructor(limits: FrameLimits, onMessage: (message: never) => void, onClose: () => void) {
    // the parent is gone: 'close' tells
    this.#commands.on('error', () => {});
    this.#outgoing.on('error', () => {});
    const incoming = new FrameReader(FRAME.control, limits);
    this.#commands.on('data', (chunk: Buffer) => {
      try {
        for (const content of incoming.take(chunk)) onMessage(deserialize(content) as never);
      } catch (error) {
        // something of the engine's has written into the pipe: there is no telling any more what the parent wants
        void this.fail(error).then(() => this.#commands.destroy());
      }
    });
    this.#commands.on('close', onClose);
  }

  say(message: Out): Promise<void> {
    return new Promise((resolve) => {
      this.#outgoing.write(this.#frames.frame(serialize(message)), () => resolve());
    });
  }

  fail(error: unknown): Promise<void> {
    return this.say({ type: 'failed', error: toErrorInfo(error) } as unknown as Out);
  }

  /** Nothing more is said, and nothing more is listened to. */
  end(): void {
    this.#outgoing.end(() => this.#commands.destroy());
  }
}
