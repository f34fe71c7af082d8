// Time as the charts need it: the days of the readers' zone, and what the charts have in common.
function offset(seconds) {
  const at = Object.fromEntries(FORMS.parts.formatToParts(new Date(seconds * 1000)).map((part) => [part.type, +part.value]));
  return Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second) / 1000 - seconds;
}

// The first moments of the days from the report's start on, and one beyond its end.
const dayEdges = (() => {
  const edges = [];
  let day = Math.floor((index.from + offset(index.from)) / 86400);
  for (;;) {
    const noon = day * 86400 + 43200;
    const edge = day * 86400 - offset(noon - offset(noon));
    edges.push(edge);
    if (edge > index.to) return edges;
    day += 1;
  }
})();

function dayOf(seconds) {
  let low = 0;
  let high = dayEdges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (dayEdges[middle] <= seconds) low = middle;
    else high = middle - 1;
  }
  return low;
}

// Colours come from the style sheet, so that dark, light and print agree with the text around.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const font = (size) => `${size}px ${colour('sans')}`;
const zonedDate = (seconds) => uPlot.tzDate(new Date(seconds * 1000), index.zone);

function timeAxis(visible) {
  return {
    stroke: () => colour('quiet'), font: font(12), size: visible ? 42 : 0, show: visible, gap: 4, space: 60,
    ticks: { stroke: () => colour('rule'), width: 1, size: 5 },
    grid: { stroke: () => colour('rule'), width: 1 },
    values: [
      [86400 * 28, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
      [86400, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
      [3600, '{H}:{mm}', '\n{D} {MMM}', null, '\n{D} {MMM}', null, null, null, 1],
      [60, '{H}:{mm}', '\n{D} {MMM}', null, '\n{D} {MMM}', null, null, null, 1],
    ],
  };
}

function valueAxis(splits, values) {
  return {
    stroke: () => colour('quiet'), font: font(12), size: 62, gap: 6, splits, values, filter: (u, at) => at,
    ticks: { show: false }, grid: { stroke: () => colour('rule'), width: 1 },
  };
}

// What lies behind every chart: shifts shaded toward their side, fainter from the onset until they were found; outages grey.
function behind(u, shifts) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const band = (from, to) => {
    const a = Math.max(u.valToPos(from, 'x', true), bbox.left);
    const b = Math.min(u.valToPos(to, 'x', true), bbox.left + bbox.width);
    return b > a ? [a, Math.max(b - a, ratio)] : null;
  };
  for (const shift of shifts) {
    const end = Math.max(shift.end || index.to, shift.told);
    for (const [from, to, strength] of [[shift.onset, shift.told, 0.45], [shift.told, end, 1]]) {
      const found = band(from, to);
      if (!found) continue;
      ctx.fillStyle = colour(shift.d > 0 ? 'up-shade' : 'down-shade');
      ctx.globalAlpha = shift.revised ? 0.35 * strength : strength;
      ctx.fillRect(found[0], bbox.top, found[1], bbox.height);
    }
    ctx.globalAlpha = 1;
    if (shift.told < u.scales.x.min || shift.told > u.scales.x.max) continue;
    ctx.fillStyle = colour(shift.d > 0 ? 'up' : 'down');
    ctx.fillRect(u.valToPos(shift.told, 'x', true), bbox.top, Math.max(1.5 * ratio, 1), bbox.height);
  }
  for (const [from, to] of index.outages) {
    const found = band(from, to);
    if (!found) continue;
    ctx.fillStyle = colour('outage');
    ctx.fillRect(found[0], bbox.top, found[1], bbox.height);
  }
  ctx.restore();
}
