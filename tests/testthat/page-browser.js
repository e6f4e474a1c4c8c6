// node page-browser.js <chromium> <page> <csv> <folder> <axe or ""> [<pictures>]: uses the
// page as a person does. Prints what it saw as JSON; with a folder for them it takes
// pictures of the page on a screen, on a phone, in the dark and in print.
"use strict";
const { browse } = require("./browser.js");

const [chromium, page, csv, folder, axe, pictures] = process.argv.slice(2);
const settled = "document.body.dataset.settled === document.getElementById('pd').dataset.value";
const field = (name) => `#form [name="${name}"]`;

// One borrower by keyboard
async function scoreOne(tab, out) {
  await tab.type(field("income"), "33.25");
  await tab.type(field("score"), "651");
  await tab.choose(field("home"), "RENT");
  out.typed = await tab.ask("$('pd').dataset.value");
  await tab.until(settled);
  out.row = await tab.ask("JSON.stringify(Object.fromEntries(page.scorer.fields.map((f) => [f.name, page.row[f.index]])))");
  out.shown = await tab.ask("$('pd').textContent");
  out.verdict = await tab.ask("$('verdict').textContent");
  out.pushes = await tab.ask("page.pushes.all.map((one) => one.push)");
  out.pushed = await tab.ask("page.pushes.all.map((one) => one.feature.name)");
  out.bars = await tab.ask("document.querySelectorAll('#pushes li').length");
  out.reasons = await tab.ask("page.reasons.map((one) => one.text)");
  out.told = await tab.ask("[...document.querySelectorAll('#reasons li strong')].map((e) => e.textContent)");
  out.flips = await tab.ask("flips(page.scorer, page.row).map((one) => page.scorer.scoreRows([changed(page.scorer," +
    " page.row, one.field.index, one.value)])[0])");
  await tab.type(field("income"), "33,25");
  out.comma = await tab.ask("$('pd').textContent + ' ' + document.querySelector('[name=income]').getAttribute('aria-invalid')");
  await tab.type(field("income"), "33.25");
  out.again = await tab.ask("$('pd').dataset.value");
}

// The slider moves the field, and the field the score
async function slide(tab, out) {
  await tab.until(settled);
  await tab.choose("#whatif-field", await tab.ask("String(page.scorer.byName.get('income').index)"));
  await tab.choose("#whatif", "60");
  await tab.until(settled);
  out.slid = await tab.ask("[page.row[page.scorer.byName.get('income').index], page.curve.values[60]]");
  await tab.type(field("income"), "33.25");
  await tab.until(settled);
}

async function compareTwo(tab, out) {
  await tab.ask("$('keep').click()");
  await tab.type(field("income"), "80");
  await tab.until(settled);
  await tab.ask("$('tab-score').focus()");
  await tab.press("ArrowRight");
  out.tab = await tab.ask("document.activeElement.id + ' ' + !$('compare').hidden");
  out.difference = await tab.ask("difference(page.scorer, page.row, page.kept).reduce((sum, one) => sum + one.push, 0)");
  out.differs = await tab.ask("document.querySelectorAll('#compare-body tr.differs').length");
  out.links = await tab.ask("[page.kept, page.row].map((row) => page.scorer.link(Float64Array.from(row), 1)[0])");
}

async function scoreMany(tab, out) {
  await tab.ask("openTab($('tab-batch'))");
  await tab.ask("$('batch-reasons').click()");
  await tab.giveFile("#file", csv);
  await tab.until("!$('batch-result').hidden || $('batch-error').textContent !== ''", 60);
  out.error = await tab.ask("$('batch-error').textContent");
  out.batch = await tab.ask("JSON.stringify(page.scored ? page.scored.pd : [])");
  await tab.ask("$('download').click()");
  await tab.downloaded(1);
}

async function lookAround(tab, out) {
  out.axe = [];
  const looks = { desktop: {}, dark: { dark: true }, phone: { width: 390, height: 844, phone: true } };
  for (const [name, look] of Object.entries(looks)) {
    await tab.look(look);
    out.wide = Math.max(out.wide || 0, await tab.ask("document.documentElement.scrollWidth - innerWidth"));
    for (const part of ["score", "compare", "batch", "model"]) {
      await tab.ask(`openTab($('tab-${part}'))`);
      if (axe) out.axe.push(...await tab.axe(axe));
      if (pictures) await tab.picture(`${pictures}/${name}-${part}.png`, true);
    }
  }
  await tab.look({});
  await tab.ask("openTab($('tab-score'))");
  if (pictures) await tab.print(pictures + "/print.pdf");
}

browse(chromium, folder, async (tab) => {
  const out = {};
  await tab.open("file://" + page, "document.body && document.body.dataset.ready === '1'");
  await scoreOne(tab, out);
  await slide(tab, out);
  await compareTwo(tab, out);
  await scoreMany(tab, out);
  out.alien = await tab.ask("document.querySelectorAll('#batch-preview b, #form b, img').length");
  out.unlabelled = await tab.ask("[...document.querySelectorAll('input, select')]" +
    ".filter((e) => e.labels.length === 0 && !e.getAttribute('aria-label')).length");
  await lookAround(tab, out);
  return out;
});
