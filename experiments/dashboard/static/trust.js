// Where customers stand between believing, disbelieving and not knowing: at the start, and under each strategy at the end.
import { el, set, colour, shape } from "./svg.js";
import { pretty } from "./words.js";

const HIGH = Math.sqrt(3) / 2, SIZE = 200, PAD = 34;
const place = ([belief, , unknown]) => [PAD + SIZE * (belief + unknown / 2), 26 + SIZE * HIGH * (1 - unknown)];

export function triangles(host, { start, courses }, noun) {
  const mean = courses[0].path[0];
  host.replaceChildren(
    triangle("At the start", shares(mean), `all of them ${noun}s`, "var(--ink)", (parts) => {
      for (const person of start) parts.push(dot(person, "var(--grey)", 0.35));
      parts.push(ring(mean));
    }),
    ...courses.map((course, number) => triangle(pretty(course.name), shares(course.path.at(-1)),
      `${Math.round(100 * course.share_stayed)} % still ${noun}s (coloured; grey: left)`, colour(number), (parts) => {
        course.people.forEach((person, k) => { if (!course.stayed[k]) parts.push(dot(person, "var(--left)", 0.45)); });
        course.people.forEach((person, k) => { if (course.stayed[k]) parts.push(dot(person, colour(number), 0.5)); });
        const line = course.path.map((p) => place(p).map((v) => v.toFixed(1)).join(" ")).join(" L");
        parts.push(set(el("path", { d: `M${line}`, "stroke-width": 4.5, "stroke-linejoin": "round" }), { fill: "none", stroke: "var(--paper)" }));
        parts.push(set(el("path", { d: `M${line}`, "stroke-width": 1.8, "stroke-linejoin": "round" }), { fill: "none", stroke: "var(--ink)" }));
        parts.push(ring(course.path[0]));
        const end = set(shape(number, 6.5), { fill: colour(number), stroke: "var(--paper)" });
        end.setAttribute("transform", `translate(${place(course.path.at(-1)).join(" ")})`);
        parts.push(end);
      })));
}

function triangle(name, share, note, tint, fill) {
  const corners = [[0, 1, 0], [1, 0, 0], [0, 0, 1]].map(place);
  const svg = el("svg", { viewBox: `0 0 ${SIZE + 2 * PAD} ${SIZE * HIGH + 118}`, role: "img", "aria-label": `${name}: ${share}; ${note}` });
  svg.append(set(el("path", { class: "axis", d: `M${corners.map((c) => c.join(" ")).join(" L")} Z` }), { fill: "var(--ground)" }));
  const parts = [];
  fill(parts);
  svg.append(...parts);
  const bottom = 26 + SIZE * HIGH;
  for (const [words, x, y, anchor] of [["disbelieves", 6, bottom + 16, "start"], ["believes", SIZE + 2 * PAD - 6, bottom + 16, "end"], ["does not know", PAD + SIZE / 2, 17, "middle"]]) {
    svg.append(text(x, y, words, "grey", anchor));
  }
  const title = text(PAD + SIZE / 2, bottom + 42, name, "bold", "middle");
  title.style.fill = tint;
  svg.append(title, text(PAD + SIZE / 2, bottom + 61, share, "grey", "middle"), text(PAD + SIZE / 2, bottom + 78, note, "grey", "middle"));
  return svg;
}

const dot = (person, fill, opacity) => {
  const [cx, cy] = place(person);
  return set(el("circle", { cx, cy, r: 1.7, "fill-opacity": opacity }), { fill });
};

function ring(opinion) {
  const [cx, cy] = place(opinion);
  return set(el("circle", { cx, cy, r: 4.5, "stroke-width": 1.8 }), { fill: "var(--paper)", stroke: "var(--ink)" });
}

function shares([belief, disbelief]) {
  const b = Math.round(100 * belief), d = Math.round(100 * disbelief);
  return `belief ${b} %, disbelief ${d} %, unknown ${100 - b - d} %`;
}

function text(x, y, words, kind, anchor) {
  const made = el("text", { x, y, class: kind, "text-anchor": anchor });
  made.textContent = words;
  return made;
}
