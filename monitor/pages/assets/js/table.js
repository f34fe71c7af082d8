// The same numbers as the charts, as a table: a line a day.
function daysTable(data, days) {
  const { t, u: up, d: down } = data.evidence;
  const rows = [];
  for (let day = dayEdges.length - 2; day >= 0; day -= 1) {
    const [from, to] = [dayEdges[day], dayEdges[day + 1]];
    const last = lastBefore(t, to - 1);
    const here = data.shifts.filter((shift) => shift.onset < to && (shift.end || index.to) >= from && !shift.revised);
    const out = index.outages.some(([a, b]) => a < to && b > from);
    const words = [...here.map((shift) => `shift toward ${WORD[shift.d]}`), out ? 'feeds down' : ''].filter(Boolean).join(', ');
    rows.push(el('tr', {}, el('th', { scope: 'row' }, show('day', from + 43200)),
      ...[days.up[day], days.down[day], days.none[day]].map((n) => el('td', { class: 'num' }, String(n))),
      ...[up, down].map((side) => el('td', { class: 'num' }, last < 0 ? '–' : onceIn(side[last]))), el('td', {}, words)));
  }
  const heads = ['Day', '▲ escalation', '▼ de-escalation', 'neither', 'evidence of escalation', 'evidence of de-escalation', 'state'];
  return el('table', { class: 'numbers' },
    el('caption', { class: 'visually-hidden' }, 'Stories and evidence by day, newest first'),
    el('thead', {}, el('tr', {}, heads.map((head) => el('th', { scope: 'col' }, head)))), el('tbody', {}, rows));
}
