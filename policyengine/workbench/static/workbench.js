"use strict";
// Sends the text a moment after the last key, and puts what comes back on the right. Without this
// script the buttons send the form, and a whole page comes back.
(() => {
  const form = document.getElementById("editor");
  const text = document.getElementById("text");
  const gutter = form.querySelector(".gutter");
  const result = document.getElementById("result");
  const status = document.getElementById("status");
  const pick = document.getElementById("pick");
  const WAIT = 150;
  let timer = 0, sent = 0, bad = new Set(result.dataset.bad.split(" ").filter(Boolean).map(Number));
  let drawn = "", saved = text.value, rule = form.elements.rule.value, busy = null, acting = false;

  document.documentElement.classList.add("js");

  const plain = summary => summary.textContent.replace(/[\d,]+ |s\b/g, "");
  const line = () => text.value.slice(0, text.selectionStart).split("\n").length;

  function number() {
    const lines = text.value.split("\n").length;
    const key = lines + ":" + [...bad].join();
    if (key !== drawn) {
      drawn = key;
      gutter.textContent = Array.from({length: lines}, (_, at) =>
        (bad.has(at + 1) ? "✗ " : "") + (at + 1)).join("\n") + "\n\n";
    }
    gutter.scrollTop = text.scrollTop;
  }

  // The least that differs is replaced, as if it were typed: the caret and the undo stay.
  function put(now) {
    const was = text.value;
    let start = 0, end = 0;
    while (start < was.length && start < now.length && was[start] === now[start]) start++;
    while (end < was.length - start && end < now.length - start &&
      was[was.length - 1 - end] === now[now.length - 1 - end]) end++;
    const keep = [text.selectionStart, text.scrollTop], had = was.length - end;
    const piece = now.slice(start, now.length - end);
    text.focus({preventScroll: true});
    text.setSelectionRange(start, had);
    if (!document.execCommand(piece ? "insertText" : "delete", false, piece) || text.value !== now) {
      text.value = now;
    }
    const caret = keep[0] <= start ? keep[0] : Math.max(start, keep[0] + now.length - was.length);
    text.setSelectionRange(caret, caret);
    text.scrollTop = keep[1];
  }

  async function send(what) {
    clearTimeout(timer);
    if (acting) {  // what a button asked for is not overtaken by a check
      if (what === "check") timer = setTimeout(() => send("check"), WAIT);
      return;
    }
    acting = what !== "check";
    const mine = ++sent, before = text.value;
    form.elements.line.value = document.activeElement === text ? line() : form.elements.line.value;
    const body = new URLSearchParams(new FormData(form));
    body.set("do", what);
    if (busy) busy.abort();
    busy = what === "check" ? new AbortController() : null;
    if (what !== "check") { status.textContent = "A moment ..."; status.className = ""; }
    let answer;
    try {
      const came = await fetch("/bench", {
        method: "POST", body, headers: {accept: "application/json"},
        signal: busy ? busy.signal : undefined,
      });
      if (!came.ok) throw new Error(await came.text());
      answer = await came.json();
    } catch (error) {
      if (error.name === "AbortError") return;
      if (mine !== sent) return;
      status.textContent = "The workbench does not answer: is it still running? Your text is untouched.";
      status.className = "wrong";
      return;
    } finally {
      if (mine === sent) acting = false;
    }
    if (what === "save" && !answer.wrong) { form.elements.seen.value = answer.seen; saved = before; }
    if (mine !== sent) return;
    if (answer.text !== null) {
      if (text.value === before) put(answer.text);
      else answer.status = "You typed meanwhile: press the button again";
    }
    const open = new Set([...result.querySelectorAll("details[open] > summary")].map(plain));
    const top = result.scrollTop, other = answer.rule !== rule;
    const kept = /^(check|paste)/.test(what) && !other && result.querySelector("section.found");
    result.innerHTML = answer.html;
    if (kept) result.querySelector(".shown").before(kept);
    for (const each of result.querySelectorAll("details > summary")) {
      if (open.has(plain(each))) each.parentElement.open = true;
    }
    rule = form.elements.rule.value = answer.rule;
    const at = form.elements.file.value + "#" + rule;
    if ([...pick.options].some(each => each.value === at)) pick.value = at;
    result.scrollTop = other || what === "suggest" ? 0 : top;
    bad = new Set(answer.bad);
    status.textContent = answer.status;
    status.className = answer.wrong ? "wrong" : "";
    document.title = (text.value === saved ? "" : "• ") + (rule || "Rules") + " – workbench";
    number();
  }

  function soon() {
    number();
    clearTimeout(timer);
    timer = setTimeout(() => send("check"), WAIT);
  }

  function go(to, column) {
    const lines = text.value.split("\n");
    const start = lines.slice(0, to - 1).join("\n").length + (to > 1 ? 1 : 0) + column - 1;
    text.focus({preventScroll: true});
    text.setSelectionRange(start, start);
    const high = parseFloat(getComputedStyle(text).lineHeight);
    text.scrollTop = Math.max(0, (to - 4) * high);
    text.scrollIntoView({block: "nearest"});
    number();
  }

  form.addEventListener("submit", event => {
    event.preventDefault();
    send(event.submitter && event.submitter.value || "check");
  });
  result.addEventListener("click", event => {
    const button = event.target.closest("button.go");
    if (button) go(Number(button.dataset.line), Number(button.dataset.column));
  });
  text.addEventListener("input", soon);
  text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });
  let last = 0;
  document.addEventListener("selectionchange", () => {
    if (document.activeElement !== text) return;
    const now = line();
    if (now !== last) { last = now; soon(); }
  });
  document.addEventListener("keydown", event => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      const save = form.querySelector('[value="save"]');
      if (save) save.click();
    }
  });
  pick.addEventListener("change", () => { if (text.value === saved) pick.form.submit(); });
  addEventListener("beforeunload", event => { if (text.value !== saved) event.preventDefault(); });

  // Begin where the rule stands.
  const head = new RegExp("^rule " + rule.replace(/[^A-Z0-9-]/g, "") + "\\b", "m").exec(text.value);
  number();
  if (rule && head) {
    const at = text.value.slice(0, head.index).split("\n").length;
    last = at;
    text.setSelectionRange(head.index, head.index);
    text.scrollTop = Math.max(0, (at - 2) * parseFloat(getComputedStyle(text).lineHeight));
    number();
  }
})();
