/** What the host needs to build the image and to run programs of it. */
export const USER_COMMANDS: string[];

/** Whether arm64 children of an arm64 program can start: a user namespace may have a binfmt_misc of its own (Linux 6.7). */
export function hasPrivateBinfmt(): boolean;

/** Runs one arm64 command under qemu-user; `node` is the image's. */
export function runUser(
  command: string[],
  options?: {
    cwd?: string;
    env?: Record<string, string | undefined>;
    /** Seconds; default 120. */
    timeout?: number;
    /** Hands the command's output straight on. */
    inherit?: boolean;
    /** Folders that come first in PATH. */
    path?: string[];
  },
): Promise<{
  status: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** Whether children could be arm64 programs. */
  binfmt: boolean;
}>;
