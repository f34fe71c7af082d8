// What the charts draw by hand, and the small window that tells what is under the pointer.
function drawDots(u, events, order) {
  const { ctx } = u;
  const ratio = devicePixelRatio;
  const dense = order.length > 1500;
  const size = (dense ? 3.4 : 5) * ratio;
  const fresh = () => ({ '1': new Path2D(), '-1': new Path2D(), '0': new Path2D() });
  const [plain, told] = [fresh(), fresh()];
  const { min, max } = u.scales.x;
  const [xs, ys] = u.data;
  for (let k = firstAfter(xs, min); k < xs.length && xs[k] <= max; k += 1) {
    const i = order[k];
    const x = u.valToPos(xs[k], 'x', true);
    const y = u.valToPos(ys[k], 'y', true);
    const d = events.d[i];
    const path = (events.sig[i] ? told : plain)[d];
    if (d) {
      const tip = y - d * size * 1.05;
      const base = y + d * size * 0.85;
      path.moveTo(x, tip);
      path.lineTo(x + size, base);
      path.lineTo(x - size, base);
      path.closePath();
    } else {
      path.moveTo(x + size * 0.5, y);
      path.arc(x, y, size * 0.5, 0, 7);
    }
  }
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  ctx.clip();
  for (const d of ['0', '1', '-1']) {
    ctx.fillStyle = colour(d === '0' ? 'quiet' : `${CLASS[d]}-fill`);
    ctx.globalAlpha = dense ? 0.45 : 0.6;
    ctx.fill(plain[d]);
    ctx.globalAlpha = 1;
    ctx.fill(told[d]);
    ctx.strokeStyle = colour('ink');
    ctx.lineWidth = (dense ? 0.8 : 1.3) * ratio;
    ctx.stroke(told[d]);
  }
  ctx.restore();
}

// Above each shift: which way it points, and when it was found.
function nameShifts(u, shifts) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `600 ${12 * ratio}px ${colour('sans')}`;
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left';
  let busy = -Infinity;
  for (const shift of shifts) {
    const a = Math.max(u.valToPos(shift.told, 'x', true), bbox.left);
    const b = Math.min(u.valToPos(Math.max(shift.end || index.to, shift.told), 'x', true), bbox.left + bbox.width);
    if (b <= bbox.left || a >= bbox.left + bbox.width) continue;
    const words = `${MARK[shift.d]} ${shift.revised ? 'revised' : 'shift'}, found ${show('day', shift.told).replace(/^\S+ /, '')}`;
    const wide = ctx.measureText(words).width + 12 * ratio;
    const x = Math.min(a, bbox.left + bbox.width - wide);
    if (x < busy) continue;
    busy = x + wide;
    ctx.fillStyle = colour(shift.d > 0 ? 'up' : 'down');
    ctx.fillText(words, x, bbox.top - 17 * ratio);
  }
  ctx.restore();
}

// The user's own line on the evidence axis.
function drawLine(u, days) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  const y = Math.round(u.valToPos(days, 'y', true));
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour('ink');
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.font = `${12 * ratio}px ${colour('sans')}`;
  ctx.textBaseline = 'bottom';
  ctx.textAlign = 'left';
  ctx.fillText(`your line: once in ${Math.round(days)} days`, bbox.left + 6 * ratio, y - 3 * ratio);
  ctx.restore();
}

function eventTip(events, i, stories) {
  const places = events.all[i] || [events.lead[i]];
  const first = [events.lead[i], ...places.filter((place) => place !== events.lead[i])];
  return [
    el('p', { class: 'meta' }, sign(events.d[i], events.s[i]),
      `${events.d[i] ? `${WORD[events.d[i]]}, strength ${events.s[i]}` : events.r[i] ? 'points neither way' : 'not read: no reader for this language'} · ${show('full', events.t[i])}`),
    el('ul', {}, first.slice(0, 6).map((place) => el('li', {},
      el('a', { href: `#/s/${stories.id[place]}` }, quoted(stories.h[place].slice(0, 160), index.langs[stories.l[place]])),
      ' ', el('span', { class: 'meta' }, quoted(index.outlets[stories.o[place]]))))),
    first.length > 6 ? el('p', { class: 'meta' }, `and ${first.length - 6} more`) : null,
    events.sig[i] ? el('p', { class: 'meta' }, `Told as a signal ${show('minute', events.sig[i])}.`) : null,
  ];
}

const tip = byId('tip');
const tipPinned = () => !tip.hidden && tip.classList.contains('pinned');

function showTip(content, x, y, pin = false) {
  tip.replaceChildren(...content.filter(Boolean));
  tip.hidden = false;
  tip.classList.toggle('pinned', pin);
  const { offsetWidth: w, offsetHeight: h } = tip;
  const left = x + 14 + w > innerWidth ? Math.max(x - w - 14, 8) : x + 14;
  const top = y + 14 + h > innerHeight ? Math.max(y - h - 14, 8) : y + 14;
  tip.style.left = `${left + scrollX}px`;
  tip.style.top = `${top + scrollY}px`;
}

function hideTip() {
  tip.hidden = true;
  tip.classList.remove('pinned');
}
addEventListener('keydown', (event) => { if (event.key === 'Escape') hideTip(); });
document.addEventListener('pointerdown', (event) => {
  if (tipPinned() && !tip.contains(event.target) && !event.target.closest('.u-over')) hideTip();
});
