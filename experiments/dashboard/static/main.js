// The page: what is asked (state, address), what comes back (events), and who draws it.
import { Bars } from "./bars.js";
import { Flips } from "./flips.js";
import { Plane } from "./plane.js";
import { Slider } from "./sliders.js";
import { taking } from "./take.js";
import { Talk } from "./talk.js";
import { triangles } from "./trust.js";
import { inside, learn, money, pretty, unbroken, whole, written, years } from "./words.js";

const $ = (id) => document.getElementById(id);
const NUMBERS = ["people", "years", "runs", "seed"];
const token = new URLSearchParams(location.search).get("token");

let setup = null; // what the server said of this business
let state = null; // {business, strategies, people, years, runs, seed, moved}
const sliders = new Map();
const shown = { answer: null, unknown: null, flips: null, trust: null };
const bars = new Bars($("bars"), $("bars-text")), plane = new Plane($("plane")), flips = new Flips($("flips"), $("flips-text"));
const talk = new Talk(onEvent, onEnd);

// ---- the address

function query() {
  const pairs = new URLSearchParams([["business", state.business]]);
  if (String(state.strategies) !== String(setup.usual.strategies)) state.strategies.forEach((name) => pairs.append("strategy", name));
  for (const name of NUMBERS) if (state[name] !== setup.usual[name]) pairs.append(name, state[name]);
  for (const key of Object.keys(state.moved).sort()) pairs.append(key, String(state.moved[key]));
  if (token) pairs.append("token", token);
  return pairs.toString();
}

let remembering = 0;
function remember() { // browsers allow only so many changes of the address in a short time
  clearTimeout(remembering);
  remembering = setTimeout(() => history.replaceState(null, "", `?${query()}`), 250);
}

// ---- asking

function ask(now) {
  problems([]);
  remember();
  for (const id of ["flips-card", "trust-card"]) $(id).classList.add("stale");
  document.querySelector(".answer").classList.add("stale");
  document.documentElement.dataset.asked = query();
  if (shown.unknown) shown.unknown.stale = true;
  headline();
  talk.ask(query(), now);
}

async function begin(search) {
  const answer = await fetch(`api/setup${search}`).catch((error) => ({ ok: false, text: () => String(error) }));
  if (!answer.ok) { problems([await answer.text()]); return; }
  setup = await answer.json();
  learn(setup.strategies);
  state = { ...setup.view, strategies: [...setup.view.strategies], moved: { ...setup.view.moved } };
  Object.assign(shown, { answer: null, unknown: null, flips: null, trust: null });
  plane.forget();
  bars.forget();
  build();
  const said = setup.problems;
  ask(true);
  problems(said);
}

function onEvent(event, asked) {
  if (event.kind === "wait") { stage("getting ready", event.sentence); return; }
  if (event.kind === "problem") {
    problems(event.sentences);
    stage("no answer", "The picture below is that of before.");
    return;
  }
  if (event.kind === "look" || event.kind === "refined") answered(event, asked);
  if (event.kind === "unknown") { shown.unknown = { ...event, stale: false }; drawBars(); headline(); announce(); }
  if (event.kind === "trust") {
    shown.trust = event;
    $("trust-card").classList.remove("stale");
    drawTrust();
  }
  if (event.kind === "flips") { flips.begin(event); turns(); }
  if (event.kind === "flip") {
    flips.add(event.key, event.flips, event.failed);
    sliders.get(event.key)?.turns(event.flips);
    $("flips-card").classList.toggle("stale", !flips.complete);
    flips.draw(sliders, goTo);
    turns();
  }
}

// What was found is the title, once all that is in sight was searched.
function turns() {
  const rows = [...flips.found].flatMap(([key, { flips: found }]) => sliders.has(key) ? found.map((flip) => ({ about: sliders.get(key).about, flip, away: Math.abs(flip.value - sliders.get(key).value) })) : []);
  const [nearest] = rows.sort((a, b) => a.away / (a.about.high - a.about.low) - b.away / (b.about.high - b.about.low));
  const failed = [...flips.found.values()].some((one) => one.failed);
  $("flips-title").textContent = !flips.complete || (failed && !nearest) ? "What would turn the answer"
    : nearest ? unbroken(`Turns if “${nearest.about.label}” is ${nearest.flip.where} ${written(nearest.about.form, nearest.flip.value, setup.currency, nearest.about.whole)}`)
      : "Nothing in sight turns the answer";
}

function onEnd(problem) {
  if (problem) {
    problems([`The dashboard does not answer (${problem}). Is it still running?`]);
    stage("no answer", "");
  }
}

