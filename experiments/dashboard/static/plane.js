// The picture of the project: cost of churn against cost of remedy; the total is the same along a diagonal.
import { el, set, colour, shape } from "./svg.js";
import { pretty, scale, steps } from "./words.js";

const LEFT = 58, RIGHT = 14, TOP = 30, BOTTOM = 46;
const MARK = 7, MARGIN = 12; // between the axes and the least that is drawn, so that no dot is cut

export class Plane {
  constructor(figure) {
    this.figure = figure;
    this.svg = el("svg", { role: "img", "aria-labelledby": "plane-title plane-text" });
    this.back = el("g");
    this.front = el("g");
    this.svg.append(this.back, this.front);
    figure.append(this.svg);
    this.frame = null;
    this.dots = new Map();
  }

  forget() { this.frame = null; }

  // dots: {name, x, y, region, number}; ghosts: the same dots as they are with today's values
  draw({ dots, ghosts, currency, best, settled }) {
    const width = Math.max(280, this.figure.clientWidth), height = Math.min(Math.max(300, width * 0.82), Math.max(340, window.innerHeight * 0.37), 520);
    const inner = { width: width - LEFT - RIGHT - MARGIN, height: height - TOP - BOTTOM - MARGIN }, foot = TOP + inner.height + MARGIN;
    this.limit([...dots, ...ghosts], inner, settled);
    const k = inner.width / this.frame.size;
    const px = (x) => LEFT + MARGIN + (x - this.frame.x) * k, py = (y) => TOP + inner.height - (y - this.frame.y) * k;
    const high = this.frame.y + inner.height / k, right = this.frame.x + this.frame.size;
    const largest = Math.max(right, high, ...dots.map((d) => d.x + d.y));
    const unit = scale(largest, this.frame.size, currency);
    set(this.svg, { viewBox: `0 0 ${width} ${height}`, height });

    const moved = ghosts.filter((g) => dots.some((d) => d.name === g.name && Math.hypot(px(d.x) - px(g.x), py(d.y) - py(g.y)) >= 8));
    const labels = this.labels(dots, moved, unit, best, px, py, k, width, height);
    const parts = [];
    const clip = el("clipPath", { id: "inner" }, el("rect", { x: LEFT, y: TOP - 2, width: inner.width + MARGIN + 2, height: inner.height + MARGIN + 2 }));
    parts.push(clip);
    this.diagonals(parts, unit, right, high, px, py, [...labels.map((l) => l.box), ...[...dots, ...moved].map((d) => ({ x: px(d.x) - 9, y: py(d.y) - 9, w: 18, h: 18 }))]);
    parts.push(el("path", { class: "axis", d: `M${LEFT} ${TOP} V${foot} H${LEFT + MARGIN + inner.width}` }));
    for (const tick of steps(this.frame.x, right, 6)) parts.push(this.text(px(tick), foot + 17, unit.short(tick), "mid", "middle"));
    for (const tick of steps(this.frame.y, high, 6)) parts.push(this.text(LEFT - 8, py(tick) + 4, unit.short(tick), "mid", "end"));
    parts.push(this.text(2, 14, `Cost of churn, ${unit.words}`, "", "start"));
    parts.push(this.text(LEFT + MARGIN + inner.width, height - 6, `Cost of remedy, ${unit.words}`, "", "end"));
    for (const ghost of moved) {
      const now = dots.find((d) => d.name === ghost.name);
      parts.push(set(el("line", { class: "trail", x1: px(ghost.x), y1: py(ghost.y), x2: px(now.x), y2: py(now.y) }), { stroke: colour(now.number) }));
      const mark = set(shape(now.number, 5), { fill: "var(--paper)", stroke: colour(now.number) });
      mark.setAttribute("transform", `translate(${px(ghost.x)} ${py(ghost.y)})`);
      parts.push(mark);
    }
    this.back.replaceChildren(...parts);
    this.marks(dots, px, py, k);
    this.words?.remove();
    this.words = el("g");
    for (const label of labels) {
      if (label.leader) this.words.append(el("line", { class: "leader", x1: label.from[0], y1: label.from[1], x2: label.to[0], y2: label.to[1] }));
      this.words.append(this.text(label.box.x, label.box.y + 14, label.name, "bold", "start"), this.text(label.box.x, label.box.y + 31, label.detail, "grey", "start"));
    }
    this.svg.append(this.words);
    return dots.some((d) => d.region && d.region[0] * k > MARK + 2);
  }

