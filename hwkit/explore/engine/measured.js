/* Boards of transistors that were measured: hwkit.model.CurveMachine in double precision.

    x' = x - mu dt [U'(x) + b + sum_k W^k f_k(x)] + sqrt(2 mu kT dt) normals

The functions f_k and U' are cubic pieces (hwkit.explore.curves); each board has its own weights W
and biases b. States are sample after sample.
*/
(function (engine) {
  "use strict";

  /** Return a description's curves, ready to be used. */
  function curvesOf({ functions, onsite, weights, biases }, unpacked) {
    const piecewise = ({ x, pieces }) => ({ x: unpacked(x), pieces: unpacked(pieces) });
    return {
      functions: { ...piecewise(functions), count: functions.count },
      onsite: { ...piecewise(onsite), ends: onsite.ends, wall: onsite.wall },
      weights: unpacked(weights), biases: unpacked(biases), boards: biases.shape[0] - 1,
    };
  }

  /** Return in which piece between evenly spaced points a number is. */
  function pieceOf(x, value) {
    const last = x.length - 2, step = (x[last + 1] - x[0]) / (last + 1);
    let k = Math.min(last, Math.max(0, Math.floor((value - x[0]) / step)));
    while (k > 0 && value < x[k]) k--;
    while (k < last && value >= x[k + 1]) k++;
    return k;
  }

  const clipped = (x, value) => Math.min(Math.max(value, x[0]), x[x.length - 1]);

  /** Return a cubic at a distance d; its four coefficients are `apart` from each other. */
  const cubic = (pieces, at, apart, d) => ((pieces[at] * d + pieces[at + apart]) * d +
    pieces[at + 2 * apart]) * d + pieces[at + 3 * apart];

  /** Write the functions of couplings at a number into out, from `at` on, `apart` from each other. */
  function evaluate({ x, pieces, count }, value, out, at, apart) {
    const inside = clipped(x, value), k = pieceOf(x, inside), d = inside - x[k];
    const power = (x.length - 1) * count, first = k * count;
    for (let f = 0; f < count; f++) out[at + f * apart] = cubic(pieces, first + f, power, d);
  }

  /** Return U' at a number; beyond the table its wall. */
  function slope({ x, pieces, ends, wall }, value) {
    const inside = clipped(x, value), beyond = value - inside;
    if (beyond !== 0) {
      const side = beyond > 0 ? 1 : 0;
      return ends[0][side] + beyond * (ends[1][side] + 4 * wall * beyond * beyond);
    }
    const k = pieceOf(x, inside);
    return cubic(pieces, k, x.length - 1, inside - x[k]);
  }

  /** The boards that were measured; those of another seed are not known. */
  class Drawing {
    constructor({ curves, seed: known }, controls, values, seed) {
      const control = controls.find(({ kind }) => kind === "mismatch");
      const { name, choices } = control ?? { choices: [1] };
      const count = curves.boards / choices.length;
      const first = 1 + count * (control ? choices.indexOf(values[name]) : 0);
      Object.assign(this, { count, first, known, seed: String(seed) });
    }

    board(number) {
      const { count, first, known, seed } = this;
      if (seed === known && number < count) return { machine: first + number };
      throw new Error(`board ${number} of seed ${seed} was not measured; choose one of 0 to ` +
        `${count - 1} of seed ${known}`);
    }
  }

  class Machine {
    /** A board of a design with some samples. */
    constructor(design, dt, samples) {
      Object.assign(this, { dt, samples, units: design.units });
      this.x = new Float64Array(samples * design.units);
      this.load(design);
    }

    /** Take the curves of a board; states are 0 then. */
    load(design) {
      this.change(design);
      this.x.fill(0);
    }

    /** Take the curves of a board and keep the states. */
    change({ curves, machine, model, power, units }) {
      const { mobility, kT } = model, { count } = curves.functions, size = count * units * units;
      Object.assign(this, { curves, board: { problem: "" } });
      this.weights = curves.weights.subarray(machine * size, (machine + 1) * size);
      this.biases = curves.biases.subarray(machine * units, (machine + 1) * units);
      this.rate = mobility * this.dt;
      this.amplitude = Math.sqrt(2 * mobility * (kT * power) * this.dt);
      this.room = new Float64Array(count * units);
      this.next = new Float64Array(units);
    }

    /** Give back nothing: it holds no memory of its own. */
    release() {}

    start(states) {
      this.x.set(states);
    }

    states(out) {
      out.set(this.x);
      return out;
    }

    problemOf(states) {
      return engine.twin.lost(states);
    }

    /** Go one step on the normals of noise.at(step). */
    advance(normals) {
      for (let sample = 0; sample < this.samples; sample++) {
        const panel = 4 * Math.floor(sample / 4) * this.units;
        this.move(sample * this.units, panel + (sample % 4), normals);
      }
    }

    move(from, noiseAt, normals) {
      const { x, next, units, curves, weights, biases, room, rate, amplitude } = this;
      const { count } = curves.functions;
      for (let unit = 0; unit < units; unit++) {
        evaluate(curves.functions, x[from + unit], room, unit, units);
      }
      for (let unit = 0; unit < units; unit++) {
        let field = 0;
        for (let f = 0; f < count; f++) {
          const row = (f * units + unit) * units, own = f * units;
          for (let j = 0; j < units; j++) field += weights[row + j] * room[own + j];
        }
        const value = x[from + unit];
        const drift = (field + biases[unit] + slope(curves.onsite, value)) * rate;
        next[unit] = value + amplitude * normals[noiseAt + 4 * unit] - drift;
      }
      x.set(next, from);
    }
  }

  /** Return the derivatives of functions at 0, (count). */
  function tangents({ x, pieces, count = 1 }) {
    const k = pieceOf(x, 0), d = -x[k], power = (x.length - 1) * count, first = k * count;
    return Float64Array.from({ length: count }, (_, f) => (3 * pieces[first + f] * d +
      2 * pieces[power + first + f]) * d + pieces[2 * power + first + f]);
  }

  /** Return slopes at 0 V of what drives a unit on a board, (N), the unit's own included. */
  function conductances({ curves, units, machine }, unit) {
    const { functions, weights, onsite } = curves, { count } = functions, each = tangents(functions);
    return Float64Array.from({ length: units }, (_, j) => {
      let sum = j === unit ? tangents(onsite)[0] : 0;
      for (let f = 0; f < count; f++) {
        sum += weights[((machine * count + f) * units + unit) * units + j] * each[f];
      }
      return sum;
    });
  }

  engine.measured = { conductances, curvesOf, slope };

  /** A machine of a design, and the boards of a seed: of parts, or measured. */
  engine.machine = (design, dt, samples) =>
    (design.curves ? new Machine(design, dt, samples) : new engine.twin.Machine(design, dt, samples));
  engine.drawing = (design, ...others) => (design.curves
    ? new Drawing(design, ...others) : new engine.board.Drawing(design, ...others));
})((globalThis.hwkitEngine ??= {}));
