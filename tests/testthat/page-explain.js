// node page-explain.js <folder of the page's files> <model> <csv> <folder>: explains the
// rows of the csv with the page's own code. Writes doubles to <folder>/numbers: base and
// contributions (where the learner has a formula), then contributions and restored
// probabilities of all reasons; prints the rest as JSON.
"use strict";
const fs = require("fs");
const path = require("path");

const [folder, model, csv, out] = process.argv.slice(2);
const { Scorer } = require(path.join(folder, "scorer.js"));
const { reasonsOf } = require(path.join(folder, "explain.js"));
const { findHeader, readRecord } = require(path.join(folder, "batch.js"));

async function run() {
  const scorer = await Scorer.open(fs.readFileSync(path.join(folder, "scorer.wasm")),
    new Uint8Array(fs.readFileSync(model)));
  const header = findHeader(scorer, fs.readFileSync(csv, "utf8"));
  const records = [];
  for (let record = header.next(); record !== null; record = header.next()) records.push(record);
  const n = records.length;
  const values = new Float64Array(n * scorer.fields.length);
  records.forEach((record, i) => readRecord(scorer, header, record, values, i, n));
  const pd = scorer.score(values, n);
  const parts = scorer.parts(values, n);
  const numbers = parts === null ? [] : [parts.base, ...parts.value];
  const reasons = { row: [], rank: [], feature: [], text: [] }, amounts = [], restored = [];
  reasonsOf(scorer, values, n, 4).forEach((list, i) => {
    if (pd[i] < scorer.cutoff) return;
    list.forEach((one, rank) => {
      reasons.row.push(i + 1);
      reasons.rank.push(rank + 1);
      reasons.feature.push(one.feature.name);
      reasons.text.push(one.text);
      amounts.push(one.contribution);
      restored.push(one.restored);
    });
  });
  const all = Float64Array.from([...numbers, ...amounts, ...restored]);
  fs.writeFileSync(path.join(out, "numbers"), Buffer.from(all.buffer));
  console.log(JSON.stringify({ n, exact: parts !== null, calibrated: parts !== null && parts.calibrated, reasons }));
}

run().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
