/* What can be saved: a picture, the board, its netlist; a saved board is loaded again. Texts are made
and read in workers. */

const download = (name, blob) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  say(`Saved ${name}.`);
};

const boardName = (suffix) => {
  const { which, number, name } = bench.board;
  if (which === "file") return `${name.replace(/\.json$/i, "")}${suffix}`;
  return `${facts.name}-board-${which === "seed" ? number : "nominal"}${suffix}`;
};

/* Give the engine a board's file; it is on the bench once the engine has answered. */
let chosen = "";
const loadBoard = async () => {
  const [file] = at("load-board").files;
  if (!file) return;
  chosen = file.name;
  at("load-board").value = ""; // the same file may be chosen again
  send({ type: "load", text: await file.text() });
};

const loaded = ({ settings }) => {
  Object.assign(bench.values, settings);
  for (const name of Object.keys(settings)) showControl(name);
  bench.yields = null; // of other values
  showYield();
  showBoard({ which: "file", name: chosen });
  say(`Loaded ${chosen}.`);
};

/* Ask the engine for the board of the moment, and a worker for the text that is wanted. */
let wanted = "";
const save = (what) => {
  wanted = what;
  send({ type: "export" });
};

const saver = { worker: null };
const exported = ({ board }) => {
  if (!wanted) return;
  const what = wanted;
  wanted = "";
  saver.worker ||= workerOf("saver-source");
  saver.worker.onmessage = ({ data }) => {
    if (data.error) { complain(data.error); return; }
    bench.saved = data;
    download(boardName(what === "board" ? ".json" : ".cir"), new Blob([data.text], { type: data.type }));
  };
  const { saturation = null, supply = null } = board.settings;
  saver.worker.postMessage({ what, board, saturation, supply, pieces: facts.netlists, machine: textOf("machine") });
};

const workerOf = (id) => {
  const url = URL.createObjectURL(new Blob([textOf(id)], { type: "text/javascript" }));
  return new Worker(url);
};

const savePicture = () => {
  const [rows, columns] = pictures.size, zoom = Math.max(2, Math.floor(72 / columns)), gap = 10, head = 74;
  const tiles = pictures.tiles.ideal.length, across = Math.min(4, tiles), down = Math.ceil(tiles / across);
  const wide = across * (columns * zoom + gap), high = down * (rows * zoom + 18 + gap);
  const canvas = document.createElement("canvas"), width = 2 * wide + 60, lines = [];
  const pen = canvas.getContext("2d");
  pen.font = "16px system-ui, sans-serif";
  for (const word of at("answer").textContent.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && pen.measureText(longer).width < width - 40) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  [canvas.width, canvas.height] = [width, head + 22 * lines.length + high + 30];
  paint(pen, lines, { zoom, gap, wide, across, top: head + 22 * lines.length });
  canvas.toBlob((blob) => download(`${facts.name}-samples.png`, blob), "image/png");
};

/* Paint the answer and both sides, dark on white whatever the page's colours are. */
const paint = (pen, lines, { zoom, gap, wide, across, top }) => {
  const [rows, columns] = pictures.size;
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height);
  pen.fillStyle = "#1b1f24";
  pen.font = "16px system-ui, sans-serif";
  lines.forEach((line, k) => pen.fillText(line, 20, 30 + 22 * k));
  pen.imageSmoothingEnabled = false;
  SIDES.forEach(([side, , name], place) => {
    const left = 20 + place * (wide + 20);
    pen.font = "bold 14px system-ui, sans-serif";
    pen.fillText(name, left, top - 14);
    pen.font = "12px system-ui, sans-serif";
    pictures.tiles[side].forEach((one, sample) => {
      const x = left + (sample % across) * (columns * zoom + gap);
      const y = top + Math.floor(sample / across) * (rows * zoom + 18 + gap);
      pen.drawImage(one.canvas, x, y, columns * zoom, rows * zoom);
      pen.fillText(one.caption.textContent, x, y + rows * zoom + 13);
    });
  });
  pen.fillText(at("board-name").textContent, 20, pen.canvas.height - 12);
};
