/* WebAssembly put together from names of instructions: what the two inner loops of the engine need.

Byte codes: WebAssembly core specification 2.0, sections 5.4 (instructions) and 5.5 (modules). A
module has one function on one imported memory; `assembled` returns null where there is no
WebAssembly with vectors, and the engine goes on in JavaScript.
*/
(function (engine) {
  "use strict";

  const I32 = 0x7f, V128 = 0x7b, VOID = 0x40;

  /** Return a signed number as LEB128 bytes. */
  function signed(value) {
    const bytes = [];
    for (let rest = value | 0; ;) {
      const byte = rest & 0x7f;
      rest >>= 7;
      const done = (rest === 0 && !(byte & 0x40)) || (rest === -1 && byte & 0x40);
      bytes.push(done ? byte : byte | 0x80);
      if (done) return bytes;
    }
  }

  const unsigned = (value) =>
    (value > 0x7f ? [(value & 0x7f) | 0x80, ...unsigned(value >> 7)] : [value]);
  const vector = (code) => [0xfd, ...unsigned(code)];
  const bytesOf = (Type, value) => [...new Uint8Array(Type.from(Array(4).fill(value)).buffer)];

  const code = {
    get: (local) => [0x20, local],
    set: (local) => [0x21, local],
    constant: (value) => [0x41, ...signed(value)],
    add: [0x6a], multiply: [0x6c], below: [0x49], end: [0x0b],
    loop: [0x03, VOID], when: [0x04, VOID], otherwise: [0x05], again: [0x0d, 0],
    word: (offset) => [0x28, 2, ...unsigned(offset)],
    // Vectors of 128 bits.
    load: (offset) => [...vector(0x00), 3, ...unsigned(offset)],
    both: (offset) => [...vector(0x0a), 3, ...unsigned(offset)], // one double in both halves
    store: (offset) => [...vector(0x0b), 3, ...unsigned(offset)],
    zero: [...vector(0x0c), ...Array(16).fill(0)],
    floats: (value) => [...vector(0x0c), ...bytesOf(Float32Array, value)],
    words: (value) => [...vector(0x0c), ...bytesOf(Int32Array, value)],
    spread: vector(0x11), // a 32-bit word to all four places
    shuffle: (...bytes) => [...vector(0x0d), ...bytes],
    and: vector(0x4e), or: vector(0x50), xor: vector(0x51), select: vector(0x52),
    shiftLeft: vector(0xab), shiftRight: vector(0xac), shiftRightUnsigned: vector(0xad),
    negativeWords: vector(0xa1), addWords: vector(0xae), subtractWords: vector(0xb1),
    multiplyWords: vector(0xb5), lowProducts: vector(0xde), highProducts: vector(0xdf),
    negative: vector(0xe1), root: vector(0xe3), plus: vector(0xe4), minus: vector(0xe5),
    times: vector(0xe6), float: vector(0xfa),
    plusDoubles: vector(0xf0), minusDoubles: vector(0xf1), timesDoubles: vector(0xf2),
  };

  const section = (id, bytes) => [id, ...unsigned(bytes.length), ...bytes];
  const name = (text) => [text.length, ...new TextEncoder().encode(text)];

  /** Return the module of one function `run` of 32-bit arguments, or null. */
  function assembled({ inputs, words, vectors, body }) {
    if (typeof WebAssembly === "undefined") return null;
    const whole = [2, words, I32, vectors, V128, ...body, ...code.end];
    const bytes = Uint8Array.from([
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
      ...section(1, [1, 0x60, inputs, ...Array(inputs).fill(I32), 0]),
      ...section(2, [1, ...name("page"), ...name("memory"), 2, 0, 1]),
      ...section(3, [1, 0]),
      ...section(7, [1, ...name("run"), 0, 0]),
      ...section(10, [1, ...unsigned(whole.length), ...whole]),
    ]);
    return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null;
  }

  /** Return the function of a module on a memory. */
  function linked(module, memory) {
    return new WebAssembly.Instance(module, { page: { memory } }).exports.run;
  }

  engine.assembly = { assembled, code, linked };
})((globalThis.hwkitEngine ??= {}));
