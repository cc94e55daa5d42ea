/* Wiener increments: hwkit.wiener's format, version 1, bit for bit.

    words  = Philox4x32-10(counter = (unit, step / 4, run, level), key = SeedSequence(seed))
    normal = sqrt(-2 ln u) (cos, sin)(2 pi a)       four of them, for four steps in a row

Every operation of the transform is rounded to float32: Math.fround of a sum or product of two
float32 numbers in double precision is the float32 sum or product, since 53 >= 2 * 24 + 2. Integers
are exact in 32 bits; the high half of a product is put together from halves of its factors. Where
there are vectors, normals.js does the same four runs at a time.
*/
(function (engine) {
  "use strict";

  const f = Math.fround;
  const FLOAT = new Float32Array(1), BITS = new Int32Array(FLOAT.buffer);
  // Of the logarithm, of sine and cosine of a quarter turn; the highest power comes first.
  const LOGARITHM = [
    0.07146978378295898, -0.11571795493364334, 0.11662944406270981, -0.12411017715930939,
    0.14249753952026367, -0.16668477654457092, 0.20000715553760529, -0.24999989569187164,
    0.3333333134651184,
  ].map(f);
  const SINE = [
    0.00015820653061382473, -0.004681266378611326, 0.07969257980585098, -0.6459640860557556,
    1.5707963705062866,
  ].map(f);
  const COSINE = [
    0.00090362987248227, -0.02086007036268711, 0.25366920232772827, -1.2337005138397217, 1,
  ].map(f);
  const LN2 = f(0.6931471805599453);
  const [L0, L1, L2, L3, L4, L5, L6, L7, L8] = LOGARITHM;
  const [S0, S1, S2, S3, S4] = SINE, [C0, C1, C2, C3, C4] = COSINE;
  engine.coefficients = { COSINE, LN2, LOGARITHM, SINE };

  function logarithm(u) {
    FLOAT[0] = u;
    const bits = BITS[0], exponent = (bits - 0x3f3504f3) >> 23;
    BITS[0] = bits - (exponent << 23);
    const x = f(FLOAT[0] - 1);
    let p = f(f(L0 * x) + L1);
    p = f(f(p * x) + L2);
    p = f(f(p * x) + L3);
    p = f(f(p * x) + L4);
    p = f(f(p * x) + L5);
    p = f(f(p * x) + L6);
    p = f(f(p * x) + L7);
    p = f(f(p * x) + L8);
    const square = f(x * x);
    const tail = f(f(f(x * square) * p) - f(0.5 * square));
    return f(f(exponent * LN2) + f(x + tail));
  }

  /** Write the two normals of 64 random bits to first[at], second[at]. */
  function pair(w0, w1, first, second, at) {
    const high = w0 >>> 12, low = ((w0 & 0xfff) << 8) | (w1 & 0xff);
    const fraction = f(f(low + 0.5) * 2 ** -40);
    const u = f(f(high * 2 ** -20) + fraction);
    const radius = f(Math.sqrt(f(-2 * logarithm(u))));
    const angle = w1 >>> 8, quadrant = angle >> 22;
    const t = f(f((angle & 0x3fffff) - 0x200000 + 0.5) * 2 ** -22);
    const z = f(t * t);
    let s = f(f(S0 * z) + S1);
    s = f(f(s * z) + S2);
    s = f(f(s * z) + S3);
    s = f(f(f(s * z) + S4) * t);
    let c = f(f(C0 * z) + C1);
    c = f(f(c * z) + C2);
    c = f(f(c * z) + C3);
    c = f(f(c * z) + C4);
    const signed = quadrant & 2 ? -radius : radius, odd = quadrant & 1;
    first[at] = signed * (odd ? -s : c);
    second[at] = signed * (odd ? c : s);
  }

  const A_LOW = 0x1f53, A_HIGH = 0xd251, B_LOW = 0x8d57, B_HIGH = 0xcd9e;

  class Noise {
    /**
     * The normals of some runs of a seed (their count, or their numbers), in panels of four runs:
     * run 4 p + l of unit u is at (p units + u) 4 + l. Runs are filled up to whole panels.
     */
    constructor(seed, runs, units, level = 0, vectors = true) {
      [this.key0, this.key1] = engine.seeds.key(seed);
      const count = typeof runs === "number" ? runs : runs.length;
      this.panels = Math.ceil(count / 4);
      this.runs = Uint32Array.from({ length: 4 * this.panels }, (_, i) =>
        (typeof runs === "number" ? i : runs[Math.min(i, count - 1)]));
      this.units = units;
      this.level = level;
      this.vectors = vectors;
      this.rows = [0, 1, 2, 3].map(() => new Float32Array(units * this.runs.length));
      this.block = -1;
    }

    /** Return the normals of a step. */
    at(step) {
      const block = Math.floor(step / 4);
      if (block !== this.block) {
        if (!(this.vectors && engine.normals.filled(this, block))) this.fill(block);
        this.block = block;
      }
      return this.rows[step % 4];
    }

    fill(block) {
      const { runs, units, level, rows } = this;
      const [row0, row1, row2, row3] = rows, lanes = row0.length, panel = 4 * units;
      for (let lane = 0, unit = 0, run = 0; lane < lanes; lane++) {
        run = 4 * Math.floor(lane / panel) + (lane & 3);
        unit = (lane % panel) >> 2;
        let c0 = unit, c1 = block | 0, c2 = runs[run] | 0, c3 = level;
        let k0 = this.key0 | 0, k1 = this.key1 | 0;
        for (let round = 0; round < 10; round++) {
          // High halves of 0xD2511F53 * c0 and 0xCD9E8D57 * c2.
          let low = c0 & 0xffff, high = c0 >>> 16;
          let middle = (Math.imul(high, A_LOW) + (Math.imul(low, A_LOW) >>> 16)) | 0;
          let other = (Math.imul(low, A_HIGH) + (middle & 0xffff)) | 0;
          const highA = (Math.imul(high, A_HIGH) + (middle >>> 16) + (other >>> 16)) | 0;
          low = c2 & 0xffff;
          high = c2 >>> 16;
          middle = (Math.imul(high, B_LOW) + (Math.imul(low, B_LOW) >>> 16)) | 0;
          other = (Math.imul(low, B_HIGH) + (middle & 0xffff)) | 0;
          const highB = (Math.imul(high, B_HIGH) + (middle >>> 16) + (other >>> 16)) | 0;
          const lowA = Math.imul(c0, 0xd2511f53), lowB = Math.imul(c2, 0xcd9e8d57);
          c0 = highB ^ c1 ^ k0;
          c1 = lowB;
          c2 = highA ^ c3 ^ k1;
          c3 = lowA;
          k0 = (k0 + 0x9e3779b9) | 0;
          k1 = (k1 + 0xbb67ae85) | 0;
        }
        pair(c0, c1, row0, row1, lane);
        pair(c2, c3, row2, row3, lane);
      }
    }
  }

  engine.Noise = Noise;
})((globalThis.hwkitEngine ??= {}));
