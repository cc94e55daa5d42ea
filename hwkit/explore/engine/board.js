/* Boards: hwkit.circuit.variation.drawing.Drawing in the same order, from the same seeds.

    value = (quantised nominal) * product of (1 + relative deviations) + absolute deviations

then input offsets become currents, then the temperature. Normal scores of a spread in a group:
z = sqrt(rho) z_group + sqrt(1 - rho) z_own.
*/
(function (engine) {
  "use strict";

  const { seeds, distributions } = engine;
  const POSITIVE = ["capacitor", "resistor", "noise", "diode", "limiter"];
  const EDGE = 2 ** -54, TIE = 1e-8, OPEN_OHMS = 1e6;
  const ROOM_KELVIN = 300.15, ROOM_CELSIUS = 27, ZERO_CELSIUS = 273.15;
  const GAP_VOLT = 1.11, EXPONENT = 3;
  const BOLTZMANN_OVER_CHARGE = 1.38064852e-23 / 1.6021766208e-19;
  const COLDEST = 100, HOTTEST = 600;
  const FIXED = "fixed"; // the class of what does not follow the temperature

  const inside = (u) => Math.min(Math.max(u, EDGE), 1 - EDGE);

  class Drawing {
    /** Boards of a design with controls at some values, from a fabrication seed. */
    constructor(design, controls, values, seed) {
      this.design = design;
      this.seed = seed;
      this.roles = Object.fromEntries(design.parts.map((group) => [group.role, group]));
      const set = (kind) => controls.filter((c) => c.kind === kind && values[c.name] !== null);
      this.spreads = set("spread").filter((c) => values[c.name] !== 0)
        .map((c) => ({ ...c.entry, factor: values[c.name] }));
      this.bits = set("bits").map((c) => ({ roles: c.roles, bits: values[c.name] }));
      this.warm = set("temperature").map((c) => ({
        thermals: c.thermals, kelvin: values[c.name] + ZERO_CELSIUS,
      }))[0] || { kelvin: ROOM_KELVIN };
    }

    /** Return the values of a board that differ from the design: {name: Float64Array}. */
    board(number) {
      const values = {}, added = {};
      const current = (name) => (values[name] ??= Float64Array.from(this.nominal(name)));
      for (const { roles, bits } of this.bits) {
        for (const role of roles) values[role] = quantised(this.roles[role], current(role), bits);
      }
      for (const spread of this.spreads) {
        for (const [name, deviation] of this.deviations(spread, number)) {
          const own = current(name);
          if (spread.relative) own.forEach((v, k) => { own[k] = v * (1 + deviation[k]); });
          else {
            const sum = (added[name] ??= new Float64Array(own.length));
            deviation.forEach((e, k) => { sum[k] += e; });
          }
        }
      }
      for (const [name, sum] of Object.entries(added)) {
        values[name].forEach((v, k) => { values[name][k] = v + sum[k]; });
      }
      this.offsets(values);
      if (this.warm.kelvin !== ROOM_KELVIN) this.heat(current, number, values);
      return values;
    }

    nominal(name) {
      const [role, parameter] = name.split("."), group = this.roles[role];
      if (!parameter) return group.values;
      return group.parameters[parameter] || new Float64Array(group.values.length);
    }

    uniforms(block, number, count) {
      return seeds.uniforms(seeds.child(this.seed, number, block), count).map(inside);
    }

    deviations(spread, number) {
      const { labels, count } = this.labels(spread);
      let u = this.uniforms(spread.name, number, count);
      if (spread.correlation) {
        const [common] = this.uniforms(`group:${spread.group}`, number, 1);
        const shared = Math.sqrt(spread.correlation) * distributions.ndtri(common);
        const rest = Math.sqrt(1 - spread.correlation);
        u = u.map((each) => inside(distributions.ndtr(shared + rest * distributions.ndtri(each))));
      }
      const found = distributions.distribution(spread.distribution, spread.factor);
      return spread.targets.map((name) => {
        const label = labels[name], group = this.roles[name.split(".")[0]];
        if (spread.relative) {
          const draw = distributions.conditioned(found, -1);
          return [name, Float64Array.from(label, (k) => draw(u[k]))];
        }
        if (POSITIVE.includes(group.kind) && !name.includes(".")) {
          return [name, Float64Array.from(label, (k, i) =>
            distributions.conditioned(found, -group.values[i])(u[k]))];
        }
        return [name, Float64Array.from(label, (k) => found.quantile(u[k]))];
      });
    }

    /** Return which draw each element takes, and how many draws there are. */
    labels(spread) {
      const labels = {};
      let count = 0;
      for (const name of spread.targets) {
        const { nodes, values } = this.roles[name.split(".")[0]], size = values.length;
        if (spread.share === "lot") labels[name] = new Uint32Array(size);
        else if (spread.share === "node") {
          labels[name] = Uint32Array.from(values, (_, k) => Math.max(nodes[2 * k], 0));
        } else {
          const own = spread.share === "pair" ? pairs(nodes) : Uint32Array.from(values.keys());
          labels[name] = own.map((k) => k + count);
          count += own.reduce((most, k) => Math.max(most, k + 1), 0);
        }
      }
      if (spread.share === "lot") count = 1;
      return { labels, count: spread.share === "node" ? this.design.nodes : count };
    }

    /** Turn input offsets in V into currents, as hwkit.circuit.variation.offsets does. */
    offsets(values) {
      for (const group of this.design.parts) {
        const linear = group.role === "coupling" && group.kind === "transconductor";
        const converter = group.role === "converter" && group.kind === "resistor";
        const name = `${group.role}.offset`;
        if (!(linear || converter) || !values[name]) continue;
        const own = values[group.role] || group.values, volts = values[name];
        delete values[name];
        const role = converter && this.roles["amplifier-offset"] ? "amplifier-offset" : "bias";
        const amperes = volts.map((v, k) => (linear ? -own[k] * v : (2 * v) / own[k]));
        this.into(role, values, group.nodes, amperes);
      }
    }

    into(role, values, nodes, amperes) {
      const carrier = this.roles[role], total = new Float64Array(this.design.nodes);
      amperes.forEach((ampere, k) => { total[nodes[2 * k]] += ampere; });
      const own = (values[role] ??= Float64Array.from(carrier.values));
      own.forEach((v, k) => { own[k] = v + total[carrier.nodes[2 * k]]; });
    }

    heat(current, number, values) {
      const { thermals, kelvin } = this.warm, fixed = [];
      for (const { name, of } of thermals) {
        if (of.name === FIXED) fixed.push(name);
        if (of.name === FIXED || this.roles[name.split(".")[0]].kind === "diode") continue;
        const [common, drop] = this.uniforms(`temperature of all ${name}`, number, 2);
        const own = current(name);
        const e = this.uniforms(`temperature of each ${name}`, number, own.length);
        own.forEach((v, k) => { own[k] = v * warmed(of, kelvin, common + e[k] - 1, drop); });
      }
      for (const group of this.design.parts) {
        if (group.kind === "diode" && !fixed.includes(group.role)) {
          heatDiodes(current(group.role), current(`${group.role}.emission`), kelvin);
        }
      }
    }
  }

  /** Return for each element which pair of nodes it joins, pairs in ascending order. */
  function pairs(nodes) {
    const keys = Float64Array.from({ length: nodes.length / 2 }, (_, k) => {
      const [a, b] = [nodes[2 * k], nodes[2 * k + 1]];
      return (Math.min(a, b) + 1) * 65536 + Math.max(a, b) + 1;
    });
    const place = new Map([...new Set(keys)].sort((a, b) => a - b).map((key, k) => [key, k]));
    return Uint32Array.from(keys, (key) => place.get(key));
  }

  function whole(x) { // halves, to within a tie, go to the smaller magnitude
    const size = Math.ceil(Math.abs(x) - (0.5 + TIE));
    return x < 0 ? -size : size;
  }

  function rounded(values, bits) {
    const top = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    const step = top / (2 ** (bits - 1) - 1);
    return step > 0 ? values.map((v) => whole(v / step) * step) : values;
  }

  /** Return values rounded to the levels of some bits; of resistors, conductances. */
  function quantised(group, values, bits) {
    if (group.kind !== "resistor") return rounded(values, bits);
    const open = OPEN_OHMS * values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    return rounded(values.map((v) => 1 / v), bits).map((s) => (s === 0 ? open : 1 / s));
  }

  /** Return by what a part of a temperature class is multiplied. */
  function warmed({ name, slope, bound, drop, low, high }, kelvin, e, u) {
    const celsius = kelvin - ZERO_CELSIUS, warmer = celsius - ROOM_CELSIUS;
    if (!(low - 1e-9 <= celsius && celsius <= high + 1e-9)) {
      throw new Error(`environment: ${name} at ${celsius} °C; its class is for ${low} to ` +
        `${high} °C`);
    }
    const x = warmer / ((warmer > 0 ? high : low) - ROOM_CELSIUS);
    const factor = 1 + (slope + bound * e) * warmer - drop * u * x ** 2;
    if (!(factor > 0)) {
      throw new Error(`environment: ${name} leaves no positive value at ${celsius} °C; make its ` +
        "temperature coefficient smaller");
    }
    return factor;
  }

  function heatDiodes(ampere, emission, kelvin) {
    if (!(COLDEST <= kelvin && kelvin <= HOTTEST)) {
      throw new Error(`environment: diodes at ${kelvin} K; they are known from ${COLDEST} to ` +
        `${HOTTEST} K`);
    }
    const ratio = kelvin / ROOM_KELVIN;
    ampere.forEach((current, k) => {
      const volt = emission[k] * BOLTZMANN_OVER_CHARGE * kelvin;
      const power = (ratio - 1) * GAP_VOLT / volt + EXPONENT / emission[k] * Math.log(ratio);
      ampere[k] = current * Math.exp(power);
      emission[k] *= ratio;
    });
  }

  /** Return the design with the values of a board. */
  function withValues(design, values) {
    if (design.curves) return { ...design, ...values };
    const parts = design.parts.map((group) => ({
      ...group,
      values: values[group.role] || group.values,
      parameters: Object.fromEntries(Object.entries(group.parameters).map(([name, own]) =>
        [name, values[`${group.role}.${name}`] || own])),
    }));
    return { ...design, parts };
  }

  const THERMAL_VOLT = BOLTZMANN_OVER_CHARGE * ROOM_KELVIN;
  engine.board = { Drawing, THERMAL_VOLT, withValues };
})((globalThis.hwkitEngine ??= {}));
