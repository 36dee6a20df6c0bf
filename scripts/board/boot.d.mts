/** What the board is to do. */
export interface BoardJob {
  /** A line for the guest's shell; it runs as root in /job. */
  command: string;
  /** `virtual` (default): the clock counts instructions; `real`: a host thread per CPU and the host's clock. */
  profile?: 'virtual' | 'real';
  /** 1 to 8; default 1 in virtual time, 4 in real time. */
  cpus?: number;
  /** QEMU's notation; default `1G`, as the Coral Dev Board and the Raspberry Pi 3 have. */
  memory?: string;
  /** More of the kernel's command line, e.g. `isolcpus=1-3`. */
  cmdline?: string;
  /** Host files and folders that the guest finds in /job: under their own names, or under those given. */
  files?: string[] | { [nameInJob: string]: string | { text: string; mode?: number } };
  /** cpio archives that are unpacked over the root file system, in this order. */
  layers?: string[];
  /** Host seconds until the board is switched off; default 120. */
  timeout?: number;
  /** Where what the guest left in /job/out comes to; default: a fresh temporary folder. */
  outDir?: string;
  /** Called with what the command prints, as it comes. */
  onStdout?: (text: Buffer) => void;
  onStderr?: (text: Buffer) => void;
}

/** What became of it. */
export interface BoardResult {
  /** The command's exit status as the shell gives it (128 + n for a signal). */
  status: number;
  stdout: string;
  stderr: string;
  outDir: string;
  /** What the kernel and the machine printed. */
  console: string;
  /** From starting QEMU to its end. */
  hostSeconds: number;
  /** Of the command, by the board's clock. */
  guestSeconds: number;
}

/** What the host needs to build the image and to boot it. */
export const BOARD_COMMANDS: string[];

/**
 * Boots the emulated board for one command. The image is built first where it is missing.
 * @throws BoardError `E_BOARD_TOOL` (a Debian package is missing), `E_BOARD_TIMEOUT` and `E_BOARD_NO_RESULT` (both with
 *   `stdout`, `stderr` and `console`), `E_BOARD_JOB`
 */
export function bootBoard(job: BoardJob): Promise<BoardResult>;