function answered(event, asked) {
  const first = event.kind === "look";
  shown.answer = event;
  const root = document.documentElement.dataset;
  root.answered = asked;
  root.kind = event.kind;
  root.pairs = event.pairs;
  document.querySelector(".answer").classList.remove("stale");
  $("sentence").textContent = event.sentence;
  headline();
  const d = event.difference;
  $("interval").textContent = `${d.level ? "" : `That is ${d.yearly} a year. `}95 % interval over ${state.years} ${Number(state.years) === 1 ? "year" : "years"}: ${d.interval} (luck alone: every assumption exactly as it stands here). ${pretty(d.of)} is ahead in ${d.won === event.pairs ? "all" : `${d.won} of`} ${event.pairs} pairs.`;
  $("horizon").textContent = d.horizon;
  stage(...how(event, first));
  $("progress").value = first ? 0 : (100 * event.pairs) / event.of;
  if (event.state !== "refining") command();
  $("plane-title").textContent = event.title;
  drawBars();
  drawPlane();
  drawTable();
  strip();
  announce();
}

// The verdict over what is not known leads once it is in; until then the numbers as set do, and say so.
function headline() {
  const said = shown.unknown && !shown.unknown.stale ? shown.unknown.headline : null;
  $("verdict").hidden = !shown.answer;
  $("verdict").textContent = said ? said.sentence : shown.unknown?.failed ? "What is not known could not be drawn." : "Sure or not, over what is not known: being worked out.";
  document.querySelector(".answer").classList.toggle("judged", Boolean(said));
}

// How far the answer is refined, in one word and in a sentence.
function how(event, first) {
  const { pairs, people, of, state: at, difference: d } = event, goal = `± ${Math.round(100 * event.goal)} %`;
  if (first) return ["first look", `${pairs} pairs in a market of ${whole(people)} people; ${at === "refining" && Number(state.runs) > of ? `being refined to ${goal}` : `refining to ${whole(of)} pairs of ${whole(Number(state.people))}`}.`];
  const played = `${whole(pairs)} pairs of ${whole(people)} people`, known = `known to within ${precision(d)}`;
  if (at === "reached") return ["refined", `${played}; ${known}. Wanted: ${goal}.`];
  if (at === "capped") return ["stopped", `Not known to ${goal}: ${played} are the most it plays; ${known}.`];
  if (at === "asked") return ["refined", `${played}; ${known}.`];
  return ["refining", `${whole(pairs)} of ${event.about ? "about " : ""}${whole(of)} pairs of ${whole(people)} people; ${known} so far.`];
}

function precision(d) {
  const half = (d.high - d.low) / 2, share = d.mean ? (100 * half) / Math.abs(d.mean) : Infinity;
  return `± ${money(Number(half.toPrecision(2)), setup.currency)}${share < 100 ? ` (${share < 1 ? "under 1" : Math.round(share)} %)` : ""}`;
}

function stage(name, words) {
  $("stage").textContent = name;
  $("pairs").textContent = words;
  $("progress").hidden = ["refined", "stopped", "no answer"].includes(name);
}

let announcing = 0;
function announce() {
  clearTimeout(announcing);
  announcing = setTimeout(() => { $("live").textContent = `${$("verdict").textContent} ${$("sentence").textContent} ${$("interval").textContent}`; }, 1200);
}

// ---- drawing

function numbered(name) { return state.strategies.indexOf(name); }

function drawBars() {
  if (!shown.answer) return;
  const base = state.strategies[0];
  const rows = shown.answer.differences.filter((d) => d.minus === base && numbered(d.of) > 0).map((d) => {
    const wide = shown.unknown?.differences.find((u) => u.of === d.of && u.minus === base);
    return { ...d, number: numbered(d.of), unknown: wide, stale: shown.unknown?.stale };
  });
  if (!rows.length) return;
  bars.draw({ rows, currency: setup.currency, noun: setup.noun, years: state.years });
  const d = shown.answer.difference, wide = shown.unknown?.differences.find((u) => u.of === d.of && u.minus === d.minus);
  const stage = shown.unknown?.failed ? shown.unknown.failed : !wide ? "being worked out" : shown.unknown.stale ? "updating" : shown.unknown.pairs < shown.unknown.of ? `${shown.unknown.pairs} of ${shown.unknown.of} pairs` : "";
  $("unknown").textContent = `What is not known of the firm and of people drawn too, as in amends compare (faint): ${wide ? wide.told : ""}${wide && stage ? "; " : ""}${stage}.`;
}

function dotsOf(arms) {
  return arms.filter((arm) => numbered(arm.name) >= 0).map((arm) => ({ name: arm.name, number: numbered(arm.name), region: arm.region, x: arm.cost_of_remedy.mean, y: arm.cost_of_churn.mean }));
}

