// Figures answer to the pointer, and can be enlarged. The page is complete without this.
"use strict";
{
  const NS = "http://www.w3.org/2000/svg";
  const NEAR = 40; // CSS pixels from which a point is shown
  const STEP = 1.5; // of one zoom

  const made = (name, attributes, parent) => {
    const one = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    return parent.appendChild(one);
  };

  // The CSV of the link below a figure: head, then rows; a cell with commas is in quotes.
  const rowsOf = (link) => {
    const text = decodeURIComponent(link.getAttribute("href").replace(/^[^,]*,/, ""));
    const cells = (line) =>
      (line.match(/("([^"]|"")*"|[^,]*)(,|$)/g) || [])
        .slice(0, 6)
        .map((cell) => cell.replace(/,$/, "").replace(/^"|"$/g, "").replace(/""/g, '"'));
    return text.trim().split("\n").slice(1).map(cells);
  };

  const place = (value, axis, from, size) => {
    const to = axis.log ? Math.log : (v) => v;
    const [low, high] = axis.lim.map(to);
    return from + (size * (to(value) - low)) / (high - low);
  };

  // Points of a figure in the units of its viewBox, with what is said of each.
  const pointsOf = (plot, link) => {
    const panels = JSON.parse(plot.dataset.axes);
    return rowsOf(link).flatMap(([name, series, x, y, low, high]) => {
      const panel = panels.find((one) => one.panel === name);
      if (!panel || x === "" || y === "" || isNaN(x) || isNaN(y)) return [];
      const [left, top, width, height] = panel.box;
      const at = [
        place(+x, panel.x, left, width),
        top + height - (place(+y, panel.y, 0, height)),
      ];
      const inside = at[0] >= left - 1 && at[0] <= left + width + 1 &&
        at[1] >= top - 1 && at[1] <= top + height + 1;
      if (!inside) return [];
      const range = low ? ` (${low} to ${high})` : "";
      const words = [series, `${panel.x.name || "x"}: ${x}`, `${panel.y.name || "y"}: ${y}${range}`];
      return [{ at, panel, words: words.filter(Boolean) }];
    });
  };

  const hover = (plot, svg, link) => {
    let points;
    const said = plot.appendChild(document.createElement("output"));
    said.className = "said";
    said.hidden = true;
    const cross = made("g", { class: "cross", visibility: "hidden" }, svg);
    const lines = [made("path", {}, cross), made("circle", { r: 3.5 }, cross)];
    const hide = () => {
      said.hidden = true;
      cross.setAttribute("visibility", "hidden");
    };
    const show = (point, scale) => {
      const [x, y] = point.at;
      const [left, top, width, height] = point.panel.box;
      lines[0].setAttribute("d", `M${left} ${y}h${width}M${x} ${top}v${height}`);
      lines[1].setAttribute("cx", x);
      lines[1].setAttribute("cy", y);
      cross.setAttribute("visibility", "visible");
      said.replaceChildren(...point.words.map((word) => {
        const line = document.createElement("span");
        line.textContent = word;
        return line;
      }));
      said.hidden = false;
      const box = plot.getBoundingClientRect();
      const on = new DOMPoint(x, y).matrixTransform(scale);
      const from = Math.min(Math.max(on.x - box.left + 12, 0), box.width - said.offsetWidth);
      said.style.left = `${Math.max(from, 0) + plot.scrollLeft}px`;
      said.style.top = `${Math.max(on.y - box.top - said.offsetHeight - 12, 0)}px`;
    };
    plot.addEventListener("pointermove", (event) => {
      points ||= pointsOf(plot, link);
      const scale = svg.getScreenCTM();
      let best = NEAR ** 2, nearest = null;
      for (const point of points) {
        const on = new DOMPoint(...point.at).matrixTransform(scale);
        const away = (on.x - event.clientX) ** 2 + (on.y - event.clientY) ** 2;
        if (away < best) [best, nearest] = [away, point];
      }
      if (nearest) show(nearest, scale);
      else hide();
    });
    plot.addEventListener("pointerleave", hide);
  };

  const zoom = (figure, plot, svg) => {
    const whole = svg.viewBox.baseVal;
    const all = [whole.x, whole.y, whole.width, whole.height];
    let box = [...all], held = null;
    const set = (next) => {
      box = next;
      box[2] = Math.min(box[2], all[2]);
      box[3] = Math.min(box[3], all[3]);
      box[0] = Math.min(Math.max(box[0], 0), all[2] - box[2]);
      box[1] = Math.min(Math.max(box[1], 0), all[3] - box[3]);
      svg.setAttribute("viewBox", box.join(" "));
      plot.classList.toggle("zoomed", box[2] < all[2]);
    };
    const by = (factor, x = box[0] + box[2] / 2, y = box[1] + box[3] / 2) =>
      set([x - (x - box[0]) / factor, y - (y - box[1]) / factor, box[2] / factor, box[3] / factor]);
    const at = (event) =>
      new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    plot.addEventListener("dblclick", () => set([...all]));
    plot.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const { x, y } = at(event);
      by(event.deltaY < 0 ? STEP : 1 / STEP, x, y);
    }, { passive: false });
    plot.addEventListener("pointerdown", (event) => {
      if (box[2] === all[2]) return;
      held = at(event);
      plot.setPointerCapture(event.pointerId);
    });
    plot.addEventListener("pointermove", (event) => {
      if (!held) return;
      const { x, y } = at(event);
      set([box[0] + held.x - x, box[1] + held.y - y, box[2], box[3]]);
    });
    for (const end of ["pointerup", "pointercancel"]) plot.addEventListener(end, () => (held = null));
    const bar = document.createElement("span");
    bar.className = "zoom";
    for (const [sign, name, act] of [
      ["+", "Enlarge the figure", () => by(STEP)],
      ["−", "Make the figure smaller", () => by(1 / STEP)],
      ["whole", "Show the whole figure", () => set([...all])],
    ]) {
      const button = bar.appendChild(document.createElement("button"));
      button.type = "button";
      button.textContent = sign;
      button.setAttribute("aria-label", name);
      button.addEventListener("click", act);
    }
    figure.querySelector("figcaption").append(bar);
  };

  for (const plot of document.querySelectorAll("figure > .plot")) {
    const figure = plot.parentElement, svg = plot.querySelector("svg");
    if (!svg || !figure.querySelector("figcaption")) continue;
    const link = figure.querySelector("a[download][href^='data:text/csv']");
    if (link && plot.dataset.axes) hover(plot, svg, link);
    zoom(figure, plot, svg);
  }

  // What is folded is printed too.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });
}
