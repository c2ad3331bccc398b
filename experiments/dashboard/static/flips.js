// What would turn the answer: the nearest switch points first.
import { inside, pretty, unbroken, written } from "./words.js";

export class Flips {
  constructor(list, text) {
    this.list = list;
    this.text = text;
    this.begin({ total: 0, runs: 0, people: 0, between: [] });
  }

  begin({ total, runs, people, between }) {
    this.total = total;
    this.between = between;
    this.runs = runs;
    this.people = people;
    this.found = new Map();
  }

  add(key, flips, failed) { this.found.set(key, { flips, failed }); }

  get complete() { return this.total > 0 && this.found.size === this.total; }

  draw(sliders, go) {
    const [one, other] = this.between;
    const rows = [], quiet = [];
    for (const [key, { flips, failed }] of this.found) {
      const slider = sliders.get(key);
      if (!slider) continue;
      if (!flips.length && !failed) quiet.push(slider.about.label.toLowerCase());
      for (const flip of flips) rows.push({ slider, flip, away: Math.abs(flip.value - slider.value) / (slider.about.high - slider.about.low) });
    }
    rows.sort((a, b) => a.away - b.away);
    this.list.replaceChildren(...rows.map((row) => this.row(row, go)), ...this.rest(quiet, rows.length));
    this.text.textContent = `${pretty(one)} or ${inside(other)}: one assumption is moved at a time, all others stay as they are set here. ` +
      `Played with ${this.runs} pairs of ${this.people} people.` +
      (this.complete ? "" : ` Still looking: ${this.found.size} of ${this.total} searched.`);
  }

  row({ slider, flip }, go) {
    const { about, currency } = slider, value = (v) => written(about.form, v, currency, about.whole);
    const item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.className = "go";
    button.textContent = `${about.label} ${flip.where} ${value(flip.value)}: ${inside(flip.wins)} wins${flip.back ? " again" : ""}`;
    button.title = "Set the slider there";
    button.addEventListener("click", () => go(slider, flip));
    const detail = document.createElement("span");
    detail.className = "small";
    detail.textContent = unbroken(`now ${value(slider.value)}; flips ${interval(flip, value)} (95 %)`) +
      (flip.holds_today ? "; where the slider stands is within that, so who is ahead here is not clear" : "");
    item.append(button, detail);
    return item;
  }

  rest(quiet, some) {
    if (!quiet.length) return [];
    // Before all are searched, nothing can be said of those to come.
    const none = this.complete ? (some ? "None in range" : "Nothing turns it, moved alone to either end of its range")
      : "Searched, and does not turn it within its range";
    const item = document.createElement("li");
    item.className = "small";
    item.textContent = `${none}: ${quiet.join(", ")}.`;
    return [item];
  }
}

// Where the interval is cut at an end of the range, the end is no bound.
export function interval(flip, value) {
  const low = value(flip.low), high = value(flip.high);
  if (flip.below_range && flip.above_range) return `anywhere from ${low} to ${high}, or beyond the range`;
  if (flip.above_range) return `at ${low} at least, up to ${high} or beyond the range`;
  if (flip.below_range) return `at ${high} at most, down to ${low} or beyond the range`;
  return `between ${low} and ${high}`;
}
