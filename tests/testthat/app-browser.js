// node app-browser.js <chromium> <address> <folder> <axe or ""> [<pictures>]: the main path
// through the Shiny app, as a person goes it. Prints what it saw as JSON.
"use strict";
const { browse, pause } = require("./browser.js");

const [chromium, address, folder, axe, pictures] = process.argv.slice(2);
const idle = "!document.documentElement.classList.contains('shiny-busy')";

// The app may need some seconds to start. Only one visit: the app ends with its session.
async function arrive(tab) {
  for (let k = 0; k < 120; k++) {
    const { errorText } = await tab.tell("Page.navigate", { url: address });
    if (!errorText) return tab.until("!!document.querySelector('.lc-pd')", 30);
    await pause(500);
  }
  throw new Error("the app did not start");
}

browse(chromium, folder, async (tab) => {
  const out = { axe: [] };
  await arrive(tab);
  tab.seen.errors.length = 0;  // of the tries before it was up
  await tab.look({ height: 1000 });
  const before = await tab.ask("document.querySelector('.lc-pd').dataset.value");
  await tab.type("#score-field_2", "33.25");
  await tab.choose("#score-field_1", "RENT");
  await tab.type("#score-field_6", "651");
  await tab.until(`document.querySelector('.lc-pd').dataset.value !== '${before}'`);
  await pause(1500);
  await tab.until(idle);
  out.prob = await tab.ask("document.querySelector('.lc-pd').dataset.value");
  out.verdict = await tab.ask("document.querySelector('.lc-verdict').textContent");
  out.reasons = await tab.ask("document.querySelectorAll('#score-reasons li').length");
  out.values = await tab.ask("[...document.querySelectorAll('input[id^=score-field_], select[id^=score-field_]')].sort((a, b) =>" +
    " a.id.localeCompare(b.id)).map((e) => e.tagName === 'SELECT' ? e.selectedIndex : Number(e.value))");
  out.tabs = await tab.ask("[...document.querySelectorAll('.navbar [data-value]')].map((e) => e.dataset.value)");
  for (const name of out.tabs) {
    await tab.ask(`document.querySelector('.navbar [data-value="${name}"]').click()`);
    await pause(700);
    if (name === "Models") await tab.until("document.querySelectorAll('#compare-table td').length > 0", 60);
    await tab.until(idle, 60);
    if (axe) out.axe.push(...(await tab.axe(axe)).map((text) => name + " " + text));
    if (pictures) await tab.picture(`${pictures}/app-${name.toLowerCase()}.png`);
  }
  out.models = await tab.ask("document.querySelector('#compare-table').textContent");
  out.broken = await tab.ask("document.querySelectorAll('.shiny-output-error:not(.shiny-output-error-shiny\\\\.silent\\\\.error)').length");
  // what Debian's shiny lacks itself, and browsers' wish for an icon
  tab.seen.errors = tab.seen.errors.filter((text) => !text.includes("404"));
  return out;
});
