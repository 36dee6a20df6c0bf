/** A 24-bit bottom-up BMP as interleaved RGB bytes of the wanted size (bilinear), as image classifiers take them. */
export function bmpToRgb(bmp: Buffer, width: number, height: number): Buffer {
  const data = bmp.readUInt32LE(10);
  const [w, h, bits] = [bmp.readInt32LE(18), bmp.readInt32LE(22), bmp.readUInt16LE(28)];
  if (bits !== 24) throw new Error(`expected a 24-bit BMP, got ${bits}`);
  const stride = (w * 3 + 3) & ~3;
  const at = (x: number, y: number, channel: number) =>
    bmp[
      data + (h - 1 - Math.min(h - 1, y)) * stride + Math.min(w - 1, x) * 3 + (2 - channel)
    ] as number;
  const out = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [fx, fy] = [(x * (w - 1)) / (width - 1), (y * (h - 1)) / (height - 1)];
      const [x0, y0] = [Math.floor(fx), Math.floor(fy)];
      const [dx, dy] = [fx - x0, fy - y0];
      for (let c = 0; c < 3; c++) {
        const top = at(x0, y0, c) * (1 - dx) + at(x0 + 1, y0, c) * dx;
        const bottom = at(x0, y0 + 1, c) * (1 - dx) + at(x0 + 1, y0 + 1, c) * dx;
        out[(y * width + x) * 3 + c] = Math.round(top * (1 - dy) + bottom * dy);
      }
    }
  return out;
}
