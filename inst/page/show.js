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
const points = (push) => (push > 0 ? "+" : "−") + (100 * Math.abs(push)).toFixed(1);

// ---- values as text --------------------------------------------------------------

const two = (n) => String(n).padStart(2, "0");
const monthText = (month) => Math.floor(month / 12) + "-" + two((month % 12) + 1);
const levelText = (label) => (/^([a-z_ ]+|[A-Z]{3,})$/.test(label)
  ? label.charAt(0).toUpperCase() + label.slice(1).toLowerCase().replaceAll("_", " ")
  : label);
const shownUnit = (unit) => ({ count: "", percent: "%" })[unit] ?? unit;

function valueText(field, value) {
  if (Number.isNaN(value)) return "not stated";
  if (field.levels.length > 0) return levelText(field.levels[value - 1]);
  if (field.type === "month") return monthText(value);
  if (field.type === "date") return new Date(value * 864e5).toISOString().slice(0, 10);
  const unit = shownUnit(field.unit);
  return value.toLocaleString("en-US", { maximumFractionDigits: 4 }) + (unit ? "\u00a0" + unit : "");
}

// As it stands in the form
function formText(field, value) {
  if (Number.isNaN(value)) return "";
  if (field.levels.length > 0) return field.levels[value - 1];
  if (field.type === "month") return monthText(value);
  if (field.type === "date") return valueText(field, value);
  return String(value);
}
