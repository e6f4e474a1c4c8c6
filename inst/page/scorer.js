// The scorer: WebAssembly that checks and scores, and a reader of what the model file says
// about its fields. No page needed: the tests run this file in node.
"use strict";

const REMEMBERED = 5000;

const NO_FORMULA = 2;  // CR_EINPUT

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

// ---- the model's columns ---------------------------------------------------------

const OP = { load: 0, logPositive: 10, logPlus: 11 };  // src/core/model/formula.h

// An element of a vector that has names, or none
const elementOf = (x, j, name) => (Array.isArray(x) ? x[j] : x[name]);

// By column of the model: its words, the fields it follows from, and how its values read:
// a logarithm of one field is shown as that field.
function describeFeatures(fields, inputs, columns) {
  const { start, op, argument, words } = inputs;
  return columns.features.map((name, j) => {
    const steps = op.slice(start[j], start[j + 1]);
    const from = [...new Set(steps.map((code, k) => (code === OP.load ? argument[start[j] + k] : -1)))]
      .filter((field) => field >= 0);
    const isLog = from.length === 1 && steps.length === 2 && [OP.logPositive, OP.logPlus].includes(steps[1]);
    const undo = !isLog ? (x) => x : steps[1] === OP.logPlus ? Math.expm1 : Math.exp;
    const plain = isLog || (from.length === 1 && steps.length === 1);
    return { index: j, name, kind: elementOf(columns.kind, j, name), levels: (columns.levels || {})[name] || [], from, undo,
      unit: plain ? fields[from[0]].unit : "", label: words.label[j].replace(/ \(logarithm\)$/, ""),
      player: words.player[j] - 1, high: words.high[j], low: words.low[j], missing: words.missing[j],
      change: words.change[j] === 1 };
  });
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
    this.columns = readSection(model, "columns");
    this.cutoff = this.code.cutoff();
    this.bands = inputs.bands;
    this.fields = inputs.name.map((name, index) => ({
      index, name, type: inputs.type[index], label: inputs.label[index],
      group: inputs.group[index], unit: inputs.unit[index], help: inputs.help[index],
      place: inputs.place[index], min: inputs.min[index], max: inputs.max[index],
      low: inputs.low[index], high: inputs.high[index], typical: inputs.typical[index],
      levels: inputs.levels[index], follows: inputs.follows[index], by: inputs.by[index],
    }));
    this.features = describeFeatures(this.fields, inputs, this.columns);
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

  // Memory for arrays of doubles during a call: `use(addresses, view)`, where view(k) is
  // array k. Views are made anew each time, since memory may grow in between.
  withDoubles(lengths, use) {
    const at = lengths.map((n) => this.code.alloc(8 * Math.max(1, n)));
    try {
      if (at.includes(0)) throw new Error("Not enough memory.");
      return use(at, (k) => new Float64Array(this.code.memory.buffer, at[k], lengths[k]));
    } finally {
      for (const one of at) this.code.release(one);
    }
  }

  check(status) {
    if (status !== 0) throw new Error(this.message());
  }

  // Probabilities of n rows; field f of row i is values[f * n + i].
  score(values, n) {
    return this.withDoubles([values.length, n], (at, view) => {
      view(0).set(values);
      this.check(this.code.score(at[0], n, at[1]));
      return view(1).slice();
    });
  }

  // Probabilities of variants of one borrower: `rows` are arrays of one value per field.
  scoreRows(rows) {
    const n = rows.length;
    const values = new Float64Array(this.fields.length * n);
    rows.forEach((row, i) => row.forEach((value, f) => (values[f * n + i] = value)));
    return this.score(values, n);
  }

  // The model's columns of n rows, levels as codes; column j of row i is [j * n + i].
  // Without values: the typical approved applicant, null when the model knows none.
  columnsOf(values, n) {
    const p = this.features.length;
    return this.withDoubles([values ? values.length : 0, p * n], (at, view) => {
      if (values) view(0).set(values);
      const status = this.code.columns(values ? at[0] : 0, n, at[1]);
      if (!values && status !== 0) return null;
      this.check(status);
      return view(1).slice();
    });
  }

  // Log-odds before calibration
  link(values, n) {
    return this.withDoubles([values.length, n], (at, view) => {
      view(0).set(values);
      this.check(this.code.link(at[0], n, at[1]));
      return view(1).slice();
    });
  }

  // Probabilities of log-odds before calibration
  probOf(link) {
    return this.withDoubles([link.length], (at, view) => {
      view(0).set(link);
      this.code.prob(at[0], link.length);
      return view(0).slice();
    });
  }

  // { base, calibrated, value }: value[j * n + i] is what column j adds to the log-odds of
  // row i. Null for learners whose contributions have no formula.
  parts(values, n) {
    const p = this.features.length;
    return this.withDoubles([values.length, 2, p * n], (at, view) => {
      view(0).set(values);
      const status = this.code.parts(at[0], n, at[1], at[2]);
      if (status === NO_FORMULA) return null;
      this.check(status);
      return { base: view(1)[0], calibrated: view(1)[1] === 1, value: view(2).slice() };
    });
  }

  // { value, restored }, by player k at [k * n + i]: what sets rows apart from one other
  // row of fields, or from the typical approved applicant (`other` null).
  versus(values, n, other, player, nPlayers) {
    const lengths = [values.length, other ? other.length : 0, player.length, nPlayers * n, nPlayers * n];
    return this.withDoubles(lengths, (at, view) => {
      view(0).set(values);
      if (other) view(1).set(other);
      new Int32Array(this.code.memory.buffer, at[2], player.length).set(player);
      this.check(this.code.versus(at[0], n, other ? at[1] : 0, at[2], nPlayers, at[3], at[4]));
      return { value: view(3).slice(), restored: view(4).slice() };
    });
  }

  // 0 very low ... 4 very high
  band(pd) {
    return this.bands.filter((from) => pd >= from).length;
  }
}

const BANDS = ["very low", "low", "medium", "high", "very high"];

if (typeof module !== "undefined") module.exports = { Scorer, readSection, elementOf, CELL, BANDS };
