/* Time the steps of a bench page's engine: {source, description, settings, samples, steps, rounds}
   as JSON in, seconds on the clock and of the processor out, a round after the other. */
const { source, description, settings, samples, steps, rounds } =
  JSON.parse(require("fs").readFileSync(0, "utf8"));
require("vm").runInThisContext(source);
const { board, design, twin, Noise } = globalThis.hwkitEngine;

function timed(work) {
  const spent = process.cpuUsage(), began = performance.now();
  for (let step = 0; step < steps; step++) work(step);
  const clock = (performance.now() - began) / 1000, { user, system } = process.cpuUsage(spent);
  return { clock, processor: (user + system) / 1e6 };
}

function both(vectors) {
  const nominal = design.design(description), { controls, run } = description;
  const values = Object.fromEntries(controls.map((control) => [control.name, control.value]));
  Object.assign(values, settings);
  const drawing = new board.Drawing(nominal, controls, values, "0");
  return [nominal, board.withValues(nominal, drawing.board(0))]
    .map((each) => new twin.Machine(each, run.dt, samples, vectors));
}

const { units } = description;
const kinds = { vectors: both(true), javascript: both(false) };
const found = { vectors: [], javascript: [], noise: [] };
for (let round = 0; round < rounds; round++) {
  for (const [name, machines] of Object.entries(kinds)) {
    const noise = new Noise(String(round), samples, units, 0, name === "vectors");
    found[name].push(timed((step) => {
      const normals = noise.at(step);
      for (const machine of machines) machine.advance(normals, units);
    }));
  }
  const alone = new Noise(String(round), samples, units);
  found.noise.push(timed((step) => alone.at(step)));
}
process.stdout.write(JSON.stringify(found));
