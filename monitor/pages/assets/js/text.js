// Elements, words and times. All text goes in as text: nothing here or elsewhere parses markup.
const index = JSON.parse(document.getElementById('index').textContent);
const byId = (id) => document.getElementById(id);

function el(tag, attrs, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const MARK = { '1': '▲', '0': '·', '-1': '▼' };
const WORD = { '1': 'escalation', '0': 'neither', '-1': 'de-escalation' };
const CLASS = { '1': 'up', '0': 'none', '-1': 'down' };
const LANGUAGE = { en: 'English', ar: 'Arabic', fa: 'Persian', he: 'Hebrew', tr: 'Turkish', ku: 'Kurdish', fr: 'French',
  de: 'German', es: 'Spanish', ru: 'Russian' };

const zoned = (options) => new Intl.DateTimeFormat('en-GB', { timeZone: index.zone, ...options });
const FORMS = {
  minute: zoned({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hour12: false }),
  day: zoned({ weekday: 'short', day: 'numeric', month: 'short' }),
  full: zoned({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit',
    hour12: false }),
  parts: zoned({ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    hourCycle: 'h23' }),
};
const show = (form, seconds) => FORMS[form].format(new Date(seconds * 1000));
const time = (form, seconds) =>
  el('time', { datetime: new Date(seconds * 1000).toISOString() }, show(form, seconds));
const plural = (n, one, many) => `${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`;

// A direction by its shape, with the word for those who hear the page.
function sign(direction, strength) {
  return el('span', { class: `sign ${CLASS[direction]}` }, el('span', { 'aria-hidden': 'true' }, MARK[direction]),
    el('span', { class: 'visually-hidden' }, `${WORD[direction]}${direction ? `, strength ${strength} of 3` : ''}: `));
}

// Words of a feed: kept apart from the line around them, in their own direction.
const quoted = (text, lang) => el('bdi', { dir: 'auto', lang: lang || null }, text);

// A text with places marked: `places` are [start, end, class]; where several meet, all their classes are given.
function marked(text, places, lang, tag = 'bdi') {
  const edges = [...new Set([0, text.length, ...places.flatMap(([a, b]) => [a, b])])]
    .filter((edge) => edge >= 0 && edge <= text.length).sort((a, b) => a - b);
  const out = el(tag, { dir: 'auto', lang: lang || null });
  for (let i = 0; i + 1 < edges.length; i += 1) {
    const piece = text.slice(edges[i], edges[i + 1]);
    const kinds = places.filter(([a, b]) => a <= edges[i] && b >= edges[i + 1]).map((place) => place[2]);
    const strong = kinds.some((kind) => kind.startsWith('evidence'));
    out.append(kinds.length ? el(strong ? 'mark' : 'span', { class: [...new Set(kinds)].join(' ') }, piece) : piece);
  }
  return out;
}

function onceIn(days) {
  if (days < 2) return 'any day';
  if (days < 14) return `once in ${Math.round(days)} days`;
  if (days < 60) return `once in ${Math.round(days / 7)} weeks`;
  if (days < 700) return `once in ${Math.round(days / 30.4)} months`;
  return 'less than once in two years';
}

const say = (words) => { byId('say').textContent = words; };
