/* A board's equations, per step and in units of x: hwkit.twin.fast.reduce_board in double precision.

    C dv/dt + G v + k + s(v) = noise       node by node, currents that leave a node; equations
                                           of the kinds of parts as in hwkit.circuit.parts

Coordinates z are node voltages over V0; of two rails with an element or a noise source between them,
difference (row of the first) and mean (row of the second). With h the step, A = C^-1 G, d its
diagonal and f the currents of the elements on a row:

    r  = -h (b + A_off z + d z + f(z) + s(z)) + kick       z' = z + r / (1 + h d + h f'(z))

s are the currents of saturating couplings, g s tanh((v_j - offset)/s). A mean that nothing drives is
left out.
*/
(function (engine) {
  "use strict";

  const { THERMAL_VOLT } = engine.board;
  const UNDRIVEN = 1e-12, GROUND = -1;
  const CUBIC = 1, DIODES = 2; // kinds of rows; 0 is linear

  /** Return the pairs of nodes between which elements or noise sources are. */
  function railPairs(parts) {
    const found = new Map();
    for (const { kind, nodes } of parts) {
      if (!["cubic", "diode", "noise"].includes(kind)) continue;
      for (let k = 0; k < nodes.length; k += 2) {
        const low = Math.min(nodes[k], nodes[k + 1]), high = Math.max(nodes[k], nodes[k + 1]);
        if (low !== GROUND) found.set(low, high);
      }
    }
    return [...found].sort((a, b) => a[0] - b[0]);
  }

  /** Return capacitance (n), conductance (n x n) and constant currents (n) of the nodes. */
  function stamped(parts, n) {
    const farad = new Float64Array(n), siemens = new Float64Array(n * n);
    const ampere = new Float64Array(n);
    const add = (a, b, value) => { if (a >= 0 && b >= 0) siemens[a * n + b] += value; };
    for (const { kind, nodes, values } of parts) {
      for (let k = 0; k < values.length; k++) {
        const a = nodes[2 * k], b = nodes[2 * k + 1], value = values[k];
        if (kind === "capacitor") farad[Math.max(a, b)] += value;
        else if (kind === "transconductor") add(a, b, value);
        else if (kind === "resistor") {
          add(a, a, 1 / value);
          add(b, b, 1 / value);
          add(a, b, -1 / value);
          add(b, a, -1 / value);
        } else if (kind === "current") {
          if (a >= 0) ampere[a] += value;
          if (b >= 0) ampere[b] -= value;
        }
      }
    }
    return { farad, siemens, ampere };
  }

  /** Return the nonlinear elements of rows, the numbers of each per step: kinds and (3 per row). */
  function elements(parts, weight, volt) {
    const kinds = new Uint8Array(weight.length), numbers = new Float64Array(3 * weight.length);
    for (const { kind, nodes, values, parameters } of parts) {
      if (kind !== "cubic" && kind !== "diode") continue;
      for (let k = 0; k < values.length; k++) {
        const a = nodes[2 * k], b = nodes[2 * k + 1];
        const row = Math.min(a, b) === GROUND ? Math.max(a, b) : Math.min(a, b);
        kinds[row] = kind === "cubic" ? CUBIC : DIODES;
        if (kind === "cubic") numbers[3 * row] += weight[row] * (values[k] * volt ** 2);
        else {
          numbers[3 * row + (a === row ? 0 : 1)] += weight[row] * (values[k] / volt);
          numbers[3 * row + 2] = volt / (parameters.emission[k] * THERMAL_VOLT);
        }
      }
    }
    return { kinds, numbers };
  }

  /** Return the kick of a standard normal and its source, row by row. */
  function kicks(parts, elastance, step, volt) {
    const kick = new Float64Array(elastance.length);
    const source = new Int32Array(elastance.length).fill(-1);
    const noise = parts.find((group) => group.kind === "noise");
    noise.values.forEach((density, k) => {
      const size = (Math.sqrt(step) / volt) * Math.sqrt(density / 2);
      const plus = noise.nodes[2 * k], minus = noise.nodes[2 * k + 1];
      // A positive current of source k flows into its first node.
      if (plus >= 0) { kick[plus] = size * elastance[plus]; source[plus] = k; }
      if (minus >= 0) { kick[minus] = -size * elastance[minus]; source[minus] = k; }
    });
    return { kick, source };
  }

  /** Turn a matrix in node voltages (rates) and two vectors into differences and means, in place. */
  function transform(n, pairs, rates, constant, kick) {
    for (const [p, m] of pairs) { // rows: from nodes
      for (let j = 0; j < n; j++) {
        const a = rates[p * n + j], b = rates[m * n + j];
        rates[p * n + j] = a - b;
        rates[m * n + j] = 0.5 * (a + b);
      }
      for (const vector of [constant, kick]) {
        const a = vector[p], b = vector[m];
        vector[p] = a - b;
        vector[m] = 0.5 * (a + b);
      }
    }
    for (const [p, m] of pairs) { // columns: to nodes, v = mean +- difference / 2
      for (let i = 0; i < n; i++) {
        const a = rates[i * n + p], b = rates[i * n + m];
        rates[i * n + p] = 0.5 * (a - b);
        rates[i * n + m] = a + b;
      }
    }
  }

  const largest = (values) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

  /** Say whether anything moves what the rails of units have in common. */
  function meanIsDriven(n, pairs, rates, constant, kick, leak) {
    const size = UNDRIVEN * largest(rates), push = UNDRIVEN * largest(constant);
    const shake = UNDRIVEN * largest(kick);
    return pairs.some(([p, m]) => Math.abs(leak[p]) > UNDRIVEN ||
      Math.abs(kick[m]) > shake || Math.abs(constant[m]) > push ||
      pairs.some(([q]) => Math.abs(rates[m * n + q]) > size));
  }

  /** Return saturating couplings per step: rate and offset (n x n), s; null if there are none. */
  function saturation(parts, elastance, step, volt) {
    const group = parts.find((each) => each.kind === "saturating");
    if (!group) return null;
    const { nodes, values, parameters } = group, n = elastance.length;
    const rate = new Float64Array(n * n), offset = new Float64Array(n * n);
    const s = parameters.volt[0] / volt;
    values.forEach((g, k) => {
      const place = nodes[2 * k] * n + nodes[2 * k + 1];
      rate[place] = step * elastance[nodes[2 * k]] * g * s;
      offset[place] = Math.tanh(parameters.offset[k] / volt / s);
    });
    return { rate, s, offset: largest(offset) > 0 ? offset : null };
  }

  function clamps(parts, elastance, step, volt) {
    const group = parts.find((each) => each.kind === "limiter");
    if (!group) return null;
    const rate = new Float64Array(elastance.length), limit = new Float64Array(elastance.length);
    group.values.forEach((g, k) => {
      const row = group.nodes[2 * k];
      rate[row] = step * elastance[row] * g;
      limit[row] = group.parameters.volt[k] / volt;
    });
    return { rate, limit };
  }

  /**
   * Return the coefficients of a board of a design: for rows 0 ... n - 1
   * couplings (n x n, -h A without its diagonal), linear, constant, element (3 n), kinds, kick,
   * source, partner, leak; saturating, clamp; units: row of each unit; start: state of all rows.
   * problem: why it can't be marched, or "".
   */
  function reduced(design, step) {
    const { parts, nodes: n, scale: { volt } } = design;
    const { farad, siemens, ampere } = stamped(parts, n);
    const elastance = farad.map((c) => 1 / c), pairs = railPairs(parts);
    const rates = siemens.map((g, k) => step * elastance[Math.floor(k / n)] * g);
    const constant = ampere.map((i, k) => (-step / volt) * elastance[k] * i);
    const { kick, source } = kicks(parts, elastance, step, volt);
    transform(n, pairs, rates, constant, kick);
    const weight = elastance.slice(), leak = new Float64Array(n);
    const partner = new Int32Array(n).fill(-1);
    for (const [p, m] of pairs) {
      weight[p] = elastance[p] + elastance[m];
      leak[p] = (elastance[p] - elastance[m]) / 2 / weight[p];
      partner[p] = m;
    }
    const element = elements(parts, weight.map((w) => step * w), volt);
    const negative = element.kinds.some((k, row) => k === CUBIC && element.numbers[3 * row] < 0);
    const linear = new Float64Array(n), couplings = rates.map((r) => -r);
    for (let row = 0; row < n; row++) {
      linear[row] = rates[row * n + row];
      couplings[row * n + row] = 0;
    }
    const board = {
      n, couplings, linear, constant, kick, source, partner, leak,
      kinds: element.kinds, element: element.numbers,
      saturating: saturation(parts, elastance, step, volt),
      clamp: clamps(parts, elastance, step, volt),
      units: Int32Array.from({ length: design.units }, (_, i) => design.terminals[2 * i]),
      // A unit starts with a charge that moves from one rail to the other.
      rails: pairs.map(([p, m]) => [p, m, (farad[m] - farad[p]) / (2 * (farad[p] + farad[m]))]),
      problem: negative ? "a negative cubic conductance leaves a unit's energy unbounded" : "",
    };
    const driven = !pairs.length || meanIsDriven(n, pairs, rates, constant, kick, leak);
    return driven ? board : withoutMeans(board, new Set(pairs.map(([, m]) => m)));
  }

  function withoutMeans(board, left) {
    const rows = [...Array(board.n).keys()].filter((row) => !left.has(row)), n = rows.length;
    const place = new Map(rows.map((row, k) => [row, k]));
    const pick = (vector) => vector.constructor.from(rows, (row) => vector[row]);
    const couplings = new Float64Array(n * n);
    rows.forEach((row, i) => rows.forEach((column, j) => {
      couplings[i * n + j] = board.couplings[row * board.n + column];
    }));
    return {
      ...board, n, couplings,
      linear: pick(board.linear), constant: pick(board.constant), kick: pick(board.kick),
      source: pick(board.source), kinds: pick(board.kinds), leak: pick(board.leak),
      partner: new Int32Array(n).fill(-1),
      element: Float64Array.from({ length: 3 * n }, (_, k) =>
        board.element[3 * rows[Math.floor(k / 3)] + (k % 3)]),
      units: board.units.map((row) => place.get(row)),
      rails: [],
    };
  }

  engine.circuit = { CUBIC, DIODES, reduced };
})((globalThis.hwkitEngine ??= {}));
