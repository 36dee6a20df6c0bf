/** Writes stub libraries into a folder and returns the linker flags that use them; they come before the object files. */
export function oldGlibcFlags(cc: string, folder: string, floor?: string): string[];
