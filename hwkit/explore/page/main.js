/* Opens the machine in a worker, and connects what the page shows with what it says. */

const speedOf = () => (at("speed").value === "" ? null : Number(at("speed").value));

const play = () => {
  bench.announce = true;
  if (bench.frame && goes(bench.frame)) { send({ type: "pause" }); return; }
  if (bench.frame && bench.frame.ended) nextNoise();
  send({ type: "start" });
};

const step = () => { send({ type: "pause" }); send({ type: "step", steps: 1 }); };
const restart = () => { send({ type: "restart" }); send({ type: "start" }); };

/* Some time after a run has ended: the same board on other noise, if that is wanted. */
let next = 0;
const afterRun = (frame) => {
  clearTimeout(next);
  if (bench.announce && frame.ended) { bench.announce = false; say(answerText()); }
  if (!frame.ended || !at("repeat").checked || calm.matches) return;
  next = setTimeout(() => {
    if (bench.frame.ended && at("repeat").checked) { nextNoise(); send({ type: "start" }); }
  }, 1500);
};

/* Frames are drawn when the browser draws; with reduced motion twice a second. */
let due = false, drawnAt = 0;
const plan = () => {
  if (due) return;
  due = true;
  requestAnimationFrame((now) => {
    due = false;
    if (calm.matches && now - drawnAt < 500 && bench.frame && goes(bench.frame)) {
      setTimeout(plan, 250);
      return;
    }
    drawnAt = now;
    drawFrame();
    if (bench.trace && bench.trace.fresh) { bench.trace.fresh = false; drawTrace(); }
  });
};

const receivers = {
  ready: (message) => {
    bench.ready = message;
    at("sample").max = message.samples - 1;
    inTurn(...pictureWork(message.samples), () => follow(bench.followed.unit, 0), begin);
  },
  frame: (frame) => {
    bench.frame = frame;
    bench.received += 1;
    tellClock(frame);
    if (frame.ended) afterRun(frame);
    plan();
  },
  trace: (trace) => { bench.trace = { ...trace, fresh: true }; tellTrace(); plan(); },
  cell: showCell,
  yield: (found) => { bench.yields = found; showYield(); if (bench.frame) tellAnswer(); },
  exported,
  loaded,
  error: ({ message, during }) => {
    complain(message);
    bench.errors = [...(bench.errors || []), `${during}: ${message}`];
  },
};

/* Do pieces of work one after another, each after the page was drawn: none holds it up. */
const waiting = [];
const inTurn = (...work) => {
  waiting.push(...work);
  if (waiting.length === work.length) goOn();
};
const goOn = () => requestAnimationFrame(() => setTimeout(() => {
  waiting[0]();
  waiting.shift();
  if (waiting.length) goOn();
}, 0));

/* Show what works with the script only. */
const reveal = (selector) => () => {
  for (const one of document.querySelectorAll(selector)) one.classList.add("shown");
};
const SMALL = ".live:not(section)", SECTIONS = ["parts", "yields", "one-unit", "saving"];

/* Put board 0 on the bench and start, unless motion is to be reduced. */
const begin = () => {
  send({ type: "speed", stepsPerSecond: speedOf() });
  firstBoard();
  measureYield();
  if (!calm.matches) send({ type: "start" });
  bench.announce = false;
  document.documentElement.classList.add("opened");
};

const KEYS = {
  p: play, ".": step, r: restart, b: newBoard, n: () => { nextNoise(); send({ type: "start" }); },
  o: () => useBoard({ which: "nominal" }), w: worstBoard,
  u: () => { at("unit").focus(); at("unit").select(); },
};

const onKey = (event) => {
  const typed = event.target.closest("input:not([type=checkbox]):not([type=range]), select, textarea");
  if (!at("shortcuts").checked || typed || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = KEYS[event.key.toLowerCase()];
  if (act) { event.preventDefault(); act(); }
};

const connect = () => {
  const clicks = {
    play, step, restart, "new-board": newBoard, "new-noise": KEYS.n, nominal: KEYS.o, reset: () => turnAll(bench.opened),
    "ideal-parts": () => turnAll(exact()), "save-picture": savePicture, "save-board": () => save("board"),
    "save-netlist": () => save("netlist"), "use-seeds": useSeeds,
  };
  for (const [id, act] of Object.entries(clicks)) at(id)?.addEventListener("click", act);
  at("speed").addEventListener("change", () => send({ type: "speed", stepsPerSecond: speedOf() }));
  for (const id of ["unit", "sample"]) {
    at(id).addEventListener("change", () => follow(Number(at("unit").value), Number(at("sample").value)));
  }
  at("load-board")?.addEventListener("change", loadBoard);
  addEventListener("keydown", onKey);
  for (const kind of ["click", "keydown"]) addEventListener(kind, forgive, { capture: true });
  new ResizeObserver(noteSize).observe(at("trace"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", noteColours);
  noteColours();
};

const open = () => {
  bench.machine = facts.machine;
  bench.noise = bench.machine.seeds.noise;
  bench.number = 0;
  bench.seed = bench.machine.seeds.boards;
  bench.worker = workerOf("engine-source");
  bench.worker.onmessage = ({ data }) => receivers[data.type](data);
  bench.worker.onerror = (event) => { complain(`The page's computation stopped: ${event.message}`); };
  send({ type: "open", text: textOf("machine") });
};

inTurn(open, reveal(SMALL), buildControls, connect, ...SECTIONS.map((id) => reveal(`#${id}`)));
globalThis.hwkitBench = Object.assign(bench, { turnAll, useBoard, follow });
