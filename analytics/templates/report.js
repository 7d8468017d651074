(function () {
  "use strict";
  var A4_PX = 695; // the printable width of an A4 page with the margins of the style sheet, at 96 px an inch
  var charts = Array.prototype.slice.call(document.querySelectorAll(".chart[data-figure]"));
  var family = getComputedStyle(document.body).fontFamily;
  charts.forEach(function (box) {
    var figure = JSON.parse(document.getElementById(box.dataset.figure).textContent);
    figure.layout.font.family = family;
    figure.layout.hoverlabel.font.family = family;
    figure.layout.width = box.clientWidth;
    Plotly.newPlot(box, figure.data, figure.layout, { displayModeBar: false });
  });
  function fit(width) {
    charts.forEach(function (box) { Plotly.relayout(box, { width: width || box.clientWidth }); });
  }
  var waiting;
  window.addEventListener("resize", function () {
    clearTimeout(waiting);
    waiting = setTimeout(function () { fit(0); }, 120);
  });
  window.addEventListener("beforeprint", function () { fit(A4_PX); });
  window.addEventListener("afterprint", function () { fit(0); });
  document.documentElement.dataset.drawn = String(charts.length);
})();
