// node page-score.js <folder of the page's files> <model> <csv> <out>: scores the csv with
// the page's own code; writes the probabilities as little-endian doubles.
"use strict";
const fs = require("fs");
const path = require("path");

const [folder, model, csv, out] = process.argv.slice(2);
const { Scorer } = require(path.join(folder, "scorer.js"));
const { scoreCsv } = require(path.join(folder, "batch.js"));

async function run() {
  const wasm = fs.readFileSync(path.join(folder, "scorer.wasm"));
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(wasm));
  if (imports.length > 0) throw new Error("the scorer imports " + imports[0].name);
  const scorer = await Scorer.open(wasm, new Uint8Array(fs.readFileSync(model)));
  const scored = await scoreCsv(scorer, fs.readFileSync(csv, "utf8"), async () => {}, { keep: false });
  fs.writeFileSync(out, Buffer.from(new Float64Array(scored.pd).buffer));
  console.log(JSON.stringify({ left: scored.left, notes: scored.notes.filter((note) => note) }));
}

run().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
