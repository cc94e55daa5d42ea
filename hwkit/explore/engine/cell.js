/* What a person looks at closely: a unit's cell with its parts of the moment, and a board's file. */
(function (engine) {
  "use strict";

  const STRONGEST = 8;

  /** Return which elements of a group belong to a cell: those that drive its nodes, or join them. */
  function elementsOf({ kind, nodes, values }, ends) {
    const oneWay = kind === "transconductor" || kind === "saturating";
    return [...values.keys()].filter((k) =>
      ends.includes(nodes[2 * k]) || (!oneWay && ends.includes(nodes[2 * k + 1])));
  }

  /** Return the couplings of a cell, the strongest first. */
  function couplingsOf(group, before, own, ends, description, owner) {
    const list = own.map((k) => {
      const [a, b] = [group.nodes[2 * k], group.nodes[2 * k + 1]], far = ends.includes(a) ? b : a;
      const to = owner.get(far);
      return {
        to, name: description.names[to] ?? description.nodes[far], unit: group.unit,
        nominal: before.values[k], value: group.values[k],
      };
    });
    const weight = ({ value }) => (group.kind === "resistor" ? -1 : 1) * Math.abs(value);
    list.sort((a, b) => weight(b) - weight(a));
    return list.slice(0, STRONGEST);
  }

  /** Return what a unit's cell holds: nominal values and those of a board. */
  function cell(description, nominal, design, unit) {
    const ends = [0, 1].map((k) => nominal.terminals[2 * unit + k]).filter((node) => node >= 0);
    const owner = new Map(), groups = [];
    nominal.terminals.forEach((node, k) => { if (node >= 0) owner.set(node, k >> 1); });
    for (let k = 0; k < nominal.followers.length; k += 2) {
      owner.set(nominal.followers[k], nominal.followers[k + 1]);
    }
    let couplings = { count: 0, strongest: [] };
    for (const group of design.parts) {
      const own = elementsOf(group, ends), { role, unit: si } = group;
      if (!own.length) continue;
      const before = nominal.parts.find((each) => each.role === role);
      if (role === "coupling") {
        const strongest = couplingsOf(group, before, own, ends, description, owner);
        couplings = { count: own.length, strongest };
        continue;
      }
      groups.push({
        role, unit: si, count: own.length,
        value: own.map((k) => group.values[k]),
        nominal: before ? own.map((k) => before.values[k]) : null,
      });
    }
    return { unit, groups, couplings };
  }

  /** Return the content of a board's file: the values of a design, and where they come from. */
  function boardFile(description, design, settings, chosen) {
    const { digest, family, scale, options, run, controls } = description, values = {};
    for (const group of design.parts) {
      values[group.role] = Array.from(group.values);
      for (const [name, own] of Object.entries(group.parameters)) {
        values[`${group.role}.${name}`] = Array.from(own);
      }
    }
    const own = { ...options };
    for (const { name, kind } of controls) {
      if (kind !== "saturation" && kind !== "supply") continue;
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

  engine.looking = { boardFile, cell };
})((globalThis.hwkitEngine ??= {}));