  // The frame stays while everything fits and fills enough of it, so that movement is seen as movement.
  limit(dots, inner, settled) {
    const points = dots.flatMap((d) => [[d.x, d.y], ...outline(d)]);
    const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
    const low = [Math.min(...xs), Math.min(...ys)], high = [Math.max(...xs), Math.max(...ys)];
    if (dots.every((d) => d.x >= 0)) low[0] = Math.max(0, low[0]);
    const ratio = inner.height / inner.width;
    let reach = Math.max(high[0] - low[0], high[1] - low[1]);
    if (!(reach > 0)) reach = Math.max(Math.abs(high[0]), Math.abs(high[1])) / 5 || 1;
    const start = [0, 1].map((a) => (low[a] >= 0 && low[a] <= 1.6 * reach ? 0 : low[a] - 0.14 * reach));
    const size = Math.max((high[0] - start[0]) * 1.3, ((high[1] - start[1]) * 1.14) / ratio, reach * 1.2);
    const f = this.frame;
    if (f) {
      const fits = low[0] >= f.x && low[1] >= f.y && high[0] <= f.x + f.size && high[1] <= f.y + f.size * f.ratio && Math.abs(f.ratio - ratio) < 0.01;
      if (fits && size * 1.06 > f.size * (settled ? 0.85 : 0.5)) return;
    }
    this.frame = { x: start[0], y: start[1], size: size * 1.06, ratio };
  }

  marks(dots, px, py, k) {
    const names = new Set(dots.map((d) => d.name));
    for (const [name, group] of this.dots) if (!names.has(name)) { group.remove(); this.dots.delete(name); }
    for (const dot of [...dots].sort((a, b) => a.number - b.number)) {
      let group = this.dots.get(dot.name);
      if (!group || group.number !== dot.number) {
        group?.remove();
        group = el("g", { class: "glide" });
        group.number = dot.number;
        group.region = set(el("ellipse", { "fill-opacity": 0.2, "stroke-opacity": 0.8 }), { fill: colour(dot.number), stroke: colour(dot.number) });
        group.mark = set(shape(dot.number, MARK), { fill: colour(dot.number), stroke: "var(--paper)" });
        group.append(group.region, group.mark);
        this.dots.set(dot.name, group);
        this.front.append(group);
      }
      group.style.transform = `translate(${px(dot.x)}px, ${py(dot.y)}px)`;
      // Dots on one spot are drawn as smaller in larger ones, so that each is seen.
      const below = dots.filter((d) => d.number < dot.number && Math.hypot(px(d.x) - px(dot.x), py(d.y) - py(dot.y)) < 5).length;
      group.mark.setAttribute("transform", `scale(${0.68 ** below})`);
      const [long, short, angle] = dot.region ?? [0, 0, 0];
      set(group.region, { rx: long * k, ry: short * k, transform: `rotate(${(-angle * 180) / Math.PI})` });
    }
    this.front.setAttribute("clip-path", "url(#inner)");
  }

