/* A worker that writes a board's file and its netlist, as Python writes them.

The netlist is made of pieces of hwkit's own (hwkit/explore/netlists.py): text that stays, and the
pattern of the lines of each group of elements. */

/* Return the shortest text that Python's repr gives a number. */
const repr = (value) => {
  if (Object.is(value, -0)) return "-0.0";
  if (value === 0) return "0.0";
  const [digits, power] = Math.abs(value).toExponential().split("e");
  const sign = value < 0 ? "-" : "", figures = digits.replace(".", ""), exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    const mantissa = figures.length > 1 ? `${figures[0]}.${figures.slice(1)}` : figures;
    return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${figures}`;
  const whole = figures.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${figures.slice(exponent + 1) || "0"}`;
};

const unpack = ({ dtype, base64 }) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const arrays = { float64: Float64Array, int16: Int16Array };
  return new arrays[dtype](bytes.buffer);
};

/* The middle of sorted values, or the mean of the two in the middle. */
const median = (values) => {
  const sorted = Float64Array.from(values).sort(), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

const filled = (text, numbers) => text.replace(/\{(\w+)\}/g, (_, name) => numbers[name]);

/* Return the lines of a group of elements. */
const groupLines = (piece, values, nodes, names) => {
  const lines = [], each = (array, k) => (typeof array === "number" ? array : array.length > 1 ? array[k] : array[0]);
  const parameters = piece.parameters.map((name) => values[`${piece.role}.${name}`]);
  let own = values[piece.role];
  if (piece.step) {
    own = Array.from(own, (value) => Math.sqrt(value / 2 / piece.step));
    parameters.push(piece.step);
  }
  if (piece.model) {
    const middle = median(own);
    lines.push(filled(piece.model, [repr(middle), repr(each(parameters[0], 0))]));
    own = Array.from(own, (value) => value / middle);
  }
  const pattern = piece.line.split(/[{}]/);
  for (let k = 0; k < own.length; k += 1) {
    const a = nodes[2 * k], b = nodes[2 * k + 1];
    const known = { k, a, b, A: a < 0 ? "0" : names[a], B: b < 0 ? "0" : names[b], 0: repr(own[k]) };
    parameters.forEach((array, place) => { known[place + 1] = repr(each(array, k)); });
    lines.push(pattern.map((word, place) => (place % 2 ? known[word] : word)).join(""));
  }
  return lines;
};

/* Return which form of the netlist a board takes: couplings that saturate, clamps to a supply. */
const formOf = ({ saturation, supply }) =>
  [saturation === null ? "" : "saturation", supply === null ? "" : "supply"].filter(Boolean).join(" ");

const netlist = (message) => {
  const { board, pieces } = message, { parts, nodes } = JSON.parse(message.machine);
  const own = Object.fromEntries(parts.map((group) => [group.role, unpack(group.nodes)]));
  const form = pieces[formOf(message)];
  const each = (role) => own[role] || own[form.like[role]];
  return form.pieces.flatMap((piece) => ("text" in piece ? [piece.text]
    : groupLines(piece, board.values, each(piece.role), nodes))).join("\n");
};

/* Return a board's file; a zero keeps its sign, which JSON.stringify drops. */
const boardFile = ({ board: { values, ...others } }) => {
  const number = (value) => (Object.is(value, -0) ? "-0.0" : String(value));
  const rows = Object.entries(values).map(([name, row]) =>
    `${JSON.stringify(name)}: [${Array.from(row, number).join(", ")}]`);
  return `${JSON.stringify(others).slice(0, -1)}, "values": {\n${rows.join(",\n")}\n}}\n`;
};

onmessage = ({ data }) => {
  try {
    const isBoard = data.what === "board";
    const text = isBoard ? boardFile(data) : netlist(data);
    postMessage({ what: data.what, text, type: isBoard ? "application/json" : "text/plain" });
  } catch (error) {
    postMessage({ error: `The ${data.what} can't be written: ${error.message}.` });
  }
};
