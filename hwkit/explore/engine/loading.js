/* A board's file, checked as hwkit.twin.load_board checks it: the machine's own, every part buildable. */
(function (engine) {
  "use strict";

  const SIGNED = ["capacitor", "resistor", "diode", "limiter", "noise"];
  const LIMITS = ["saturation", "supply"];
  const AGAIN = "save the board again";
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

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
    const turned = LIMITS.filter((kind) => controls.some((control) => control.kind === kind))
      .map((kind) => `${kind}_volt`);
    const expected = { cell: family, ...scale, ...options };
    const given = isObject(circuit) ? { ...circuit, ...circuit.options } : {};
    const { cell, volt, second, farad } = expected;
    for (const name of new Set([...Object.keys({ cell, volt, second, farad }),
      ...Object.keys(expected), ...Object.keys(given)])) {
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
  function settingsOf({ circuit: { options = {} }, settings }, controls, fits) {
    const found = {};
    for (const control of controls) {
      const { name, kind } = control;
      if (LIMITS.includes(kind)) found[name] = options[`${kind}_volt`] ?? null;
      else if (isObject(settings) && fits(control, settings[name])) found[name] = settings[name];
    }
    return found;
  }

  /** Return the content of a board's file that is one of a described machine. */
  function loaded(text, description) {
    const content = parsed(text);
    checkCircuit(content, description);
    return content;
  }

  engine.loading = { checkedValues, loaded, settingsOf };
})((globalThis.hwkitEngine ??= {}));
