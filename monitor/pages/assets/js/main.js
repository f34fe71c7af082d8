// Which page is shown: the part of the address after the hash says it, so that a link to a story can be sent on.
const VIEWS = [
  [/^#\/w\/([a-z0-9-]+)$/, 'watchlist', watchlistView],
  [/^#\/s\/(\d+)$/, 'story', storyView],
  [/^#\/alerts$/, 'alerts', alertsView],
  [/^#\/feeds$/, 'feeds', async () => ({ title: 'Feeds' })],
  [/.*/, 'overview', async () => ({ title: 'Overview' })],
];
const baseTitle = document.title;
let current = {};
let turn = 0;

async function route(moved) {
  turn += 1;
  const mine = turn;
  const [pattern, name, view] = VIEWS.find(([form]) => form.test(location.hash || '#/'));
  const [, argument] = (location.hash || '#/').match(pattern);
  if (current.destroy) current.destroy();
  hideTip();
  current = {};
  document.documentElement.removeAttribute('data-ready');
  for (const section of document.querySelectorAll('.view')) section.hidden = section.id !== name;
  const page = argument && name === 'watchlist' ? `w/${argument}` : name;
  document.querySelectorAll('nav [data-page]').forEach((link) => {
    if (link.dataset.page === page) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  });
  const root = byId(name);
  try {
    const shown = await view(root, argument);
    if (mine !== turn) {
      if (shown.destroy) shown.destroy();
      return;
    }
    current = shown;
    document.title = name === 'overview' ? baseTitle : `${shown.title} – ${baseTitle.split(':')[0]}`;
  } catch (error) {
    root.replaceChildren(el('h1', {}, 'This cannot be shown'), el('p', { class: 'empty' }, String(error.message || error)));
  }
  if (moved) {
    scrollTo(0, 0);
    const head = root.querySelector('h1');
    if (head) {
      head.setAttribute('tabindex', '-1');
      head.focus({ preventScroll: true });
    }
  }
  document.documentElement.dataset.ready = location.hash || '#/';
}

document.documentElement.classList.add('scripted');
addEventListener('hashchange', () => route(true));
document.querySelector('.skip').addEventListener('click', (event) => { event.preventDefault(); byId('main').focus(); });
const printing = (on) => {
  document.documentElement.classList.toggle('printing', on);
  if (current.redraw) current.redraw();
};
addEventListener('beforeprint', () => printing(true));
addEventListener('afterprint', () => printing(false));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { if (current.redraw) current.redraw(); });

// Served live: ask now and then whether the database holds something newer than this page.
if (index.live) {
  const look = async () => {
    try {
      const answer = await fetch('fresh', { cache: 'no-store' });
      if (!answer.ok) return;
      const { version } = await answer.json();
      if (version === index.version || !byId('newer').hidden) return;
      byId('newer').hidden = false;
      byId('newer').replaceChildren('There is something newer. ', el('button', { type: 'button', onclick: () => location.reload() }, 'Show it'));
    } catch { /* the server is away: what is shown stays true as of its time */ }
  };
  setInterval(look, 30000);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });
}
// The first picture comes before any data is unpacked.
requestAnimationFrame(() => setTimeout(() => route(false)));