  labels(dots, ghosts, unit, best, px, py, k, width, height) {
    const placed = [];
    const left = [...dots].sort((a, b) => a.x - b.x || a.number - b.number);
    while (left.length) {
      // Dots on one spot share a label.
      const dot = left.shift(), same = left.filter((d) => Math.hypot(px(d.x) - px(dot.x), py(d.y) - py(dot.y)) < 5);
      same.forEach((d) => left.splice(left.indexOf(d), 1));
      const name = [dot, ...same].map((d) => pretty(d.name)).join(", "), detail = unit.sum(dot.x, dot.y) + (dot.name === best ? "  lowest" : "");
      const w = Math.max(measured(name, 13.6), measured(detail, 12.6)), h = 36, at = [px(dot.x), py(dot.y)];
      const [long, short, angle] = dot.region ?? [0, 0, 0]; // the label stands beside the region, if that is not too far
      const reach = [Math.hypot(long * Math.cos(angle), short * Math.sin(angle)), Math.hypot(long * Math.sin(angle), short * Math.cos(angle))].map((r) => Math.min(44, r * k + 7));
      let found = null;
      for (const gap of [15, 42, 72]) {
        for (const [dx, dy] of [[1, -0.5], [1, 0.4], [-1, -0.5], [0, -1], [0, 1], [-1, 0.4]]) {
          const box = { w, h, x: dx > 0 ? at[0] + Math.max(gap, reach[0]) : dx < 0 ? at[0] - Math.max(gap, reach[0]) - w : at[0] - w / 2, y: at[1] + (dx ? dy * gap : dy * (Math.max(gap, reach[1]) + h / 2)) - h / 2 };
          box.x = Math.min(Math.max(box.x, LEFT + 6), width - w - 2);
          box.y = Math.min(Math.max(box.y, TOP - 4), height - BOTTOM - h - 2);
          let cost = gap + (dx > 0 ? 0 : 12);
          for (const other of placed) if (overlap(box, other.box)) cost += 900;
          for (const other of [...dots, ...ghosts]) if (overlap(box, { x: px(other.x) - 10, y: py(other.y) - 10, w: 20, h: 20 })) cost += 500;
          if (!found || cost < found.cost) found = { cost, box };
        }
      }
      const { box } = found, to = [Math.min(Math.max(at[0], box.x - 3), box.x + w + 3), Math.min(Math.max(at[1], box.y), box.y + h)];
      placed.push({ name, detail, box, from: at, to, leader: Math.hypot(to[0] - at[0], to[1] - at[1]) > 50 });
    }
    return placed;
  }

  diagonals(parts, unit, right, high, px, py, taken) {
    const { x: left, y: low } = this.frame;
    const ticks = steps(left + low, right + high, 9);
    for (const total of ticks) {
      const from = Math.max(left, total - high), to = Math.min(right, total - low);
      if (to - from < 0.02 * (right - left)) continue;
      parts.push(el("line", { class: "diagonal", x1: px(from), y1: py(total - from), x2: px(to), y2: py(total - to) }));
      const text = `total ${unit.signed(total)}`, w = measured(text, 11.5);
      const length = Math.hypot(px(to) - px(from), py(total - to) - py(total - from));
      for (let back = w / 2 + 26; back < length - w / 2 - 6; back += 14) {
        const x = to - ((to - from) * back) / length, at = [px(x), py(total - x)], half = (w / 2) * Math.SQRT1_2 + 7;
        if (taken.some((box) => overlap(box, { x: at[0] - half, y: at[1] - half, w: 2 * half, h: 2 * half }))) continue;
        const made = this.text(0, 4, text, "mid", "middle");
        made.setAttribute("transform", `translate(${at[0]} ${at[1]}) rotate(45)`);
        made.classList.add("along");
        parts.push(made);
        break;
      }
    }
  }

  text(x, y, words, kind, anchor) {
    const made = el("text", { x, y, class: `halo ${kind}`, "text-anchor": anchor });
    made.textContent = words;
    return made;
  }
}

// Points around a dot's region; a region wider than the picture makes sense for (few pairs) does not stretch the frame.
function outline({ x, y, region }) {
  if (!region) return [];
  const most = 0.4 * Math.max(Math.abs(x), Math.abs(y)), [long, short, angle] = region;
  return Array.from({ length: 16 }, (_, n) => {
    const turn = (n * Math.PI) / 8, a = Math.min(long, most) * Math.cos(turn), b = Math.min(short, most) * Math.sin(turn);
    return [x + a * Math.cos(angle) - b * Math.sin(angle), y + a * Math.sin(angle) + b * Math.cos(angle)];
  });
}

const overlap = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

const canvas = document.createElement("canvas").getContext("2d");
function measured(text, size) {
  canvas.font = `700 ${size}px system-ui, sans-serif`;
  return canvas.measureText(text).width;
}
