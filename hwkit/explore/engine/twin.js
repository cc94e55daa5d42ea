/* Machines on their way: the step of circuit.js for many samples, and the preparation before it.

States are kept in panels of four samples: sample 4 p + l of row r is at (p rows + r) 4 + l, so that
the product with the couplings is sums that stay in registers: four rows, four samples.
*/
(function (engine) {
  "use strict";

  const { CUBIC, DIODES } = engine.circuit;

  const GROUP = 4, RUNAWAY = 1e3;

  /** A square matrix in a room: groups of four rows interleaved, and the columns that each uses. */
  class Matrix {
    constructor(room, source, n) {
      this.n = n;
      this.groups = Math.ceil(n / GROUP);
      this.values = room.array(Float64Array, GROUP * n * this.groups);
      this.spans = room.array(Int32Array, 2 * this.groups);
      this.room = room;
      for (let group = 0; group < this.groups; group++) this.fill(source, group);
    }

    fill(source, group) {
      const { n } = this, rows = Math.min(GROUP, n - GROUP * group);
      let first = n, last = 0;
      for (let row = 0; row < rows; row++) {
        const from = (GROUP * group + row) * n, to = GROUP * group * n + row;
        for (let j = 0; j < n; j++) {
          const value = source[from + j];
          if (value === 0) continue;
          this.values[to + GROUP * j] = value;
          first = Math.min(first, j);
          last = Math.max(last, j + 1);
        }
      }
      this.spans.set([Math.min(first, last), last], 2 * group);
    }

    /** How many doubles a matrix takes. */
    static size(n) {
      return (GROUP * n + 1) * Math.ceil(n / GROUP);
    }

    /** Write the product with a panel of x, from `at` on, into out; less what is there, if so. */
    times(x, at, out, less) {
      this.room.times(this.values.byteOffset, this.spans.byteOffset, this.groups, this.n,
        x.byteOffset + 8 * at, out.byteOffset, less);
    }
  }

  /** Return why states of units can't be those of a machine, or "". */
  const lost = (states) => (states.every((x) => Math.abs(x) <= RUNAWAY) ? ""
    : `a unit ran away beyond |x| = ${RUNAWAY}`);

  const panelsOf = (samples) => Math.ceil(samples / 4);

  class Machine {
    /** A board of a design with some samples; `vectors` false: without WebAssembly. */
    constructor(design, dt, samples, vectors = true) {
      this.samples = samples;
      this.panels = panelsOf(samples);
      this.step = dt * design.model.mobility * design.scale.second;
      this.room = new engine.Room(vectors);
      this.load(design);
    }

    /** Take the parts of a board; states are 0 then. */
    load(design) {
      const board = engine.circuit.reduced(design, this.step), { n, saturating } = board;
      const { room } = this, lanes = 4 * this.panels * n, padded = 4 * GROUP * Math.ceil(n / GROUP);
      room.reserve((saturating ? 2 : 1) * Matrix.size(n) + lanes + 2 * padded + 8);
      this.board = board;
      this.followers = design.followers;
      this.matrix = new Matrix(room, board.couplings, n);
      this.saturating = saturating && new Matrix(room, saturating.rate, n);
      this.x = room.array(Float64Array, lanes);
      this.field = room.array(Float64Array, padded);
      this.squashed = room.array(Float64Array, 4 * n);
    }

    release() {
      this.room.release();
    }

    /** Change the parts and keep the states of the units. */
    change(design) {
      const states = this.states(new Float64Array(this.samples * this.board.units.length));
      this.load(design);
      this.start(states);
    }

    /** Set the units' states (samples x units), and those of all else that start with them. */
    start(states) {
      const { n, units, rails } = this.board, { x } = this;
      x.fill(0);
      for (let sample = 0; sample < this.samples; sample++) {
        const at = (row) => (Math.floor(sample / 4) * n + row) * 4 + (sample % 4);
        units.forEach((row, i) => { x[at(row)] = states[sample * units.length + i]; });
        for (const [plus, minus, share] of rails) x[at(minus)] = share * x[at(plus)];
        for (let k = 0; k < this.followers.length; k += 2) {
          x[at(this.followers[k])] = x[at(units[this.followers[k + 1]])];
        }
      }
    }

    /** Write the units' states, sample after sample, and return them. */
    states(out) {
      const { n, units } = this.board, { x } = this;
      for (let sample = 0, k = 0; sample < this.samples; sample++) {
        const base = Math.floor(sample / 4) * n * 4 + (sample % 4);
        for (let i = 0; i < units.length; i++, k++) out[k] = x[base + 4 * units[i]];
      }
      return out;
    }

    /** Return why a board with some states of the units has failed, or "". */
    problemOf(states) {
      return this.board.problem || lost(states);
    }

    /** Go one step on the normals of noise.at(step). */
    advance(normals, sources) {
      for (let panel = 0; panel < this.panels; panel++) {
        const at = 4 * panel * this.board.n;
        this.couple(at);
        this.move(at, normals, 4 * panel * sources);
      }
    }

    couple(at) {
      const { board, x, field, squashed } = this;
      if (!board.saturating) {
        this.matrix.times(x, at, field, false);
        return;
      }
      const { s, offset } = board.saturating;
      for (let k = 0; k < squashed.length; k++) squashed[k] = Math.tanh(x[at + k] / s);
      if (offset) this.shifted();
      else this.saturating.times(squashed, 0, field, false);
      this.matrix.times(x, at, field, true);
    }

    /** Couplings with offsets: tanh(a - b) = (tanh a - tanh b) / (1 - tanh a tanh b). */
    shifted() {
      const { board: { n, saturating: { rate, offset } }, field, squashed } = this;
      for (let row = 0, k = 0; row < n; row++) {
        let f0 = 0, f1 = 0, f2 = 0, f3 = 0;
        for (let j = 0; j < n; j++, k++) {
          const g = rate[k], o = offset[k];
          if (g === 0) continue;
          const t0 = squashed[4 * j], t1 = squashed[4 * j + 1];
          const t2 = squashed[4 * j + 2], t3 = squashed[4 * j + 3];
          f0 += g * ((t0 - o) / (1 - t0 * o));
          f1 += g * ((t1 - o) / (1 - t1 * o));
          f2 += g * ((t2 - o) / (1 - t2 * o));
          f3 += g * ((t3 - o) / (1 - t3 * o));
        }
        field[4 * row] = f0;
        field[4 * row + 1] = f1;
        field[4 * row + 2] = f2;
        field[4 * row + 3] = f3;
      }
    }

    move(at, normals, noiseAt) {
      const { x, field, board } = this;
      const { n, linear, constant, kick, source, partner, leak, kinds, element, clamp } = board;
      for (let row = 0; row < n; row++) {
        const d = linear[row], b = constant[row], size = kick[row];
        const a = element[3 * row], back = element[3 * row + 1], r = element[3 * row + 2];
        const kind = kinds[row], mean = partner[row], share = mean >= 0 ? leak[row] : 0;
        const held = clamp ? clamp.rate[row] : 0, edge = clamp ? clamp.limit[row] : 0;
        const noise = noiseAt + 4 * source[row];
        for (let lane = 0; lane < 4; lane++) {
          const k = at + 4 * row + lane, value = x[k];
          let current = 0, slope = 0;
          if (kind === CUBIC) {
            const square = a * value * value;
            current = square * value;
            slope = 3 * square;
          } else if (kind === DIODES) {
            const grown = Math.exp(r * value), up = a * grown, down = back / grown;
            current = up - a - down + back;
            slope = r * (up + down);
          }
          if (share !== 0 && current !== 0) field[4 * mean + lane] -= share * current;
          if (held > 0 && (value > edge || value < -edge)) {
            current += held * (value > edge ? value - edge : value + edge);
            slope += held;
          }
          const shake = size === 0 ? 0 : size * normals[noise + lane];
          const change = field[4 * row + lane] + b + shake - d * value - current;
          x[k] = value + change / (1 + d + slope);
        }
      }
    }
  }

  /** The units uncoupled and unbiased, from 0: Euler-Maruyama, as hwkit.langevin.prepare_states. */
  class Preparation {
    constructor(design, dt, steps, samples, seed) {
      const { model, units } = design;
      Object.assign(this, { samples, steps, units, panels: panelsOf(samples), done: 0 });
      this.noise = new engine.Noise(seed, 4 * this.panels, units);
      this.rate = model.mobility * dt;
      this.amplitude = Math.sqrt(2 * model.mobility * model.kT);
      this.root = Math.sqrt(dt);
      this.slope = slopes(design);
      this.x = new Float64Array(4 * this.panels * units);
    }

    advance() {
      const normals = this.noise.at(this.done), { x, units, slope, rate, amplitude, root } = this;
      for (let panel = 0, k = 0; panel < this.panels; panel++) {
        for (let unit = 0; unit < units; unit++) {
          for (let lane = 0; lane < 4; lane++, k++) {
            x[k] += root * normals[k] * amplitude - rate * slope(x[k], unit);
          }
        }
      }
      this.done++;
    }

    /** Return the states of the samples, (samples x units). */
    get states() {
      return Float64Array.from({ length: this.samples * this.units }, (_, k) => {
        const sample = Math.floor(k / this.units), unit = k % this.units;
        return this.x[(Math.floor(sample / 4) * this.units + unit) * 4 + (sample % 4)];
      });
    }
  }

  function slopes({ curves, model: { onsite: { kind, J2, J4, r } } }) {
    if (curves) return (x) => engine.measured.slope(curves.onsite, x);
    if (kind === "quartic") return (x, unit) => x * (2 * J2[unit] + 4 * J4[unit] * (x * x));
    if (kind === "cosh") return (x, unit) => ((2 * J2[unit]) / r[unit]) * Math.sinh(r[unit] * x);
    throw new Error(`onsite energy ${kind} has no equation in the page; quartic and cosh have`);
  }

  engine.twin = { Machine, Preparation, lost };
})((globalThis.hwkitEngine ??= {}));
