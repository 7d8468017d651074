(function () {
  "use strict";
  var start = JSON.parse(document.getElementById("start").textContent);
  var drawn = start.drawn, wide = start.width, tall = start.height;
  var tool = null;    // the shape that takes the next click, or "line", "zone", "floor" before there is one
  var chosen = null;  // the shape whose points can be moved
  var moving = null;  // [list of points, number] while a point is dragged
  var clicks = [];    // lists of points in the order in which points were added, for Undo
  var canvas = byId("canvas"), SVG = "http://www.w3.org/2000/svg";
  var COLOUR = { line: "#ffc83c", zone: "#3caaeb", floor: "#e05fb0" };

  function byId(id) { return document.getElementById(id); }
  function round(v) { return Math.min(1, Math.max(0, Math.round(v * 1e4) / 1e4)); }
  function make(parent, name, attributes, text) {
    var node = document.createElementNS(SVG, name);
    Object.keys(attributes).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    if (text !== undefined) { node.textContent = text; }
    parent.appendChild(node);
    return node;
  }
  function html(parent, name, attributes, text) {
    var node = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    if (text !== undefined) { node.textContent = text; }
    parent.appendChild(node);
    return node;
  }
  function inPixels(points) { return points.map(function (p) { return [p[0] * wide, p[1] * tall]; }); }
  function joined(pixels) { return pixels.map(function (p) { return p[0].toFixed(1) + "," + p[1].toFixed(1); }).join(" "); }
  function kindOf(shape) { return drawn.lines.indexOf(shape) >= 0 ? "line" : "zone"; }
  function freeName(stem) {
    var taken = drawn.lines.concat(drawn.zones).map(function (s) { return s.id; }), number = 1;
    while (taken.indexOf(number > 1 ? stem + "-" + number : stem) >= 0) { number += 1; }
    return number > 1 ? stem + "-" + number : stem;
  }

  // The arrow of a line stands on its longest piece and points to "in": left of start to end, unless flipped.
  function arrow(group, shape, pixels) {
    var best = null;
    for (var i = 1; i < pixels.length; i += 1) {
      var dx = pixels[i][0] - pixels[i - 1][0], dy = pixels[i][1] - pixels[i - 1][1], long = Math.hypot(dx, dy);
      if (long > 0 && (!best || long > best.long)) {
        best = { long: long, x: pixels[i - 1][0] + dx / 2, y: pixels[i - 1][1] + dy / 2, dx: dx / long, dy: dy / long };
      }
    }
    if (!best) { return; }
    var side = shape.flip ? -1 : 1, reach = 0.07 * tall;
    var ux = best.dy * side, uy = -best.dx * side;
    var tip = [best.x + ux * reach, best.y + uy * reach], wing = reach * 0.3;
    var head = [tip, [tip[0] - wing * (ux + uy), tip[1] - wing * (uy - ux)], [tip[0] - wing * (ux - uy), tip[1] - wing * (uy + ux)]];
    make(group, "line", { x1: best.x, y1: best.y, x2: tip[0], y2: tip[1], stroke: COLOUR.line, "stroke-width": tall / 200 });
    make(group, "polygon", { points: joined(head), fill: COLOUR.line, "class": "arrow-in" });
    name(group, tip[0] + ux * 0.03 * tall, tip[1] + uy * 0.03 * tall, "in");
  }
  function name(group, x, y, text) {
    make(group, "text", { x: x, y: y, fill: "#fff", stroke: "#000", "stroke-width": tall / 160, "paint-order": "stroke",
      "font-size": tall / 32, "text-anchor": "middle", "dominant-baseline": "middle", "pointer-events": "none" }, text);
  }
  function handles(group, points, colour) {
    inPixels(points).forEach(function (p, number) {
      var dot = make(group, "circle", { cx: p[0], cy: p[1], r: tall / 85, fill: colour, stroke: "#222", "stroke-width": tall / 400, style: "cursor: move" });
      dot.addEventListener("pointerdown", function (event) {
        event.stopPropagation();
        moving = [points, number];
        canvas.setPointerCapture(event.pointerId);
      });
    });
  }

  function paint() {
    var group = byId("shapes");
    group.replaceChildren();
    drawn.lines.concat(drawn.zones).forEach(function (shape) {
      var kind = kindOf(shape), pixels = inPixels(shape.points), active = shape === chosen || shape === tool;
      var open = kind === "line" || (shape === tool && pixels.length < 3);
      var outline = make(group, open ? "polyline" : "polygon", { points: joined(pixels), stroke: COLOUR[kind],
        "stroke-width": tall / (active ? 120 : 180), fill: open ? "none" : COLOUR[kind], "fill-opacity": 0.15 });
      outline.addEventListener("pointerdown", function (event) {
        if (tool === null) { event.stopPropagation(); chosen = shape; refresh(false); }
      });
      if (kind === "line") { arrow(group, shape, pixels); }
      if (pixels.length) {
        var x = 0, y = 0;
        pixels.forEach(function (p) { x += p[0] / pixels.length; y += p[1] / pixels.length; });
        if (kind === "line") { x = pixels[pixels.length - 1][0]; y = pixels[pixels.length - 1][1] + tall / 26; }
        name(group, x, y, shape.id);
      }
      if (active) { handles(group, shape.points, COLOUR[kind]); }
    });
    handles(group, drawn.floor_px, COLOUR.floor);
    inPixels(drawn.floor_px).forEach(function (p, number) { name(group, p[0] + tall / 36, p[1] - tall / 36, String(number + 1)); });
  }

  function hint() {
    var said = "Choose what to draw, or take hold of a point to move it.";
    if (tool === "floor") { said = "Click places on the floor whose metres you know: corners of tiles, of a mat, of the room."; }
    else if (tool === "line") { said = "Click the start of the line, then its end. Seen from start to end, “in” is to the left."; }
    else if (tool === "zone") { said = "Click the corners of the zone on the floor, one after the other."; }
    else if (tool !== null) { said = kindOf(tool) === "line" ? "Click to go on with the line, or finish it (Enter)." : "Click the next corner, or finish the zone (Enter)."; }
    byId("hint").textContent = said;
    canvas.classList.toggle("drawing", tool !== null);
    byId("finish").disabled = tool === null;
    byId("undo").disabled = clicks.length === 0;
    byId("add-line").classList.toggle("on", tool === "line" || drawn.lines.indexOf(tool) >= 0);
    byId("add-zone").classList.toggle("on", tool === "zone" || drawn.zones.indexOf(tool) >= 0);
    byId("add-floor").classList.toggle("on", tool === "floor");
  }

  function choice(row, shape, key, values, title) {
    var select = html(row, "select", { title: title, "aria-label": title });
    values.forEach(function (value) { html(select, "option", { value: value || "" }, value || "both ways").selected = (shape[key] || "") === (value || ""); });
    select.addEventListener("change", function () { shape[key] = select.value || null; refresh(true); });
  }
  function list() {
    var box = byId("list");
    box.replaceChildren();
    drawn.lines.concat(drawn.zones).forEach(function (shape) {
      var kind = kindOf(shape), item = html(box, "div", { "class": "shape" + (shape === chosen ? " chosen" : "") });
      var row = html(item, "div", { "class": "row" });
      html(row, "span", { "class": "quiet" }, kind);
      var id = html(row, "input", { "class": "id", "aria-label": "id" });
      id.value = shape.id;
      id.addEventListener("input", function () { shape.id = id.value; paint(); judge(); });
      choice(row, shape, "role", kind === "line" ? start.line_roles : start.zone_roles, "role");
      html(row, "button", {}, "Delete").addEventListener("click", function () {
        drawn.lines = drawn.lines.filter(function (s) { return s !== shape; });
        drawn.zones = drawn.zones.filter(function (s) { return s !== shape; });
        clicks = clicks.filter(function (points) { return points !== shape.points; });
        if (tool === shape) { tool = null; }
        chosen = null;
        refresh(true);
      });
      if (kind !== "line") { return; }
      row = html(item, "div", { "class": "row" });
      choice(row, shape, "anchor", start.anchors, "point of a person that counts");
      choice(row, shape, "one_way", [null].concat(start.ways), "directions that count");
      var label = html(row, "label", { "class": "quiet" }), box_ = html(label, "input", { type: "checkbox" });
      box_.checked = shape.flip;
      label.append("swap in and out");
      box_.addEventListener("change", function () { shape.flip = box_.checked; refresh(true); });
    });
    if (!box.children.length) { html(box, "p", { "class": "quiet" }, "Nothing drawn yet."); }
  }
  function floorList() {
    var box = byId("floor");
    box.replaceChildren();
    drawn.floor_px.forEach(function (point, number) {
      var row = html(box, "div", { "class": "row" });
      html(row, "span", { "class": "quiet" }, String(number + 1));
      ["x", "y"].forEach(function (axis, place) {
        var field = html(row, "input", { "class": "metres", type: "number", step: "any", "aria-label": axis + " of point " + (number + 1) + " in metres", id: "floor-" + axis + "-" + number });
        var value = drawn.floor_m[number][place];
        field.value = value === null ? "" : value;
        field.addEventListener("input", function () { drawn.floor_m[number][place] = field.value === "" ? null : Number(field.value); judge(); });
        html(row, "span", { "class": "quiet" }, axis + ", m");
      });
      html(row, "button", {}, "Delete").addEventListener("click", function () {
        drawn.floor_px.splice(number, 1);
        drawn.floor_m.splice(number, 1);
        clicks = clicks.filter(function (points) { return points !== drawn.floor_px; });
        refresh(true);
      });
    });
  }

  var asked = 0;
  function judge() {
    var mine = (asked += 1), verdict = byId("verdict");
    var unsaid = drawn.floor_m.some(function (m) { return m[0] === null || m[1] === null; });
    document.documentElement.dataset.judged = "";
    ask("/judge", sent()).then(function (found) {
      if (mine !== asked) { return; }
      verdict.replaceChildren();
      byId("toml").value = found.toml;
      var errors = unsaid ? ["floor: some places have no metres yet"] : [];
      say(verdict, errors.concat(found.errors), "error");
      say(verdict, found.warnings, "warning");
      say(verdict, found.floor, "quiet");
      if (!errors.length && !found.errors.length && !found.warnings.length) { html(verdict, "p", {}, "No rule is broken."); }
      if (byId("write")) { byId("write").disabled = Boolean(errors.length || found.errors.length); }
      var grid = byId("grid");
      grid.replaceChildren();
      found.grid.forEach(function (line) {
        make(grid, "polyline", { points: joined(inPixels(line)), fill: "none", stroke: COLOUR.floor, "stroke-width": tall / 500, "stroke-opacity": 0.75 });
      });
      document.documentElement.dataset.judged = String(mine);
    }).catch(function () { html(verdict, "p", { "class": "error" }, "The program behind this page has ended; what is drawn can still be copied."); });
  }
  function sent() {
    var known = drawn.floor_m.every(function (m) { return m[0] !== null && m[1] !== null; });
    return { lines: drawn.lines, zones: drawn.zones, floor_px: known ? drawn.floor_px : [], floor_m: known ? drawn.floor_m : [] };
  }
  function say(box, lines, kind) {
    if (!lines.length) { return; }
    var ul = html(box, "ul", { "class": kind });
    lines.forEach(function (line) { html(ul, "li", {}, line); });
  }
  function ask(path, body) {
    return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })
      .then(function (answer) { return answer.json(); });
  }
  function refresh(changed) {
    paint();
    list();
    floorList();
    hint();
    if (changed) { judge(); }
  }

  function placeOf(event) {
    var box = canvas.getBoundingClientRect();
    return [round((event.clientX - box.left) / box.width), round((event.clientY - box.top) / box.height)];
  }
  canvas.addEventListener("pointerdown", function (event) {
    if (event.button !== 0) { return; }
    var place = placeOf(event);
    if (tool === null) { chosen = null; refresh(false); return; }
    if (tool === "floor") {
      drawn.floor_px.push(place);
      drawn.floor_m.push([null, null]);
      clicks.push(drawn.floor_px);
    } else {
      if (tool === "line") {
        tool = { id: freeName("entrance"), role: "entrance", points: [], anchor: "foot", flip: false, one_way: null };
        drawn.lines.push(tool);
      } else if (tool === "zone") {
        tool = { id: freeName("zone"), role: "product", points: [] };
        drawn.zones.push(tool);
      }
      tool.points.push(place);
      clicks.push(tool.points);
      chosen = tool;
    }
    refresh(true);
  });
  canvas.addEventListener("pointermove", function (event) {
    if (moving === null) { return; }
    moving[0][moving[1]] = placeOf(event);
    paint();
  });
  canvas.addEventListener("pointerup", function () {
    if (moving !== null) { moving = null; refresh(true); }
  });

  function take(next) { tool = next; refresh(false); }
  function undo() {
    var points = clicks.pop();
    if (!points) { return; }
    points.pop();
    if (points === drawn.floor_px) { drawn.floor_m.pop(); }
    drawn.lines = drawn.lines.filter(function (s) { return s.points.length; });
    drawn.zones = drawn.zones.filter(function (s) { return s.points.length; });
    if (tool !== null && typeof tool !== "string" && !tool.points.length) { tool = tool.anchor ? "line" : "zone"; chosen = null; }
    refresh(true);
  }
  byId("add-line").addEventListener("click", function () { take("line"); });
  byId("add-zone").addEventListener("click", function () { take("zone"); });
  byId("add-floor").addEventListener("click", function () { take("floor"); });
  byId("finish").addEventListener("click", function () { take(null); });
  byId("undo").addEventListener("click", undo);
  document.addEventListener("keydown", function (event) {
    if (/^(INPUT|SELECT|TEXTAREA|BUTTON)$/.test(event.target.tagName)) { return; }
    if (event.key === "Enter" || event.key === "Escape") { take(null); }
    if (event.key === "Backspace") { undo(); }
  });
  byId("copy").addEventListener("click", function () {
    byId("toml").select();
    navigator.clipboard.writeText(byId("toml").value).then(
      function () { byId("said").textContent = "Copied."; },
      function () { byId("said").textContent = "Press Ctrl-C to copy what is marked."; }
    );
  });
  if (byId("write")) {
    byId("write").addEventListener("click", function () {
      ask("/write", sent()).then(function (found) { byId("said").textContent = found.error ? "Not written: " + found.error : "Written to " + found.written + "."; });
    });
  }
  byId("done").addEventListener("click", function () {
    ask("/done", {}).then(function () { document.body.replaceChildren(); html(document.body, "p", { style: "padding: 24px" }, "The page is closed. This tab can be closed, too."); });
  });
  refresh(true);
})();
