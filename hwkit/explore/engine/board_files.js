/* A board's file: written for hwkit.twin.load_board, and read with the same checks. */
(function (engine) {
  "use strict";

  const SIGNED = ["capacitor", "resistor", "diode", "limiter", "noise"];
  const AGAIN = "save the board again";
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

  /** Return the controls that are options of a circuit in a file: `${kind}_volt`. */
  const limitsOf = (controls) => controls.filter(({ kind }) => ["saturation", "supply"].includes(kind));

  /** Return the content of a board's file: the values of a design, and where they come from. */
  function exported(description, design, settings, chosen) {
    const { digest, family, scale, options, run, controls } = description, values = {};
    for (const group of design.parts) {
      values[group.role] = Array.from(group.values);
      for (const [name, own] of Object.entries(group.parameters)) {
        values[`${group.role}.${name}`] = Array.from(own);
      }
    }
    const own = { ...options };
    for (const { name, kind } of limitsOf(controls)) {
      if (settings[name] === null) delete own[`${kind}_volt`];
      else own[`${kind}_volt`] = settings[name];
    }
    return {
      format: "hwkit-board", version: 1, digest,
      circuit: { cell: family, ...scale, options: own },
      run: { t_final: run.t_final, dt: run.dt }, settings: { ...settings },
      seed: chosen.seed ?? null, number: chosen.number ?? null, values,
    };
  }

  function parsed(text) {
    let content = null;
    try {
      content = JSON.parse(text);
    } catch {
      // refused below
    }
    if (!isObject(content) || content.format !== "hwkit-board" || content.version !== 1) {
      throw new Error("the file is not a board of format hwkit-board, version 1; choose one that " +
        "a page of hwkit explore has saved");
    }
    return content;
  }

  /** Refuse a board of another machine or circuit; limits that the controls have may differ. */
  function checkCircuit({ digest, circuit }, description) {
    if (digest !== description.digest) {
      throw new Error(`the file's board is of machine ${String(digest).slice(0, 16)}, not of ` +
        `${description.digest}; open it in the page of its own machine`);
    }
    const { family, scale, options, controls } = description;
    const turned = limitsOf(controls).map(({ kind }) => `${kind}_volt`);
    const expected = { cell: family, ...scale, ...options };
    const given = isObject(circuit) ? { ...circuit, ...circuit.options } : {};
    for (const name of Object.keys({ ...expected, ...given })) {
      if (name === "options" || turned.includes(name) || given[name] === expected[name]) continue;
      throw new Error(`the file's circuit has ${name} ${given[name] ?? "as by default"}, the ` +
        `page's ${expected[name] ?? "as by default"}; open it in the page of its own circuit`);
    }
  }

  /** Refuse values that are not those of the design's parts, or parts that can't be built. */
  function checkedRow(name, row, nominal, kind) {
    if (!Array.isArray(row) || row.length !== nominal.length) {
      throw new Error(`the file has ${row?.length ?? "no"} values of ${name}; the circuit has ` +
        `${nominal.length}`);
    }
    if (!row.every(Number.isFinite)) {
      throw new Error(`the file has values of ${name} that are not finite; ${AGAIN}`);
    }
    if (!SIGNED.includes(kind)) return Float64Array.from(row);
    const wrong = row.findIndex((value, k) =>
      (kind === "noise" ? value < 0 : Math.sign(value) !== Math.sign(nominal[k])));
    if (wrong >= 0) {
      throw new Error(`the file has ${name} ${wrong} as ${row[wrong]}, but it is ` +
        `${nominal[wrong]} as designed; give it the same sign`);
    }
    return Float64Array.from(row);
  }

  /** Return the values of a board's file for a design: {name: Float64Array}. */
  function checkedValues(values, design) {
    const known = new Map();
    for (const { role, kind, values: own, parameters } of design.parts) {
      known.set(role, [own, kind]);
      for (const [name, each] of Object.entries(parameters)) known.set(`${role}.${name}`, [each, ""]);
    }
    if (!isObject(values)) throw new Error(`the file has no values; ${AGAIN}`);
    return Object.fromEntries(Object.entries(values).map(([name, row]) => {
      if (!known.has(name)) {
        throw new Error(`the file has values of ${JSON.stringify(name)}, which the circuit does ` +
          "not have");
      }
      return [name, checkedRow(name, row, ...known.get(name))];
    }));
  }

  /** Return what a file says of the limits and, as far as they fit, of the other controls. */
  function settingsOf({ circuit: { options = {} }, settings }, controls) {
    const limits = limitsOf(controls), fits = (control) =>
      isObject(settings) && engine.design.fits(control, settings[control.name]);
    return Object.fromEntries([
      ...controls.filter(fits).map(({ name }) => [name, settings[name]]),
      ...limits.map(({ name, kind }) => [name, options[`${kind}_volt`] ?? null]),
    ]);
  }

  /** Return the content of a board's file that is one of a described machine. */
  function loaded(text, description) {
    const content = parsed(text);
    checkCircuit(content, description);
    return content;
  }

  engine.boardFiles = { checkedValues, exported, loaded, settingsOf };
})((globalThis.hwkitEngine ??= {}));
