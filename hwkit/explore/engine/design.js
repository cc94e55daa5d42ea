/* A design out of its description, and with the effects that are set.

Parts: {role, kind, unit, nodes: Int16Array (2 per element), values, parameters: {name: values}}.
Effects change the design as hwkit.explore.controls does: real transconductors saturate and nodes
are clamped (family rc), noise sources are stronger or weaker.
*/
(function (engine) {
  "use strict";

  const TYPES = { float64: Float64Array, int16: Int16Array };

  /** Return the numbers of a packed array. */
  function unpacked({ dtype, base64 }) {
    const text = atob(base64), bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return new TYPES[dtype](bytes.buffer);
  }

  /** Return what a description says, with its arrays unpacked. */
  function design(description) {
    const { format, version, family, units, curves } = description;
    if (format !== "hwkit-explore" || version !== 1) {
      throw new Error(`a description of format ${format}, version ${version} is not known here; ` +
        "write the page with the same hwkit as its engine");
    }
    if (!["rc", "resistive", "silicon"].includes(family)) {
      throw new Error(`family ${JSON.stringify(family)} has no equations in the page; ` +
        "rc, resistive and silicon have");
    }
    const parts = description.parts.map((group) => ({
      role: group.role,
      kind: group.kind,
      unit: group.unit,
      nodes: unpacked(group.nodes),
      values: unpacked(group.values),
      parameters: Object.fromEntries(
        Object.entries(group.parameters).map(([name, values]) => [name, unpacked(values)])),
    }));
    return {
      family, units, parts,
      visible: description.visible,
      nodes: description.nodes.length,
      terminals: unpacked(description.terminals),
      followers: unpacked(description.followers),
      scale: description.scale,
      model: description.model,
      patterns: unpacked(description.patterns),
      power: 1, // of the noise; a design of parts has sources instead
      ...(curves ? measured(description) : {}),
    };
  }

  /** What a design that was measured has beside: the curves of all boards, its own first. */
  function measured({ curves, seeds }) {
    const ready = engine.measured.curvesOf(curves, unpacked);
    return { curves: ready, seed: seeds.boards, machine: 0 };
  }

  const filled = (count, value) => new Float64Array(count).fill(value);

  function saturating(parts, volt) {
    return parts.map((group) => {
      if (group.role !== "coupling") return group;
      const count = group.values.length;
      if (volt === null) return { ...group, kind: "transconductor", parameters: {} };
      const parameters = { volt: filled(count, volt), offset: filled(count, 0) };
      return { ...group, kind: "saturating", parameters };
    });
  }

  function clamped(nominal, parts, volt, siemens) {
    const rest = parts.filter((group) => group.role !== "supply-clamp");
    if (volt === null) return rest;
    const count = nominal.units, nodes = new Int16Array(2 * count).fill(-1);
    for (let unit = 0; unit < count; unit++) nodes[2 * unit] = nominal.terminals[2 * unit];
    return [...rest, {
      role: "supply-clamp", kind: "limiter", unit: "S", nodes, values: filled(count, siemens),
      parameters: { volt: filled(count, volt) },
    }];
  }

  /** Return the design with the effects of some controls at their values. */
  function affected(nominal, controls, values) {
    let { parts, power } = nominal;
    for (const control of controls) {
      const value = values[control.name];
      if (control.kind === "saturation") parts = saturating(parts, value);
      if (control.kind === "supply") parts = clamped(nominal, parts, value, control.siemens);
      if (control.kind === "factor") {
        power *= value;
        parts = parts.map((group) => (control.roles.includes(group.role)
          ? { ...group, values: group.values.map((each) => each * value) } : group));
      }
    }
    return { ...nominal, parts, power };
  }

  /** Whether a control may have a value. */
  function fits({ low, high, off, kind, choices }, value) {
    if (value === null) return off;
    if (choices) return choices.includes(value);
    const slack = 1e-9 * (high - low); // positions of a slider are sums
    const inside = typeof value === "number" && value >= low - slack && value <= high + slack;
    return inside && (kind !== "bits" || Number.isInteger(value));
  }

  /** Refuse a value that a control can't have, and a name that no control has. */
  function checkValues(controls, values) {
    for (const [name, value] of Object.entries(values)) {
      const control = controls.find((each) => each.name === name);
      if (!control) throw new Error(`control ${JSON.stringify(name)} is unknown`);
      if (!fits(control, value)) throw new Error(unfit(control, value));
    }
  }

  function unfit({ name, low, high, kind, choices }, value) {
    const whole = kind !== "bits" || Number.isInteger(value);
    return `control ${JSON.stringify(name)} is ${value}; ` + (choices
      ? `choose one of ${choices.join(", ")}`
      : `give ${whole ? "" : "a whole number, "}${low} to ${high}`);
  }

  engine.design = { affected, checkValues, design, fits };
})((globalThis.hwkitEngine ??= {}));
