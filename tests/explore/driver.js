/* Calls of the engine: the source and a list of calls as JSON in, a list of results as JSON out. */
const { source, calls } = JSON.parse(require("fs").readFileSync(0, "utf8"));
require("vm").runInThisContext(source);
const engine = globalThis.hwkitEngine;

/** A design with the effects of some values, and a drawing of its boards. */
function drawing(description, values, seed) {
  const nominal = engine.design.design(description);
  const all = Object.fromEntries(description.controls.map((c) => [c.name, c.value]));
  Object.assign(all, values);
  const design = engine.design.affected(nominal, description.controls, all);
  return { design, all, drawn: engine.drawing(design, description.controls, all, seed) };
}

const plain = (object) => Object.fromEntries(
  Object.entries(object).map(([name, values]) => [name, Array.from(values)]));

const CALLS = {
  child: (seed, ...path) => engine.seeds.child(seed, ...path),
  uniforms: (seed, count) => Array.from(engine.seeds.uniforms(seed, count)),
  ndtr: (x) => x.map(engine.distributions.ndtr),
  ndtri: (u) => u.map(engine.distributions.ndtri),

  /** Bits of the normals of some steps, (steps, runs, units). */
  normals(seed, runs, units, level, steps, vectors = true) {
    const noise = new engine.Noise(seed, runs, units, level, vectors);
    return steps.map((step) => {
      const row = new Int32Array(noise.at(step).slice().buffer);
      return runs.map((_, run) => Array.from({ length: units }, (_, unit) =>
        row[(Math.floor(run / 4) * units + unit) * 4 + (run % 4)]));
    });
  },

  board: (description, values, seed, number) =>
    plain(drawing(description, values, seed).drawn.board(number)),

  /** Prepared starts, and end states of the design's nominal board or of one that is drawn. */
  run(description, values, seed, number, steps, samples, noiseSeed, vectors = true) {
    const { design, drawn } = drawing(description, values, seed), { dt } = description.run;
    const child = (name) => engine.seeds.child(noiseSeed, name, "boards");
    const preparation = new engine.twin.Preparation(
      design, dt, description.run.steps, samples, child("preparation"));
    while (preparation.done < preparation.steps) preparation.advance();
    const own = number === null ? design : engine.board.withValues(design, drawn.board(number));
    const machine = own.curves ? engine.machine(own, dt, samples)
      : new engine.twin.Machine(own, dt, samples, vectors);
    machine.start(preparation.states);
    const noise = new engine.Noise(child("generation"), samples, design.units);
    for (let step = 0; step < steps; step++) machine.advance(noise.at(step), design.units);
    return {
      starts: Array.from(preparation.states), rows: machine.board.n,
      states: Array.from(machine.states(new Float64Array(samples * design.units))),
      problem: machine.board.problem,
    };
  },

  slopes: (description, x) => {
    const { curves } = engine.design.design(description);
    return x.map((value) => engine.measured.slope(curves.onsite, value));
  },

  yield(description, values, seed, paths, boards) {
    const { design, all } = drawing(description, values, seed);
    const estimate = new engine.YieldEstimate(
      { description, design, values: all, seed, paths, boards: boards ?? undefined });
    const found = [];
    while (!estimate.done) if (estimate.advance(Date.now() + 1000)) found.push(estimate.latest);
    return { boards: found, report: estimate.report };
  },

  interval: (method, passed, boards, level) =>
    engine.quality.interval(method, passed, boards, level),

  /** Messages of a session that takes some messages, and all its work after each. */
  session(messages) {
    const posted = [], waiting = [];
    const session = engine.createSession(
      (message) => posted.push(message), (work) => waiting.push(work));
    let longest = 0;
    for (const message of messages) {
      session.receive(message);
      while (waiting.length) {
        const began = performance.now();
        waiting.shift()();
        longest = Math.max(longest, performance.now() - began);
      }
    }
    return { posted: posted.map(shown), longest };
  },
};

/** A message with its arrays as lists. */
function shown(message) {
  return JSON.parse(JSON.stringify(message, (_, value) =>
    (ArrayBuffer.isView(value) ? Array.from(value) : value)));
}

const results = calls.map(([name, ...values]) => {
  try {
    return { value: CALLS[name](...values) };
  } catch (error) {
    return { error: error.message, stack: error.stack };
  }
});
process.stdout.write(JSON.stringify(results));
