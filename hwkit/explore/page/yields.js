/* The yield, measured in the background: boards and paths done, the interval, the worst boards. */

const measureYield = () => {
  bench.yields = null;
  showYield();
  send({ type: "yield", on: true, seed: bench.seed });
};

const showYield = () => {
  const found = bench.yields;
  if (!found || !found.boards) {
    at("yield-text").textContent = "The first board is being measured.";
    at("yield-bar").replaceChildren();
    at("worst-box").hidden = true;
    return;
  }
  const lost = Object.entries(found.perLimit || {}).filter(([, missed]) => missed > 0)
    .map(([limit, missed]) => `${grouped(missed)} ${missed === 1 ? "misses" : "miss"} ${limit.replace(/<=/g, "≤")}`);
  at("yield-text").textContent = `${percent(found.share, 1)}: ${grouped(found.passed)} of `
    + `${boardsText(found.boards)} ${found.boards === 1 ? "passes" : "pass"} (${percent(found.level)} interval ${percent(found.low, 1)} to ${percent(found.high, 1)}), `
    + `${grouped(found.pathsDone)} paths${lost.length ? `; ${lost.join(", ")}` : ""}.`;
  drawYield(found);
  showWorst();
};

const SVG = "http://www.w3.org/2000/svg";
const shape = (name, values, text) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
};

const drawYield = (found) => {
  const x = (share) => 4 + 292 * share;
  const parts = [
    shape("rect", { x: x(0), y: 6, width: 292, height: 8, rx: 2, fill: "var(--rule)" }),
    shape("rect", { x: x(found.low), y: 6, width: Math.max(1, x(found.high) - x(found.low)), height: 8,
      rx: 2, fill: "var(--spice)", opacity: 0.45 }),
    shape("rect", { x: x(found.share) - 1.5, y: 3, width: 3, height: 14, fill: "var(--spice)" }),
  ];
  for (const share of [0, 0.5, 1]) {
    const anchor = { 0: "start", 0.5: "middle", 1: "end" }[share];
    parts.push(shape("text", { x: x(share), y: 30, "font-size": 11, "text-anchor": anchor,
      fill: "var(--muted)" }, percent(share)));
  }
  at("yield-bar").replaceChildren(...parts);
  at("yield-bar").setAttribute("aria-label",
    `Yield ${percent(found.share)}, interval ${percent(found.low)} to ${percent(found.high)}`);
};

const WORST = 6;
const worstKeys = () => (bench.yields ? bench.yields.worst.slice(0, WORST) : []);

const showWorst = () => {
  const worst = worstKeys(), here = bench.board, list = at("worst");
  at("worst-box").hidden = worst.length === 0;
  const names = worst.map((one) => `${one.number}`);
  if (list.dataset.shown !== names.join()) {
    list.dataset.shown = names.join();
    list.replaceChildren(...worst.map((one) => {
      const item = document.createElement("li");
      const made = button(`Board ${one.number} ${one.passed ? "✓" : "✗"}`, () => takeBoard(one));
      made.setAttribute("aria-label", `Board ${one.number}, ${one.passed ? "passes" : "fails"}`);
      item.append(made);
      return item;
    }));
  }
  [...list.querySelectorAll("button")].forEach((made, place) => {
    const chosen = here.which === "seed" && worst[place] && here.number === worst[place].number;
    made.setAttribute("aria-pressed", String(Boolean(chosen)));
  });
};
