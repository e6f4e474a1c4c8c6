// The scorer: WebAssembly that checks and scores, and a reader of what the model file says
// about its fields. No page needed: the tests run this file in node.
"use strict";

const REMEMBERED = 5000;

const CELL = { ok: 0, missing: 1, bad: 2, comma: 3 };

// ---- model files: src/core/model/file.h and value.h -------------------------------

// The value of a section as arrays, objects and texts. Only called on bytes that the
// WebAssembly code has accepted, so nothing is checked again.
function readSection(bytes, wanted) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder();
  const count = view.getUint32(12, true);
  for (let k = 0; k < count; k++) {
    const entry = 24 + 40 * k;
    const name = text.decode(bytes.subarray(entry, entry + 16)).replace(/\0+$/, "");
    if (name === wanted) return readValue(view, bytes, { at: Number(view.getBigUint64(entry + 24, true)) });
  }
  return null;
}

function readTexts(view, bytes, place, n) {
  const text = new TextDecoder();
  const start = place.at;
  place.at += Math.ceil((4 * (n + 1)) / 8) * 8;
  const base = place.at;
  const out = [];
  for (let i = 0; i < n; i++) {
    const from = base + view.getUint32(start + 4 * i, true);
    const to = base + view.getUint32(start + 4 * i + 4, true);
    out.push(to - from === 1 && bytes[from] === 0 ? null : text.decode(bytes.subarray(from, to)));
  }
  place.at += Math.ceil(view.getUint32(start + 4 * n, true) / 8) * 8;
  return out;
}

function readValue(view, bytes, place) {
  const type = bytes[place.at];
  const named = bytes[place.at + 1] === 1;
  const n = view.getUint32(place.at + 4, true);
  place.at += 8;
  const names = named ? readTexts(view, bytes, place, n) : null;
  let out = [];
  if (type === 0) return null;
  if (type === 1) {
    for (let i = 0; i < n; i++) out.push(readValue(view, bytes, place));
  } else if (type === 2 || type === 3) {
    for (let i = 0; i < n; i++) out.push(view.getInt32(place.at + 4 * i, true));
    place.at += Math.ceil((4 * n) / 8) * 8;
  } else if (type === 4) {
    for (let i = 0; i < n; i++) out.push(view.getFloat64(place.at + 8 * i, true));
    place.at += 8 * n;
  } else if (type === 5) {
    out = readTexts(view, bytes, place, n);
  } else {
    place.at += Math.ceil(n / 8) * 8;
  }
  if (!names) return out;
  return Object.fromEntries(names.map((name, i) => [name, out[i]]));
}

// ---- scoring ---------------------------------------------------------------------

class Scorer {
  // Both are Uint8Arrays. Throws an Error with the loader's own sentence.
  static async open(wasm, model) {
    const { instance } = await WebAssembly.instantiate(wasm, {});
    const scorer = new Scorer(instance.exports);
    const status = scorer.withBytes(model, (at, n) => scorer.code.open(at, n));
    if (status !== 0) throw new Error(scorer.message());
    scorer.describe(model);
    return scorer;
  }

  constructor(code) {
    this.code = code;
  }

  describe(model) {
    const inputs = readSection(model, "inputs");
    this.model = readSection(model, "model");
    this.learner = readSection(model, "learner");
    this.cutoff = this.code.cutoff();
    this.bands = inputs.bands;
    this.fields = inputs.name.map((name, index) => ({
      index, name, type: inputs.type[index], label: inputs.label[index],
      group: inputs.group[index], unit: inputs.unit[index], help: inputs.help[index],
      place: inputs.place[index], min: inputs.min[index], max: inputs.max[index],
      low: inputs.low[index], high: inputs.high[index], typical: inputs.typical[index],
      levels: inputs.levels[index], follows: inputs.follows[index], by: inputs.by[index],
    }));
    this.known = this.fields.map(() => new Map());
    this.byName = new Map(this.fields.map((field) => [field.name, field]));
  }

  withBytes(bytes, use) {
    const at = this.code.alloc(bytes.length + 1);
    if (at === 0) throw new Error("Not enough memory.");
    new Uint8Array(this.code.memory.buffer, at, bytes.length).set(bytes);
    const out = use(at, bytes.length);
    this.code.release(at);
    return out;
  }

  message() {
    const bytes = new Uint8Array(this.code.memory.buffer, this.code.message(), 480);
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }

  // { result, value }: value is NaN when missing. `lastMonth` settles short years. Columns
  // of loans repeat few texts, so each field remembers what it has read.
  parse(index, text, lastMonth) {
    const limit = Number.isFinite(lastMonth) ? lastMonth : 24251;
    const known = this.known[index];
    const key = this.fields[index].type === "month" ? text + "\0" + limit : text;
    let read = known.get(key);
    if (read === undefined) {
      read = this.parseAnew(index, text, limit);
      if (known.size >= REMEMBERED) known.clear();
      known.set(key, read);
    }
    return read;
  }

  parseAnew(index, text, limit) {
    return this.withBytes(new TextEncoder().encode(text), (at, n) => {
      const to = this.code.alloc(8);
      new Float64Array(this.code.memory.buffer, to, 1)[0] = NaN;
      const result = this.code.parse(index, at, n, limit, to);
      const value = new Float64Array(this.code.memory.buffer, to, 1)[0];
      this.code.release(to);
      return { result, value };
    });
  }

  // Probabilities of n rows; field f of row i is values[f * n + i].
  score(values, n) {
    const at = this.code.alloc(8 * Math.max(1, values.length));
    const to = this.code.alloc(8 * Math.max(1, n));
    if (at === 0 || to === 0) throw new Error("Not enough memory.");
    new Float64Array(this.code.memory.buffer, at, values.length).set(values);
    const status = this.code.score(at, n, to);
    const out = new Float64Array(this.code.memory.buffer, to, n).slice();
    this.code.release(at);
    this.code.release(to);
    if (status !== 0) throw new Error(this.message());
    return out;
  }

  // Probabilities of variants of one borrower: `rows` are arrays of one value per field.
  scoreRows(rows) {
    const n = rows.length;
    const values = new Float64Array(this.fields.length * n);
    rows.forEach((row, i) => row.forEach((value, f) => (values[f * n + i] = value)));
    return this.score(values, n);
  }

  // 0 very low ... 4 very high
  band(pd) {
    return this.bands.filter((from) => pd >= from).length;
  }
}

const BANDS = ["very low", "low", "medium", "high", "very high"];

if (typeof module !== "undefined") module.exports = { Scorer, readSection, CELL, BANDS };
