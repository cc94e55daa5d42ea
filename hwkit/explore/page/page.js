/* What all parts of the page use: elements, numbers for readers, the machine, the worker. */

const at = (id) => document.getElementById(id);
const textOf = (id) => at(id).textContent;
const facts = JSON.parse(textOf("page-facts"));
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* Return a number with `digits` significant digits; tiny and huge ones with a power of ten. */
const shown = (value, digits = 3) => {
  if (!Number.isFinite(value)) return "no value";
  const size = Math.abs(value);
  if (size < 1e5 && (value === 0 || size >= 1e-3)) {
    return String(Number(value.toPrecision(digits))).replace("-", "−");
  }
  const [mantissa, power] = value.toExponential(digits - 1).replace("e+", "e").split("e");
  const raised = [...power].map((one) => RAISED[one]).join("");
  return `${String(Number(mantissa)).replace("-", "−")}\u00a0×\u00a010${raised}`;
};

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const PREFIXES = [[1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"],
  [1e-12, "p"], [1e-15, "f"], [1e-18, "a"]];

/* Return a quantity with an SI prefix; units that take none ("A²/Hz", "") keep a power of ten. */
const quantity = (value, unit, digits = 4) => {
  const word = unit.replace("^2", "²").replace("^3", "³").replace("ohm", "Ω");
  if (!word) return shown(value, digits);
  if (/[²³/]/.test(word) || value === 0 || !Number.isFinite(value)) return `${shown(value, digits)}\u00a0${word}`;
  const size = Math.abs(value);
  const [factor, prefix] = PREFIXES.find(([least]) => size >= least * 0.99995) || PREFIXES.at(-1);
  return `${shown(value / factor, digits)}\u00a0${prefix}${word}`;
};

const hundredths = (value) => value.toFixed(2).replace("-0.00", "0.00");
const percent = (share, digits = 0) => `${(100 * share).toFixed(digits)}\u00a0%`;
const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");

/* What the page knows at the moment. `announce`: say the end of the next run once. */
const bench = {
  machine: null, worker: null, ready: null, frame: null, yields: null, values: {}, opened: {},
  board: { which: "nominal" }, noise: "0", followed: { unit: 0, sample: 0 },
  announce: false, drawn: 0, received: 0,
};

const send = (message) => bench.worker.postMessage(message);

/* Say something to screen readers: what an action of the user came to, never each frame. */
const say = (text) => { at("said").textContent = text; };

/* Say what went wrong to everybody, until the next click or key. */
const complain = (text) => {
  at("problem").textContent = text.endsWith(".") ? text : `${text}.`;
  at("problem").hidden = false;
};
const forgive = () => { at("problem").hidden = true; };

/* Call a function once nothing has asked for it for a while. */
const later = (act, wait) => {
  let timer = 0;
  return () => { clearTimeout(timer); timer = setTimeout(act, wait); };
};

const button = (text, act) => {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
};
