// Many loans from a csv: reading, scoring in pieces, and the file to take home.
"use strict";

if (typeof require !== "undefined") Object.assign(globalThis, require("./scorer.js"));

const LIMIT = { bytes: 300e6, rows: 2e6 };

// Records of a csv by RFC 4180: quotes, doubled quotes, line ends of any system. `next()`
// gives the fields of one record, null at the end.
function csvReader(text, comma) {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  return function next() {
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
  };
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
  if (/^[=+\-@\t\r]/.test(cell) && !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?%?$/.test(cell)) cell = "'" + cell;
  if (cell.includes('"') || cell.includes(comma) || /[\r\n]/.test(cell)) {
    return '"' + cell.replaceAll('"', '""') + '"';
  }
  return cell;
}

// Scores a csv text. `progress(rows)` may return a promise to let the page breathe.
// Lines with fewer than half the fields of the header (section lines, footers) are
// counted and left out. Gives { header, rows, pd, notes, left }.
async function scoreCsv(scorer, text, progress, keepRows) {
  const PIECE = 2048;
  const header = findHeader(scorer, text);
  if (header === null) {
    const some = scorer.fields.slice(0, 5).map((field) => field.name).join(", ");
    throw new Error("The first ten lines do not name the model's fields, such as " + some + ".");
  }
  const out = { header, rows: [], pd: [], notes: [], left: 0 };
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
    for (const pd of scorer.score(values, piece.length)) out.pd.push(pd);
    if (keepRows !== false) for (const row of piece) out.rows.push(row);
    await progress(out.pd.length);
  }
}

// The csv to take home, in parts for a Blob
function scoredCsv(scorer, scored) {
  const comma = scored.header.comma;
  const line = (cells) => cells.map((cell) => csvCell(cell, comma)).join(comma) + "\r\n";
  const parts = [line([...scored.header.names, "pd", "band", "decision", "note"])];
  scored.rows.forEach((row, i) => {
    const pd = scored.pd[i];
    const cells = scored.header.names.map((name, column) => row[column] || "");
    parts.push(line([...cells, pd, BANDS[scorer.band(pd)], pd >= scorer.cutoff ? "decline" : "accept",
      scored.notes[i]]));
  });
  return parts;
}

if (typeof module !== "undefined") module.exports = { csvReader, csvCell, scoreCsv, scoredCsv };
