/* Seeds: numpy's SeedSequence, hwkit's child seeds, and the uniform numbers of a board.

    child(seed, ...path)       hwkit.wiener.child_seed: whole numbers and words (by their CRC-32)
    key(seed)                  two 32-bit words of SeedSequence(seed), the key of the noise
    uniforms(seed, n)          Generator(Philox(seed)).random(n): Philox4x64-10, 53 bits each

SeedSequence: O'Neill's seed_seq_fe hashing, as numpy documents it. Seeds are strings of digits,
since a 64-bit number does not fit into a double. Words of 64 bits are pairs of 32-bit ones here:
BigInt would take a hundred times as long.
*/
(function (engine) {
  "use strict";

  const CRC = new Uint32Array(256).map((_, byte) => {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });

  function crc32(text) {
    let c = 0xffffffff;
    for (const byte of new TextEncoder().encode(text)) c = CRC[(c ^ byte) & 255] ^ (c >>> 8);
    return (c ^ 0xffffffff) >>> 0;
  }

  /** Return a seed as BigInt; anything but a whole number of at most 64 bits is refused. */
  function checkedSeed(seed) {
    const text = String(seed);
    if (!/^\d{1,20}$/.test(text) || BigInt(text) >= 1n << 64n) {
      throw new Error(`seed must be a whole number from 0 to 2^64 - 1, not ${JSON.stringify(seed)}`);
    }
    return BigInt(text);
  }

  /** Return a whole number as 32-bit words, the lowest first; 0 is one word. */
  function words(number) {
    const found = [];
    for (let rest = number; rest > 0n || !found.length; rest >>= 32n) {
      found.push(Number(rest & 0xffffffffn));
    }
    return found;
  }

  function hasher(start, multiplier) {
    let constant = start;
    return (value) => {
      value ^= constant;
      constant = Math.imul(constant, multiplier);
      value = Math.imul(value, constant);
      return (value ^ (value >>> 16)) >>> 0;
    };
  }

  function mix(x, y) {
    const value = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) | 0;
    return (value ^ (value >>> 16)) >>> 0;
  }

  /** Return the first words of SeedSequence(seed, spawn_key=path). */
  function state(seed, path, count) {
    const entropy = words(checkedSeed(seed));
    const spawned = path.flatMap((step) =>
      words(BigInt(typeof step === "string" ? crc32(step) : step)));
    while (spawned.length && entropy.length < 4) entropy.push(0);
    entropy.push(...spawned);
    const hash = hasher(0x43b0d7e5, 0x931e8875), pool = [];
    for (let i = 0; i < 4; i++) pool.push(hash(i < entropy.length ? entropy[i] : 0));
    for (let from = 0; from < 4; from++) {
      for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
    }
    for (let from = 4; from < entropy.length; from++) {
      for (let to = 0; to < 4; to++) pool[to] = mix(pool[to], hash(entropy[from]));
    }
    const out = hasher(0x8b51f9dd, 0x58f38ded);
    return Uint32Array.from({ length: count }, (_, i) => out(pool[i % 4]));
  }

  function child(seed, ...path) {
    const [low, high] = state(seed, path, 2);
    return String((BigInt(high) << 32n) | BigInt(low));
  }

  // ---- Philox4x64-10 -------------------------------------------------------------------------

  /** Return the high half of the product of two 32-bit words, at most 2^32 - 2. */
  function highHalf(a, b) {
    const aLow = a & 0xffff, aHigh = a >>> 16, bLow = b & 0xffff, bHigh = b >>> 16;
    const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
    const other = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
    return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
  }

  /** Return 1 if adding `part` to something gave `sum`, 32 bits each, and something was carried. */
  const carried = (sum, part) => ((sum >>> 0) < (part >>> 0) ? 1 : 0);

  /** Write the product of two 64-bit words into `out`: four 32-bit words, the lowest first. */
  function multiply(aHigh, aLow, bHigh, bLow, out) {
    const cross = Math.imul(aLow, bHigh), other = Math.imul(aHigh, bLow);
    const half = (highHalf(aLow, bLow) + cross) | 0, second = (half + other) | 0;
    const up = carried(half, cross) + carried(second, other);
    const high = highHalf(aLow, bHigh), more = highHalf(aHigh, bLow);
    const top = Math.imul(aHigh, bHigh);
    const first = (high + up) | 0; // the high half of a product leaves room for a carry of 2
    const sum = (first + more) | 0, third = (sum + top) | 0;
    out[0] = Math.imul(aLow, bLow);
    out[1] = second;
    out[2] = third;
    out[3] = highHalf(aHigh, bHigh) + carried(sum, more) + carried(third, top);
  }

  const A = [0xd2e7470e | 0, 0xe14c6c93 | 0], B = [0xca5a8263 | 0, 0x95121157 | 0];

  function uniforms(seed, count) {
    const s = state(seed, [], 4), out = new Float64Array(count);
    const c = new Int32Array(8), first = new Int32Array(4), second = new Int32Array(4);
    for (let block = 0, at = 0; at < count; block++) {
      c.fill(0);
      c[0] = block + 1; // the counter is raised before it is used; low word of each pair first
      let k0 = s[0] | 0, k1 = s[1] | 0, k2 = s[2] | 0, k3 = s[3] | 0;
      for (let round = 0; round < 10; round++) {
        multiply(A[0], A[1], c[1], c[0], first);
        multiply(B[0], B[1], c[5], c[4], second);
        c[0] = second[2] ^ c[2] ^ k0;
        c[1] = second[3] ^ c[3] ^ k1;
        c[2] = second[0];
        c[3] = second[1];
        c[4] = first[2] ^ c[6] ^ k2;
        c[5] = first[3] ^ c[7] ^ k3;
        c[6] = first[0];
        c[7] = first[1];
        k0 = (k0 + 0x7f4a7c15) | 0;
        k1 = (k1 + 0x9e3779b9 + carried(k0, 0x7f4a7c15)) | 0;
        k2 = (k2 + 0x84caa73b) | 0;
        k3 = (k3 + 0xbb67ae85 + carried(k2, 0x84caa73b)) | 0;
      }
      for (let word = 0; word < 4 && at < count; word++, at++) {
        out[at] = ((c[2 * word + 1] >>> 0) * 2097152 + (c[2 * word] >>> 11)) * 2 ** -53;
      }
    }
    return out;
  }

  engine.seeds = { checkedSeed, child, key: (seed) => state(seed, [], 2), uniforms };
})((globalThis.hwkitEngine ??= {}));
