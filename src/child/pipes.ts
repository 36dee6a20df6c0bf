/** Each stream of records has a pipe of its own, from the process of the engine to the parent. */
import { forEachStream, STREAM_NAMES, STREAMS } from '../addon/streams.js';

/**
 * Descriptors of a child beyond stdin, stdout and stderr; an evaluation's has no streams of records. Not Node's own IPC:
 * garbage on it ends the parent. One for each direction: what can't be told to a child that is gone must not cut off its
 * last words.
 */
export const COMMANDS_FD = 3;
export const MESSAGES_FD = 4;
const FIRST_STREAM_FD = 5;

/** What a frame carries that is no record. */
export const CONTROL_KIND = 1;

export const PIPES = forEachStream((name) => {
  const place = STREAM_NAMES.indexOf(name);
  const { title, layout } = STREAMS[name];
  return {
    title,
    recordBytes: layout.bytes,
    fd: FIRST_STREAM_FD + place,
    frameKind: CONTROL_KIND + 1 + place,
  };
});

/** Records of one frame: few, so that a process that is killed takes little along. */
export const FRAME_RECORDS = 256;
