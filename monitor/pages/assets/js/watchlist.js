// A watchlist's page: where it stands, three charts on one time axis, filters, and the events under them.
const A_PAGE = 40;
const kept = new Map();

async function watchlistView(root, id) {
  const number = index.watchlists.findIndex((each) => each.id === id);
  if (number < 0) {
    root.replaceChildren(el('h1', { id: 'watchlist-h' }, 'No such watchlist'),
      el('p', { class: 'empty' }, 'This report does not hold it: ', el('a', { href: '#/' }, 'see the overview'), '.'));
    return { title: 'No such watchlist' };
  }
  const { name } = index.watchlists[number];
  const [data, stories] = await Promise.all([load(`w${number}`), load('stories')]);
  const state = kept.get(id) || { d: new Set([1, 0, -1]), lang: '', outlet: '', told: false, words: '', page: 0 };
  kept.set(id, state);
  root.replaceChildren(heading(name, data), ...shiftNotes(data, number), filters(data, stories, state, () => update(true)), chartBoxes(name, data.line),
    el('div', { class: 'list', id: 'list' }),
    el('details', { class: 'as-table', ontoggle: (event) => fillTable(event.target, data, () => days) },
      el('summary', {}, 'The charts as a table')));
  let order = [];
  let days = null;
  let range = [index.from, index.to];
  const charts = new Charts(root, data, stories, {
    range: (from, to) => {
      range = [from, to];
      state.page = 0;
      list();
      root.querySelectorAll('[data-span]').forEach((button) => button.setAttribute('aria-pressed',
        String(Math.abs(to - index.to) < 3600 && Math.abs(to - from - spanOf(button.dataset.span)) < 3600)));
    },
  });
  const list = () => eventList(byId('list'), data.events, stories, order, range, state, list);
  const update = (reset) => {
    if (reset) state.page = 0;
    order = chosen(data.events, stories, state);
    days = byDay(data.events, stories, order, state);
    hideTip();
    charts.draw(order, days);
    list();
    const table = root.querySelector('.as-table[open]');
    if (table) fillTable(table, data, () => days);
  };
  root.querySelectorAll('[data-span]').forEach((button) => button.addEventListener('click', () =>
    charts.zoom(Math.max(index.from, index.to - spanOf(button.dataset.span)), index.to)));
  update(false);
  charts.on.range(index.from, index.to);
  keys(root, charts, data, stories, () => order);
  return { title: name, destroy: () => charts.destroy(), redraw: () => charts.redraw() };
}

const spanOf = (days) => (days === 'all' ? index.to - index.from : Math.min(days * 86400, index.to - index.from));

function heading(name, data) {
  const words = {
    shift: `Shift toward ${data.direction}${data.since ? ` since ${show('day', data.since)}` : ''}`,
    faded: `The shift toward ${data.direction} has faded`, 'new usual': `${data.direction} has become the usual`,
    usual: 'As usual', 'too sparse': 'Too sparse for shifts',
  }[data.state];
  const side = data.state === 'shift' ? (data.direction === 'escalation' ? 1 : -1) : 0;
  const { u: up, d: down } = data.evidence;
  const now = up.length ? `Evidence now: ▲ ${onceIn(up[up.length - 1])}, ▼ ${onceIn(down[down.length - 1])} on a usual stream; `
    + `your line is once in ${Math.round(data.line)} days. ` : '';
  const pace = `${data.pace.toFixed(1)} independent stories a day. `;
  const delay = data.delays.large && data.state !== 'too sparse'
    ? `A large shift would be noticed in about ${data.delays.large >= 48 ? `${Math.round(data.delays.large / 24)} days` : `${data.delays.large} hours`}.` : '';
  return el('div', { class: 'head' }, el('h1', { id: 'watchlist-h' }, quoted(name)),
    el('p', { class: `standing ${CLASS[side]}` }, side ? el('span', { 'aria-hidden': 'true' }, `${MARK[side]} `) : null, words),
    el('p', { class: 'lede' }, now, pace, delay), data.advice ? el('p', { class: 'advice' }, `${data.advice}.`) : null);
}

// Each shift in a sentence; where there is none, how near the evidence came.
function shiftNotes(data, number) {
  const held = [...document.querySelectorAll(`[data-why="${number}"]`)].map((why) => why.textContent).join(' ');
  const why = held ? [el('p', { class: 'shift-note' }, held)] : [];
  if (!data.shifts.length) return why;
  const ends = { faded: 'it faded', 'new-usual': 'it became the usual', turned: 'it turned' };
  return [el('ul', { class: 'shift-notes' }, data.shifts.map((shift) => el('li', { class: CLASS[shift.d] },
    el('strong', {}, el('span', { 'aria-hidden': 'true' }, `${MARK[shift.d]} `), `Shift toward ${WORD[shift.d]} from `, time('day', shift.onset)),
    shift.error ? ` (± ${shift.error >= 48 ? `${Math.round(shift.error / 24)} days` : `${shift.error} h`})` : '',
    ', found ', time('minute', shift.told),
    shift.pointing !== undefined ? `: ${shift.pointing} of ${plural(shift.stories, 'independent story', 'independent stories')} from ${plural(shift.sources, 'outlet', 'outlets')} point there` : '',
    shift.usual !== undefined ? `, usually ${Math.round(shift.usual * 100)} %` : '',
    shift.chance ? `; by chance ${onceIn(shift.chance)}` : '',
    shift.revised ? `. Revised: ${shift.revised}.` : shift.end ? [`; ${ends[shift.how] || 'it ended'} `, time('day', shift.end), '.'] : '; it holds.'))), ...why];
}

