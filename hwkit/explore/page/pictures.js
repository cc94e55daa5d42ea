/* The samples of both machines as small pictures, and what each of them shows. */

const SIDES = [["ideal", "ideal", facts.reference], ["spice", "board", "this board"]];
const pictures = { tiles: {}, size: [1, 1], said: 0 };

const AT_ONCE = 8; // tiles of a piece of work

/* Return the pieces of work that put a canvas in the place of each still picture; more samples than
pictures get places too. */
const pictureWork = (samples) => {
  pictures.size = gridOf(bench.machine.visible);
  const made = {}, work = [];
  for (const [side] of SIDES) {
    const list = at(`${side}-tiles`), tiles = made[side] = [];
    work.push(() => resize(list, side, samples));
    for (let first = 0; first < samples; first += AT_ONCE) {
      work.push(() => {
        const items = [...list.children].slice(first, first + AT_ONCE);
        tiles.push(...items.map((item, k) => tile(item, side, first + k)));
      });
    }
  }
  return [...work, () => { pictures.tiles = made; }];
};

/* Give a side as many places as there are samples. */
const resize = (list, side, samples) => {
  while (list.children.length > samples) list.lastElementChild.remove();
  while (list.children.length < samples) list.append(list.firstElementChild.cloneNode(true));
  list.addEventListener("keydown", (event) => walk(event, side));
};

/* Return rows and columns of the smallest nearly square picture of some units. */
const gridOf = (count) => {
  const columns = Math.ceil(Math.sqrt(count));
  return [Math.ceil(count / columns), columns];
};

const tile = (item, side, sample) => {
  const frame = item.querySelector("button"), canvas = document.createElement("canvas");
  const still = item.querySelector("img");
  [canvas.height, canvas.width] = pictures.size;
  frame.replaceChildren(canvas);
  frame.tabIndex = sample === 0 ? 0 : -1;
  frame.addEventListener("click", (event) => choose(event, canvas, sample));
  const context = canvas.getContext("2d");
  if (still && still.complete) context.drawImage(still, 0, 0, canvas.width, canvas.height);
  return { item, frame, canvas, context, caption: item.querySelector(".under"),
    image: context.createImageData(canvas.width, canvas.height) };
};

/* Follow the unit under the pointer; from the keyboard, the same unit in this sample. */
const choose = (event, canvas, sample) => {
  let unit = bench.followed.unit;
  if (event.detail > 0) {
    const box = canvas.getBoundingClientRect(), [rows, columns] = pictures.size;
    const row = Math.floor((event.clientY - box.top) / box.height * rows);
    const column = Math.floor((event.clientX - box.left) / box.width * columns);
    unit = Math.max(0, Math.min(rows - 1, row)) * columns + Math.max(0, Math.min(columns - 1, column));
    unit = Math.min(unit, bench.machine.visible - 1);
  }
  follow(unit, sample);
};

/* Arrow keys move between the samples of a side: the group is one stop of the Tab key. */
const walk = (event, side) => {
  const move = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 4, ArrowUp: -4 }[event.key];
  const tiles = pictures.tiles[side], from = tiles.findIndex((one) => one.frame === event.target);
  if (!move || from < 0) return;
  event.preventDefault();
  const to = Math.max(0, Math.min(tiles.length - 1, from + move));
  for (const one of tiles) one.frame.tabIndex = -1;
  tiles[to].frame.tabIndex = 0;
  tiles[to].frame.focus();
};

/* Draw the states (samples, units) of a side: dark for large, from `facts.grey`. */
const drawSide = (side, states) => {
  const { units, visible } = bench.machine, [low, high] = facts.grey, scale = 255 / (high - low);
  pictures.tiles[side].forEach((one, sample) => {
    const data = one.image.data, first = sample * units;
    for (let i = 0; i < visible; i += 1) {
      const grey = 255 - (states[first + i] - low) * scale;
      data[4 * i] = data[4 * i + 1] = data[4 * i + 2] = grey;
      data[4 * i + 3] = 255;
    }
    one.context.putImageData(one.image, 0, 0);
  });
};

const drawFrame = () => {
  const frame = bench.frame;
  if (!frame || !pictures.tiles.ideal) return;
  for (const [side, key] of SIDES) drawSide(side, frame[key]);
  bench.drawn += 1;
  const now = performance.now();
  if (now - pictures.said > 250 || frame.ended || !frame.running) {
    pictures.said = now;
    for (const [side, key, name] of SIDES) captions(side, frame.classes[key], name);
    tellAnswer();
  }
};

/* Write below each picture which pattern it resembles; the share of a side above them. */
const captions = (side, classes, name) => {
  pictures.tiles[side].forEach((one, sample) => {
    const strength = classes.correlation[sample], met = strength > facts.recognisable;
    const label = classes.best[sample] < 0 ? "–" : bench.machine.labels[classes.best[sample]];
    const text = `${label} · ${hundredths(strength)}${met ? "" : " ✗"}`.replace("-", "−");
    if (one.caption.textContent === text) return;
    one.caption.textContent = text;
    one.item.classList.toggle("missed", !met);
    one.frame.setAttribute("aria-label", `sample ${sample}, ${name}: most like pattern ${label}, `
      + `correlation ${hundredths(strength)}${met ? "" : ", not recognisable"}`);
  });
  const text = `${counted(classes)} of ${classes.best.length} recognisable`;
  if (at(`${side}-share`).textContent !== text) at(`${side}-share`).textContent = text;
};
