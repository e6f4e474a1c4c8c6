// The page as a whole: tabs, buttons, start.
"use strict";

function fromBase64(id) {
  const text = atob($(id).textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function openTab(tab) {
  for (const other of document.querySelectorAll("[role=tab]")) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    $(other.getAttribute("aria-controls")).hidden = !chosen;
  }
}

function buildTabs() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  tabs.forEach((tab, k) => {
    tab.addEventListener("click", () => openTab(tab));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: k + 1, ArrowLeft: k - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      const next = tabs[(to + tabs.length) % tabs.length];
      event.preventDefault();
      openTab(next);
      next.focus();
    });
  });
}

async function start() {
  try {
    page.scorer = await Scorer.open(fromBase64("scorer"), fromBase64("model"));
  } catch (error) {
    $("broken").hidden = false;
    $("broken").textContent = "This page cannot score: " + error.message;
    return;
  }
  page.what = "Probability of " + eventText(page.scorer.model);
  $("what").textContent = page.what;
  buildTabs();
  buildForm();
  buildWhatIf();
  buildBatch();
  buildCard();
  fillForm(typicalRow(page.scorer));
  $("typical").addEventListener("click", () => fillForm(typicalRow(page.scorer)));
  $("clear").addEventListener("click", () => fillForm(page.scorer.fields.map(() => NaN)));
  $("keep").addEventListener("click", keepBorrower);
  $("swap").addEventListener("click", swapBorrowers);
  $("print").addEventListener("click", () => window.print());
  $("whole").hidden = false;
  document.body.dataset.ready = "1";
}

start();
