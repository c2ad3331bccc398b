// One row per assumption: its label, its value, a way back, and a track with marks for today and for where it flips.
import { written } from "./words.js";

let number = 0;

export class Slider {
  constructor(about, currency, noun, onMove) {
    this.about = about;
    this.currency = currency;
    this.onMove = onMove;
    const id = `slider-${++number}`;
    const row = this.row = document.createElement("div");
    row.className = "slider";
    row.innerHTML = `<div class="line"><label for="${id}"></label><output for="${id}"></output>
      <button type="button" class="undo">↺</button></div>
      <div class="track"><span class="tick"></span><input type="range" id="${id}" aria-describedby="${id}-about"></div>
      <span class="hidden" id="${id}-about"></span>`;
    this.input = row.querySelector("input");
    this.output = row.querySelector("output");
    this.undo = row.querySelector(".undo");
    this.track = row.querySelector(".track");
    row.querySelector("label").textContent = about.label;
    const today = written(about.form, about.today, currency, about.whole);
    const range = `${written(about.form, about.low, currency, about.whole)} to ${written(about.form, about.high, currency, about.whole)}`;
    row.title = `${about.meaning}\nToday ${today}; worth exploring: ${range}${about.note ? `\n${about.note}` : ""}${about.source ? `\n${about.source}` : ""}`;
    row.querySelector(`#${id}-about`).textContent = `Today ${today}, from ${range}. ${about.label === about.meaning ? "" : about.meaning}`;
    this.undo.setAttribute("aria-label", `${about.label}: back to today's value, ${today}`);
    this.undo.title = `back to today's value, ${today}`;
    // Steps are round numbers, at least a hundred of them; today's value lies among them even where it is not round.
    const rough = (about.high - about.low) / 100, power = 10 ** Math.floor(Math.log10(rough));
    this.step = about.whole ? 1 : [5, 2, 1].map((n) => n * power).find((n) => n <= rough * 1.0001) ?? power;
    Object.assign(this.input, { min: about.low, max: about.high, step: about.whole ? 1 : "any" });
    this.at(row.querySelector(".tick"), about.today);
    this.show(about.today);
    this.input.addEventListener("input", () => { this.show(this.snapped(Number(this.input.value))); this.onMove(this, false); });
    this.input.addEventListener("change", () => this.onMove(this, true));
    this.undo.addEventListener("click", () => { this.input.focus(); this.show(about.today); this.onMove(this, true); });
  }

  snapped(value) {
    const { today, low, high } = this.about;
    if (Math.abs(value - today) < this.step / 2) return today;
    const round = Number((Math.round(value / this.step) * this.step).toPrecision(10));
    return Math.min(high, Math.max(low, round));
  }

  show(value) {
    this.value = value;
    this.input.value = value;
    const text = written(this.about.form, value, this.currency, this.about.whole);
    this.output.textContent = text;
    this.moved = value !== this.about.today;
    this.input.setAttribute("aria-valuetext", this.moved ? text : `${text}, today's value`);
    this.row.classList.toggle("moved", this.moved);
  }

  at(mark, value) {
    const { low, high } = this.about;
    mark.style.setProperty("--at", high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0);
  }

  // Where the answer flips: marks under the track.
  turns(flips) {
    this.track.querySelectorAll(".turn").forEach((old) => old.remove());
    for (const flip of flips) {
      const mark = document.createElement("span");
      mark.className = "turn";
      this.at(mark, flip.value);
      this.track.append(mark);
    }
  }
}
