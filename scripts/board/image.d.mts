/** What the host needs to build the image. */
export const IMAGE_COMMANDS: string[];

/** Builds the image unless it is there, and returns its folder. */
export function buildImage(options?: {
  force?: boolean;
  log?: (line: string) => void;
}): Promise<string>;