function drawPlane() {
  if (!shown.answer) return;
  const ghosts = dotsOf(shown.answer.today ?? []).map((d) => ({ ...d, region: null }));
  const regions = plane.draw({ dots: dotsOf(shown.answer.arms), ghosts, currency: setup.currency, best: shown.answer.best, settled: shown.answer.kind === "refined" });
  $("plane-text").textContent = `Per 1,000 ${setup.noun}s over ${years(state.years)}, present value. ${regions ? "Shaded: where the mean lies with 95 % confidence" : "With 95 % confidence the mean lies within its mark"}. The total is the same along a diagonal.` +
    (ghosts.length ? " Hollow: with today's values." : "");
}

function drawTable() {
  const { arms } = shown.answer, cell = (e) => `<td>${money(e.mean, "")}<span>${money(e.low, "")} to ${money(e.high, "")}</span></td>`;
  $("table").innerHTML = `<table><caption class="small">${setup.currency} per 1,000 ${setup.noun}s over ${years(state.years)}; below: 95 % interval</caption>
    <thead><tr><th scope="col">Strategy</th><th scope="col">Remedies</th><th scope="col">Churn</th><th scope="col">Total</th></tr></thead><tbody>${
  arms.map((arm) => `<tr><th scope="row"></th>${cell(arm.cost_of_remedy)}${cell(arm.cost_of_churn)}${cell(arm.price_of_failure)}</tr>`).join("")}</tbody></table>`;
  $("table").querySelectorAll("th[scope=row]").forEach((th, k) => { th.textContent = pretty(arms[k].name); });
}

function drawTrust() {
  if (!shown.trust) return;
  $("trust-title").textContent = unbroken(shown.trust.title);
  $("trust-text").textContent = `Those who were ${setup.noun}s at the start, whether they stayed or left. Dots: people of one run; line: the mean of ${shown.trust.runs} runs from the start (white) to the end. Of a firm they no longer visit, people know less and less.`;
  triangles($("trust"), shown.trust, setup.noun);
}

function strip() {
  const d = shown.answer?.difference;
  if (!d) return;
  $("strip").innerHTML = "";
  const wide = document.createElement("span");
  wide.textContent = ` ${d.interval} per 1,000 ${setup.noun}s`;
  $("strip").append(d.sign > 0 ? `As set, ${inside(d.of)} ahead by ${d.amount}` : "As set, no clear difference", wide);
}

function problems(sentences) {
  const box = $("problems");
  box.hidden = !sentences.length;
  if (!sentences.length) { box.replaceChildren(); return; }
  const list = document.createElement("ul");
  list.append(...sentences.map((sentence) => { const item = document.createElement("li"); item.textContent = sentence; return item; }));
  box.replaceChildren(list);
}

// ---- building

function build() {
  document.title = `amends: ${setup.title}`;
  $("about").textContent = setup.title;
  $("status").textContent = setup.status;
  document.querySelectorAll(".noun").forEach((node) => { node.textContent = `${setup.noun}s`; });
  options($("business"), Object.entries(setup.businesses), state.business);
  strategies();
  for (const name of NUMBERS) $(name).value = state[name];
  sliders.clear();
  $("more").open = false;
  $("others").replaceChildren();
  const host = $("sliders"), groups = new Map();
  host.replaceChildren();
  for (const about of setup.sliders) {
    const group = about.group || "Also changed";
    if (!groups.has(group)) {
      const title = document.createElement("h3");
      title.textContent = group.replace("customer", setup.noun);
      const box = document.createElement("div");
      box.append(title);
      groups.set(group, box);
      host.append(box);
    }
    groups.get(group).append(slider(about).row);
  }
  const worth = document.createElement("p");
  worth.id = "worth";
  worth.className = "worth";
  groups.get("What one customer is worth")?.append(worth);
  moved();
}

function slider(about) {
  const made = new Slider(about, setup.currency, setup.noun, onMove);
  sliders.set(about.key, made);
  if (about.key in state.moved) made.show(state.moved[about.key]);
  return made;
}

function onMove(slider, now) {
  const { key } = slider.about, before = state.moved[key];
  if (slider.moved) state.moved[key] = slider.value;
  else delete state.moved[key];
  moved();
  if (before !== state.moved[key] || now) ask(now);
}

function moved() {
  $("reset").disabled = !Object.keys(state.moved).length;
  const value = (key) => sliders.get(key)?.value;
  const [visits, spend, margin] = ["people.encounters_per_year", "people.spend_per_encounter", "finance.margin_share"].map(value);
  if ($("worth")) $("worth").textContent = visits && spend && margin ? `${money(visits * spend * margin, setup.currency)} of margin a year per ${setup.noun}.` : "";
}

