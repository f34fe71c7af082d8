// The three charts of a watchlist, one time axis: events, evidence, volume. uPlot draws the axes and the lines.
const LEFT_TO_POINTER = 14;

class Charts {
  // `data` is the watchlist's block; `on.range(from, to)` is told of a zoom, `on.open(event)` of a choice.
  constructor(root, data, stories, on) {
    Object.assign(this, { root, data, stories, on });
    this.from = index.from;
    this.to = index.to;
    this.order = [];
    this.boxes = ['events', 'evidence', 'volume'].map((name) => root.querySelector(`[data-chart="${name}"]`));
    this.heights = () => (this.boxes[0].clientWidth < 500 ? [230, 160, 120] : [262, 190, 132]);
    this.resized = new ResizeObserver(() => this.resize());
  }

  // Draws the events in `order` (places, by time) and the counts of each day.
  draw(order, days) {
    this.order = order;
    this.days = days;
    if (this.plots) {
      this.plots[0].setData(this.eventData(), false);
      this.plots[2].setData(this.volumeData(), false);
      this.zoom(this.from, this.to);
      return;
    }
    this.plots = [this.makeEvents(), this.makeEvidence(), this.makeVolume()];
    this.boxes.forEach((box) => this.resized.observe(box));
  }

  destroy() {
    this.resized.disconnect();
    (this.plots || []).forEach((plot) => plot.destroy());
    this.plots = null;
    hideTip();
  }

  resize() {
    if (!this.plots) return;
    this.plots.forEach((plot, i) => {
      const width = this.boxes[i].clientWidth;
      if (width && Math.abs(width - plot.width) > 1) plot.setSize({ width, height: this.heights()[i] });
    });
  }

  redraw() { (this.plots || []).forEach((plot) => plot.redraw(false, true)); }

  zoom(from, to) {
    if (this.zooming || !this.plots) return;
    this.zooming = true;
    [this.from, this.to] = [from, to];
    this.plots.forEach((plot) => plot.setScale('x', { min: from, max: to }));
    this.zooming = false;
    this.on.range(from, to);
  }

  options(place, extra) {
    return {
      width: this.boxes[place].clientWidth || 600, height: this.heights()[place], tzDate: zonedDate, legend: { show: false },
      padding: [place === 0 ? 24 : 8, 10, place === 2 ? 0 : 4, 0], pxAlign: 1, ...extra,
      cursor: {
        sync: { key: 'watchlist', setSeries: false, scales: ['x', null] }, points: { show: false }, y: false,
        drag: { x: true, y: false, dist: 6 }, bind: { dblclick: () => () => this.zoom(index.from, index.to) },
        ...extra.cursor,
      },
      scales: { x: { time: true, min: this.from, max: this.to, range: (u, min, max) => [min ?? this.from, max ?? this.to] },
        ...extra.scales },
      hooks: {
        drawClear: [(u) => behind(u, this.data.shifts)],
        setScale: [(u, key) => { if (key === 'x' && this.plots) this.zoom(u.scales.x.min, u.scales.x.max); }],
        ...extra.hooks,
      },
    };
  }

  eventData() {
    const { t } = this.data.events;
    return [this.order.map((i) => t[i]), this.order.map((i) => this.height(i))];
  }

  // A dot's height: its strength toward its side; a little off the line, so that dots of one hour can be told apart.
  height(i) {
    const { d, s } = this.data.events;
    const off = (((i * 2654435761) >>> 8) % 1000) / 1000 - 0.5;
    return d[i] * s[i] + off * 0.56;
  }

  makeEvents() {
    const name = (v) => (v === 0 ? 'neither' : `${v > 0 ? '▲' : '▼'} ${Math.abs(v)}`);
    const plot = new uPlot(this.options(0, {
      scales: { y: { range: [-3.6, 3.6] } },
      axes: [timeAxis(false), valueAxis(() => [-3, -2, -1, 0, 1, 2, 3], (u, at) => at.map(name))],
      series: [{}, { paths: () => null, points: { show: false } }],
      hooks: {
        drawClear: [(u) => behind(u, this.data.shifts)],
        draw: [(u) => drawDots(u, this.data.events, this.order), (u) => nameShifts(u, this.data.shifts)],
        setScale: [(u, key) => { if (key === 'x' && this.plots) this.zoom(u.scales.x.min, u.scales.x.max); }],
      },
    }), this.eventData(), this.boxes[0]);
    plot.over.addEventListener('mousemove', () => { if (!tipPinned()) this.hover(plot); });
    plot.over.addEventListener('mouseleave', () => { if (!tipPinned()) hideTip(); });
    plot.over.addEventListener('click', () => this.choose(plot));
    return plot;
  }

