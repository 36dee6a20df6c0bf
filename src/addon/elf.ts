/** As much of ELF (64-bit, little-endian) as it takes to say what a shared library is without loading it. */

export interface Elf {
  /** Node's name of the architecture, or `machine N`. */
  arch: string;
  /** Exported symbols with their addresses; empty for forms of ELF that are not read here. */
  symbols: Map<string, number>;
  /** `length` bytes at a virtual address, fewer at the end of a segment; null where nothing is loaded. */
  at(address: number, length: number): Buffer | null;
}

const ARCHS: Record<number, string> = {
  3: 'ia32',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
};
const ELF_HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const SEGMENT_BYTES = 56;
const SYMBOL_BYTES = 24;
const SHT_DYNSYM = 11;
const PT_LOAD = 1;

interface Segment {
  address: number;
  offset: number;
  bytes: number;
}

/** @returns null for bytes that are no ELF file; a truncated one has the symbols that could be read */
export function parseElf(file: Buffer): Elf | null {
  if (file.length < 20 || file.readUInt32BE(0) !== 0x7f454c46) return null;
  const machine = file.readUInt16LE(18);
  const segments: Segment[] = [];
  const symbols = new Map<string, number>();
  if (file[4] === 2 && file[5] === 1 && file.length >= ELF_HEADER_BYTES) {
    try {
      readSegments(file, segments);
      readSymbols(file, symbols);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // an offset beyond the end: truncated
    }
  }
  return {
    arch: ARCHS[machine] ?? `machine ${machine}`,
    symbols,
    at: (address, length) => {
      const segment = segments.find((s) => address >= s.address && address < s.address + s.bytes);
      if (!segment) return null;
      const start = segment.offset + (address - segment.address);
      return file.subarray(start, Math.min(start + length, segment.offset + segment.bytes));
    },
  };
}

const offsetAt = (file: Buffer, at: number) => Number(file.readBigUInt64LE(at));

function readSegments(file: Buffer, segments: Segment[]): void {
  const table = offsetAt(file, 32);
  const count = file.readUInt16LE(56);
  for (let i = 0; i < count; i++) {
    const at = table + i * SEGMENT_BYTES;
    if (file.readUInt32LE(at) !== PT_LOAD) continue;
    segments.push({
      offset: offsetAt(file, at + 8),
      address: offsetAt(file, at + 16),
      bytes: offsetAt(file, at + 32),
    });
  }
}

function readSymbols(file: Buffer, symbols: Map<string, number>): void {
  const table = offsetAt(file, 40);
  const count = file.readUInt16LE(60);
  const section = (index: number) => ({
    type: file.readUInt32LE(table + index * SECTION_BYTES + 4),
    offset: offsetAt(file, table + index * SECTION_BYTES + 24),
    bytes: offsetAt(file, table + index * SECTION_BYTES + 32),
    link: file.readUInt32LE(table + index * SECTION_BYTES + 40),
  });
  for (let i = 0; i < count; i++) {
    const dynsym = section(i);
    if (dynsym.type !== SHT_DYNSYM) continue;
    const strings = section(dynsym.link);
    for (let at = dynsym.offset; at < dynsym.offset + dynsym.bytes; at += SYMBOL_BYTES) {
      if (file.readUInt16LE(at + 6) === 0) continue; // undefined: imported, not exported
      const name = strings.offset + file.readUInt32LE(at);
      const end = file.indexOf(0, name);
      if (end > name) symbols.set(file.toString('latin1', name, end), offsetAt(file, at + 8));
    }
  }
}