function filters(data, stories, state, changed) {
  const { events } = data;
  const count = (column) => {
    const found = new Map();
    events.lead.forEach((lead, i) => (events.all[i] || [lead]).forEach((place) =>
      found.set(stories[column][place], (found.get(stories[column][place]) || 0) + 1)));
    return [...found].sort((a, b) => b[1] - a[1]);
  };
  const box = (d) => el('label', { class: `check ${CLASS[d]}` },
    el('input', { type: 'checkbox', checked: state.d.has(d), 'data-direction': d, onchange: (event) => {
      if (event.target.checked) state.d.add(d); else state.d.delete(d);
      changed();
    } }), el('span', { 'aria-hidden': 'true' }, MARK[d]), ` ${WORD[d]}`);
  const choice = (label, key, values) => el('label', { class: 'choice' }, el('span', { class: 'visually-hidden' }, label),
    el('select', { 'data-filter': key, onchange: (event) => { state[key] = event.target.value; changed(); } },
      el('option', { value: '' }, `all ${label.toLowerCase()}s`), values.map(([value, words]) =>
        el('option', { value, selected: String(value) === state[key] }, words))));
  const span = (days, words) => el('button', { type: 'button', 'data-span': days, 'aria-pressed': 'false' }, words);
  const long = (index.to - index.from) / 86400;
  return el('form', { class: 'filters', 'aria-label': 'Filter the events', onsubmit: (event) => event.preventDefault() },
    el('fieldset', {}, el('legend', { class: 'visually-hidden' }, 'Direction'), [1, -1, 0].map(box)),
    choice('Language', 'lang', count('l').map(([l, n]) => [l, `${LANGUAGE[index.langs[l]] || index.langs[l]} (${n})`])),
    choice('Source', 'outlet', count('o').map(([o, n]) => [o, `${index.outlets[o]} (${n})`])),
    el('label', { class: 'choice' }, el('span', { class: 'visually-hidden' }, 'Words of the title'), el('input', { type: 'search', placeholder: 'words of the title', value: state.words, 'data-filter': 'words',
      oninput: (event) => { state.words = event.target.value; changed(); } })),
    el('label', { class: 'check' }, el('input', { type: 'checkbox', checked: state.told, 'data-filter': 'told',
      onchange: (event) => { state.told = event.target.checked; changed(); } }), ' only signals'),
    el('div', { class: 'spans', role: 'group', 'aria-label': 'Time shown' },
      span('all', 'all'), long > 31 ? span(30, '30 days') : null, long > 8 ? span(7, '7 days') : null));
}

function chartBoxes(name, line) {
  const key = (cls, mark, words) => el('span', { class: cls }, el('span', { 'aria-hidden': 'true' }, mark), ` ${words}`);
  const part = (chart, title, ...legend) => el('figure', { class: 'chart' },
    el('figcaption', {}, el('strong', {}, title), ...legend), el('div', { 'data-chart': chart, 'aria-hidden': 'true' }));
  return el('div', { class: 'charts', tabindex: '0', role: 'application', 'aria-roledescription': 'timeline',
    'aria-label': `Events on ${name}. Arrow keys step through them, Enter opens one, plus and minus zoom. A table of the same is at the end.` },
  part('events', 'Events', ' by direction and strength', key('told', '△', 'outlined: told as a signal')),
  part('evidence', 'Evidence', ` of a shift: a usual stream shows as much once in … (drawn up to ${Math.round(highest(line))} days)`, key('up', '▬', 'escalation'), key('down', '╍', 'de-escalation')),
  part('volume', 'Stories a day', '', key('up', '■', 'escalation'), key('down', '■', 'de-escalation'), key('none', '■', 'neither')));
}

// The places of the events that pass the filters, in order of time.
function chosen(events, stories, state) {
  const words = state.words.toLowerCase().split(/\s+/).filter(Boolean);
  const order = [];
  for (let i = 0; i < events.t.length; i += 1) {
    if (!state.d.has(events.d[i]) || (state.told && !events.sig[i])) continue;
    const all = events.all[i] || [events.lead[i]];
    if (state.lang !== '' && !all.some((place) => stories.l[place] === +state.lang)) continue;
    if (state.outlet !== '' && !all.some((place) => stories.o[place] === +state.outlet)) continue;
    if (words.length && !all.some((place) => words.every((word) => stories.h[place].toLowerCase().includes(word)))) continue;
    order.push(i);
  }
  return order;
}

