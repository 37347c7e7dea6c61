// Draws the report's charts with uPlot from the data in #chart-data: for each
// setup one panel a kind (latency, arrivals, errors), and the percentile spectrum.
// Colours come from the style sheet, so that both schemes and paper are right.
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("chart-data").textContent);
  var plots = [];
  var state = { tenant: "*", replicate: null, window: null };

  function css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }
  function color(i) { return css("--s" + (i % 6)); }
  function pale(hex) { // opaque, so that stacked areas do not mix
    var ground = css("--ground"), channel = function (h, i) { return parseInt(h.substr(1 + 2 * i, 2), 16); };
    return "rgb(" + [0, 1, 2].map(function (i) {
      return Math.round(0.45 * channel(hex, i) + 0.55 * channel(ground, i));
    }).join(",") + ")";
  }
  function el(tag, text, parent) {
    var e = document.createElement(tag);
    if (text != null) e.textContent = text;
    if (parent) parent.appendChild(e);
    return e;
  }
  function uniq(list) { return list.filter(function (v, i) { return list.indexOf(v) === i; }); }
  function tenantName(t) { return t === "*" ? "all abiding tenants" : t; }

  // ---- numbers, as format.go writes them
  function digits(v) {
    var a = Math.abs(v);
    if (a === 0) return "0";
    if (a >= 99.95) return Math.round(v).toLocaleString("en");
    return v.toFixed(a >= 9.995 ? 1 : a >= 0.9995 ? 2 : 3);
  }
  function seconds(v) {
    if (v == null) return "—";
    if (v === 0) return "0 s";
    if (v < 0.0009995) return digits(v * 1e6) + " µs";
    return v < 0.9995 ? digits(v * 1e3) + " ms" : digits(v) + " s";
  }
  function axisSeconds(v) {
    if (v >= 1) return v + " s";
    return v >= 0.001 ? Math.round(v * 1e3) + " ms" : Math.round(v * 1e6) + " µs";
  }
  function rate(v) { return v == null ? "—" : digits(v) + "/s"; }
  function clock(s) { return digits(s) + " s"; }

  // ---- axes
  function axis(over) {
    var base = { stroke: css("--soft"), grid: { stroke: css("--grid"), width: 1 }, ticks: { stroke: css("--grid"), width: 1 },
      font: "12px system-ui, sans-serif" };
    for (var k in over) base[k] = over[k];
    return base;
  }
  function nice(v, up) { // 1, 2 or 5 times a power of ten at or beyond v
    var p = Math.pow(10, Math.floor(Math.log10(v))), steps = [1, 2, 5, 10];
    var fits = steps.filter(function (s) { return up ? s * p >= v * 0.999 : s * p <= v * 1.001; });
    return (up ? fits[0] : fits[fits.length - 1]) * p;
  }
  function logSplits(u, i, min, max) {
    var all = [];
    for (var e = Math.floor(Math.log10(min)); e <= Math.ceil(Math.log10(max)); e++)
      [1, 2, 5].forEach(function (m) {
        var v = Number((m + "e" + e));
        if (v >= min * 0.999 && v <= max * 1.001) all.push(v);
      });
    if (all.length > 9) all = all.filter(function (v) { return String(v).replace(/[.0]/g, "")[0] === "1"; });
    return all;
  }

  // ---- bands and landmarks behind the lines
  function letter(i) { return String.fromCharCode(65 + i % 26); }
  function drawBands(trial) {
    return function (u) {
      var c = u.ctx, b = u.bbox, dpr = devicePixelRatio || 1;
      c.save();
      trial.bands.forEach(function (band) {
        var x0 = clampX(u, band.from), x1 = clampX(u, band.to);
        if (x1 <= x0) return;
        c.fillStyle = css(band.kind === "fault" ? "--fault" : "--neighbour");
        c.fillRect(x0, b.top, x1 - x0, b.height);
        c.strokeStyle = css(band.kind === "fault" ? "--fault-edge" : "--s0");
        c.lineWidth = dpr;
        c.setLineDash(band.shown ? [] : [2 * dpr, 3 * dpr]);
        [x0, x1].forEach(function (x) { c.beginPath(); c.moveTo(x, b.top); c.lineTo(x, b.top + b.height); c.stroke(); });
      });
      c.strokeStyle = css("--ink");
      c.lineWidth = dpr;
      c.setLineDash([5 * dpr, 4 * dpr]);
      trial.marks.forEach(function (mark) {
        var x = clampX(u, mark.at);
        c.beginPath(); c.moveTo(x, b.top); c.lineTo(x, b.top + b.height); c.stroke();
      });
      c.restore();
    };
  }
  function clampX(u, t) {
    return Math.min(Math.max(u.valToPos(t, "x", true), u.bbox.left), u.bbox.left + u.bbox.width);
  }
  // The names stand above the plot, where no line crosses them: letters of bands in
  // the lower row, landmarks in the upper. What would overlap is left to the key.
  function drawNames(trial) {
    return function (u) {
      var c = u.ctx, b = u.bbox, dpr = devicePixelRatio || 1, end = -Infinity;
      c.save();
      c.textBaseline = "alphabetic"; c.textAlign = "left"; c.lineWidth = dpr; c.setLineDash([]);
      c.font = "600 " + 12 * dpr + "px system-ui, sans-serif";
      trial.bands.forEach(function (band, i) {
        var x0 = clampX(u, band.from), x1 = clampX(u, band.to), w = c.measureText(letter(i)).width;
        var x = (x0 + x1 - w) / 2;
        if (x1 <= x0 || x < end) return;
        end = x + w + 2 * dpr;
        c.fillStyle = css(band.kind === "fault" ? "--fault-edge" : "--s0");
        c.fillText(letter(i), x, b.top - 4 * dpr);
      });
      c.fillStyle = c.strokeStyle = css("--ink");
      c.font = 11.5 * dpr + "px system-ui, sans-serif";
      end = -Infinity;
      trial.marks.slice().sort(function (a, m) { return a.at - m.at; }).forEach(function (mark) {
        var at = u.valToPos(mark.at, "x", true), w = c.measureText(mark.name).width;
        if (at < b.left || at > b.left + b.width) return;
        var x = Math.min(Math.max(at - w / 2, b.left), b.left + b.width - w);
        if (x < end) return;
        end = x + w + 8 * dpr;
        c.fillText(mark.name, x, b.top - 20 * dpr);
        c.beginPath(); c.moveTo(at, b.top - 16 * dpr); c.lineTo(at, b.top); c.stroke();
      });
      c.restore();
    };
  }
  function writeKey(list, trial) {
    list.textContent = "";
    trial.bands.forEach(function (band, i) {
      var li = el("li", null, list);
      el("b", letter(i), li);
      li.appendChild(document.createTextNode(" " + band.name + ", " + digits(band.from) + " to " + clock(band.to) +
        (band.shown ? "" : " (never shown in effect)")));
    });
    trial.marks.forEach(function (mark) {
      el("li", "┆ " + mark.name + " at " + clock(mark.at), list);
    });
  }

  // ---- what each kind of chart shows: [name of curve, label, colour, dash, width]
  var wanted = {
    latency: [["p50", "P50", 0, [6, 3], 1.5], ["p95", "P95", 1, [], 2]],
    arrivals: [["offered", "planned", 5, [6, 3], 1.5], ["started", "started", 0, [], 2], ["good", "served", 2, [], 2]],
  };
  function series(trial, kind) {
    var curves = trial.curves[state.tenant] || trial.curves[trial.tenants[0]] || {};
    if (kind !== "errors")
      return wanted[kind].filter(function (w) { return curves[w[0]]; }).map(function (w) {
        return { label: w[1], values: curves[w[0]], stroke: color(w[2]), dash: w[3], width: w[4] };
      });
    var names = Object.keys(curves).filter(function (n) { return n.indexOf("outcome:") === 0; }).sort();
    if (!names.length && curves.errors) names = ["errors"];
    var dashes = [[], [6, 3], [2, 2], [8, 3, 2, 3]];
    return names.map(function (n, i) {
      return { label: n.replace("outcome:", "").replace(/_/g, " "), values: curves[n], stroke: color(i + 1),
        dash: dashes[Math.floor(i / 5) % 4], width: 1.5, fill: true };
    });
  }
  function stack(lists) { // running sums, drawn from the top down so that each shows
    var sum = null;
    return lists.map(function (list) {
      sum = list.map(function (v, i) { return (v || 0) + (sum ? sum[i] : 0); });
      return sum;
    });
  }
  // The scale of a kind is one for all setups, so that heights can be compared.
  function range(kind) {
    var lo = Infinity, hi = 0;
    data.trials.forEach(function (t) {
      var lists = series(t, kind).map(function (s) { return s.values; });
      if (kind === "errors") lists = stack(lists);
      lists.forEach(function (list) {
        list.forEach(function (v) {
          if (v == null) return;
          if (v > hi) hi = v;
          if (v > 0 && v < lo) lo = v;
        });
      });
    });
    if (hi === 0) return kind === "latency" ? [0.01, 1] : [0, 1];
    return kind === "latency" ? [nice(lo, false), nice(hi, true)] : [0, hi * 1.12];
  }

  function width(node) { return Math.max(240, node.clientWidth); }

  function drawTime(panel) {
    var kind = panel.dataset.kind, node = panel.querySelector(".plot");
    var trial = data.trials.filter(function (t) {
      return t.setup === panel.dataset.setup && t.replicate === state.replicate;
    })[0];
    node.textContent = "";
    panel.querySelector(".trial").textContent = trial ? "· " + trial.name + " · " + tenantName(state.tenant) : "";
    panel.querySelector(".key").textContent = "";
    fillTable(panel, [], []);
    if (!trial) { el("p", "No curves of this setup in replicate " + state.replicate + ".", node).className = "none"; return; }
    var list = series(trial, kind), unit = kind === "latency" ? seconds : rate, y = range(kind);
    if (!list.length) { el("p", "Not recorded.", node).className = "none"; return; }
    var x = list[0].values.map(function (_, i) { return (i + 0.5) * trial.bin; });
    var values = list.map(function (s) { return s.values; }), drawn = values, order = list;
    if (kind === "errors") { drawn = stack(values).reverse(); order = list.slice().reverse(); }
    writeKey(panel.querySelector(".key"), trial);
    fillTable(panel, ["Time"].concat(list.map(function (s) { return s.label; })), x.map(function (t, i) {
      return [clock(t - trial.bin / 2)].concat(values.map(function (v) { return unit(v[i]); }));
    }));
    var shownOrder = order;
    plots.push(new uPlot({
      width: width(node), height: 260, cursor: { sync: { key: "time" }, focus: { prox: -1 } },
      scales: { x: { time: false, range: function (u, a, b) { return [a, b]; } },
        y: kind === "latency" ? { distr: 3, range: function () { return y; } } : { range: function () { return y; } } },
      padding: [trial.marks.length ? 34 : 20, 14, 0, 0], hooks: { drawClear: [drawBands(trial)], draw: [drawNames(trial)] },
      legend: { live: true },
      axes: [
        axis({ values: function (u, v) { return v.map(function (s) { return s + " s"; }); }, space: 60 }),
        axis(kind === "latency"
          ? { size: 62, splits: logSplits, values: function (u, v) { return v.map(axisSeconds); }, filter: function (u, v) { return v; } }
          : { size: 62, values: function (u, v) { return v.map(function (r) { return r + "/s"; }); } }),
      ],
      series: [{ label: "time", value: function (u, v) { return v == null ? "—" : clock(v); } }].concat(shownOrder.map(function (s) {
        return { label: s.label, stroke: s.stroke, width: s.width, dash: s.dash, fill: s.fill ? pale(s.stroke) : undefined,
          points: { show: false }, spanGaps: false,
          value: function (u, v, si, i) { return i == null ? "—" : unit(s.values[i]); } };
      })),
    }, [x].concat(drawn), node));
  }

  // ---- percentile spectrum: x is 1/(1-p), logarithmic, labelled in percent
  function drawSpectrum(panel) {
    var node = panel.querySelector(".plot");
    node.textContent = "";
    var lines = data.spectra.filter(function (s) { return s.window === state.window && s.points.length; });
    fillTable(panel, [], []);
    if (!lines.length) { el("p", "No spectrum of this window.", node).className = "none"; return; }
    var tables = lines.map(function (s) {
      return [s.points.map(function (p) { return 1 / (1 - p[0] / 100); }), s.points.map(function (p) { return p[1]; })];
    });
    var all = [].concat.apply([], tables.map(function (t) { return t[1]; }));
    // The fastest tenth would take most of a logarithmic axis; it may leave the plot.
    var slow = [].concat.apply([], lines.map(function (s) {
      return s.points.filter(function (p) { return p[0] >= 10; }).map(function (p) { return p[1]; });
    }));
    var y = [nice(Math.min.apply(null, slow.length ? slow : all), false), nice(Math.max.apply(null, all), true)];
    var right = Math.max.apply(null, [].concat.apply([], tables.map(function (t) { return t[0]; })));
    var ticks = [[1, "0 %"], [2, "50 %"], [10, "90 %"], [20, "95 %"], [100, "99 %"], [1000, "99.9 %"], [10000, "99.99 %"]];
    var narrow = width(node) < 480;
    if (narrow) ticks = ticks.filter(function (t) { return t[0] !== 1 && t[0] !== 20; }); // they would touch
    var joined = tables.length > 1 ? uPlot.join(tables) : tables[0].slice();
    function percent(v) { return digits(100 * (1 - 1 / v)) + " %"; }
    var labels = lines.map(function (s) { return s.setup + " " + s.replicate + " (n=" + s.n.toLocaleString("en") + ")"; });
    fillTable(panel, ["Percentile"].concat(labels), joined[0].map(function (v, i) {
      return [String(+(100 * (1 - 1 / v)).toFixed(3)) + " %"].concat(joined.slice(1).map(function (list) { return seconds(list[i]); }));
    }));
    plots.push(new uPlot({
      width: width(node), height: 340, cursor: { focus: { prox: -1 } },
      scales: { x: { time: false, distr: 3, range: function () { return [1, right * 1.05]; } },
        y: { distr: 3, range: function () { return y; } } },
      axes: [
        axis({ splits: function () { return ticks.map(function (t) { return t[0]; }).filter(function (t) { return t <= right * 1.05; }); },
          filter: function (u, v) { return v; },
          values: function (u, v) { return v.map(function (t) { return ticks.filter(function (k) { return k[0] === t; })[0][1]; }); } }),
        axis({ size: 62, splits: logSplits, filter: function (u, v) { return v; }, values: function (u, v) { return v.map(axisSeconds); } }),
      ],
      series: [{ label: "percentile", value: function (u, v) { return v == null ? "—" : percent(v); } }].concat(lines.map(function (s, i) {
        return { label: labels[i], stroke: color(data.setups.indexOf(s.setup)), width: 2, spanGaps: true, points: { show: false },
          dash: [[], [6, 3], [2, 3], [10, 3, 2, 3]][(s.replicate + 3) % 4], value: function (u, v) { return seconds(v); } };
      })),
    }, joined, node));
  }

  // ---- the same figures as a table, built when it is opened
  function fillTable(panel, head, rows) {
    var box = panel.querySelector("details.data");
    var old = box.querySelector(".scroll");
    if (old) old.remove();
    box.hidden = !rows.length;
    box.ontoggle = function () { if (box.open && rows.length) build(); };
    if (box.open && rows.length) build();
    function build() {
      if (box.querySelector(".scroll")) return;
      var scroll = el("div", null, box);
      scroll.className = "scroll"; scroll.tabIndex = 0;
      scroll.setAttribute("role", "region"); scroll.setAttribute("aria-label", "Chart data");
      var table = el("table", null, scroll);
      table.className = "dense";
      el("caption", "The figures of the chart above", table);
      var tr = el("tr", null, el("thead", null, table));
      head.forEach(function (h) { el("th", h, tr).scope = "col"; });
      var body = el("tbody", null, table);
      rows.forEach(function (row) {
        var tr = el("tr", null, body);
        row.forEach(function (cell, i) { var c = el(i ? "td" : "th", cell, tr); if (!i) c.scope = "row"; });
      });
    }
  }

  function control(box, label, options, value, set) {
    if (!box || options.length < 2) return;
    var l = el("label", label + " ", box), select = el("select", null, l);
    options.forEach(function (o) {
      var option = el("option", o[1], select);
      option.value = String(o[0]);
      option.selected = o[0] === value;
    });
    select.onchange = function () { set(options[select.selectedIndex][0]); draw(); };
  }

  function draw() {
    plots.forEach(function (p) { p.destroy(); });
    plots = [];
    document.querySelectorAll("figure.panel").forEach(function (panel) {
      if (panel.dataset.kind === "spectrum") drawSpectrum(panel); else drawTime(panel);
    });
  }

  var tenants = uniq([].concat.apply([], data.trials.map(function (t) { return t.tenants; })));
  var replicates = uniq(data.trials.map(function (t) { return t.replicate; })).sort(function (a, b) { return a - b; });
  var windows = uniq(data.spectra.map(function (s) { return s.window; }));
  if (tenants.indexOf("*") < 0 && tenants.length) state.tenant = tenants[0];
  state.replicate = replicates[0];
  state.window = windows.indexOf("baseline") >= 0 ? "baseline" : windows[0];
  var time = document.getElementById("time-controls");
  control(time, "Tenant", tenants.map(function (t) { return [t, tenantName(t)]; }), state.tenant, function (v) { state.tenant = v; });
  control(time, "Replicate", replicates.map(function (r) { return [r, String(r)]; }), state.replicate, function (v) { state.replicate = v; });
  control(document.getElementById("spectrum-controls"), "Window", windows.map(function (w) { return [w, w]; }), state.window,
    function (v) { state.window = v; });

  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  var last = innerWidth, timer;
  addEventListener("resize", function () {
    if (innerWidth === last) return;
    last = innerWidth;
    clearTimeout(timer);
    timer = setTimeout(draw, 120);
  });
  addEventListener("beforeprint", draw);
})();
