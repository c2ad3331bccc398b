// What can be taken away: a link, files, the command that prints the same numbers.
const $ = (id) => document.getElementById(id);

const FILES = [
  ["report.html", "The report (HTML)", "one page to mail, of these assumptions"],
  ["report-unknown.html", "The report, counting what is not known", "the same with wider intervals"],
  ["numbers.json", "The numbers (JSON)", "what the page shows, with intervals and seeds"],
  ["runs.csv", "Every run (CSV)", "one row per pair and strategy"],
  ["experiment.toml", "An experiment file (TOML)", "amends run plays the same runs"],
];

function files(query, problems) {
  $("downloads").replaceChildren(...FILES.map(([name, title, words]) => {
    const item = document.createElement("li"), button = document.createElement("button"), note = document.createElement("span");
    button.type = "button";
    button.dataset.file = name;
    note.textContent = words;
    button.append(title, note);
    button.addEventListener("click", () => take(name, button, note, words, query, problems));
    item.append(button);
    return item;
  }));
}

async function take(name, button, note, words, query, problems) {
  button.disabled = true;
  note.textContent = name.startsWith("report") ? "being made; this takes a minute or so" : "being made";
  try {
    const answer = await fetch(`download/${name}?${query()}`);
    if (!answer.ok) throw new Error(await answer.text());
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition"))?.[1] ?? name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    note.textContent = `${words}; taken`;
  } catch (error) {
    problems([`${name}: ${error.message}`]);
    note.textContent = words;
  }
  button.disabled = false;
}

async function command(query) {
  const answer = await fetch(`api/setup?${query()}`);
  if (!answer.ok) return;
  const words = (await answer.json()).command;
  $("command").value = words || "Known as soon as the answer is refined.";
  $("copy-command").disabled = !words;
}

async function copy(text, button, name) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch { // only pages from this machine or over https may
    window.prompt("Copy this:", text);
  }
  setTimeout(() => { button.textContent = name; }, 1600);
}

// Wire the buttons up; `query` gives what the page shows, `problems` tells a sentence. Gives what is to be called when
// the answer is refined: only then it is known how many pairs the command has to play.
export function taking(query, problems) {
  files(query, problems);
  $("share").addEventListener("click", () => copy(`${location.origin}${location.pathname}?${query()}`, $("share"), "Copy link"));
  $("copy-command").addEventListener("click", () => copy($("command").value, $("copy-command"), "Copy the command"));
  const told = () => { if ($("take").open) command(query); };
  $("take").addEventListener("toggle", told);
  return told;
}
