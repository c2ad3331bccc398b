// Asking the server: one question at a time, its answer as events line by line.
export class Talk {
  constructor(onEvent, onEnd) {
    this.onEvent = onEvent;
    this.onEnd = onEnd;
    this.control = null;
    this.looking = false;
    this.asked = "";
    this.next = null;
  }

  // While a first look is under way a newer question waits for it, so that looks follow one another while
  // something is dragged; `now` (it was let go) does not wait.
  ask(query, now = false) {
    if (query === this.asked && this.control) { this.next = null; return; }
    if (this.looking && !now) { this.next = query; return; }
    this.next = null;
    this.control?.abort();
    this.control = new AbortController();
    this.asked = query;
    this.looking = true;
    this.read(query, this.control);
  }

  async read(query, control) {
    let problem = "";
    try {
      const answer = await fetch(`api/answer?${query}`, { signal: control.signal });
      if (!answer.ok) throw new Error(await answer.text());
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines) {
          if (control.signal.aborted) return;
          const event = JSON.parse(line);
          this.onEvent(event, query);
          if (event.kind === "look" || event.kind === "problem") {
            this.looking = false;
            if (this.next !== null) { const newer = this.next; this.ask(newer); return; }
          }
        }
      }
    } catch (error) {
      if (control.signal.aborted) return;
      problem = error.message || String(error);
    }
    if (control !== this.control) return;
    this.looking = false;
    this.control = null;
    this.onEnd(problem);
  }
}
