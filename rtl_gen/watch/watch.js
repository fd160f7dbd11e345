// Draws the parts of the page that the server sends (view.py), each again when it has changed.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 420, HEIGHT = 250, LEFT = 52, RIGHT = 10, TOP = 10, BOTTOM = 40;
const PREFIXES = { "-18": "a", "-15": "f", "-12": "p", "-9": "n", "-6": "µ", "-3": "m", 0: "", 3: "k",
                   6: "M", 9: "G" };
const parts = new Map();

function byId(id) { return document.getElementById(id); }

function element(name, text = "", classes = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = classes;
  return made;
}

function drawn(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

// A number with a prefix of its unit, such as "1.5 nJ".
function quantity(value, unit) {
  const size = Math.abs(value), least = unit ? -18 : 0;
  const exponent = size ? Math.min(9, Math.max(least, 3 * Math.floor(Math.log10(size) / 3 + 1e-9))) : 0;
  const digits = Number((value / 10 ** exponent).toPrecision(3));
  return `${digits}${unit || exponent ? " " : ""}${PREFIXES[exponent]}${unit}`;
}

// Round numbers from `low` to `high`, at most about six.
function ticks(low, high) {
  const rough = (high - low) / 5 || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough);
  const found = [];
  for (let number = Math.ceil(low / step - 1e-9); number * step <= high + step * 1e-9; number++)
    found.push(number * step);
  return found;
}

function extent(values) {
  const low = Math.min(...values), high = Math.max(...values);
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}

function chart(part) {
  const all = part.series.flatMap(series => series.points);
  const figure = element("figure"), unit = part.unit || "";
  if (!all.length) {
    figure.append(element("p", "No samples have been learned yet."));
    return figure;
  }
  const [left, right] = extent(all.map(point => point[0]));
  let [low, high] = extent(all.map(point => point[1]));
  if (part.zero) low = Math.min(0, low);
  const x = value => LEFT + (value - left) / (right - left) * (WIDTH - LEFT - RIGHT);
  const y = value => HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - BOTTOM - TOP);
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": part.title });
  for (const value of ticks(low, high)) {
    svg.append(drawn("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
               drawn("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, quantity(value, unit)));
  }
  for (const value of ticks(left, right))
    svg.append(drawn("text", { x: x(value), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" },
                     String(Number(value.toPrecision(6)))));
  svg.append(drawn("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, "epoch"));
  for (const series of part.series) {
    const colour = `var(--series-${series.colour})`;
    const places = series.points.map(point => [x(point[0]), y(point[1])]);
    svg.append(drawn("polyline", { class: "line", style: `stroke: ${colour}`, points: places.join(" ") }));
    if (places.length <= 40)
      for (const [cx, cy] of places) svg.append(drawn("circle", { cx, cy, r: 3, style: `fill: ${colour}` }));
  }
  const legend = element("div", "", "legend");
  legend.append(element("strong", part.y));
  for (const series of part.series) {
    if (part.series.length < 2) break;
    const mark = element("i");
    mark.style.background = `var(--series-${series.colour})`;
    const name = element("span");
    name.append(mark, series.name);
    legend.append(name);
  }
  figure.append(legend, svg);
  return figure;
}

function colour(variable) {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(variable);
  context.fillRect(0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data;
}

// A byte 1 is the lowest colour, 255 the highest; 0 is transparent.
function map(part) {
  const figure = element("figure"), canvas = element("canvas");
  canvas.width = part.columns;
  canvas.height = part.rows;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", part.title);
  if (!part.square) canvas.style.height = "12rem";
  const stops = (part.diverging ? ["--series-1", "--card", "--series-2"] : ["--faint", "--series-1"]).map(colour);
  const values = Uint8Array.from(atob(part.pixels), character => character.charCodeAt(0));
  const context = canvas.getContext("2d"), image = context.createImageData(part.columns, part.rows);
  values.forEach((value, index) => {
    if (!value) return;
    const along = (value - 1) / 254 * (stops.length - 1), from = Math.min(stops.length - 2, Math.floor(along));
    for (let channel = 0; channel < 4; channel++)
      image.data[4 * index + channel] = stops[from][channel]
        + (along - from) * (stops[from + 1][channel] - stops[from][channel]);
  });
  context.putImageData(image, 0, 0);
  const scale = element("div", "", "scale");
  scale.append(part.low, element("i", "", part.diverging ? "diverging" : "sequential"), part.high);
  figure.append(element("strong", part.title), canvas, scale);
  return figure;
}

function table(part) {
  const scroll = element("div", "", "scroll"), rows = element("tbody");
  for (const [name, value] of part.rows) {
    const row = element("tr");
    row.append(element("td", name, "word"), element("td", value));
    rows.append(row);
  }
  const made = element("table");
  made.append(rows);
  scroll.append(made);
  return scroll;
}

function head(part) {
  document.title = `${Math.floor(100 * part.share)} % · ${part.title} · Pulsetrain`;
  byId("title").textContent = part.title;
  byId("lead").textContent = part.lead;
  byId("share").value = part.share;
  byId("facts").replaceChildren(...part.facts.map(([name, value]) => {
    const fact = element("div");
    fact.append(element("dt", name), element("dd", value));
    return fact;
  }));
}

const DRAW = { chart, map, table };

function show(part) {
  if (part.kind === "head") return head(part);
  const made = DRAW[part.kind](part);
  if (part.caption) made.append(element("figcaption", part.caption));
  made.id = `part-${part.id}`;
  const section = byId(part.section), old = byId(made.id);
  section.hidden = false;
  if (old) old.replaceWith(made);
  else section.querySelector(".plots").append(made);
}

const events = new EventSource("events");
let over = false;
events.addEventListener("open", () => { byId("notice").textContent = ""; });
events.addEventListener("parts", event => {
  for (const part of JSON.parse(event.data)) {
    parts.set(part.id, part);
    show(part);
  }
});
events.addEventListener("end", () => {
  over = true;
  events.close();
  document.body.dataset.over = "yes";
});
events.addEventListener("error", () => {
  if (!over) byId("notice").textContent = "The connection to pulsetrain watch is lost; what follows is its last news.";
});
// The colours of images are computed, so they are drawn again when the page becomes dark or light.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => parts.forEach(show));
