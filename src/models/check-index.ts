import { FormatError } from './schema/decode.js';

/** @throws FormatError where `who` names one of `count` things that is not there */
export function within(index: number, count: number, who: string, what: string): void {
  if (index < 0 || index >= count)
    throw new FormatError(`${who} refers to ${what} ${index}, and there are ${count}`);
}
