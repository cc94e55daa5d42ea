/* The run on show: the ideal machine and a board on the same starts and the same noise.

The ideal machine is the design as described: every control is off, and no part deviates. States of
at most 500 moments are kept, for traces.
*/
(function (engine) {
  "use strict";

  const POINTS = 500;

  class Show {
    constructor(nominal, design, run) {
      const { units } = nominal, { samples } = run;
      Object.assign(this, { nominal, run, samples, units, runs: 0, step: 0, preparation: null });
      this.ideal = engine.machine(nominal, run.dt, samples);
      this.board = engine.machine(design, run.dt, samples);
      this.recogniser = new engine.quality.Recogniser(nominal);
      this.room = new Float64Array(samples * units);
      this.stride = Math.ceil(run.steps / POINTS);
      const points = Math.floor(run.steps / this.stride) + 1;
      this.history = [0, 1].map(() => new Float32Array(points * this.room.length));
    }

    release() {
      this.ideal.release();
      this.board.release();
    }

    get ended() {
      return this.step >= this.run.steps;
    }

    /** Start again from the starts of a noise seed; they are prepared first. */
    restart(seed) {
      const child = (name) => engine.seeds.child(seed, name, "boards"), { dt, steps } = this.run;
      this.preparation = new engine.twin.Preparation(
        this.nominal, dt, steps, this.samples, child("preparation"));
      this.noise = new engine.Noise(child("generation"), this.samples, this.units);
      this.runs += 1;
      this.step = 0;
    }

    /** Prepare the starts until a time; return whether they are there. */
    prepare(now, until) {
      const { preparation } = this;
      while (preparation.done < preparation.steps) {
        preparation.advance();
        if (now() > until) return false;
      }
      this.ideal.start(preparation.states);
      this.board.start(preparation.states);
      this.preparation = null;
      this.remember();
      return true;
    }

    advance() {
      const normals = this.noise.at(this.step);
      this.ideal.advance(normals, this.units);
      this.board.advance(normals, this.units);
      this.step++;
      if (this.step % this.stride === 0) this.remember();
    }

    remember() {
      const at = (this.step / this.stride) * this.room.length;
      [this.ideal, this.board].forEach((machine, k) => {
        this.history[k].set(machine.states(this.room), at);
      });
    }

    seconds(time) {
      return time * this.nominal.model.mobility * this.nominal.scale.second;
    }

    /** Return states and classes of the moment. */
    frame() {
      const ideal = this.ideal.states(this.room.slice());
      const board = this.board.states(this.room.slice());
      const time = this.step * this.run.dt;
      return {
        run: this.runs, step: this.step, steps: this.run.steps, time, seconds: this.seconds(time),
        ended: this.ended, ideal: Float32Array.from(ideal), board: Float32Array.from(board),
        classes: { ideal: this.classes(ideal), board: this.classes(board) },
        failed: this.board.problemOf(board),
      };
    }

    classes(states) {
      const { best, correlation, share } = this.recogniser.recognise(states);
      return { best, correlation: Float32Array.from(correlation), share };
    }

    /** Return a unit's states of a sample so far. */
    trace(unit, sample) {
      const count = Math.floor(this.step / this.stride) + 1, { volt } = this.nominal.scale;
      const [ideal, board] = this.history.map((kept) => Float32Array.from({ length: count },
        (_, point) => kept[point * this.room.length + sample * this.units + unit]));
      const time = ideal.map((_, point) => point * this.stride * this.run.dt);
      return {
        unit, sample, time, ideal, board, seconds: time.map((t) => this.seconds(t)),
        voltsIdeal: ideal.map((x) => x * volt), voltsBoard: board.map((x) => x * volt),
      };
    }
  }

  engine.Show = Show;
})((globalThis.hwkitEngine ??= {}));
