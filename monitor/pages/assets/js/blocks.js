// The data of the page: compressed blocks, unpacked when first looked at.
const unpacked = new Map();
const whenParsed = new Promise((done) => {
  if (document.readyState !== 'loading') done();
  else document.addEventListener('DOMContentLoaded', done);
});

function load(name) {
  if (!unpacked.has(name)) unpacked.set(name, unpack(name));
  return unpacked.get(name);
}

async function unpack(name) {
  await whenParsed;
  const held = document.querySelector(`script[data-block="${name}"]`);
  if (!held) throw new Error(`no data for ${name}`);
  if (typeof DecompressionStream === 'undefined') {
    throw new Error('this browser is too old to unpack the data: use one from 2023 or later');
  }
  const packed = Uint8Array.from(atob(held.textContent), (char) => char.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const value = JSON.parse(await new Response(stream).text());
  held.remove();
  return value;
}

// The page's record of a story by its place in the columns.
async function storyAt(place) {
  const some = await load(`s${Math.floor(place / index.perBlock)}`);
  return some[place % index.perBlock];
}

let places = null;
async function placeOf(id) {
  const stories = await load('stories');
  places = places || new Map(stories.id.map((each, place) => [each, place]));
  return places.get(id);
}
