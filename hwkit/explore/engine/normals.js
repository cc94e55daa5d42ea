/* The normals of noise.js, four runs at a time: the same operations on vectors, the same bits.

    fill(rows, distance, runs, panels, units, block, level, key0, key1)

rows: where the first of four rows of float32 goes, `distance` bytes from row to row; runs: numbers
of the runs, four a panel. Order of the normals as in noise.js.
*/
(function (engine) {
  "use strict";

  const { code, assembled, linked } = engine.assembly;
  const { get, set, constant, floats, words, store, load } = code;
  const INPUTS = 9;
  const [OUT, DISTANCE, RUNS, PANELS, UNITS, BLOCK, LEVEL, KEY0, KEY1] = Array(INPUTS).keys();
  const [UNIT, K0, K1, ROUND, AT] = [9, 10, 11, 12, 13];
  const [C0, C1, C2, C3, HIGH, OTHER, U, X, P, SQUARE, EXPONENT, RADIUS, ANGLE, T, Z, S, C] =
    Array.from({ length: 17 }, (_, k) => 14 + k);

  const step = (local, change) => [...get(local), ...constant(change), ...code.add, ...set(local)];

  /** High halves of a vector times a constant. */
  const highs = (local, factor) => [
    ...get(local), ...words(factor), ...code.lowProducts,
    ...get(local), ...words(factor), ...code.highProducts,
    ...code.shuffle(4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31),
  ];
  const lows = (local, factor) => [...get(local), ...words(factor), ...code.multiplyWords];

  const A = 0xd2511f53 | 0, B = 0xcd9e8d57 | 0;
  const philox = [
    ...get(UNIT), ...code.spread, ...set(C0), ...get(BLOCK), ...code.spread, ...set(C1),
    ...get(RUNS), ...load(0), ...set(C2), ...get(LEVEL), ...code.spread, ...set(C3),
    ...get(KEY0), ...set(K0), ...get(KEY1), ...set(K1), ...constant(10), ...set(ROUND),
    ...code.loop,
    ...highs(C0, A), ...set(HIGH), ...highs(C2, B), ...set(OTHER),
    ...lows(C0, A), ...set(U), ...lows(C2, B), ...set(X),
    ...get(OTHER), ...get(C1), ...code.xor, ...get(K0), ...code.spread, ...code.xor, ...set(C0),
    ...get(X), ...set(C1),
    ...get(HIGH), ...get(C3), ...code.xor, ...get(K1), ...code.spread, ...code.xor, ...set(C2),
    ...get(U), ...set(C3),
    ...step(K0, 0x9e3779b9), ...step(K1, 0xbb67ae85), ...step(ROUND, -1),
    ...get(ROUND), ...code.again, ...code.end,
  ];

  /** local = local * by + value, a term of a polynomial */
  const term = (local, by, value) => [
    ...get(local), ...get(by), ...code.times, ...floats(value), ...code.plus, ...set(local),
  ];

  /** RADIUS = sqrt(-2 ln U) */
  const { LOGARITHM, SINE, COSINE, LN2 } = engine.coefficients;
  const radius = [
    ...get(U), ...words(0x3f3504f3), ...code.subtractWords, ...constant(23), ...code.shiftRight,
    ...set(EXPONENT),
    ...get(U), ...get(EXPONENT), ...constant(23), ...code.shiftLeft, ...code.subtractWords,
    ...floats(1), ...code.minus, ...set(X),
    ...floats(LOGARITHM[0]), ...set(P), ...LOGARITHM.slice(1).flatMap((c) => term(P, X, c)),
    ...get(X), ...get(X), ...code.times, ...set(SQUARE),
    ...floats(-2),
    ...get(EXPONENT), ...code.float, ...floats(LN2), ...code.times,
    ...get(X),
    ...get(X), ...get(SQUARE), ...code.times, ...get(P), ...code.times,
    ...floats(0.5), ...get(SQUARE), ...code.times, ...code.minus,
    ...code.plus, ...code.plus, ...code.times, ...code.root, ...set(RADIUS),
  ];

  const masked = (local, bits) => [...get(local), ...words(bits), ...code.and];

  /** Store the normals of the words w0, w1 at AT and at AT + DISTANCE. */
  const pair = (w0, w1) => [
    // u out of 20 high bits and 20 low ones
    ...get(w0), ...constant(12), ...code.shiftRightUnsigned, ...code.float, ...floats(2 ** -20),
    ...code.times,
    ...masked(w0, 0xfff), ...constant(8), ...code.shiftLeft, ...masked(w1, 0xff), ...code.or,
    ...code.float, ...floats(0.5), ...code.plus, ...floats(2 ** -40), ...code.times,
    ...code.plus, ...set(U),
    ...radius,
    ...get(w1), ...constant(8), ...code.shiftRightUnsigned, ...set(ANGLE),
    ...masked(ANGLE, 0x3fffff), ...words(0x200000), ...code.subtractWords, ...code.float,
    ...floats(0.5), ...code.plus, ...floats(2 ** -22), ...code.times, ...set(T),
    ...get(ANGLE), ...constant(22), ...code.shiftRight, ...set(ANGLE), // the quadrant
    ...get(T), ...get(T), ...code.times, ...set(Z),
    ...floats(SINE[0]), ...set(S), ...SINE.slice(1).flatMap((c) => term(S, Z, c)),
    ...get(S), ...get(T), ...code.times, ...set(S),
    ...floats(COSINE[0]), ...set(C), ...COSINE.slice(1).flatMap((c) => term(C, Z, c)),
    ...masked(ANGLE, 2), ...constant(30), ...code.shiftLeft, ...get(RADIUS), ...code.xor,
    ...set(RADIUS),
    ...masked(ANGLE, 1), ...code.negativeWords, ...set(ANGLE), // all bits of odd quadrants
    ...get(AT), ...get(S), ...code.negative, ...get(C), ...get(ANGLE), ...code.select,
    ...get(RADIUS), ...code.times, ...store(0),
    ...get(AT), ...get(DISTANCE), ...code.add, ...set(AT),
    ...get(AT), ...get(C), ...get(S), ...get(ANGLE), ...code.select,
    ...get(RADIUS), ...code.times, ...store(0),
    ...get(AT), ...get(DISTANCE), ...code.add, ...set(AT),
  ];

  const body = [
    ...code.loop, // panels
    ...constant(0), ...set(UNIT),
    ...code.loop, // units
    ...philox, ...get(OUT), ...set(AT), ...pair(C0, C1), ...pair(C2, C3),
    ...step(OUT, 16), ...step(UNIT, 1),
    ...get(UNIT), ...get(UNITS), ...code.below, ...code.again, ...code.end,
    ...step(RUNS, 16), ...step(PANELS, -1), ...get(PANELS), ...code.again, ...code.end,
  ];

  const PAGE = 65536;
  let module, memory, fill;

  /** Fill the four rows of a noise for a block, or return false: there are no vectors here. */
  function filled(noise, block) {
    module ??= assembled({ inputs: INPUTS, words: 5, vectors: 17, body });
    if (!module) return false;
    memory ??= new WebAssembly.Memory({ initial: 1 });
    fill ??= linked(module, memory);
    const { rows, runs, panels, units, level, key0, key1 } = noise, size = 4 * rows[0].length;
    const first = 4 * runs.length, more = first + 4 * size - memory.buffer.byteLength;
    if (more > 0) memory.grow(Math.ceil(more / PAGE));
    new Uint32Array(memory.buffer).set(runs);
    fill(first, size, 0, panels, units, block, level, key0, key1);
    rows.forEach((row, k) =>
      row.set(new Float32Array(memory.buffer, first + k * size, row.length)));
    return true;
  }

  engine.normals = { filled };
})((globalThis.hwkitEngine ??= {}));
