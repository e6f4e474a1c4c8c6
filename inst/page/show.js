// Elements, drawings, and values as text.
"use strict";

const $ = (id) => document.getElementById(id);

// An element; text only ever as text
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === false || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// What the probability is of: `default` for loans, else the outcome and its event
function eventText(model) {
  const [outcome, event] = [(model.outcome || [null])[0], model.event[0]];
  if (outcome === null) return event;
  return outcome === "default" && ["1", "TRUE"].includes(event) ? "default" : outcome + " = " + event;
}

const percent = (pd, digits = 1) => (100 * pd).toFixed(digits) + "\u00a0%";

// A change of log-odds as what it multiplies the odds by
function factorText(push) {
  const factor = Math.exp(push);
  return "×\u00a0" + (factor >= 9.95 ? factor.toFixed(0) : factor.toFixed(2));
}

// Bars to the right for what raises the risk, to the left for what lowers it
function pushBars(rows) {
  const most = Math.max(...rows.map((one) => Math.abs(one.push)), 1e-9);
  return rows.map((one) => {
    const size = (Math.abs(one.push) / most) * 50;
    const bar = svg("svg", { viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("line", { x1: 50, x2: 50, y1: 0, y2: 14, class: "axis" }),
      svg("rect", { x: one.push > 0 ? 50 : 50 - size, y: 2, width: size, height: 10,
        class: one.push > 0 ? "up" : "down" }));
    return el("li", {}, el("span", { class: "what" }, one.label,
      one.detail ? el("span", { class: "unit" }, " " + one.detail) : null), bar,
      el("span", { class: "much" }, el("span", { class: "away" }, "odds "), factorText(one.push)));
  });
}

// ---- values as text --------------------------------------------------------------

const two = (n) => String(n).padStart(2, "0");
const monthText = (month) => Math.floor(month / 12) + "-" + two((month % 12) + 1);
const levelText = (label) => (/^([a-z_ ]+|[A-Z]{3,})$/.test(label)
  ? label.charAt(0).toUpperCase() + label.slice(1).toLowerCase().replaceAll("_", " ")
  : label);
const shownUnit = (unit) => ({ count: "", percent: "%" })[unit] ?? unit;

const numberText = (value) => value.toLocaleString("en-US", { maximumFractionDigits: 4 });

// A value of a column of the model
function featureText(feature, value) {
  if (Number.isNaN(value)) return "not known";
  if (feature.levels.length > 0) return levelText(feature.levels[value - 1]);
  if (feature.kind === "flag") return value === 1 ? "yes" : "no";
  if (feature.kind === "date") return new Date(value * 864e5).toISOString().slice(0, 10);
  const number = feature.undo(value), unit = shownUnit(feature.unit);
  const shown = Number(number.toPrecision(Math.abs(number) >= 1000 ? 5 : 3));
  return numberText(shown) + (unit ? "\u00a0" + unit : "");
}

function valueText(field, value) {
  if (Number.isNaN(value)) return "not stated";
  if (field.levels.length > 0) return levelText(field.levels[value - 1]);
  if (field.type === "month") return monthText(value);
  if (field.type === "date") return new Date(value * 864e5).toISOString().slice(0, 10);
  const unit = shownUnit(field.unit);
  return numberText(value) + (unit ? "\u00a0" + unit : "");
}

// As it stands in the form
function formText(field, value) {
  if (Number.isNaN(value)) return "";
  if (field.levels.length > 0) return field.levels[value - 1];
  if (field.type === "month") return monthText(value);
  if (field.type === "date") return valueText(field, value);
  return String(value);
}
