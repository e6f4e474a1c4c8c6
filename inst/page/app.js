// The page: a form made from the model's fields, and what the scorer says.
"use strict";

function fromBase64(id) {
  const text = atob($(id).textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// ---- the form --------------------------------------------------------------------

const page = { scorer: null, row: [], kept: null, inputs: new Map(), scored: null };

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
    field.help ? el("details", {}, el("summary", {}, "What is this?"), el("p", {}, field.help)) : null);
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

// What to say about a value, in words; `bad` when there is no score until it is mended
function judge(field, read) {
  if (read.result === CELL.comma) return { bad: true, text: "Write the decimal with a point, such as 12.5." };
  if (read.result === CELL.bad) {
    const example = { month: "2015-04", date: "2015-04-30", term: "36", years: "4", count: "3" }[field.type];
    return { bad: true, text: "This cannot be read. Write it as in " + (example || "12500 or 12.5") + "." };
  }
  const value = read.value;
  if (read.result === CELL.missing || field.levels.length > 0 || field.type === "month") return { text: "" };
  if (value < field.min || value > field.max) {
    const [low, high] = [valueText(field, field.min), valueText(field, field.max)];
    return { text: Number.isNaN(field.max) ? `Usually at least ${low}.` : `Usually ${low} to ${high}: please check.` };
  }
  if (value < field.low || value > field.high) {
    return { text: `Rare in training (${valueText(field, field.low)} to ${valueText(field, field.high)}): less certain.` };
  }
  return { text: "" };
}

function readField(field, quiet) {
  const input = page.inputs.get(field.index);
  const read = page.scorer.parse(field.index, input.value, NaN);
  const said = judge(field, read);
  const bad = said.bad === true;
  input.setAttribute("aria-invalid", String(bad));
  $(input.id + "-note").textContent = said.text;
  $(input.id + "-note").className = bad ? "note bad" : "note";
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

// ---- the answer ------------------------------------------------------------------

let soon = 0;

function update() {
  const bad = [...page.inputs.values()].filter((input) => input.dataset.bad === "1").length;
  clearTimeout(soon);
  if (bad > 0) {
    $("pd").textContent = "–";
    $("pd").dataset.value = "";
    $("verdict").textContent = bad === 1 ? "One field needs a correction." : bad + " fields need a correction.";
    $("verdict").className = "verdict";
    $("band").textContent = "";
    for (const id of ["pushes", "reasons", "flips"]) $(id).replaceChildren();
    drawGauge(NaN);
    return;
  }
  const pd = page.scorer.scoreRows([page.row])[0];
  const declined = pd >= page.scorer.cutoff;
  const band = page.scorer.band(pd);
  $("pd").textContent = percent(pd);
  $("pd").dataset.value = String(pd);
  $("pd").title = "exactly " + pd;
  $("band").textContent = "Risk: " + BANDS[band];
  $("band").className = "chip band-" + band;
  $("verdict").textContent = (declined ? "Decline: at or above" : "Accept: below") +
    " the cut-off of " + percent(page.scorer.cutoff);
  $("verdict").className = "verdict " + (declined ? "no" : "yes");
  drawGauge(pd);
  drawPushes();
  soon = setTimeout(() => {
    drawFlips(declined);
    drawWhatIf();
    drawCompare();
  }, 120);
}

function drawGauge(pd) {
  const width = 320, most = Math.max(0.5, Math.min(1, 4 * page.scorer.cutoff));
  const x = (p) => (Math.min(p, most) / most) * width;
  const starts = [0, ...page.scorer.bands, most];
  const parts = starts.slice(0, 5).map((from, k) => svg("rect", {
    x: x(from), y: 12, height: 12, width: Math.max(0, x(starts[k + 1]) - x(from)), class: "fill-" + k,
  }));
  const cut = x(page.scorer.cutoff);
  const marks = [svg("line", { x1: cut, x2: cut, y1: 6, y2: 30, class: "cut" })];
  if (!Number.isNaN(pd)) {
    marks.push(svg("path", { d: `M ${x(pd)} 24 l -7 12 l 14 0 z`, class: "needle" }));
  }
  $("gauge").replaceChildren(svg("svg", { viewBox: "-8 0 336 40", role: "img",
    "aria-label": "Probability on a scale of risk; the line is the cut-off" }, ...parts, ...marks));
}

function drawPushes() {
  const all = pushes(page.scorer, page.row);
  const shown = all.slice(0, 8);
  const most = Math.max(...shown.map((one) => Math.abs(one.push)), 1e-9);
  $("pushes").replaceChildren(...shown.map((one) => {
    const size = (Math.abs(one.push) / most) * 50;
    const bar = svg("svg", { viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("line", { x1: 50, x2: 50, y1: 0, y2: 14, class: "axis" }),
      svg("rect", { x: one.push > 0 ? 50 : 50 - size, y: 2, width: size, height: 10,
        class: one.push > 0 ? "up" : "down" }));
    return el("li", {}, el("span", { class: "what" }, one.field.label), bar,
      el("span", { class: "much" }, points(one.push)));
  }));
  const line = (one) => el("li", {}, el("strong", {}, one.field.label), ": " + valueText(one.field, one.value) +
    ", typical " + valueText(one.field, one.typical) + " (" + points(one.push) + " points)");
  const up = all.filter((one) => one.push > 0).slice(0, 4), down = all.filter((one) => one.push < 0).slice(0, 3);
  $("reasons").replaceChildren(
    ...(up.length ? [el("h3", {}, "Raises the risk"), el("ul", {}, ...up.map(line))] : []),
    ...(down.length ? [el("h3", {}, "Lowers it"), el("ul", {}, ...down.map(line))] : []),
    ...(all.length === 0 ? [el("p", {}, "Nothing differs from the typical borrower.")] : []));
}

function drawFlips(declined) {
  const found = flips(page.scorer, page.row).slice(0, 3);
  const wanted = declined ? "accepted" : "declined";
  $("flips").replaceChildren(found.length === 0
    ? el("p", {}, `No single change would have the loan ${wanted}.`)
    : el("ul", {}, ...found.map((one) => el("li", {}, el("strong", {}, one.field.label), ": ",
      valueText(one.field, page.row[one.field.index]) + " → " + valueText(one.field, one.value) +
      ` gives ${percent(one.pd, 2)}: ${wanted}`))));
}

// ---- what if ---------------------------------------------------------------------

function buildWhatIf() {
  const fields = askedFields(page.scorer).filter((field) => candidates(field, 4).length > 1 && field.name !== "issue_d");
  $("whatif-field").append(...fields.map((field) => el("option", { value: field.index }, field.label)));
  $("whatif-field").addEventListener("change", drawWhatIf);
  $("whatif").addEventListener("input", () => {
    const field = page.scorer.fields[Number($("whatif-field").value)];
    const input = page.inputs.get(field.index);
    input.value = formText(field, page.curve.values[Number($("whatif").value)]);
    readField(field);
  });
}

function drawWhatIf() {
  const field = page.scorer.fields[Number($("whatif-field").value)];
  if (!field) return;
  const steps = 60, line = curve(page.scorer, page.row, field, steps);
  page.curve = line;
  const slider = $("whatif"), now = page.row[field.index];
  let nearest = 0;
  line.values.forEach((value, k) => {
    if (Math.abs(value - now) < Math.abs(line.values[nearest] - now)) nearest = k;
  });
  slider.max = String(line.values.length - 1);
  if (document.activeElement !== slider) slider.value = String(nearest);
  slider.setAttribute("aria-valuetext", valueText(field, now));
  const width = 320, height = 120;
  const most = Math.max(...line.pd, page.scorer.cutoff) * 1.15;
  const x = (k) => (k / Math.max(1, line.values.length - 1)) * width;
  const y = (pd) => height - (pd / most) * height;
  const path = line.pd.reduce((text, pd, k) => text + `${k ? "L" : "M"}${x(k).toFixed(1)} ${y(pd).toFixed(1)}`, "");
  const cut = y(page.scorer.cutoff), at = Number(slider.value);
  $("whatif-chart").replaceChildren(svg("svg", { viewBox: "-6 -6 332 132", role: "img",
    "aria-label": "Probability over the values of " + field.label },
    svg("line", { x1: 0, x2: width, y1: height, y2: height, class: "axis" }),
    svg("line", { x1: 0, x2: width, y1: cut, y2: cut, class: "cut" }),
    svg("path", { d: path, class: "curve" }),
    svg("circle", { cx: x(at), cy: y(line.pd[at]), r: 5, class: "needle" })));
  $("whatif-ends").replaceChildren(el("span", {}, valueText(field, line.values[0])),
    el("strong", {}, valueText(field, now)), el("span", {}, valueText(field, line.values[line.values.length - 1])));
}

// ---- compare ---------------------------------------------------------------------

function drawCompare() {
  const kept = page.kept;
  $("compare-empty").hidden = kept !== null;
  $("compare-table").hidden = kept === null;
  if (kept === null) return;
  const pd = page.scorer.scoreRows([kept, page.row]);
  const cells = (label, a, b, mark) => el("tr", { class: mark ? "differs" : false },
    el("th", { scope: "row" }, label), el("td", {}, a), el("td", {}, b));
  const verdict = (p) => (p >= page.scorer.cutoff ? "decline" : "accept");
  const rows = askedFields(page.scorer).map((field) => {
    const a = valueText(field, kept[field.index]), b = valueText(field, page.row[field.index]);
    return cells(field.label, a, b, a !== b);
  });
  $("compare-body").replaceChildren(
    cells(page.what, percent(pd[0]), percent(pd[1]), pd[0] !== pd[1]),
    cells("Risk", BANDS[page.scorer.band(pd[0])], BANDS[page.scorer.band(pd[1])], false),
    cells("Decision", verdict(pd[0]), verdict(pd[1]), verdict(pd[0]) !== verdict(pd[1])), ...rows);
}

function keepBorrower() {
  page.kept = page.row.slice();
  $("said").textContent = "Kept as borrower A.";
  drawCompare();
}

// ---- many loans ------------------------------------------------------------------

async function scoreFile(file) {
  $("batch-result").hidden = true;
  $("batch-error").textContent = "";
  if (file.size > LIMIT.bytes) {
    $("batch-error").textContent = "The file has more than 300 MB. Cut it into parts.";
    return;
  }
  $("batch-progress").hidden = false;
  try {
    const text = await file.text();
    const total = Math.max(1, text.length);
    let began = 0;
    const scored = await scoreCsv(page.scorer, text, (rows) => {
      $("batch-count").textContent = rows.toLocaleString("en-US") + " loans scored";
      began = rows;
      return new Promise((go) => setTimeout(go, 0));
    });
    if (began === 0 || total === 0) throw new Error("There is no loan under the header.");
    showBatch(scored);
  } catch (error) {
    $("batch-error").textContent = error.message;
  }
  $("batch-progress").hidden = true;
}

function showBatch(scored) {
  page.scored = scored;
  const n = scored.pd.length, mean = scored.pd.reduce((sum, pd) => sum + pd, 0) / n;
  const declined = scored.pd.filter((pd) => pd >= page.scorer.cutoff).length;
  const count = BANDS.map(() => 0);
  for (const pd of scored.pd) count[page.scorer.band(pd)]++;
  const absent = page.scorer.fields.filter((field) => !scored.header.places.has(field.index));
  const fact = (name, value) => el("div", { class: "fact" }, el("strong", {}, value), el("span", {}, name));
  $("batch-facts").replaceChildren(fact("loans", n.toLocaleString("en-US")), fact("mean probability", percent(mean)),
    fact("declined", percent(declined / n)), fact("other lines", String(scored.left)),
    fact("with notes", scored.notes.filter((note) => note !== "").length.toLocaleString("en-US")));
  const most = Math.max(...count);
  $("batch-bands").replaceChildren(...BANDS.map((band, k) => el("li", {}, el("span", { class: "what" }, band),
    svg("svg", { viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { x: 0, y: 1, height: 12, width: (100 * count[k]) / most, class: "fill-" + k })),
    el("span", { class: "much" }, count[k].toLocaleString("en-US")))));
  $("batch-absent").textContent = absent.length === 0 ? ""
    : "Columns that are not in the file count as not stated: " + absent.map((field) => field.name).join(", ") + ".";
  const names = scored.header.names.slice(0, 6);
  const row = (tag, cells) => el("tr", {}, ...cells.map((cell) => el(tag, tag === "th" ? { scope: "col" } : {}, cell)));
  $("batch-preview").replaceChildren(el("thead", {}, row("th", ["probability", "decision", ...names])),
    el("tbody", {}, ...scored.rows.slice(0, 10).map((record, i) => row("td", [percent(scored.pd[i], 2),
      scored.pd[i] >= page.scorer.cutoff ? "decline" : "accept", ...names.map((_, k) => (record[k] || "").slice(0, 40))]))));
  $("batch-result").hidden = false;
}

function download() {
  const blob = new Blob(scoredCsv(page.scorer, page.scored), { type: "text/csv" });
  const link = el("a", { href: URL.createObjectURL(blob), download: "loans-scored.csv" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function buildBatch() {
  const zone = $("drop");
  $("file").addEventListener("change", () => $("file").files[0] && scoreFile($("file").files[0]));
  for (const name of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files[0]) scoreFile(event.dataTransfer.files[0]);
    });
  }
  $("download").addEventListener("click", download);
}

// ---- the model -------------------------------------------------------------------

function buildModel() {
  const model = page.scorer.model, n = (x) => Number(x).toLocaleString("en-US");
  const rows = [
    ["Learner", page.scorer.learner.kind[0]],
    ["Event", [model.outcome, model.event].flat().filter((x) => x !== null && x !== undefined).join(" = ")],
    ["Training rows", n(model.n[0])],
    ["Share of the event in training", percent(model.base_rate[0])],
    ["Cut-off", percent(page.scorer.cutoff, 2)],
    ["Fields asked", String(page.scorer.fields.length)],
    ["Calibration", model.calibration ? model.calibration.map((one) => one.method[0]).join(", then ") : "none"],
    ["Seed", String(model.seed[0])],
    ["Fingerprint", model.fingerprint[0]],
    ["Made with", Object.entries(model.versions).map(([name, version]) => name + " " + version).join(", ")],
    ["Call", (model.call || [""])[0]],
  ];
  $("model-facts").append(...rows.map(([name, value]) =>
    el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, value))));
  const bands = [0, ...page.scorer.bands];
  $("model-bands").append(...BANDS.map((band, k) => el("tr", {}, el("th", { scope: "row" }, band),
    el("td", {}, "from " + percent(bands[k])))));
}

// ---- tabs ------------------------------------------------------------------------

function openTab(tab) {
  for (const other of document.querySelectorAll("[role=tab]")) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    $(other.getAttribute("aria-controls")).hidden = !chosen;
  }
}

function buildTabs() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  tabs.forEach((tab, k) => {
    tab.addEventListener("click", () => openTab(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(k + step + tabs.length) % tabs.length];
      openTab(next);
      next.focus();
    });
  });
}

async function start() {
  try {
    page.scorer = await Scorer.open(fromBase64("scorer"), fromBase64("model"));
  } catch (error) {
    $("broken").hidden = false;
    $("broken").textContent = "This page cannot score: " + error.message;
    return;
  }
  page.what = "Probability of " + eventText(page.scorer.model);
  $("what").textContent = page.what;
  buildTabs();
  buildForm();
  buildWhatIf();
  buildBatch();
  buildModel();
  fillForm(typicalRow(page.scorer));
  $("typical").addEventListener("click", () => fillForm(typicalRow(page.scorer)));
  $("clear").addEventListener("click", () => fillForm(page.scorer.fields.map(() => NaN)));
  $("keep").addEventListener("click", keepBorrower);
  $("swap").addEventListener("click", () => {
    const kept = page.kept;
    page.kept = page.row.slice();
    fillForm(kept);
  });
  $("print").addEventListener("click", () => window.print());
  $("whole").hidden = false;
  document.body.dataset.ready = "1";
}

start();
