/* Machines on their way: the step of circuit.js for many samples, and the preparation before it.

States are kept in panels of four samples: sample 4 p + l of row r is at (p rows + r) 4 + l, so that
the product with the couplings is eight sums that stay in registers: two rows, four samples.
*/
(function (engine) {
  "use strict";

  const { CUBIC, DIODES } = engine.circuit;

  /** A square matrix with pairs of its rows interleaved, and the columns that each pair uses. */
  class Matrix {
    constructor(values, n) {
      this.n = n;
      const pairs = Math.ceil(n / 2), used = (row, j) => row < n && values[row * n + j] !== 0;
      this.values = new Float64Array(2 * n * pairs);
      this.spans = new Int32Array(2 * pairs);
      for (let pair = 0; pair < pairs; pair++) {
        let first = 0, last = n;
        while (first < last && !used(2 * pair, first) && !used(2 * pair + 1, first)) first++;
        while (last > first && !used(2 * pair, last - 1) && !used(2 * pair + 1, last - 1)) last--;
        this.spans.set([first, last], 2 * pair);
        for (let j = 0; j < n; j++) {
          this.values[2 * (pair * n + j)] = values[2 * pair * n + j];
          if (2 * pair + 1 < n) this.values[2 * (pair * n + j) + 1] = values[(2 * pair + 1) * n + j];
        }
      }
    }

    /** Write the product with one panel of x into out (n rows of four); less what is there, if so. */
    times(x, at, out, less) {
      const { n, values, spans } = this, pairs = spans.length / 2;
      for (let pair = 0; pair < pairs; pair++) {
        const last = 2 * (pair * n + spans[2 * pair + 1]);
        let k = 2 * (pair * n + spans[2 * pair]), i = at + 4 * spans[2 * pair];
        let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
        for (; k < last; k += 2, i += 4) {
          const a = values[k], b = values[k + 1];
          const x0 = x[i], x1 = x[i + 1], x2 = x[i + 2], x3 = x[i + 3];
          a0 += a * x0;
          a1 += a * x1;
          a2 += a * x2;
          a3 += a * x3;
          b0 += b * x0;
          b1 += b * x1;
          b2 += b * x2;
          b3 += b * x3;
        }
        const o = 8 * pair;
        out[o] = less ? a0 - out[o] : a0;
        out[o + 1] = less ? a1 - out[o + 1] : a1;
        out[o + 2] = less ? a2 - out[o + 2] : a2;
        out[o + 3] = less ? a3 - out[o + 3] : a3;
        out[o + 4] = less ? b0 - out[o + 4] : b0;
        out[o + 5] = less ? b1 - out[o + 5] : b1;
        out[o + 6] = less ? b2 - out[o + 6] : b2;
        out[o + 7] = less ? b3 - out[o + 7] : b3;
      }
    }
  }

  const panelsOf = (samples) => Math.ceil(samples / 4);

  class Machine {
    /** A board of a design with some samples. */
    constructor(design, dt, samples) {
      this.samples = samples;
      this.panels = panelsOf(samples);
      this.step = dt * design.model.mobility * design.scale.second;
      this.set(engine.circuit.reduced(design, this.step), design);
    }

    set(board, design) {
      this.board = board;
      this.followers = design.followers;
      this.matrix = new Matrix(board.couplings, board.n);
      this.saturating = board.saturating && new Matrix(board.saturating.rate, board.n);
      this.x = new Float64Array(4 * this.panels * board.n);
      this.field = new Float64Array(4 * (board.n + 1));
      this.squashed = new Float64Array(4 * board.n);
    }

    /** Change the parts and keep the states of the units. */
    change(design) {
      const states = this.states(new Float64Array(this.samples * this.board.units.length));
      this.set(engine.circuit.reduced(design, this.step), design);
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

    /** Couplings with offsets of their own: tanh(a - b) = (tanh a - tanh b) / (1 - tanh a tanh b). */
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
      this.slope = slopes(model.onsite);
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

  function slopes({ kind, J2, J4, r }) {
    if (kind === "quartic") return (x, unit) => x * (2 * J2[unit] + 4 * J4[unit] * (x * x));
    if (kind === "cosh") return (x, unit) => ((2 * J2[unit]) / r[unit]) * Math.sinh(r[unit] * x);
    throw new Error(`onsite energy ${kind} has no equation in the page; quartic and cosh have`);
  }

  engine.twin = { Machine, Preparation };
})((globalThis.hwkitEngine ??= {}));