function goTo(slider, flip) {
  // Just beyond: where the other one wins.
  const { low, high } = slider.about, step = (flip.where === "above" ? 1 : -1) * slider.step;
  slider.show(Math.min(high, Math.max(low, slider.snapped(flip.value + step))));
  slider.input.focus();
  onMove(slider, true);
}

function options(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, label]) => new Option(label, value, false, value === chosen)));
  select.value = chosen;
}

function strategies() {
  const host = $("strategies");
  host.replaceChildren(...state.strategies.map((name, k) => {
    const box = document.createElement("div");
    box.className = "pick";
    const label = document.createElement("label");
    label.className = "field";
    const words = document.createElement("span");
    words.textContent = k === 0 ? "Strategy" : k === 1 ? "against" : "and";
    const select = document.createElement("select");
    options(select, setup.strategies.filter((s) => s.name === name || !state.strategies.includes(s.name)).map((s) => [s.name, s.label]), name);
    select.title = setup.strategies.find((s) => s.name === name)?.summary ?? "";
    select.addEventListener("change", () => { state.strategies[k] = select.value; rebuilt(k); });
    label.append(words, select);
    box.append(label);
    if (state.strategies.length > 2) {
      const drop = document.createElement("button");
      drop.type = "button";
      drop.textContent = "×";
      drop.setAttribute("aria-label", `Leave out ${pretty(name)}`);
      drop.addEventListener("click", () => { state.strategies.splice(k, 1); rebuilt(Math.max(0, k - 1)); });
      box.append(drop);
    }
    return box;
  }));
  $("add").disabled = state.strategies.length >= setup.most_strategies;
}

function rebuilt(focus) {
  strategies();
  document.querySelectorAll("#strategies select")[focus]?.focus();
  Object.assign(shown, { unknown: null });
  plane.forget();
  bars.forget();
  ask(true);
}

// ---- listening

$("business").addEventListener("change", (event) => {
  history.pushState(null, "", `?${new URLSearchParams([["business", event.target.value], ...(token ? [["token", token]] : [])])}`);
  begin(location.search);
});
window.addEventListener("popstate", () => begin(location.search));
$("add").addEventListener("click", () => {
  const next = setup.strategies.find((s) => !state.strategies.includes(s.name));
  if (next) { state.strategies.push(next.name); rebuilt(state.strategies.length - 1); }
});
$("choices").addEventListener("submit", (event) => event.preventDefault());
for (const name of NUMBERS) {
  $(name).addEventListener("change", async () => {
    state[name] = $(name).value.trim();
    const answer = await fetch(`api/setup?${query()}`);
    const said = answer.ok ? await answer.json() : { problems: [await answer.text()], view: state };
    state[name] = $(name).value = said.view[name];
    plane.forget();
    bars.forget();
    Object.assign(shown, { unknown: null });
    ask(true);
    problems(said.problems);
  });
}
$("reset").addEventListener("click", () => {
  state.moved = {};
  for (const one of sliders.values()) one.show(one.about.today);
  moved();
  ask(true);
});
const command = taking(query, problems);

for (const menu of document.querySelectorAll(".menu")) {
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); } });
}
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

let loading = null;
$("more").addEventListener("toggle", async () => {
  if (!$("more").open || $("others").childElementCount) return;
  $("found").textContent = "Reading them.";
  loading = state.business;
  const answer = await fetch(`api/more?${query()}`);
  if (!answer.ok || loading !== state.business) return;
  const found = await answer.json();
  $("others").replaceChildren(...found.filter((about) => !sliders.has(about.key)).map((about) => {
    const { row } = slider(about);
    row.dataset.words = `${about.label} ${about.key} ${about.note}`.toLowerCase();
    return row;
  }));
  searched();
});
$("search").addEventListener("input", searched);
function searched() {
  const wanted = $("search").value.toLowerCase().split(/\s+/).filter(Boolean), rows = [...$("others").children];
  for (const row of rows) row.hidden = !wanted.every((word) => row.dataset.words.includes(word));
  $("found").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
}

new IntersectionObserver(([entry]) => $("strip").classList.toggle("on", !entry.isIntersecting && entry.boundingClientRect.top < 0)).observe(document.querySelector(".answer"));
let sizing = 0;
new ResizeObserver(() => { cancelAnimationFrame(sizing); sizing = requestAnimationFrame(() => { drawBars(); drawPlane(); }); }).observe($("plane"));
const go = () => begin(location.search);
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", go);
else go();
