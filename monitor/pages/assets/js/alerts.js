// The alerts: what went where and when, what was held back and why.
const ALERT_STATE = {
  sent: ([channel, , , , attempts, , at]) => [quoted(channel), ' ', time('minute', at), attempts > 1 ? `, at try ${attempts}` : ''],
  held: ([channel, , , why, , next]) => [quoted(channel), ` held by ${why} until `, time('minute', next)],
  pending: ([channel, , , , attempts, next, , error]) => [quoted(channel), attempts ? ` tried ${attempts} times, again ` : ' to go out ', time('minute', next), error ? [': ', quoted(error)] : ''],
  dead: ([channel, , , , attempts, , , error]) => [quoted(channel), ` given up after ${plural(attempts, 'try', 'tries')}: `, quoted(error)],
  folded: ([channel, , , why]) => [quoted(channel), ` told in the summary ${why}`],
};
const STATE_WORD = { sent: 'sent', held: 'held', pending: 'waits', dead: 'failed', folded: 'summed up' };
const chosenAlerts = { only: 'all', watchlist: '', page: 0 };

async function alertsView(root) {
  const alerts = await load('alerts');
  const counts = { sent: 0, held: 0, pending: 0, dead: 0, folded: 0 };
  alerts.forEach((alert) => alert.to.forEach((to) => { counts[to[2]] += 1; }));
  const words = [`${plural(alerts.length, 'alert', 'alerts')} in this time`, `${plural(counts.sent, 'delivery', 'deliveries')} accepted`,
    counts.held ? `${counts.held} held` : '', counts.pending ? `${counts.pending} waiting` : '', counts.dead ? `${counts.dead} given up` : '',
    counts.folded ? `${counts.folded} told in summaries` : ''].filter(Boolean).join(', ');
  const list = el('div', { id: 'alert-rows' });
  const update = (reset) => {
    if (reset) chosenAlerts.page = 0;
    alertRows(list, alerts, () => update(false));
  };
  const only = [['all', 'all'], ['held', 'held or waiting'], ['dead', 'failed'], ['unsent', 'sent nowhere']];
  const about = [...new Set(alerts.flatMap((alert) => alert.w))].sort();
  root.replaceChildren(el('h1', { id: 'alerts-h' }, 'Alerts'), el('p', { class: 'lede' }, `${words}.`),
    el('form', { class: 'filters', 'aria-label': 'Filter the alerts', onsubmit: (event) => event.preventDefault() },
      el('label', { class: 'choice' }, el('span', {}, 'Show'), el('select', { onchange: (event) => { chosenAlerts.only = event.target.value; update(true); } },
        only.map(([value, name]) => el('option', { value, selected: value === chosenAlerts.only }, name)))),
      el('label', { class: 'choice' }, el('span', {}, 'Watchlist'), el('select', { onchange: (event) => { chosenAlerts.watchlist = event.target.value; update(true); } },
        el('option', { value: '' }, 'all'), about.map((id) => el('option', { value: id, selected: id === chosenAlerts.watchlist }, nameOf(id)))))), list);
  update(false);
  return { title: 'Alerts' };
}

function alertRows(root, alerts, again) {
  const has = (alert, ...states) => alert.to.some((to) => states.includes(to[2]));
  const passes = { all: () => true, held: (a) => has(a, 'held', 'pending'), dead: (a) => has(a, 'dead'), unsent: (a) => !a.to.length }[chosenAlerts.only];
  const shown = alerts.filter((alert) => passes(alert) && (!chosenAlerts.watchlist || alert.w.includes(chosenAlerts.watchlist)));
  const pages = Math.max(Math.ceil(shown.length / A_PAGE), 1);
  const first = chosenAlerts.page * A_PAGE;
  const turn = (by) => { chosenAlerts.page += by; again(); root.scrollIntoView({ block: 'start' }); };
  root.replaceChildren(shown.length ? el('ul', { class: 'alert-list' }, shown.slice(first, first + A_PAGE).map(alertRow))
    : el('p', { class: 'empty' }, alerts.length ? 'No alert passes these filters.' : 'No alert was raised in this time.'),
  pages > 1 ? el('p', { class: 'pager' }, el('button', { type: 'button', disabled: !chosenAlerts.page, onclick: () => turn(-1) }, '← newer'),
    ` page ${chosenAlerts.page + 1} of ${pages} `, el('button', { type: 'button', disabled: chosenAlerts.page + 1 >= pages, onclick: () => turn(1) }, 'older →')) : '');
}

function alertRow(alert) {
  const title = quoted(alert.h);
  const target = alert.story ? `#/s/${alert.story}` : alert.kind === 'shift' && alert.w[0] ? `#/w/${alert.w[0]}` : null;
  return el('li', {}, el('div', { class: 'when' }, time('minute', alert.t)),
    el('div', { class: 'strength' }, sign(alert.d, alert.s), alert.d ? el('span', { 'aria-hidden': 'true', class: CLASS[alert.d] }, String(alert.s)) : null),
    el('div', { class: 'what' }, target ? el('a', { href: target }, title) : title,
      el('span', { class: 'meta' }, `${alert.kind}${alert.w.length ? ' · ' : ''}`, alert.w.map((id, n) => [n ? ', ' : '', el('a', { href: `#/w/${id}` }, quoted(nameOf(id)))]), ` · ${alert.id}`),
      el('ul', { class: 'deliveries' }, alert.to.length ? alert.to.map((to) => el('li', {}, el('span', { class: `delivery ${to[2]}` }, STATE_WORD[to[2]] || to[2]), ' ',
        (ALERT_STATE[to[2]] || (() => to[0]))(to), el('span', { class: 'meta' }, ` route ${to[1]}`))) : el('li', { class: 'meta' }, 'no channel takes it'))));
}