  makeEvidence() {
    const { t, u: up, d: down } = this.data.evidence;
    const top = highest(this.data.line);
    const within = (values) => values.map((v) => Math.min(Math.max(v, 1), top));
    const at = [1, 7, 30, 90, 365, 1825];
    const name = (v) => ({ 1: '1 day', 7: '7 days', 30: '30 days', 90: '90 days', 365: '1 year', 1825: '5 years' })[v];
    const most = Math.max(...within(up), ...within(down), this.data.line, 30) * 1.7;
    const line = (role, dash) => ({
      stroke: () => colour(role), width: 2, dash, paths: uPlot.paths.stepped({ align: 1 }), points: { show: false },
    });
    const ends = t.length ? [[...t, Math.max(index.to, t[t.length - 1])], ...[up, down].map((v) => within([...v, v[v.length - 1]]))]
      : [[], [], []];
    const plot = new uPlot(this.options(1, {
      scales: { y: { distr: 3, log: 10, range: () => [0.85, most] } },
      axes: [timeAxis(false), valueAxis(() => at.filter((v) => v <= most), (u, values) => values.map(name))],
      series: [{}, line('up'), line('down', [6, 3])],
      hooks: {
        drawClear: [(u) => behind(u, this.data.shifts)],
        draw: [(u) => drawLine(u, this.data.line)],
        setScale: [(u, key) => { if (key === 'x' && this.plots) this.zoom(u.scales.x.min, u.scales.x.max); }],
      },
    }), ends, this.boxes[1]);
    this.onMove(plot, (seconds) => {
      const place = lastBefore(t, seconds);
      if (place < 0) return null;
      return [el('p', { class: 'meta' }, show('full', t[place])),
        el('p', {}, sign(1, 1), `toward escalation: ${onceIn(up[place])}`),
        el('p', {}, sign(-1, 1), `toward de-escalation: ${onceIn(down[place])}`)];
    });
    return plot;
  }

  volumeData() {
    const { up, none, down } = this.days;
    const middles = up.map((_, i) => (dayEdges[i] + dayEdges[i + 1]) / 2);
    return [middles, up.map((v, i) => v + none[i] + down[i]), up.map((v, i) => v + down[i]), up];
  }

  makeVolume() {
    const bars = (role) => ({
      fill: () => colour(role), stroke: 'transparent', width: 0, points: { show: false },
      paths: uPlot.paths.bars({ size: [0.86, 60], align: 0 }),
    });
    const plot = new uPlot(this.options(2, {
      scales: { y: { range: (u, min, max) => [0, Math.max(max || 0, 4) * 1.08] } },
      axes: [timeAxis(true), { ...valueAxis(undefined, (u, at) => at.map((v) => (Number.isInteger(v) ? v.toLocaleString('en-GB') : ''))), splits: undefined, space: 34 }],
      series: [{}, bars('none-fill'), bars('down-fill'), bars('up-fill')],
    }), this.volumeData(), this.boxes[2]);
    this.onMove(plot, (seconds) => {
      const day = dayOf(seconds);
      const { up, none, down } = this.days;
      return [el('p', { class: 'meta' }, show('day', dayEdges[day] + 43200)), el('p', {}, sign(1, 1), `${up[day]} toward escalation`),
        el('p', {}, sign(-1, 1), `${down[day]} toward de-escalation`), el('p', {}, sign(0, 1), `${none[day]} neither`)];
    });
    return plot;
  }

  onMove(plot, words) {
    plot.over.addEventListener('mousemove', (event) => {
      if (tipPinned()) return;
      const found = words(plot.posToVal(plot.cursor.left, 'x'));
      if (found) showTip(found, event.clientX, event.clientY);
    });
    plot.over.addEventListener('mouseleave', () => { if (!tipPinned()) hideTip(); });
  }

  // The event nearest to the pointer, if it is near enough to be meant.
  nearest(plot) {
    const { left, top } = plot.cursor;
    const { t } = this.data.events;
    const reach = LEFT_TO_POINTER;
    let best = -1;
    let least = reach * reach;
    const [xs] = plot.data;
    for (let k = firstAfter(xs, plot.posToVal(left - reach, 'x')); k < xs.length; k += 1) {
      const x = plot.valToPos(xs[k], 'x');
      if (x > left + reach) break;
      const far = (x - left) ** 2 + (plot.valToPos(plot.data[1][k], 'y') - top) ** 2;
      if (far < least) [best, least] = [this.order[k], far];
    }
    return t.length ? best : -1;
  }

  hover(plot) {
    const found = this.nearest(plot);
    plot.over.style.cursor = found < 0 ? 'crosshair' : 'pointer';
    if (found < 0) hideTip();
    else this.showEvent(plot, found, false);
  }

  choose(plot) {
    const found = this.nearest(plot);
    if (found >= 0) this.showEvent(plot, found, true);
    else hideTip();
  }

  showEvent(plot, i, pin) {
    const box = plot.over.getBoundingClientRect();
    const x = box.left + plot.valToPos(this.data.events.t[i], 'x');
    const y = box.top + plot.valToPos(this.height(i), 'y');
    showTip(eventTip(this.data.events, i, this.stories), x, y, pin);
  }
}

// Evidence is drawn up to here: in a shift it grows without bound, and what is far above the line says no more.
const highest = (line) => Math.max(line * 4, 100);

function firstAfter(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
const lastBefore = (sorted, value) => firstAfter(sorted, value + 1) - 1;
