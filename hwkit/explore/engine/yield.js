/* The yield of boards in the background: drawn, simulated and judged, a slice at a time.

The same starts and the same noise for every board, as in a tolerance study; the nominal board comes
first. Noise that fits into 64 MB is made once.
*/
(function (engine) {
  "use strict";

  const MOST_NOISE = 1 << 24, WORST = 12, GROUP = 8;

  /** Noise kept for a whole run, or made anew for each. */
  class KeptNoise {
    constructor(seed, paths, units, steps) {
      this.noise = new engine.Noise(seed, paths, units);
      this.size = this.noise.rows[0].length;
      this.kept = this.size * steps <= MOST_NOISE ? new Float32Array(this.size * steps) : null;
      this.made = 0;
    }

    at(step) {
      if (!this.kept) return this.noise.at(step);
      const row = this.kept.subarray(step * this.size, (step + 1) * this.size);
      if (step >= this.made) {
        row.set(this.noise.at(step));
        this.made = step + 1;
      }
      return row;
    }
  }

  class YieldEstimate {
    /**
     * design: with the effects of the controls at `values`; seed: of the boards; previous: an
     * estimate of the same description, whose starts and noise serve again for as many paths.
     */
    constructor({ description, design, values, seed, paths, boards, previous = null }) {
      const { run, seeds, controls } = description;
      Object.assign(this, { design, run, limits: description, noiseSeed: seeds.noise });
      Object.assign(this, { seed: String(seed ?? seeds.boards), paths: paths ?? run.paths });
      this.drawing = engine.drawing(design, controls, values, this.seed);
      this.most = Math.min(boards ?? Infinity, this.drawing.count ?? Infinity);
      this.recogniser = new engine.quality.Recogniser(design);
      const same = previous?.paths === this.paths;
      Object.assign(this, same ? previous.path : this.newPath());
      Object.assign(this, { boards: 0, passed: 0, failed: 0, perLimit: {}, rows: [] });
      Object.assign(this, { step: 0, begun: false, machine: null, nominal: null });
    }

    /** Starts, or what prepares them, and the noise. */
    get path() {
      const { preparation, starts, noise } = this;
      return { preparation, starts, noise };
    }

    newPath() {
      const { design, run, paths, noiseSeed } = this, { dt, steps } = run;
      const child = (name) => engine.seeds.child(noiseSeed, name, "boards");
      const preparation = new engine.twin.Preparation(
        design, dt, steps, paths, child("preparation"));
      return { preparation, noise: new KeptNoise(child("generation"), paths, design.units, steps) };
    }

    get done() {
      return this.boards >= this.most;
    }

    /** Whether a board is to be drawn next, which takes a slice of its own. */
    get drawsNext() {
      return !this.done && this.preparation === null && !this.begun && this.nominal !== null;
    }

    /** Work until a time; return whether there is a board more. */
    advance(until) {
      while (Date.now() < until && !this.done) {
        if (this.preparation) this.prepare();
        else if (!this.begun) this.begin();
        else if (this.step < this.run.steps && !this.machine.board.problem) this.march();
        else if (this.finish()) return true;
      }
      return false;
    }

    prepare() {
      for (let k = 0; k < GROUP && this.preparation.done < this.run.steps; k++) {
        this.preparation.advance();
      }
      if (this.preparation.done < this.run.steps) return;
      this.starts = this.preparation.states;
      this.preparation = null;
    }

    begin() {
      const values = this.nominal ? this.drawing.board(this.boards) : {};
      const board = engine.board.withValues(this.design, values);
      if (this.machine) this.machine.load(board);
      else this.machine = engine.machine(board, this.run.dt, this.paths);
      this.machine.start(this.starts);
      this.step = 0;
      this.begun = true;
    }

    march() {
      for (let k = 0; k < GROUP && this.step < this.run.steps; k++, this.step++) {
        this.machine.advance(this.noise.at(this.step), this.design.units);
      }
    }

    /** Judge the board that has come to its end; return whether it counts: the nominal does not. */
    finish() {
      const final = this.machine.states(new Float64Array(this.paths * this.design.units));
      const lost = this.machine.problemOf(final) !== "";
      const runs = { final, recognised: this.recogniser.recognise(final) };
      this.begun = false;
      if (!this.nominal) {
        if (lost) {
          throw new Error("the nominal board runs away; take a shorter step or other limits");
        }
        this.nominal = runs;
        return false;
      }
      const metrics = lost ? null : engine.quality.measured(this.recogniser, runs, this.nominal);
      const found = engine.quality.judged(this.limits.specification, metrics);
      const number = this.boards++;
      this.passed += found.passed;
      this.failed += lost;
      for (const limit of found.missed) this.perLimit[limit] = (this.perLimit[limit] || 0) + 1;
      this.latest = { number, seed: this.seed, passed: found.passed, metrics };
      this.rows.push({ ...this.latest, margin: found.margin });
      this.rows.sort((a, b) => a.margin - b.margin || a.number - b.number);
      this.rows.length = Math.min(this.rows.length, WORST);
      return true;
    }

    /** Give back what it holds. */
    end() {
      this.machine?.release();
      this.machine = null;
      this.most = 0;
    }

    get report() {
      const { boards, passed, failed, paths } = this, { level, method } = this.limits;
      const [low, high] = boards ? engine.quality.interval(method, passed, boards, level) : [0, 1];
      return {
        boards, passed, failed, low, high, level, done: this.done,
        pathsDone: boards * paths, share: boards ? passed / boards : null,
        perLimit: { ...this.perLimit },
        nominal: engine.quality.measured(this.recogniser, this.nominal, this.nominal),
        worst: this.rows.map(({ margin, ...row }) => row),
      };
    }
  }

  engine.YieldEstimate = YieldEstimate;
})((globalThis.hwkitEngine ??= {}));
