// One field moved by a slider, all else equal.
"use strict";

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
