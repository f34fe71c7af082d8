// A story's page: what `monitor explain` says, made visible.
const PART = ['Title', 'Summary', 'Text'];
const ROLE = { agent: 'acts', target: 'is acted on', speaker: 'speaks', addressee: 'is spoken to', mediator: 'mediates', mentioned: 'is only mentioned' };
const RULE = { exact: 'as written', transliteration: 'another spelling', typo: 'a slip of the pen', clitic: 'with a particle attached', near: 'near a word that makes it sure', title: 'an office' };

async function storyView(root, id) {
  const place = await placeOf(+id);
  if (place === undefined) {
    root.replaceChildren(el('h1', { id: 'story-h' }, 'Not in this report'),
      el('p', { class: 'empty' }, `Story ${id} is older than this report, or about no watchlist. `, el('code', {}, `monitor explain ${id}`), ' shows it.'));
    return { title: 'Not in this report' };
  }
  const [story, stories] = await Promise.all([storyAt(place), load('stories')]);
  const lang = index.langs[stories.l[place]];
  const whole = story.R.find((each) => !each.w);
  const own = story.R.filter((each) => each.w);
  const alerts = (await load('alerts')).filter((alert) => alert.story === story.id);
  root.replaceChildren(
    el('p', { class: 'crumbs' }, own.map((each, n) => [n ? ' · ' : '', el('a', { href: `#/w/${each.w}` }, quoted(nameOf(each.w)))])),
    el('h1', { id: 'story-h' }, headline(story, lang)),
    facts(story, stories, place, lang),
    ...corrections(story),
    el('div', { class: 'story' },
      el('div', { class: 'text' }, el('h2', {}, 'The text'), texts(story, lang), legend(story),
        await together(story, stories, place)),
      el('div', { class: 'readings' }, el('h2', {}, 'How it was read'), [...own, whole].filter(Boolean).map((each) => card(each, lang)),
        alerts.length ? [el('h2', {}, 'What was told'), el('ul', { class: 'alert-list' }, alerts.map(alertRow))] : null)));
  return { title: stories.h[place] };
}

const headline = (story, lang) => marked(story.x[0], placesOf(story)[0], lang);
const nameOf = (id) => (index.watchlists.find((each) => each.id === id) || { name: id }).name;

function facts(story, stories, place, lang) {
  const parts = [quoted(index.outlets[stories.o[place]]), LANGUAGE[lang] || lang,
    story.p ? el('span', {}, 'published ', time('full', story.p)) : 'no date of its own', el('span', {}, 'first seen ', time('full', story.f)),
    el('span', {}, story.feed === 'archive' ? 'from an archive' : 'from the feed ', story.feed === 'archive' ? null : el('bdi', {}, story.feed)),
    story.art || null,
    story.rev ? `revision ${story.rev}` : null,
    story.u ? el('a', { href: story.u, rel: 'noopener noreferrer', target: '_blank' }, 'the original ↗') : null].filter(Boolean);
  return el('p', { class: 'facts' }, parts.flatMap((part, n) => [n ? ' · ' : '', part]));
}

function corrections(story) {
  return (story.L || []).map(([watchlist, direction, readAs, at]) => el('p', { class: 'label' },
    el('strong', {}, direction === readAs ? 'Confirmed by a person' : 'Corrected by a person'),
    watchlist ? [' for ', quoted(nameOf(watchlist))] : ' for the story as a whole', ': ', sign(direction, 1), WORD[direction],
    direction === readAs ? '' : ` (it was read as ${WORD[readAs]})`, ', ', time('minute', at), '.'));
}

// One watchlist's reading: direction, role, what matched, and the steps that led there.
function card(reading, lang) {
  const d = reading.d;
  const head = reading.unread ? 'not read: no reader for this language' : d ? `${WORD[d]}, strength ${reading.s} of 3` : 'points neither way';
  return el('article', { class: `card side-${CLASS[d]}` },
    el('h3', {}, reading.w ? quoted(nameOf(reading.w)) : 'The story as a whole'),
    el('p', { class: `verdict ${CLASS[d]}` }, el('span', { 'aria-hidden': 'true' }, `${MARK[d]} `), head,
      el('span', { class: 'meta' }, ` confidence ${Math.round(reading.c * 100)} %`)),
    el('dl', {},
      reading.w ? [el('dt', {}, 'Part'), el('dd', {}, `${reading.role}: this actor ${ROLE[reading.role] || reading.role}`)] : null,
      reading.q ? [el('dt', {}, 'Evidence'), el('dd', {}, el('q', {}, el('mark', { class: `evidence ${CLASS[d]}` }, quoted(reading.q, lang))))] : null,
      reading.gloss ? [el('dt', {}, 'In English'), el('dd', { class: 'gloss' }, reading.gloss)] : null,
      reading.trace ? [el('dt', {}, 'Steps'), el('dd', {}, el('ol', { class: 'steps' }, reading.trace.map((step) => el('li', {}, steps(step)))))] : null,
      reading.by ? [el('dt', {}, 'Found by'), el('dd', {}, el('ul', { class: 'found' }, reading.by.map(([text, grade, rule, term]) =>
        el('li', {}, el('span', { class: 'named' }, quoted(text, lang)), el('span', { class: 'meta' }, ` ${grade === 'direct' ? 'named' : 'described'}, ${RULE[rule] || rule}`),
          text.toLowerCase() === term.toLowerCase() ? null : [el('span', { class: 'meta' }, ' of '), quoted(term)]))))] : null));
}

