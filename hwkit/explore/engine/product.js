/* The product of a matrix with one panel of states: WebAssembly, or JavaScript.

Both take four rows and four samples at a time (groups of rows interleaved, see twin.js) and add up
in the same order, so they come to the same bits; the first has two samples in one register and takes
a quarter of the time. `less` returns the product minus what is in `out`.

    times(values, spans, groups, n, x, out, less)      places in bytes, n columns
*/
(function (engine) {
  "use strict";

  const { code, assembled, linked } = engine.assembly;
  const { get, set, constant, load, store, word, both } = code;

  // Locals: the seven arguments, then counters, then samples, then sums.
  const [VALUES, SPANS, GROUPS, N, X, OUT, LESS] = [0, 1, 2, 3, 4, 5, 6];
  const [K, LAST, I] = [7, 8, 9], [LEFT, RIGHT] = [10, 11], SUM = 12;
  const sums = [0, 1, 2, 3, 4, 5, 6, 7];

  const step = (local, bytes) => [...get(local), ...constant(bytes), ...code.add, ...set(local)];

  /** local = base + 32 * span[which] */
  const place = (local, base, which) => [
    ...get(base), ...get(SPANS), ...word(4 * which), ...constant(32), ...code.multiply, ...code.add,
    ...set(local),
  ];

  const column = [
    ...get(I), ...load(0), ...set(LEFT), ...get(I), ...load(16), ...set(RIGHT),
    ...sums.flatMap((k) => [
      ...get(SUM + k), ...get(K), ...both(8 * (k >> 1)), ...get(k & 1 ? RIGHT : LEFT),
      ...code.timesDoubles,
      ...code.plusDoubles, ...set(SUM + k),
    ]),
    ...step(K, 32), ...step(I, 32),
    ...get(K), ...get(LAST), ...code.below, ...code.again,
  ];

  const group = [
    ...sums.flatMap((k) => [...code.zero, ...set(SUM + k)]),
    ...place(K, VALUES, 0), ...place(LAST, VALUES, 1), ...place(I, X, 0),
    ...get(K), ...get(LAST), ...code.below, ...code.when, ...code.loop, ...column,
    ...code.end, ...code.end,
    ...get(LESS), ...code.when,
    ...sums.flatMap((k) => [
      ...get(OUT), ...get(SUM + k), ...get(OUT), ...load(16 * k), ...code.minusDoubles,
      ...store(16 * k),
    ]),
    ...code.otherwise,
    ...sums.flatMap((k) => [...get(OUT), ...get(SUM + k), ...store(16 * k)]),
    ...code.end,
    ...get(VALUES), ...get(N), ...constant(32), ...code.multiply, ...code.add, ...set(VALUES),
    ...step(SPANS, 8), ...step(OUT, 128), ...step(GROUPS, -1),
    ...get(GROUPS), ...code.again,
  ];

  const body = [...code.loop, ...group, ...code.end];

  /** The same in JavaScript, on one buffer of doubles and whole numbers. */
  function plain(memory) {
    return (values, spans, groups, n, x, out, less) => {
      const v = new Float64Array(memory.buffer), s = new Int32Array(memory.buffer);
      for (let g = 0; g < groups; g++) {
        for (let half = 0; half < 4; half += 2) {
          pair(v, values / 8 + 4 * g * n, s[spans / 4 + 2 * g], s[spans / 4 + 2 * g + 1], x / 8,
            out / 8 + 16 * g, half, less);
        }
      }
    };
  }

  /** Two of the four rows of a group. */
  function pair(v, base, first, end, x, out, half, less) {
    const last = base + 4 * end + half;
    let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
    for (let k = base + 4 * first + half, i = x + 4 * first; k < last; k += 4, i += 4) {
      const a = v[k], b = v[k + 1], x0 = v[i], x1 = v[i + 1], x2 = v[i + 2], x3 = v[i + 3];
      a0 += a * x0;
      a1 += a * x1;
      a2 += a * x2;
      a3 += a * x3;
      b0 += b * x0;
      b1 += b * x1;
      b2 += b * x2;
      b3 += b * x3;
    }
    [a0, a1, a2, a3, b0, b1, b2, b3].forEach((sum, k) => {
      const o = out + 4 * half + k;
      v[o] = less ? sum - v[o] : sum;
    });
  }

  const PAGE = 65536, spare = [];
  let module;

  /** Memory for a machine and its product; `release` gives it back. */
  class Room {
    constructor(vectors = true) {
      module ??= assembled({ inputs: 7, words: 3, vectors: 10, body });
      const fast = vectors && module !== null;
      const kept = fast && spare.pop();
      this.memory = kept ||
        (fast ? new WebAssembly.Memory({ initial: 1 }) : { buffer: new ArrayBuffer(0) });
      this.fast = fast;
      this.times = fast ? linked(module, this.memory) : plain(this.memory);
    }

    /** Make room for some doubles, and start to hand out arrays again. */
    reserve(doubles) {
      const more = Math.ceil((8 * doubles - this.memory.buffer.byteLength) / PAGE);
      if (more > 0 && this.fast) this.memory.grow(more);
      else if (more > 0) this.memory.buffer = new ArrayBuffer(8 * doubles);
      this.used = 0;
    }

    /** Return an array of zeros; Type is Float64Array or Int32Array. */
    array(Type, length) {
      const found = new Type(this.memory.buffer, this.used, length).fill(0);
      this.used += 8 * Math.ceil((length * Type.BYTES_PER_ELEMENT) / 8);
      return found;
    }

    release() {
      if (this.fast) spare.push(this.memory);
      this.memory = null;
    }
  }

  engine.Room = Room;
})((globalThis.hwkitEngine ??= {}));
