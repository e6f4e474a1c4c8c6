// What pushes a score, and what would change it: exact answers of the model to changed
// borrowers, never an approximation of the model.
"use strict";

if (typeof require !== "undefined") Object.assign(globalThis, require("./scorer.js"));

// Months since year 0, as the scorer counts them
function monthNow() {
  const now = new Date();
  return 12 * now.getFullYear() + now.getMonth();
}

// The typical borrower: medians and most frequent levels of the training rows. Months are
// kept as distances from the month of the application.
function typicalRow(scorer) {
  return scorer.fields.map((field) =>
    field.type === "month" ? monthNow() + field.typical : field.typical);
}

// A copy of the row with one field changed, and those that follow it
function changed(scorer, row, index, value) {
  const out = row.slice();
  out[index] = value;
  for (const field of scorer.fields) {
    if (field.follows === index) out[field.index] = value + field.by;
  }
  return out;
}

// Fields that people fill in, in the order of the form
function askedFields(scorer) {
  return scorer.fields.filter((field) => field.follows < 0).sort((a, b) => a.place - b.place || a.index - b.index);
}

// By field, the probability minus what it would be with the typical value instead: one
// change at a time, so the sum need not be the whole difference.
function pushes(scorer, row) {
  const typical = typicalRow(scorer);
  const same = (a, b) => a === b || (Number.isNaN(a) && Number.isNaN(b));
  const asked = askedFields(scorer).filter((field) => !same(row[field.index], typical[field.index]));
  const rows = asked.map((field) => changed(scorer, row, field.index, typical[field.index]));
  const pd = scorer.scoreRows([row, ...rows]);
  return asked
    .map((field, k) => ({ field, value: row[field.index], typical: typical[field.index], push: pd[0] - pd[k + 1] }))
    .filter((one) => one.push !== 0)
    .sort((a, b) => Math.abs(b.push) - Math.abs(a.push));
}

const WHOLE = ["count", "term", "years", "month", "date"];

// Values a field can be tried at, in rising order
function candidates(field, steps) {
  if (field.levels.length > 0) return field.levels.map((_, code) => code + 1);
  if (field.name === "term") return [36, 60];
  let [low, high] = [field.low, field.high];
  if (!(low < high)) [low, high] = [field.min, field.max];
  if (!(low < high)) return [];
  if (field.type === "month") [low, high] = [monthNow() + low, monthNow() + high];
  const out = [];
  for (let k = 0; k <= steps; k++) {
    let value = low + ((high - low) * k) / steps;
    value = WHOLE.includes(field.type) ? Math.round(value) : Number(value.toPrecision(4));
    if (value !== out[out.length - 1]) out.push(value);
  }
  return out;
}

// Probabilities over all candidate values of one field
function curve(scorer, row, field, steps) {
  const values = candidates(field, steps);
  if (values.length === 0) return { values, pd: [] };
  return { values, pd: scorer.scoreRows(values.map((value) => changed(scorer, row, field.index, value))) };
}

// The smallest single changes that turn the decision, nearest first: for numbers, as a share
// of the range seen in training; a change of level counts as half of it.
function flips(scorer, row) {
  const declined = scorer.scoreRows([row])[0] >= scorer.cutoff;
  const found = [];
  for (const field of askedFields(scorer)) {
    const now = row[field.index];
    if (field.name === "issue_d" || Number.isNaN(now)) continue;
    const { values, pd } = curve(scorer, row, field, 40);
    const span = values[values.length - 1] - values[0];
    let best = null;
    values.forEach((value, k) => {
      if (pd[k] >= scorer.cutoff === declined) return;
      const distance = field.levels.length > 0 ? 0.5 : Math.abs(value - now) / span;
      if (best === null || distance < best.distance) best = { field, value, pd: pd[k], distance };
    });
    if (best !== null) found.push(best);
  }
  return found.sort((a, b) => a.distance - b.distance);
}

if (typeof module !== "undefined") module.exports = { typicalRow, changed, pushes, curve, flips };