// An operator trace (`denies -> attack: escalation`) as words joined by arrows.
function steps(step) {
  const words = step.split(' -> ');
  return words.flatMap((word, n) => [n ? el('span', { class: 'arrow' }, el('span', { 'aria-hidden': 'true' }, ' → '), el('span', { class: 'visually-hidden' }, ' over ')) : '',
    words.length > 1 ? el('span', { class: 'op' }, quoted(word)) : quoted(word)]);
}

// The text itself: evidence coloured, names underlined, what was set aside as background struck dim.
function placesOf(story) {
  const places = [[], [], []];
  for (const reading of story.R) {
    for (const [part, a, b] of reading.b || []) places[part].push([a, b, 'background']);
    for (const [part, a, b] of reading.v || []) places[part].push([a, b, `evidence ${CLASS[reading.d]}`]);
    for (const [part, a, b] of reading.n || []) places[part].push([a, b, 'named']);
  }
  return places;
}

function texts(story, lang) {
  const places = placesOf(story);
  const paragraphs = story.x.map((text, part) => (part && text
    ? el('div', { class: `part part-${part}` }, el('h3', { class: 'visually-hidden' }, PART[part]), marked(text, places[part], lang, 'p')) : null));
  const note = story.cut === 1 ? 'The rest of the text is left out here.'
    : story.cut === 2 ? ['The text is left out to keep this file small: ', el('code', {}, `monitor explain ${story.id}`), ' shows it.']
      : !(story.x[1] || story.x[2]) ? 'The feed gave a title alone, or the text is past the time it is kept.' : null;
  return el('div', { class: 'words' }, paragraphs, note ? el('p', { class: 'meta' }, note) : null);
}

function legend(story) {
  const has = (key) => story.R.some((reading) => (reading[key] || []).length);
  const keys = [[1, 'v'], [-1, 'v']].filter(([d]) => story.R.some((reading) => reading.d === d && reading.v)).map(([d]) =>
    el('span', {}, el('mark', { class: `evidence ${CLASS[d]}` }, `${MARK[d]} evidence of ${WORD[d]}`)));
  return el('p', { class: 'legend' }, keys, has('n') ? el('span', {}, el('span', { class: 'named' }, 'what a watchlist found')) : null,
    has('b') ? el('span', {}, el('span', { class: 'background' }, 'set aside as background')) : null);
}

// The other stories of the same event, and why this one was put there.
async function together(story, stories, place) {
  const found = new Set();
  for (const reading of story.R.filter((each) => each.w)) {
    const number = index.watchlists.findIndex((each) => each.id === reading.w);
    if (number < 0) continue;
    const { events } = await load(`w${number}`);
    const i = events.lead.findIndex((lead, k) => (events.all[k] || [lead]).includes(place));
    if (i >= 0) (events.all[i] || [events.lead[i]]).forEach((each) => found.add(each));
  }
  found.delete(place);
  const list = [...found].sort((a, b) => stories.t[a] - stories.t[b]);
  const earlier = (story.E || []).map(([at, title]) => el('li', {}, el('span', { class: 'meta' }, time('minute', at), ' until then: '), quoted(title)));
  return el('div', { class: 'together' }, el('h2', {}, 'The same event'),
    list.length ? el('ul', {}, list.slice(0, 30).map((each) => el('li', {}, el('a', { href: `#/s/${stories.id[each]}` }, quoted(stories.h[each], index.langs[stories.l[each]])),
      el('span', { class: 'meta' }, ' ', quoted(index.outlets[stories.o[each]]), ', ', time('minute', stories.t[each]))))) : el('p', { class: 'meta' }, 'No other story here reports it.'),
    list.length > 30 ? el('p', { class: 'meta' }, `and ${list.length - 30} more`) : null,
    story.why ? el('p', { class: 'meta' }, `Why here: ${story.why}.`) : null, story.quiet ? el('p', { class: 'meta' }, `Raises no alert: ${story.quiet}.`) : null,
    earlier.length ? [el('h2', {}, 'Earlier wording'), el('ul', {}, earlier)] : null);
}
