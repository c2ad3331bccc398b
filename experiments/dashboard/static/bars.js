// The difference with its intervals on one line with 0: what luck leaves open (strong), what is not known (faint).
import { el, set, colour, shape } from "./svg.js";
import { inside, money, pretty, scale, steps, years as span } from "./words.js";

const ROW = 30, TOP = 26, BOTTOM = 24;

export class Bars {
  constructor(svg, text) {
    this.svg = svg;
    this.text = text;
    this.reach = null;
  }

  forget() { this.reach = null; }

  draw({ rows, currency, noun, years }) {
    const width = Math.max(260, this.svg.parentElement.clientWidth), height = TOP + ROW * rows.length + BOTTOM;
    const ends = rows.flatMap((r) => [r.low, r.high, r.mean, ...(r.unknown ? [r.unknown.low, r.unknown.high] : [])]);
    const far = Math.max(...ends.map(Math.abs), 1);
    // The axis stays while the answer moves within it, so that movement is seen.
    if (!this.reach || far > this.reach || far < this.reach * 0.3) this.reach = far * 1.2;
    const pad = 12, mid = width / 2, x = (value) => mid + (value / this.reach) * (mid - pad);
    const unit = scale(this.reach, this.reach, currency);
    const parts = [el("line", { class: "axis", x1: pad, x2: width - pad, y1: height - BOTTOM, y2: height - BOTTOM })];
    for (const tick of steps(-this.reach, this.reach, width < 520 ? 4 : 8)) {
      parts.push(el("line", { class: "diagonal", x1: x(tick), x2: x(tick), y1: TOP, y2: height - BOTTOM }));
      parts.push(this.label(x(tick), height - 6, tick === 0 ? "0" : unit.signed(tick), "mid", "middle"));
    }
    parts.push(el("line", { class: "axis", x1: x(0), x2: x(0), y1: TOP - 8, y2: height - BOTTOM }));
    const base = inside(rows[0].minus), other = rows.length === 1 ? inside(rows[0].of) : "the other";
    const narrow = width < 560;
    parts.push(this.label(x(0) - 10, 13, narrow ? `← ${base}` : `← ${base} ahead`, "grey", "end"));
    parts.push(this.label(x(0) + 10, 13, narrow ? `${other} →` : `${other} ahead →`, "grey", "start"));
    rows.forEach((row, k) => {
      const y = TOP + ROW * k + ROW / 2, tint = colour(row.number);
      if (row.unknown) {
        parts.push(set(el("rect", { x: x(row.unknown.low), width: Math.max(2, x(row.unknown.high) - x(row.unknown.low)), y: y - 4, height: 8, rx: 4, "fill-opacity": row.stale ? 0.2 : 0.36 }), { fill: tint }));
      }
      parts.push(set(el("rect", { x: x(row.low), width: Math.max(2, x(row.high) - x(row.low)), y: y - 8, height: 16, rx: 3, "fill-opacity": 0.65 }), { fill: tint }));
      const dot = set(shape(row.number, 6), { fill: tint, stroke: "var(--ground)" });
      dot.setAttribute("transform", `translate(${x(row.mean)} ${y})`);
      parts.push(dot);
      if (rows.length > 1) {
        const right = x(Math.max(row.high, row.unknown?.high ?? row.high)) + 8;
        const space = width - right > 150;
        parts.push(this.label(space ? right : x(Math.min(row.low, row.unknown?.low ?? row.low)) - 8, y + 4, pretty(row.of), "", space ? "start" : "end"));
      }
    });
    set(this.svg, { viewBox: `0 0 ${width} ${height}`, height });
    this.svg.replaceChildren(...parts);
    this.text.textContent = rows.map((r) => `${pretty(r.of)} minus ${inside(r.minus)}, per 1,000 ${noun}s over ${span(years)}: ${money(r.mean, currency)}, 95 % interval from luck alone ${money(r.low, currency)} to ${money(r.high, currency)}` +
      (r.unknown ? `; with what is not known ${money(r.unknown.low, currency)} to ${money(r.unknown.high, currency)}` : "")).join(". ");
  }

  label(x, y, text, kind, anchor) {
    const made = el("text", { x, y, class: `halo ${kind}`, "text-anchor": anchor });
    made.textContent = text;
    return made;
  }
}
