/** Whether `folder` can be given to node-gyp as `--nodedir` for a Node-API addon. */
export function isNodeDir(folder: string): boolean;

/**
 * A folder that is usable as node-gyp's `--nodedir`; nothing is downloaded.
 * @throws Error with `code` `E_NO_NODE_HEADERS` and a `hint` when there are no headers on this machine
 */
export function localNodeDir(options?: { skipInstalled?: boolean; into?: string }): string;
