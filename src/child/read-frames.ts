/** One pipe of a child, read frame by frame. */
import type { Readable } from 'node:stream';
import { type FrameKind, type FrameLimits, FrameReader } from './frames.js';

export interface FrameHandlers {
  /** The content of each frame; the next one is taken when this has been dealt with. */
  content(content: Buffer): Promise<void> | void;
  /** What is wrong with the frames, or what `content` has thrown: told once, nothing is handed on after it. */
  fault(error: unknown): void;
  /** A chunk has come (`true`), and has been dealt with (`false`). */
  busy?(is: boolean): void;
}

/** Never rejects. After a fault it reads on, so that the child can end. */
export async function readFrames(
  pipe: Readable,
  kind: FrameKind,
  limits: FrameLimits,
  { content: handle, fault, busy }: FrameHandlers,
): Promise<void> {
  const frames = new FrameReader(kind, limits);
  let failed = false;
  try {
    for await (const chunk of pipe) {
      busy?.(true);
      try {
        if (!failed) for (const content of frames.take(chunk as Buffer)) await handle(content);
      } catch (error) {
        failed = true;
        fault(error);
      }
      busy?.(false);
    }
  } catch {
    // the pipe broke or was closed under us: the end of the process says more, and what is missing shows in the counts
  }
}