// Stories a day by direction, of the chosen events; of other sources and languages none is counted.
function byDay(events, stories, order, state) {
  const zeros = () => new Array(dayEdges.length - 1).fill(0);
  const days = { up: zeros(), none: zeros(), down: zeros() };
  for (const i of order) {
    for (const place of events.all[i] || [events.lead[i]]) {
      if (state.lang !== '' && stories.l[place] !== +state.lang) continue;
      if (state.outlet !== '' && stories.o[place] !== +state.outlet) continue;
      days[CLASS[events.d[i]]][dayOf(stories.t[place])] += 1;
    }
  }
  return days;
}

function eventList(root, events, stories, order, [from, to], state, again) {
  const shown = order.filter((i) => events.t[i] >= from && events.t[i] <= to).reverse();
  const pages = Math.max(Math.ceil(shown.length / A_PAGE), 1);
  state.page = Math.min(state.page, pages - 1);
  const first = state.page * A_PAGE;
  const some = shown.slice(first, first + A_PAGE);
  const turn = (by) => { state.page += by; again(); root.querySelector('h2').focus(); root.scrollIntoView({ block: 'start' }); };
  const count = shown.length ? `${plural(shown.length, 'event', 'events')}${pages > 1 ? `, ${first + 1}–${first + some.length}` : ''}` : 'No event passes these filters';
  root.replaceChildren(el('h2', { tabindex: '-1' }, count),
    el('ol', { class: 'events', start: first + 1 }, some.map((i) => eventRow(events, stories, i))),
    pages > 1 ? el('p', { class: 'pager' }, el('button', { type: 'button', disabled: !state.page, onclick: () => turn(-1) }, '← newer'),
      ` page ${state.page + 1} of ${pages} `, el('button', { type: 'button', disabled: state.page + 1 >= pages, onclick: () => turn(1) }, 'older →')) : '');
}

function eventRow(events, stories, i) {
  const lead = events.lead[i];
  const lang = index.langs[stories.l[lead]];
  const places = events.all[i] || [lead];
  const outlets = [...new Set(places.map((place) => index.outlets[stories.o[place]]))];
  const evidence = `evidence ${CLASS[events.d[i]]}`;
  const notes = [outlets.slice(0, 3).join(', ') + (outlets.length > 3 ? ` and ${outlets.length - 3} more` : ''),
    places.length > 1 ? plural(places.length, 'story', 'stories') : '', lang === 'en' ? '' : LANGUAGE[lang] || lang,
    events.g[i] ? '' : 'described, not named', events.r[i] ? '' : 'not read', events.sig[i] ? 'told as a signal' : '',
    ['', 'corrected by a person', 'confirmed by a person'][events.c[i]]].filter(Boolean);
  return el('li', {}, el('div', { class: 'when' }, time('minute', events.t[i])),
    el('div', { class: 'strength' }, sign(events.d[i], events.s[i]), events.d[i] ? el('span', { 'aria-hidden': 'true', class: CLASS[events.d[i]] }, String(events.s[i])) : null),
    el('div', { class: 'what' },
      el('a', { href: `#/s/${stories.id[lead]}` }, marked(stories.h[lead], events.m[i] ? [[...events.m[i], evidence]] : [], lang)),
      events.v[i] ? el('span', { class: 'also' }, el('mark', { class: evidence }, quoted(events.v[i], lang))) : null,
      el('span', { class: 'meta' }, ...notes.flatMap((note, n) => [n ? ' · ' : '', el('bdi', {}, note)]))));
}

function fillTable(details, data, days) {
  if (!details.open || !days()) return;
  details.querySelector('.scroll')?.remove();
  details.append(el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'The charts as a table' }, daysTable(data, days())));
}

// The keyboard's way through the events: each is told and shown in turn.
function keys(root, charts, data, stories, order) {
  const box = root.querySelector('.charts');
  let at = null;
  const go = (k) => {
    const shown = order();
    if (!shown.length) return;
    at = Math.min(Math.max(k, 0), shown.length - 1);
    const i = shown[at];
    if (data.events.t[i] < charts.from || data.events.t[i] > charts.to) charts.zoom(index.from, index.to);
    charts.showEvent(charts.plots[0], i, false);
    const { events } = data;
    say(`${at + 1} of ${shown.length}: ${WORD[events.d[i]]}${events.d[i] ? `, strength ${events.s[i]}` : ''}, ${show('full', events.t[i])}: ${stories.h[events.lead[i]]}`);
  };
  const half = (share) => {
    const middle = at === null ? (charts.from + charts.to) / 2 : data.events.t[order()[at]];
    const reach = ((charts.to - charts.from) * share) / 2;
    charts.zoom(Math.max(index.from, middle - reach), Math.min(index.to, middle + reach));
  };
  box.addEventListener('keydown', (event) => {
    const last = order().length - 1;
    const moves = {
      ArrowRight: () => go(at === null ? 0 : at + 1), ArrowLeft: () => go(at === null ? last : at - 1), Home: () => go(0), End: () => go(last),
      '+': () => half(0.5), '-': () => half(2), Enter: () => { if (at !== null) location.hash = `#/s/${stories.id[data.events.lead[order()[at]]]}`; },
    };
    if (!moves[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    moves[event.key]();
  });
  box.addEventListener('blur', () => { if (!tipPinned()) hideTip(); });
}
