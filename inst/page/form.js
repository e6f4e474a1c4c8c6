// The form: made from the fields of the model, it keeps `page.row` as one types.
"use strict";

const page = { scorer: null, row: [], kept: null, inputs: new Map(), scored: null, what: "" };

function options(field) {
  if (field.levels.length > 0) return field.levels.map((label) => [label, levelText(label)]);
  if (field.name === "term") return [["36", "36 months"], ["60", "60 months"]];
  return null;
}

function control(field, id) {
  const common = { id, name: field.name, "aria-describedby": id + "-note", autocomplete: "off" };
  const choices = options(field);
  if (choices) {
    return el("select", common, el("option", { value: "" }, "not stated"),
      ...choices.map(([value, text]) => el("option", { value }, text)));
  }
  if (field.type === "month") return el("input", { ...common, type: "month" });
  if (field.type === "date") return el("input", { ...common, type: "date" });
  return el("input", { ...common, type: "text", inputmode: "decimal" });
}

function fieldBlock(field) {
  const id = "f-" + field.index;
  const input = control(field, id);
  const unit = options(field) ? "" : shownUnit(field.unit);
  input.addEventListener("input", () => readField(field));
  page.inputs.set(field.index, input);
  return el("div", { class: "field" },
    el("label", { for: id }, field.label, unit ? el("span", { class: "unit" }, " " + unit) : null),
    input,
    el("p", { class: "note", id: id + "-note" }, ""),
    field.help ? el("details", {}, el("summary", {}, "What is this?",
      el("span", { class: "away" }, " " + field.label)), el("p", {}, field.help)) : null);
}

function buildForm() {
  const groups = new Map();
  for (const field of askedFields(page.scorer)) {
    if (!groups.has(field.group)) groups.set(field.group, []);
    groups.get(field.group).push(field);
  }
  for (const [group, fields] of groups) {
    $("form").append(el("fieldset", {}, el("legend", {}, group),
      el("div", { class: "grid" }, ...fields.map(fieldBlock))));
  }
}

// What was usual in training, "" where that says nothing
function usualText(field) {
  if (options(field) || ["month", "date"].includes(field.type) || !(field.low < field.high)) return "";
  return `Usual: ${numberText(field.low)} to ${numberText(field.high)}`;
}

// What to say about a value, in words; `bad` when there is no score until it is mended
function judge(field, read) {
  if (read.result === CELL.comma) return { kind: "bad", text: "Write the decimal with a point, such as 12.5." };
  if (read.result === CELL.bad) {
    const example = { month: "2015-04", date: "2015-04-30", term: "36", years: "4", count: "3" }[field.type];
    return { kind: "bad", text: "This cannot be read. Write it as in " + (example || "12500 or 12.5") + "." };
  }
  const value = read.value;
  if (read.result === CELL.missing || field.levels.length > 0 || field.type === "month") {
    return { kind: "usual", text: usualText(field) };
  }
  if (value < field.min || value > field.max) {
    const [low, high] = [valueText(field, field.min), valueText(field, field.max)];
    return { kind: "odd", text: Number.isNaN(field.max) ? `Usually at least ${low}.` : `Usually ${low} to ${high}: please check.` };
  }
  if (value < field.low || value > field.high) {
    return { kind: "odd",
      text: `Rare in training (${valueText(field, field.low)} to ${valueText(field, field.high)}): less certain.` };
  }
  return { kind: "usual", text: usualText(field) };
}

function readField(field, quiet) {
  const input = page.inputs.get(field.index);
  const read = page.scorer.parse(field.index, input.value, NaN);
  const said = judge(field, read);
  const bad = said.kind === "bad";
  input.setAttribute("aria-invalid", String(bad));
  $(input.id + "-note").textContent = said.text;
  $(input.id + "-note").className = "note " + said.kind;
  page.row = changed(page.scorer, page.row, field.index, bad ? NaN : read.value);
  input.dataset.bad = bad ? "1" : "";
  if (!quiet) update();
}

function fillForm(row) {
  page.row = row.slice();
  for (const [index, input] of page.inputs) {
    const field = page.scorer.fields[index];
    input.value = formText(field, row[index]);
    readField(field, true);
  }
  update();
}
