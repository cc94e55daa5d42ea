/* One unit: its voltage over time on both machines, and its cell with the values of the moment. */

const follow = (unit, sample) => {
  const { units } = bench.machine;
  bench.followed = { unit: Math.max(0, Math.min(units - 1, unit)),
    sample: Math.max(0, Math.min(bench.ready.samples - 1, sample)) };
  at("unit").value = bench.followed.unit;
  at("sample").value = bench.followed.sample;
  const { unit: chosen, sample: where } = bench.followed;
  const layer = chosen < bench.machine.visible ? "visible" : "hidden";
  at("unit-name").textContent = `${bench.machine.names[chosen]}, ${layer}`;
  for (const [side] of SIDES) {
    pictures.tiles[side].forEach((one, k) => one.item.classList.toggle("followed", k === where));
  }
  bench.trace = null;
  send({ type: "trace", unit: chosen, sample: where });
  askUnit();
};

const askUnit = later(() => send({ type: "cell", unit: bench.followed.unit }), 80);

/* The size of the trace and its colours: noted when they change, since asking would lay the page out. */
const sheet = { width: 0, height: 0, colours: {} };

const noteSize = ([{ contentRect: { width, height } }]) => {
  Object.assign(sheet, { width, height });
  drawTrace();
};

const noteColours = () => {
  for (const name of ["muted", "rule", "ideal", "spice"]) sheet.colours[name] = variable(`--${name}`);
  drawTrace();
};

/* Draw the trace: volts against microseconds (or what suits the scale). */
const drawTrace = () => {
  const canvas = at("trace"), trace = bench.trace, ratio = devicePixelRatio || 1;
  const { width, height, colours } = sheet;
  if (!width) return;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  if (!trace || trace.time.length < 1) return;
  const axes = traceAxes(trace, width, height);
  drawAxes(pen, axes, width);
  for (const [values, colour] of [[trace.voltsIdeal, colours.ideal], [trace.voltsBoard, colours.spice]]) {
    drawLine(pen, axes, trace.seconds, values, colour);
  }
};

/* Return a tick distance of 1, 2 or 5 times a power of ten. */
const tick = (span, count) => {
  const raw = span / count, power = 10 ** Math.floor(Math.log10(raw));
  return power * [1, 2, 5, 10].find((one) => one * power >= raw * 0.999);
};

const traceAxes = (trace, width, height) => {
  const { end, volt } = facts.trace;
  let size = 0.75 * volt;
  for (const values of [trace.voltsIdeal, trace.voltsBoard]) {
    for (const value of values) if (Math.abs(value) > size) size = Math.abs(value);
  }
  const box = { left: 56, right: width - 8, top: 10, bottom: height - 34 };
  return { box, size: 1.05 * size, end,
    x: (t) => box.left + (box.right - box.left) * t / end,
    y: (v) => box.bottom - (box.bottom - box.top) * (v / (2.1 * size) + 0.5) };
};

const drawAxes = (pen, axes, width) => {
  const { box, size, end } = axes, step = tick(2 * size, 5), pace = tick(end, 5);
  pen.font = "12px system-ui, sans-serif";
  pen.fillStyle = sheet.colours.muted;
  pen.strokeStyle = sheet.colours.rule;
  pen.lineWidth = 1;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (let v = -Math.floor(size / step) * step; v <= size; v += step) {
    const y = Math.round(axes.y(v)) + 0.5;
    pen.beginPath(); pen.moveTo(box.left, y); pen.lineTo(box.right, y); pen.stroke();
    pen.fillText(Math.abs(v) < step / 2 ? "0 V" : quantity(v, "V", 3), box.left - 6, y);
  }
  pen.textBaseline = "top";
  pen.textAlign = "center";
  for (let t = 0; t <= end * 1.0001; t += pace) {
    pen.fillText(t === 0 ? "0 s" : quantity(t, "s", 3), Math.min(axes.x(t), width - 24), box.bottom + 8);
  }
};

const drawLine = (pen, axes, seconds, values, colour) => {
  pen.strokeStyle = colour;
  pen.lineWidth = 1.6;
  pen.lineJoin = "round";
  pen.beginPath();
  for (let k = 0; k < seconds.length; k += 1) pen.lineTo(axes.x(seconds[k]), axes.y(values[k]));
  pen.stroke();
};

const tellTrace = () => {
  const trace = bench.trace, last = trace.time.length - 1;
  if (last < 0) return;
  at("trace-now").textContent = `now ${quantity(trace.voltsIdeal[last], "V", 3)} and `
    + `${quantity(trace.voltsBoard[last], "V", 3)}`;
  at("trace").setAttribute("aria-label", `Voltage of unit ${trace.unit} in sample ${trace.sample}: `
    + at("trace-now").textContent);
};

/* Show the values of a cell: in its table, and beside the symbols of its schematic. */
const showCell = (cell) => {
  bench.cell = cell;
  if (cell.unit !== bench.followed.unit) return;
  const rows = cell.groups.map((group) => [group.role.replace(/-/g, " "), mean(group.nominal), mean(group.value),
    group.unit, group.count]);
  for (const one of cell.couplings.strongest.slice(0, 5)) {
    rows.push([`coupling with ${one.name}`, one.nominal, one.value, one.unit, 1]);
  }
  at("cell").tBodies[0].replaceChildren(...rows.map(cellRow));
  fillSchematic(cell);
};

/* The mean of the values of a group; null of one that the design itself does not have. */
const mean = (values) => (values === null ? null : values.reduce((sum, one) => sum + one, 0) / values.length);

const cellRow = ([name, nominal, value, unit, count]) => {
  const row = document.createElement("tr"), head = document.createElement("th");
  head.scope = "row";
  head.textContent = count > 1 ? `${name}, mean of ${count}` : name;
  const change = !nominal || nominal === value ? "" : `${shown(100 * (value / nominal - 1), 3)}\u00a0%`;
  const designed = nominal === null ? "–" : quantity(nominal, unit);
  row.append(head, ...[designed, quantity(value, unit), change].map((text) => {
    const made = document.createElement("td");
    made.className = "number";
    made.textContent = text;
    return made;
  }));
  return row;
};

/* Labels of the schematic carry the role that they stand for: the page writes its value there. */
const fillSchematic = (cell) => {
  for (const label of document.querySelectorAll("#schematic [data-role]")) {
    const group = cell.groups.find((one) => one.role === label.dataset.role);
    const strongest = label.dataset.role === "coupling" && cell.couplings.strongest[0];
    const [value, unit] = group ? [mean(group.value), group.unit] : strongest ? [strongest.value, strongest.unit] : [];
    label.textContent = value === undefined ? "" : quantity(value, unit, 3);
  }
};
