// Many loans from a csv: reading, scoring in pieces, and the file to take home.
"use strict";

if (typeof require !== "undefined") Object.assign(globalThis, require("./scorer.js"), require("./explain.js"));

const LIMIT = { bytes: 300e6, rows: 2e6 };

// Records of a csv by RFC 4180: quotes, doubled quotes, line ends of any system. `next()`
// gives the fields of one record, null at the end.
function csvReader(text, comma) {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  next.share = () => at / Math.max(1, text.length);
  return next;

  function next() {
    if (at >= text.length) return null;
    const record = [];
    for (;;) {
      let cell = "";
      if (text[at] === '"') {
        at++;
        for (;;) {
          const quote = text.indexOf('"', at);
          if (quote < 0) {
            cell += text.slice(at);
            at = text.length;
            break;
          }
          cell += text.slice(at, quote);
          at = quote + 1;
          if (text[at] !== '"') break;
          cell += '"';
          at++;
        }
      }
      let end = at;
      while (end < text.length && text[end] !== comma && text[end] !== "\n" && text[end] !== "\r") end++;
      cell += text.slice(at, end);
      record.push(cell);
      at = end;
      if (text[at] === comma) {
        at++;
        continue;
      }
      if (text[at] === "\r") at++;
      if (text[at] === "\n") at++;
      return record;
    }
  }
}

function canonicalName(name) {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
}

// The first record among ten that names fields of the model, and where each stands
function findHeader(scorer, text) {
  for (const comma of [",", ";", "\t"]) {
    const next = csvReader(text, comma);
    for (let line = 0; line < 10; line++) {
      const record = next();
      if (record === null) break;
      const places = new Map();
      record.forEach((name, column) => {
        const field = scorer.byName.get(name) || scorer.byName.get(canonicalName(name));
        if (field && !places.has(field.index)) places.set(field.index, column);
      });
      if (places.size >= Math.min(3, scorer.fields.length)) return { next, comma, names: record, places };
    }
  }
  return null;
}

// One record as values, with what was odd about it
function readRecord(scorer, header, record, values, i, n) {
  const notes = [];
  const month = (name) => {
    const field = scorer.byName.get(name);
    const column = field ? header.places.get(field.index) : undefined;
    return column === undefined ? NaN : scorer.parse(field.index, record[column] || "", NaN).value;
  };
  const lastMonth = month("issue_d");
  for (const field of scorer.fields) {
    const column = header.places.get(field.index);
    const cell = column === undefined ? "" : record[column] || "";
    let value = NaN;
    if (cell !== "") {
      const read = scorer.parse(field.index, cell, lastMonth);
      value = read.result === CELL.ok ? read.value : NaN;
      if (read.result >= CELL.bad) notes.push(field.name + " unreadable");
      if (read.result === CELL.missing && field.levels.length > 0 && cell.trim() !== "NA") {
        notes.push(field.name + " unknown");
      }
    }
    values[field.index * n + i] = value;
  }
  return notes.join("; ");
}

// A cell as csv, such that no spreadsheet takes it for a formula; numbers stay numbers
function csvCell(text, comma) {
  let cell = String(text);
  if (/^[=+\-@\t\r\n]/.test(cell) && !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?%?$/.test(cell)) cell = "'" + cell;
  if (cell.includes('"') || cell.includes(comma) || /[\r\n]/.test(cell)) {
    return '"' + cell.replaceAll('"', '""') + '"';
  }
  return cell;
}

// Reasons of the loans of a piece that are declined, as texts in columns
function addReasons(scorer, values, n, pd, most, reasons) {
  const declined = [];
  for (let i = 0; i < n; i++) if (pd[i] >= scorer.cutoff) declined.push(i);
  const few = new Float64Array(scorer.fields.length * declined.length);
  for (let f = 0; f < scorer.fields.length; f++) {
    declined.forEach((i, k) => (few[f * declined.length + k] = values[f * n + i]));
  }
  const found = declined.length === 0 ? [] : reasonsOf(scorer, few, declined.length, most) || [];
  for (let i = 0; i < n; i++) reasons.push([]);
  found.forEach((list, k) => {
    reasons[reasons.length - n + declined[k]] = list.map((one) => one.text);
  });
}

// Scores a csv text. `progress(rows, share)` may return a promise to let the page breathe.
// Lines with fewer than half the fields of the header (section lines, footers) are
// counted and left out. `settings`: `keep` the records (true), and how many `reasons` (0)
// declined loans get. Gives { header, rows, pd, notes, reasons, left }.
async function scoreCsv(scorer, text, progress, settings) {
  const { keep = true, reasons: most = 0 } = settings || {};
  const PIECE = most > 0 ? 256 : 2048;
  const header = findHeader(scorer, text);
  if (header === null) {
    const some = scorer.fields.slice(0, 5).map((field) => field.name).join(", ");
    throw new Error("The first ten lines do not name the model's fields, such as " + some + ".");
  }
  const out = { header, rows: [], pd: [], notes: [], reasons: [], most, left: 0 };
  const width = header.names.length;
  for (;;) {
    const piece = [];
    let record;
    while (piece.length < PIECE && (record = header.next()) !== null) {
      if (record.length * 2 < width || (record.length === 1 && record[0] === "")) out.left++;
      else piece.push(record);
    }
    if (piece.length === 0) return out;
    if (out.pd.length + piece.length > LIMIT.rows) {
      throw new Error("The file has more than " + LIMIT.rows.toLocaleString("en-US") + " rows.");
    }
    const values = new Float64Array(scorer.fields.length * piece.length);
    piece.forEach((row, i) => out.notes.push(readRecord(scorer, header, row, values, i, piece.length)));
    const scores = scorer.score(values, piece.length);
    for (const pd of scores) out.pd.push(pd);
    if (most > 0) addReasons(scorer, values, piece.length, scores, most, out.reasons);
    if (keep) for (const row of piece) out.rows.push(row);
    await progress(out.pd.length, header.next.share());
  }
}

// The csv to take home, in parts for a Blob
function scoredCsv(scorer, scored) {
  const comma = scored.header.comma;
  const line = (cells) => cells.map((cell) => csvCell(cell, comma)).join(comma) + "\r\n";
  const ranks = Array.from({ length: scored.most }, (_, k) => k);
  const parts = [line([...scored.header.names, "pd", "band", "decision",
    ...ranks.map((k) => "reason_" + (k + 1)), "note"])];
  scored.rows.forEach((row, i) => {
    const pd = scored.pd[i];
    const cells = scored.header.names.map((name, column) => row[column] || "");
    parts.push(line([...cells, pd, BANDS[scorer.band(pd)], pd >= scorer.cutoff ? "decline" : "accept",
      ...ranks.map((k) => scored.reasons[i][k] || ""), scored.notes[i]]));
  });
  return parts;
}

if (typeof module !== "undefined") module.exports = { csvReader, csvCell, findHeader, readRecord, scoreCsv, scoredCsv };
