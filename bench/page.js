// node bench/page.js <browser.js> <chromium> <page> <csv> <folder>: scores the csv in the
// page, in a headless browser. Writes the probabilities to <folder>/pd as little-endian
// doubles; prints what it saw as JSON.
"use strict";
const fs = require("fs");

const [driver, chromium, page, csv, folder] = process.argv.slice(2);
const { browse } = require(driver);

browse(chromium, folder, async (tab) => {
  await tab.open("file://" + page, "document.body && document.body.dataset.ready === '1'");
  await tab.ask("openTab($('tab-batch')); 0");
  const started = Date.now();
  await tab.giveFile("#file", csv);
  await tab.until("!$('batch-result').hidden || $('batch-error').textContent !== ''", 300);
  const seconds = (Date.now() - started) / 1000;
  const error = await tab.ask("$('batch-error').textContent");
  // doubles as 16 hexadecimal digits each, so that no digit is lost on the way
  const hex = await tab.ask("[...new BigUint64Array(Float64Array.from(page.scored.pd).buffer)]" +
    ".map((bits) => bits.toString(16).padStart(16, '0')).join('')");
  const bytes = Buffer.from(hex, "hex");
  bytes.swap64();
  fs.writeFileSync(folder + "/pd", bytes);
  const explained = await tab.ask(`(() => {
    const row = typicalRow(page.scorer), values = Float64Array.from(row), times = 200;
    const began = performance.now();
    for (let k = 0; k < times; k++) contributions(page.scorer, row);
    const middle = performance.now();
    for (let k = 0; k < times; k++) reasonsOf(page.scorer, values, 1, 4);
    return [(middle - began) / times, (performance.now() - middle) / times];
  })()`);
  return { seconds, error, explained };
});
