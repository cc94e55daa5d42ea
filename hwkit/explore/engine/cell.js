/* A unit's cell: its parts on the board of the moment, or what was measured of it. */
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
  function cellOfParts(description, nominal, design, unit) {
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

  /** Return what a unit's cell does at 0 V: as designed and on a board. */
  function measuredCell(description, nominal, design, unit) {
    const { conductances, slope } = engine.measured, both = [nominal, design];
    const { volt, second, farad } = description.scale, siemens = farad / second;
    const own = both.map((each) => conductances(each, unit).map((g) => g * siemens));
    const current = both.map(({ curves, machine, units }) =>
      volt * siemens * (curves.biases[machine * units + unit] + slope(curves.onsite, 0)));
    const row = (role, unitOf, [before, now]) =>
      ({ role, unit: unitOf, count: 1, nominal: [before], value: [now] });
    const couplings = [...own[0].keys()].filter((j) => j !== unit && own[0][j] !== 0);
    const strongest = couplings.map((j) => ({
      to: j, name: description.names[j], unit: "S", nominal: own[0][j], value: own[1][j],
    })).sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, STRONGEST);
    return {
      unit, couplings: { count: couplings.length, strongest },
      groups: [row("current at 0 V", "A", current),
        row("conductance at 0 V", "S", own.map((each) => each[unit]))],
    };
  }

  engine.cell = (description, nominal, design, unit) =>
    (design.curves ? measuredCell : cellOfParts)(description, nominal, design, unit);
})((globalThis.hwkitEngine ??= {}));
