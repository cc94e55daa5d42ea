/* The worker: messages in, messages out.

Every file of this folder is a classic script that adds to one object, `globalThis.hwkitEngine`
(below: engine). Joined in the order of hwkit.explore.engine.FILES they are the worker's source:

    Python   hwkit.explore.engine.engine_source() -> str, to be put into a Blob
    page     worker = new Worker(URL.createObjectURL(new Blob([source], {type: "text/javascript"})))
    node     vm.runInThisContext(source); session = engine.createSession(post); session.receive(m)

Units of the messages: states in units of x, time in model time, values of parts in SI units. Seeds
are strings of decimal digits ("0" to "18446744073709551615"). S samples, N units.

Messages in ({type, ...}), each answered within 50 ms while anything is running:

    open      description [samples]       a machine; everything is set to its description's values.
                                          samples: how many are shown (default: run.samples)
    settings  values                      {control: number | null}; controls that are not named keep
                                          their value, null is "off". The parts of the board change
                                          under the run: states and time go on
    board     which: "nominal"            deviations, bits and temperature off; limits and noise stay
              which: "seed", seed, number board `number` of a fabrication seed (Drawing.board)
              which: "given", board       a board as exported (see below)
    noise     seed                        other starts and other noise; restarts
    restart                               back to the starts of the same noise
    start, pause
    step      steps                       so many steps at once (at most 1000), then a frame
    speed     stepsPerSecond | null       null: as fast as it goes
    samples   samples                     how many are shown; restarts
    yield     on [, seed, paths, boards]  estimate in the background; settings that are changed
                                          start it again. Defaults: description's seeds.boards,
                                          run.paths, no end
    trace     unit | null, sample         unit to be traced: all of the run so far, then what follows
    cell      unit                        parts of a unit's cell on the board of the moment
    export                                the board of the moment
    stop                                  yield off, pause; the worker can be closed

Messages out:

    ready     {format, units, visible, samples, controls: {name: value}, stepsPerRun, dt}
    frame     {step, steps, time, seconds, running, ended, rate,
               ideal: Float32Array(S N), board: Float32Array(S N),   sample after sample
               classes: {ideal: {best: Int16Array(S), correlation: Float32Array(S), share},
                         board: the same},
               failed: "" | why the board runs away}
              at most 60 a second, and once after each of: open, settings, board, noise, restart,
              step, samples. `rate`: steps a second of the last half second. A run ends at its
              t_final (ended: true); restart or noise starts another
    trace     {unit, sample, time: Float32Array(k), seconds, ideal: Float32Array(k), board,
               voltsIdeal, voltsBoard}      with each frame while a unit is traced
    cell      {unit, name, nodes: [names], groups: [{role, kind, unit, count,
               nominal: number | [numbers], value, parameters: {name: value}}],
               couplings: {count, strongest: [{to, name, nominal, value, unit}]}}
    yield     {boards, paths, pathsDone, passed, failed, share, low, high, level, method,
               seed, seconds, perLimit: {limit: missed}, nominal: {metric: value},
               worst: [{number, seed, passed, metrics: {metric: value}}], latest: {...}, done}
              after every board. share: passed / boards. worst: at most 12, the farthest from the
              limits first
    exported  {board}                       the content of a board's file (hwkit.twin.load_board):
               {format: "hwkit-board", version: 1, digest, circuit: {cell, volt, second, farad,
               options}, run: {t_final, dt}, settings: {control: value}, seed, number,
               values: {name: [numbers]}}   seed and number are null for a board that was given
    error     {message, during}           one sentence; what was before goes on

A machine's description (JSON; hwkit.explore.describe makes it). Arrays are packed, little-endian:
{dtype: "float64" | "float32" | "int16", shape: [...], base64}.

    format "hwkit-explore", version 1, title, family "rc" | "resistive"
    units, visible, names: [..], digest: of the machine
    nodes: [names], terminals: packed int16 (units, 2), followers: packed int16 (m, 2)
                                                                  -1 is ground
    scale {volt, second, farad}, options: those of the family that are not its defaults
    model {kT, mobility, onsite {kind, J2: [..], J4 | r: [..]}}
    parts [{role, kind, unit, nodes: packed int16 (n, 2), values: packed (n), parameters: {name:
           packed (n)}}]                                           in netlist order
    patterns: packed (P, visible), labels: [..], picture: [rows, columns] | null
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
    specification [{metric, min, max}], level, method
What a family has no equation for is not in `controls`.
*/
(function (engine) {
  "use strict";

  const FRAME_MS = 15, SLICE_MS = 14, YIELD_MS = 8, GROUP = 4, POINTS = 500, STRONGEST = 8;
  const RUNAWAY = 1e3, MOST_STEPS = 1000;
  const now = () => performance.now();

  class Session {
    /** post: takes messages out; schedule: calls a function soon, after what else is waiting. */
    constructor(post, schedule) {
      Object.assign(this, { post, schedule, busy: false, running: false, estimate: null });
      Object.assign(this, { traced: null, speed: null, lastFrame: 0, rate: 0 });
    }

    /** Take a message. */
    receive(message) {
      try {
        const act = this[`on_${message.type}`];
        if (!act) throw new Error(`message ${JSON.stringify(message.type)} is unknown`);
        if (message.type !== "open" && !this.nominal) throw new Error("open a machine first");
        act.call(this, message);
      } catch (error) {
        this.post({ type: "error", message: error.message, during: message.type });
      }
      this.wake();
    }

    on_open({ description, samples }) {
      const nominal = engine.design.design(description), { run, controls } = description;
      this.estimate?.end();
      Object.assign(this, { description, nominal, controls, run, estimate: null, running: false });
      this.values = Object.fromEntries(controls.map((c) => [c.name, c.value]));
      this.recogniser = new engine.quality.Recogniser(nominal);
      this.chosen = { which: "seed", seed: description.seeds.boards, number: 0 };
      this.noiseSeed = description.seeds.noise;
      this.samples = samples || run.samples;
      this.build();
      this.post({
        type: "ready", format: description.format, units: nominal.units, dt: run.dt,
        visible: nominal.visible, samples: this.samples, controls: { ...this.values },
        stepsPerRun: run.steps,
      });
      this.restart();
    }

    /** Make both machines anew. */
    build() {
      this.ideal?.release();
      this.board?.release();
      this.ideal = new engine.twin.Machine(this.nominal, this.run.dt, this.samples);
      this.design = this.drawn();
      this.board = new engine.twin.Machine(this.design, this.run.dt, this.samples);
      this.room = new Float64Array(this.samples * this.nominal.units);
      const points = Math.floor(this.run.steps / this.stride) + 1;
      this.history = [0, 1].map(() => new Float32Array(points * this.room.length));
    }

    get stride() {
      return Math.ceil(this.run.steps / POINTS);
    }

    get affected() {
      return engine.design.affected(this.nominal, this.controls, this.values);
    }

    /** Return the design with the parts of the board of the moment. */
    drawn() {
      const { which, seed, number, values } = this.chosen, design = this.affected;
      if (which === "nominal") return design;
      const own = which === "given" ? values
        : new engine.board.Drawing(design, this.controls, this.values, seed).board(number);
      return engine.board.withValues(design, own);
    }

    on_settings({ values }) {
      const before = { ...this.values };
      for (const [name, value] of Object.entries(values)) this.checkValue(name, value);
      Object.assign(this.values, values);
      this.rebuilt(() => { this.values = before; });
      if (this.estimate) this.estimateAnew();
    }

    checkValue(name, value) {
      const control = this.controls.find((each) => each.name === name);
      if (!control) throw new Error(`control ${JSON.stringify(name)} is unknown`);
      const slack = 1e-9 * (control.high - control.low); // positions of a slider are sums
      const inside = typeof value === "number" && value >= control.low - slack &&
        value <= control.high + slack;
      const whole = control.kind !== "bits" || Number.isInteger(value);
      if ((value === null && control.off) || (inside && whole)) return;
      throw new Error(`control ${JSON.stringify(name)} is ${value}; give ` +
        `${whole ? "" : "a whole number, "}${control.low} to ${control.high}`);
    }

    on_board({ which, seed, number, board }) {
      const before = [this.chosen, { ...this.values }];
      const undo = () => { [this.chosen, this.values] = before; };
      if (which === "nominal") this.chosen = { which };
      else if (which === "given") this.take(board);
      else if (which === "seed") {
        if (!Number.isInteger(number) || number < 0) {
          throw new Error(`board ${number} is not a board's number; give 0, 1, 2 ...`);
        }
        this.chosen = { which, seed: String(engine.seeds.checkedSeed(seed)), number };
      } else throw new Error(`board ${JSON.stringify(which)} is unknown; nominal, seed or given`);
      this.rebuilt(undo);
    }

    /** Take a board's file: its values, and the limits of its circuit. */
    take(board) {
      if (board.format !== "hwkit-board" || board.digest !== this.description.digest) {
        throw new Error("this is not a board of the machine on this page; save one from it");
      }
      const options = board.circuit.options;
      for (const { name, kind } of this.controls) {
        if (kind === "saturation" || kind === "supply") this.values[name] = options[`${kind}_volt`] ?? null;
        if (kind === "factor") this.values[name] = 1;
      }
      const values = Object.entries(board.values).map(([name, own]) => [name, Float64Array.from(own)]);
      this.chosen = { which: "given", values: Object.fromEntries(values) };
    }

    /** Change the parts under the run, or undo what asked for it. */
    rebuilt(undo) {
      try {
        const design = this.drawn();
        this.board.change(design);
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

    on_samples({ samples }) {
      if (!Number.isInteger(samples) || samples < 1 || samples > 256) {
        throw new Error(`samples is ${samples}; give 1 to 256`);
      }
      this.samples = samples;
      this.build();
      this.restart();
    }

    restart() {
      const child = (name) => engine.seeds.child(this.noiseSeed, name, "boards");
      const { dt, steps } = this.run;
      this.preparation = new engine.twin.Preparation(
        this.nominal, dt, steps, this.samples, child("preparation"));
      this.noise = new engine.Noise(child("generation"), this.samples, this.nominal.units);
      this.step = 0;
      this.owed = 0;
    }

    on_start() {
      this.running = true;
      this.clock = now();
      this.owed = 0;
    }

    on_pause() {
      this.running = false;
      this.frame();
    }

    on_stop() {
      this.running = false;
      this.wanted = null;
      this.estimateAnew();
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
      this.wanted = message.on ? message : null;
      this.estimateAnew();
    }

    estimateAnew() {
      this.estimate?.end();
      const { wanted, description, run } = this, { seeds } = description;
      this.estimate = wanted && new engine.YieldEstimate(
        this.affected, this.controls, { ...this.values }, run,
        { noise: seeds.noise, boards: String(wanted.seed ?? seeds.boards) },
        description, wanted.paths || run.paths, wanted.boards || Infinity);
    }

    on_trace({ unit, sample = 0 }) {
      this.traced = unit === null ? null : { unit, sample };
      if (this.traced) this.checkUnit(unit);
      this.trace();
    }

    checkUnit(unit) {
      if (!(Number.isInteger(unit) && unit >= 0 && unit < this.nominal.units)) {
        this.traced = null;
        throw new Error(`unit ${unit} is not in the machine; give 0 to ${this.nominal.units - 1}`);
      }
    }

    on_export() {
      const { description: { digest, family, scale, options }, run, chosen } = this;
      const values = {};
      for (const group of this.design.parts) {
        values[group.role] = Array.from(group.values);
        for (const [name, own] of Object.entries(group.parameters)) {
          values[`${group.role}.${name}`] = Array.from(own);
        }
      }
      const own = { ...options };
      for (const { name, kind } of this.controls) {
        if (kind !== "saturation" && kind !== "supply") continue;
        if (this.values[name] === null) delete own[`${kind}_volt`];
        else own[`${kind}_volt`] = this.values[name];
      }
      this.post({ type: "exported", board: {
        format: "hwkit-board", version: 1, digest,
        circuit: { cell: family, ...scale, options: own },
        run: { t_final: run.t_final, dt: run.dt }, settings: { ...this.values },
        seed: chosen.seed ?? null, number: chosen.number ?? null, values,
      } });
    }

    on_cell({ unit }) {
      this.checkUnit(unit);
      this.post({ type: "cell", ...engine.cell(this.description, this.nominal, this.design, unit) });
    }

    // ---- work ----------------------------------------------------------------------------------

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
      });
    }

    get live() {
      return this.running && this.step < this.run.steps;
    }

    get hasWork() {
      return Boolean(this.nominal && (this.preparation || this.asked || this.live ||
        (this.estimate && !this.estimate.done)));
    }

    /** A slice of work: the run on show first, then the yield. */
    work() {
      if (this.preparation) this.prepare(now() + SLICE_MS);
      else if (this.asked) this.stepOnce();
      else if (this.live) this.march();
      if (this.estimate && !this.estimate.done) {
        const shared = this.preparation || this.live;
        if (this.estimate.advance(Date.now() + (shared ? YIELD_MS : SLICE_MS))) {
          this.post({ type: "yield", ...this.estimate.report });
        }
      }
    }

    prepare(until) {
      const { preparation } = this;
      while (preparation.done < preparation.steps) {
        preparation.advance();
        if (now() > until) return;
      }
      this.ideal.start(preparation.states);
      this.board.start(preparation.states);
      this.preparation = null;
      this.clock = now();
      this.remember();
      this.frame();
    }

    stepOnce() {
      const until = now() + SLICE_MS;
      while (this.asked > 0 && this.step < this.run.steps && now() < until) {
        this.advance();
        this.asked--;
      }
      if (this.step >= this.run.steps) this.asked = 0;
      if (!this.asked) this.frame();
    }

    march() {
      const began = now(), first = this.step;
      if (this.speed !== null) {
        this.owed = Math.min(this.owed + (this.speed * (began - this.clock)) / 1000, 100);
      }
      this.clock = began;
      while (this.live && now() < began + SLICE_MS && (this.speed === null || this.owed >= 1)) {
        for (let k = 0; k < GROUP && this.live && (this.speed === null || this.owed >= 1); k++) {
          this.advance();
          this.owed -= 1;
        }
      }
      this.measure(began, this.step - first);
      if (now() - this.lastFrame >= FRAME_MS || this.step >= this.run.steps) this.frame();
    }

    /** Keep the steps a second of about the last half second. */
    measure(began, steps) {
      if (began - (this.since ?? -Infinity) > 500) {
        this.rate = this.counted ? (1000 * this.counted) / (began - this.since) : this.rate;
        Object.assign(this, { since: began, counted: 0 });
      }
      this.counted += steps;
    }

    advance() {
      const normals = this.noise.at(this.step), { units } = this.nominal;
      this.ideal.advance(normals, units);
      this.board.advance(normals, units);
      this.step++;
      if (this.step % this.stride === 0) this.remember();
    }

    remember() {
      const at = (this.step / this.stride) * this.room.length;
      [this.ideal, this.board].forEach((machine, k) => {
        this.history[k].set(machine.states(this.room), at);
      });
    }

    // ---- what is shown -------------------------------------------------------------------------

    frame() {
      if (this.preparation) return;
      this.lastFrame = now();
      const shown = { ideal: this.ideal.states(this.room.slice()) };
      shown.board = this.board.states(this.room.slice());
      const classes = {};
      for (const [name, states] of Object.entries(shown)) {
        const { best, correlation, share } = this.recogniser.recognise(states);
        classes[name] = { best, correlation: Float32Array.from(correlation), share };
      }
      const lost = !shown.board.every((x) => Math.abs(x) <= RUNAWAY);
      const { step, run, running, rate, nominal } = this, time = step * run.dt;
      this.post({
        type: "frame", step, steps: run.steps, time, running, rate, classes,
        seconds: time * nominal.model.mobility * nominal.scale.second,
        ended: step >= run.steps,
        ideal: Float32Array.from(shown.ideal), board: Float32Array.from(shown.board),
        failed: this.board.board.problem || (lost ? `a unit ran away beyond |x| = ${RUNAWAY}` : ""),
      });
      this.trace();
    }

    trace() {
      if (!this.traced || this.preparation) return;
      const { unit, sample } = this.traced, { units, scale, model } = this.nominal;
      const count = Math.floor(this.step / this.stride) + 1, size = this.room.length;
      const pick = (k) => Float32Array.from({ length: count }, (_, point) =>
        this.history[k][point * size + sample * units + unit]);
      const [ideal, board] = [pick(0), pick(1)];
      const time = Float32Array.from(ideal.keys(), (k) => k * this.stride * this.run.dt);
      this.post({
        type: "trace", unit, sample, time, ideal, board,
        seconds: time.map((t) => t * model.mobility * scale.second),
        voltsIdeal: ideal.map((x) => x * scale.volt), voltsBoard: board.map((x) => x * scale.volt),
      });
    }
  }

  /** Return what a unit's cell holds: nominal values and those of a board. */
  engine.cell = (description, nominal, design, unit) => {
    const ends = [0, 1].map((k) => nominal.terminals[2 * unit + k]).filter((node) => node >= 0);
    const owner = new Map();
    nominal.terminals.forEach((node, k) => { if (node >= 0) owner.set(node, k >> 1); });
    const groups = [];
    let couplings = { count: 0, strongest: [] };
    for (const group of design.parts) {
      const before = nominal.parts.find((each) => each.role === group.role);
      const { role, kind, nodes } = group, own = [];
      for (let k = 0; k < group.values.length; k++) {
        const driven = ends.includes(nodes[2 * k]);
        if (driven || (kind !== "transconductor" && kind !== "saturating" && ends.includes(nodes[2 * k + 1]))) own.push(k);
      }
      if (!own.length) continue;
      const value = own.map((k) => group.values[k]);
      const parameters = Object.fromEntries(Object.entries(group.parameters).map(([name, all]) =>
        [name, all[own[0]]]));
      if (role !== "coupling") {
        groups.push({ role, kind, unit: group.unit, count: own.length, value, parameters,
          nominal: before ? own.map((k) => before.values[k]) : null });
        continue;
      }
      const list = own.map((k) => {
        const far = ends.includes(nodes[2 * k]) ? nodes[2 * k + 1] : nodes[2 * k], to = owner.get(far);
        return { to, name: description.names[to] ?? description.nodes[far], unit: group.unit,
          nominal: before.values[k], value: group.values[k] };
      });
      const weight = (each) => (kind === "resistor" ? -1 : 1) * Math.abs(each.value);
      list.sort((a, b) => weight(b) - weight(a));
      couplings = { count: own.length, strongest: list.slice(0, STRONGEST), parameters };
    }
    return { unit, name: description.names[unit], nodes: ends.map((node) => description.nodes[node]),
      groups, couplings };
  };

  engine.createSession = (post, schedule) => new Session(post, schedule);

  if (typeof WorkerGlobalScope !== "undefined" && globalThis instanceof WorkerGlobalScope) {
    const channel = new MessageChannel(), waiting = [];
    channel.port1.onmessage = () => waiting.shift()();
    const session = engine.createSession((message) => globalThis.postMessage(message), (work) => {
      waiting.push(work);
      channel.port2.postMessage(0);
    });
    globalThis.onmessage = ({ data }) => session.receive(data);
  }
})((globalThis.hwkitEngine ??= {}));
