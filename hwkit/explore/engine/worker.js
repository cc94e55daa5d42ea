/* The worker: messages in, messages out.

Every file of this folder is a classic script that adds to one object, `globalThis.hwkitEngine`
(below: engine). Joined in the order of hwkit.explore.engine.FILES they are the worker's source:

    Python   hwkit.explore.engine.engine_source() -> str, to be put into a Blob
    page     worker = new Worker(URL.createObjectURL(new Blob([source], {type: "text/javascript"})))
    node     vm.runInThisContext(source); session = engine.createSession(post); session.receive(m)

Units of the messages: states in units of x, time in model time, values of parts in SI units. Seeds
are strings of decimal digits ("0" to "18446744073709551615"). S samples, N units.

Messages in ({type, ...}), each answered within 50 ms while anything is running:

    open      description                 a machine; everything is set to its description's values
    settings  values                      {control: number | null}; controls that are not named keep
                                          their value, null is "off". The parts of the board change
                                          under the run: states and time go on
    board     which: "nominal"            deviations, bits and temperature off; limits and noise stay
              which: "seed", seed, number board `number` of a fabrication seed (Drawing.board)
    load      text                        the board of a file that was exported; the controls take
                                          the values that it names. Its own follow no control:
                                          settings are refused until another board is chosen
    noise     seed                        other starts and other noise; restarts
    restart                               back to the starts of the same noise
    start, pause
    step      steps                       so many steps at once (at most 1000), then a frame
    speed     stepsPerSecond | null       null: as fast as it goes
    yield     on [, seed, paths, boards]  estimate in the background; settings that are changed
                                          start it again. Defaults: description's seeds.boards,
                                          run.paths, no end
    trace     unit, sample                unit to be traced: all of the run so far, then what follows
    cell      unit                        parts of a unit's cell on the board of the moment
    export                                the board of the moment

Messages out:

    ready     {units, samples, stepsPerRun}
    frame     {run, step, steps, time, seconds, running, ended, rate,
               ideal: Float32Array(S N), board: Float32Array(S N),   sample after sample
               classes: {ideal: {best: Int16Array(S), correlation: Float32Array(S), share},
                         board: the same},
               failed: "" | why the board runs away}
              at most 60 a second, and once after each of: open, settings, board, noise, restart,
              pause, step. `rate`: steps a second of the last half second. A run ends at its
              t_final (ended: true); restart or noise starts another. `run` counts them from 1
    trace     {unit, sample, time: Float32Array(k), seconds, ideal: Float32Array(k), board,
               voltsIdeal, voltsBoard}      with each frame while a unit is traced
    cell      {unit, groups: [{role, unit, count, nominal: [numbers] | null, value: [numbers]}],
               couplings: {count, strongest: [{to, name, nominal, value, unit}]}}
    yield     {boards, pathsDone, passed, failed, share, low, high, level, done,
               perLimit: {limit: missed}, nominal: {metric: value},
               worst: [{number, seed, passed, metrics: {metric: value}}]}
              after every board. share: passed / boards. worst: at most 12, the farthest from the
              limits first
    loaded    {settings: {control: value}}  a file's board is on the bench, and where the controls are
    exported  {board}                       the content of a board's file (hwkit.twin.load_board):
               {format: "hwkit-board", version: 1, digest, circuit: {cell, volt, second, farad,
               options}, run: {t_final, dt}, settings: {control: value}, seed, number,
               values: {name: [numbers]}}   seed and number are null for the nominal board
    error     {message, during}           one sentence; what was before goes on. During "work" the
                                          run pauses and the yield ends, until settings change

A machine's description (JSON; hwkit.explore.describe makes it). Arrays are packed, little-endian:
{dtype: "float64" | "int16", shape: [...], base64}.

    format "hwkit-explore", version 1, title, family "rc" | "resistive" | "silicon"
    units, visible, names: [..], digest: of the machine
    nodes: [names], terminals: packed int16 (units, 2), followers: packed int16 (m, 2)
                                                                  -1 is ground
    scale {volt, second, farad}, options: those of the family that are not its defaults
    model {kT, mobility, onsite {kind, J2: [..], J4 | r: [..]}}
    parts [{role, kind, unit, nodes: packed int16 (n, 2), values: packed (n), parameters: {name:
           packed (n)}}]                                           in netlist order
    patterns: packed (P, visible), labels: [..]
    run {t_final, dt, steps, samples, paths}
    seeds {noise, boards}
    controls [{name, title, kind, unit, low, high, step, value, off, entry | roles}]
           kind "spread": the entry {name, parts, relative, share, group, correlation,
                          distribution: {kind, ...numbers}, targets: [names]} with deviations
                          `value` times as large
           kind "factor": multiplies the values of `roles` (noise power)
           kind "saturation", "supply": volts, null is off (rc only); a supply has siemens
           kind "temperature": degrees Celsius, with thermals [{name, of: class}]
           kind "bits": whole number, null is off; rounds `roles`
           kind "mismatch": one of its `choices`; other boards are measured at each (silicon only)
    specification [{metric, min, max}], level, method
What a family has no equation for is not in `controls`. Family silicon has no parts but curves that
were measured (hwkit.explore.curves), of the circuit as designed and then of boards 0, 1, ... of
seeds.boards for each choice of the mismatch; other boards are refused, and there is nothing to export:

    curves {functions {x, pieces, count}, onsite {x, pieces, ends, wall},
            weights: packed (1 + boards, K, N, N), biases: packed (1 + boards, N)}
*/
(function (engine) {
  "use strict";

  const FRAME_MS = 15, SLICE_MS = 14, YIELD_MS = 8, GROUP = 4, RATE_MS = 500, REST_MS = 4;
  const MOST_STEPS = 1000, MOST_OWED = 100;
  const now = () => performance.now();
  const quoted = (value) => JSON.stringify(value);

  class Session {
    /** post: takes messages out; schedule: calls a function after so many ms, 0 for soon. */
    constructor(post, schedule) {
      Object.assign(this, { post, schedule, busy: false, running: false, estimate: null });
      Object.assign(this, { show: null, traced: null, speed: null });
      Object.assign(this, { lastFrame: 0, rate: 0, asked: 0 });
    }

    /** Take a message. */
    receive(message) {
      try {
        const act = this[`on_${message.type}`];
        if (!act) throw new Error(`message ${quoted(message.type)} is unknown`);
        if (message.type !== "open" && !this.show) throw new Error("open a machine first");
        act.call(this, message);
      } catch (error) {
        this.post({ type: "error", message: error.message, during: message.type });
      }
      this.wake();
    }

    on_open({ description }) {
      const nominal = engine.design.design(description), { run, controls, seeds } = description;
      this.estimate?.end();
      Object.assign(this, { description, nominal, controls, run, estimate: null, running: false });
      Object.assign(this, { wanted: null, traced: null, noiseSeed: seeds.noise });
      this.values = Object.fromEntries(controls.map((c) => [c.name, c.value]));
      this.chosen = { which: "seed", seed: seeds.boards, number: 0 };
      this.show?.release();
      this.design = this.drawn();
      this.show = new engine.Show(nominal, this.design, run);
      this.restart();
      const { units } = nominal, { samples, steps } = run;
      this.post({ type: "ready", units, samples, stepsPerRun: steps });
    }

    get affected() {
      return engine.design.affected(this.nominal, this.controls, this.values);
    }

    /** Return the design with some limits: all that a board's file does not give the value of. */
    limited(values) {
      const limits = this.controls.filter((control) => control.kind !== "factor");
      return engine.design.affected(this.nominal, limits, values);
    }

    /** Return the design with the parts of the board of the moment. */
    drawn() {
      const { which, seed, number, values } = this.chosen;
      if (which === "file") return engine.board.withValues(this.limited(this.values), values);
      const design = this.affected;
      if (which === "nominal") return design;
      const drawing = engine.drawing(design, this.controls, this.values, seed);
      return engine.board.withValues(design, drawing.board(number));
    }

    on_settings({ values }) {
      const before = this.values;
      if (this.chosen.which === "file") {
        throw new Error("a board of a file keeps its values; choose another board first");
      }
      engine.design.checkValues(this.controls, values);
      this.values = { ...before, ...values };
      this.rebuilt(() => { this.values = before; });
      if (this.wanted) this.estimateAnew();
    }

    on_load({ text }) {
      const { values: before, chosen, description, controls } = this;
      const file = engine.boardFiles.loaded(text, description), { seed = null, number = null } = file;
      const own = engine.boardFiles.settingsOf(file, controls), settings = { ...before, ...own };
      engine.design.checkValues(controls, own);
      const values = engine.boardFiles.checkedValues(file.values, this.limited(settings));
      Object.assign(this, { values: settings, chosen: { which: "file", seed, number, values } });
      this.rebuilt(() => Object.assign(this, { values: before, chosen }));
      this.post({ type: "loaded", settings: { ...this.values } });
      if (this.wanted) this.estimateAnew();
    }

    on_board({ which, seed, number }) {
      const { chosen } = this;
      if (which === "nominal") this.chosen = { which };
      else if (which === "seed") {
        if (!Number.isInteger(number) || number < 0) {
          throw new Error(`board ${number} is not a board's number; give 0, 1, 2 ...`);
        }
        this.chosen = { which, seed: String(engine.seeds.checkedSeed(seed)), number };
      } else throw new Error(`board ${quoted(which)} is unknown; choose nominal or seed`);
      this.rebuilt(() => { this.chosen = chosen; });
    }

    /** Change the parts under the run, or undo what asked for it. */
    rebuilt(undo) {
      try {
        const design = this.drawn();
        this.show.board.change(design);
        this.design = design;
      } catch (error) {
        undo();
        throw error;
      }
      this.frame();
    }

    on_noise({ seed }) {
      this.noiseSeed = String(engine.seeds.checkedSeed(seed));
      this.restart();
    }

    on_restart() {
      this.restart();
    }

    restart() {
      this.show.restart(this.noiseSeed);
      Object.assign(this, { owed: 0, asked: 0 });
    }

    on_start() {
      Object.assign(this, { running: true, clock: now(), owed: 0 });
    }

    on_pause() {
      this.running = false;
      this.frame();
    }

    on_step({ steps = 1 }) {
      if (!Number.isInteger(steps) || steps < 1 || steps > MOST_STEPS) {
        throw new Error(`steps is ${steps}; give 1 to ${MOST_STEPS}`);
      }
      this.asked = steps;
    }

    on_speed({ stepsPerSecond }) {
      if (stepsPerSecond !== null && !(stepsPerSecond > 0)) {
        throw new Error(`speed is ${stepsPerSecond}; give steps a second above 0, or null`);
      }
      Object.assign(this, { speed: stepsPerSecond, clock: now(), owed: 0 });
    }

    on_yield(message) {
      const { paths = 1, boards = 1, seed = "0" } = message;
      for (const [name, count] of Object.entries({ paths, boards })) {
        if (!(Number.isInteger(count) && count >= 1)) {
          throw new Error(`${name} is ${count}; give a whole number of at least 1`);
        }
      }
      engine.seeds.checkedSeed(seed);
      this.wanted = message.on ? message : null;
      this.estimateAnew();
    }

    estimateAnew() {
      const { estimate: previous, wanted, description } = this;
      previous?.end();
      this.estimate = wanted && new engine.YieldEstimate({
        description, design: this.affected, values: { ...this.values }, previous,
        seed: wanted.seed, paths: wanted.paths, boards: wanted.boards,
      });
    }

    on_trace({ unit, sample = 0 }) {
      this.checkUnit(unit);
      if (!(Number.isInteger(sample) && sample >= 0 && sample < this.show.samples)) {
        throw new Error(`sample ${sample} is not shown; give 0 to ${this.show.samples - 1}`);
      }
      this.traced = { unit, sample };
      this.trace();
    }

    checkUnit(unit) {
      if (Number.isInteger(unit) && unit >= 0 && unit < this.nominal.units) return;
      throw new Error(`unit ${unit} is not in the machine; give 0 to ${this.nominal.units - 1}`);
    }

    on_cell({ unit }) {
      this.checkUnit(unit);
      const cell = engine.cell(this.description, this.nominal, this.design, unit);
      this.post({ type: "cell", ...cell });
    }

    on_export() {
      if (this.nominal.curves) {
        throw new Error("a board that was measured has no file; hwkit.validation.silicon's " +
          "mismatch_board makes it from its seed and number");
      }
      const board = engine.boardFiles.exported(
        this.description, this.design, this.values, this.chosen);
      this.post({ type: "exported", board });
    }

    // ---- work ----------------------------------------------------------------------------------

    /** See that work goes on, a slice at a time; messages come between slices. */
    wake() {
      if (this.busy || !this.hasWork) return;
      this.busy = true;
      this.schedule(() => {
        this.busy = false;
        try {
          this.work();
        } catch (error) {
          this.estimate?.end();
          Object.assign(this, { running: false, estimate: null, asked: 0 });
          this.post({ type: "error", message: error.message, during: "work" });
        }
        this.wake();
      }, this.resting ? REST_MS : 0);
    }

    /** Whether there is nothing to do yet: a run of a given speed is ahead. */
    get resting() {
      const { show, speed, owed, asked, estimate, clock } = this;
      if (show.preparation || asked || speed === null || (estimate && !estimate.done)) return false;
      return owed + (speed * (now() - clock)) / 1000 < 1;
    }

    get live() {
      return this.running && !this.show.ended;
    }

    get hasWork() {
      return Boolean(this.show && (this.show.preparation || this.asked || this.live ||
        (this.estimate && !this.estimate.done)));
    }

    /** A slice of work: the run on show first, then the yield; to draw a board is a slice. */
    work() {
      const { show } = this;
      if (this.estimate?.drawsNext) this.estimate.begin();
      else if (show.preparation) {
        if (show.prepare(now, now() + SLICE_MS)) this.begun();
      } else if (this.asked) this.stepOnce();
      else if (this.live) this.march();
      if (!this.estimate || this.estimate.done) return;
      const shared = show.preparation || this.live;
      if (this.estimate.advance(Date.now() + (shared ? YIELD_MS : SLICE_MS))) {
        this.post({ type: "yield", ...this.estimate.report });
      }
    }

    begun() {
      this.clock = now();
      this.frame();
    }

    stepOnce() {
      const until = now() + SLICE_MS;
      while (this.asked > 0 && !this.show.ended && now() < until) {
        this.show.advance();
        this.asked--;
      }
      if (this.show.ended) this.asked = 0;
      if (!this.asked) this.frame();
    }

    get due() {
      return this.live && (this.speed === null || this.owed >= 1);
    }

    march() {
      const began = now(), first = this.show.step;
      if (this.speed !== null) {
        this.owed = Math.min(this.owed + (this.speed * (began - this.clock)) / 1000, MOST_OWED);
      }
      this.clock = began;
      while (this.due && now() < began + SLICE_MS) {
        for (let k = 0; k < GROUP && this.due; k++) {
          this.show.advance();
          this.owed -= 1;
        }
      }
      this.measure(began, this.show.step - first);
      if (now() - this.lastFrame >= FRAME_MS || this.show.ended) this.frame();
    }

    /** Keep the steps a second of about the last half second. */
    measure(began, steps) {
      if (!(began - this.since <= RATE_MS)) {
        if (this.counted && began - this.since < 4 * RATE_MS) {
          this.rate = (1000 * this.counted) / (began - this.since);
        }
        Object.assign(this, { since: began, counted: 0 });
      }
      this.counted += steps;
    }

    frame() {
      if (this.show.preparation) return;
      this.lastFrame = now();
      const { running, rate } = this;
      this.post({ type: "frame", running, rate, ...this.show.frame() });
      this.trace();
    }

    trace() {
      if (!this.traced || this.show.preparation) return;
      this.post({ type: "trace", ...this.show.trace(this.traced.unit, this.traced.sample) });
    }
  }

  engine.createSession = (post, schedule) => new Session(post, schedule);

  /** In a worker of a page: messages of the page, and work between them. */
  function serve() {
    const channel = new MessageChannel(), waiting = [];
    const post = (message) => globalThis.postMessage(message);
    const session = engine.createSession(post, (work, delay) => {
      if (delay) setTimeout(work, delay);
      else {
        waiting.push(work); // a timer of 0 ms would wait 4
        channel.port2.postMessage(0);
      }
    });
    channel.port1.onmessage = () => waiting.shift()();
    globalThis.onmessage = ({ data }) => session.receive(data);
  }

  const inWorker = typeof WorkerGlobalScope !== "undefined";
  if (inWorker && globalThis instanceof WorkerGlobalScope) serve();
})((globalThis.hwkitEngine ??= {}));
