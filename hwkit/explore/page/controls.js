/* Sliders of what the family has equations for, as the machine's description lists them. */

const controls = {};

const buildControls = () => {
  bench.opened = Object.fromEntries(bench.machine.controls.map(({ name, value }) => [name, value]));
  bench.values = { ...bench.opened };
  for (const about of bench.machine.controls) {
    controls[about.name] = control(about);
    showControl(about.name);
  }
};

const control = (about) => {
  const row = document.createElement("div"), slide = document.createElement("div");
  const range = document.createElement("input"), label = document.createElement("label");
  const output = document.createElement("output");
  row.className = "control";
  slide.className = "slide";
  label.textContent = about.title;
  range.id = `control-${at("controls").children.length}`;
  label.htmlFor = range.id;
  output.htmlFor = range.id;
  Object.assign(range, { type: "range", ...positions(about) });
  range.value = (about.low + about.high) / 2; // of what is off
  range.addEventListener("input", () => turn(about.name, valueAt(about, Number(range.value))));
  slide.append(range);
  const made = { about, row, range, output, limited: null };
  if (about.off) made.limited = switchOf(about, slide);
  row.append(label, output, slide);
  at("controls").append(row);
  return made;
};

/* The positions of a slider: values, or the places of its choices. */
const positions = ({ low, high, step, choices }) =>
  (choices ? { min: 0, max: choices.length - 1, step: 1 } : { min: low, max: high, step });
const valueAt = ({ choices }, position) => (choices ? choices[position] : position);
const positionOf = ({ choices }, value) => (choices ? choices.indexOf(value) : value);

/* A box beside the slider of what can be left out altogether. */
const switchOf = (about, slide) => {
  const box = document.createElement("input"), label = document.createElement("label");
  box.type = "checkbox";
  label.className = "inline";
  label.append(box, " on");
  box.setAttribute("aria-label", `${about.title}: on`);
  box.addEventListener("change", () => {
    turn(about.name, box.checked ? Number(controls[about.name].range.value) : null);
  });
  slide.append(label);
  return box;
};

const controlText = (about, value) => {
  if (value === null) return "off";
  const { unit, kind } = about;
  if (kind === "spread" && unit === "") return `${shown(100 * value)}\u00a0%`;
  if (["V", "A", "s", "F"].includes(unit)) return quantity(value, unit, 3);
  return unit === "" || unit === "×" ? `× ${shown(value)}` : `${shown(value)}\u00a0${unit}`;
};

/* Show the value of a control; a slider that is off stays where it was. */
const showControl = (name) => {
  const { about, row, range, output, limited } = controls[name], value = bench.values[name];
  const on = value !== null;
  if (on) range.value = positionOf(about, value);
  range.disabled = !on;
  if (limited) limited.checked = on;
  const text = controlText(about, value);
  output.textContent = text;
  range.setAttribute("aria-valuetext", text);
  row.classList.toggle("changed", value !== bench.opened[name]);
};

const pending = {};
const applySettings = () => {
  const values = { ...pending };
  for (const name of Object.keys(pending)) delete pending[name];
  if (!Object.keys(values).length) return;
  send({ type: "settings", values });
  bench.yields = null; // of other values
  showYield();
  askUnit();
};
const settle = later(applySettings, 60);

/* Note the value of a control, which is applied with the next settings. */
const note = (name, value) => {
  bench.values[name] = value;
  pending[name] = value;
  showControl(name);
  bench.announce = true;
};

const turn = (name, value) => {
  note(name, value);
  drawAnew(name);
  settle();
};

/* Put a drawn board on the bench if the one there can't follow a control. */
const drawAnew = (name) => {
  const { which } = bench.board;
  if (which === "file" || (which === "nominal" && deviates(name))) firstBoard();
};

/* Whether a control changes deviations, which the nominal board does not have. */
const deviates = (name) => ["spread", "bits", "mismatch"].includes(controls[name].about.kind);

const turnAll = (values) => {
  for (const [name, value] of Object.entries(values)) note(name, value);
  if (bench.board.which === "file") firstBoard();
  applySettings();
};

/* What each control is without any deviation or effect. */
const exact = () => Object.fromEntries(bench.machine.controls.map((about) => {
  if (about.off) return [about.name, null];
  return [about.name, about.kind === "spread" ? 0 : about.kind === "factor" ? 1 : about.value];
}));
