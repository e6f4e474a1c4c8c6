// What pushes a score, why a loan is declined, and what would change it: exact answers of
// the model to changed borrowers, never an approximation of the model.
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

// ---- contributions ---------------------------------------------------------------

// What each column of the model adds to the log-odds, largest first. `exact` is
// lcrisk_shap(), to the last bit, from the mean of the training rows; learners without a
// formula are compared with the typical approved applicant instead.
function contributions(scorer, row) {
  const values = Float64Array.from(row);
  const column = scorer.columnsOf(values, 1);
  const list = (push) => scorer.features
    .map((feature, j) => ({ feature, value: column[j], push: push[j] }))
    .filter((one) => one.push !== 0)
    .sort((a, b) => Math.abs(b.push) - Math.abs(a.push));
  const parts = scorer.parts(values, 1);
  if (parts !== null) {
    return { exact: true, calibrated: parts.calibrated, base: parts.base, all: list(parts.value) };
  }
  if (scorer.columnsOf(null, 1) === null) return { exact: false, all: [] };
  const p = scorer.features.length;
  return { exact: false, all: list(scorer.versus(values, 1, null, scorer.features.map((_, j) => j), p).value) };
}

// What sets borrower `row` apart from borrower `other`, in log-odds, largest first
function difference(scorer, row, other) {
  const p = scorer.features.length;
  const share = scorer.versus(Float64Array.from(row), 1, Float64Array.from(other), scorer.features.map((_, j) => j), p);
  return scorer.features.map((feature, j) => ({ feature, push: share.value[j] }))
    .filter((one) => one.push !== 0)
    .sort((a, b) => Math.abs(b.push) - Math.abs(a.push));
}

// ---- reasons ---------------------------------------------------------------------

// What is said of a column's value beside the typical one
function reasonText(feature, value, typical) {
  if (Number.isNaN(value)) return feature.missing;
  const text = feature.levels.length > 0 || Number.isNaN(typical) ? ""
    : value > typical ? feature.high : value < typical ? feature.low : "";
  return text === "" ? feature.label : text;
}

// For each of n rows up to `most` reasons why they score worse than the typical approved
// applicant: what lcrisk_reasons() cites. Field f of row i is values[f * n + i]. Null
// when the model remembers no such applicant.
function reasonsOf(scorer, values, n, most) {
  const typical = scorer.columnsOf(null, 1);
  if (typical === null) return null;
  const features = scorer.features, p = features.length;
  const players = Math.max(...features.map((feature) => feature.player)) + 1;
  const whole = scorer.versus(values, n, null, features.map((feature) => feature.player), players);
  const each = players < p ? scorer.versus(values, n, null, features.map((_, j) => j), p) : whole;
  const column = scorer.columnsOf(values, n), link = scorer.link(values, n);
  const lead = (player, i) => features.reduce((best, feature, j) => {
    if (feature.player !== player) return best;
    const own = each.value[(players < p ? j : player) * n + i];
    return best === null || own > best.own ? { j, own } : best;
  }, null).j;
  const out = [];
  for (let i = 0; i < n; i++) {
    const cited = [];
    for (let player = 0; player < players; player++) {
      const at = player * n + i;
      if (whole.value[at] > 0 && whole.restored[at] > 0) cited.push({ player, at });
    }
    cited.sort((a, b) => whole.value[b.at] - whole.value[a.at] || a.player - b.player);
    const kept = cited.slice(0, most);
    const restored = scorer.probOf(kept.map(({ at }) => link[i] - whole.restored[at]));
    out.push(kept.map(({ player, at }, rank) => {
      const j = lead(player, i);
      return { feature: features[j], value: column[j * n + i], typical: typical[j], contribution: whole.value[at],
        restored: restored[rank], text: reasonText(features[j], column[j * n + i], typical[j]) };
    }));
  }
  return out;
}

// ---- what if ---------------------------------------------------------------------

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
    const value = rounded(field, low + ((high - low) * k) / steps);
    if (value !== out[out.length - 1]) out.push(value);
  }
  return out;
}

function rounded(field, value) {
  return WHOLE.includes(field.type) ? Math.round(value) : Number(value.toPrecision(4));
}

// Probabilities over all candidate values of one field
function curve(scorer, row, field, steps) {
  const values = candidates(field, steps);
  if (values.length === 0) return { values, pd: [] };
  return { values, pd: scorer.scoreRows(values.map((value) => changed(scorer, row, field.index, value))) };
}

// May a borrower change this field? Only when all columns that follow from it say so.
function isFree(scorer, field) {
  const users = scorer.features.filter((feature) => feature.from.some((index) =>
    index === field.index || scorer.fields[index].follows === field.index));
  return users.length > 0 && users.every((feature) => feature.change);
}

// The value nearest to the borrower's own that turns the decision, between one that does
// not and one that does: halved until rounding gives no new value.
function nearest(scorer, row, field, declined, from, to) {
  let [stays, turns] = [from, to];
  for (let k = 0; k < 30; k++) {
    const middle = rounded(field, (stays + turns) / 2);
    if (middle === stays || middle === turns) break;
    const pd = scorer.scoreRows([changed(scorer, row, field.index, middle)])[0];
    if (pd >= scorer.cutoff === declined) stays = middle;
    else turns = middle;
  }
  return turns;
}

// The smallest single changes that turn the decision, nearest first: for numbers, as a share
// of the range seen in training; a change of level counts as half of it.
function flips(scorer, row) {
  const declined = scorer.scoreRows([row])[0] >= scorer.cutoff;
  const found = [];
  for (const field of askedFields(scorer)) {
    const now = row[field.index];
    if (field.name === "issue_d" || Number.isNaN(now)) continue;
    const one = flipOf(scorer, row, field, declined, now);
    if (one !== null) found.push(one);
  }
  return found.sort((a, b) => b.free - a.free || a.distance - b.distance);
}

function flipOf(scorer, row, field, declined, now) {
  const { values, pd } = curve(scorer, row, field, 40);
  const span = values[values.length - 1] - values[0];
  const far = (value) => (field.levels.length > 0 ? 0.5 : Math.abs(value - now) / span);
  let at = -1;
  values.forEach((value, k) => {
    if (pd[k] >= scorer.cutoff === declined) return;
    if (at < 0 || far(value) < far(values[at])) at = k;
  });
  if (at < 0) return null;
  let value = values[at];
  if (field.levels.length === 0 && field.name !== "term") {
    const before = values[value > now ? at - 1 : at + 1];
    const inside = before !== undefined && (value > now ? before > now : before < now);
    value = nearest(scorer, row, field, declined, inside ? before : now, value);
  }
  const turned = scorer.scoreRows([changed(scorer, row, field.index, value)])[0];
  return { field, value, pd: turned, distance: far(value), free: isFree(scorer, field) };
}

if (typeof module !== "undefined") {
  module.exports = { typicalRow, changed, contributions, reasonsOf, curve, flips };
}
