// What makes every page live beside htmx. Without it everything works, a little more slowly.

/** Moments in the reader's own time zone. */
function localize(root) {
  for (const time of root.querySelectorAll('time[data-local]')) {
    const at = new Date(time.dateTime);
    const two = (value) => String(value).padStart(2, '0');
    const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    time.textContent = `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
  }
}

/**
 * What somebody opened or chose stays so when its part of the page is shown anew, and tables stay where
 * they were scrolled to. The focus goes by id, which htmx sees to: hence the ids of links.
 */
let kept;
let scrolled;
let hadFocus = false;

function keep(part) {
  hadFocus = part.contains(document.activeElement);
  kept = [...part.querySelectorAll('details[open][id], input[type=radio]:checked')].map(
    ({ id }) => id,
  );
  scrolled = [...part.querySelectorAll('.scroll')].map(({ id, scrollLeft }) => [id, scrollLeft]);
}

/** In the whole page: the part itself may be another element by now. */
function restore() {
  for (const id of kept ?? []) {
    const element = document.getElementById(id);
    if (element?.tagName === 'DETAILS') element.open = true;
    else if (element && !element.disabled) element.checked = true;
  }
  for (const [id, scrollLeft] of scrolled ?? []) {
    const table = document.getElementById(id);
    if (table) table.scrollLeft = scrollLeft;
  }
  kept = scrolled = undefined;
  // A button that is gone leaves whoever pressed it with the sentence that says what came of it.
  const lost = document.activeElement === document.body || document.activeElement?.disabled;
  if (hadFocus && lost) document.querySelector('h1').focus({ preventScroll: true });
  hadFocus = false;
}

// Parts that the server sends come with events of their own, those that the page asks for with others.
document.addEventListener('htmx:sseBeforeMessage', ({ target }) => keep(target));
document.addEventListener('htmx:beforeSwap', ({ target }) => keep(target));
document.addEventListener('htmx:afterSwap', restore);
document.addEventListener('htmx:sseMessage', ({ target }) => {
  if (target.id === 'region-title') document.title = `${target.textContent.trim()} - Darkroom`;
});
document.addEventListener('htmx:load', ({ detail }) => {
  localize(detail.elt);
  for (const button of document.querySelectorAll('[data-copy]')) button.hidden = false;
});
localize(document);

// On a telephone the menu is wider than the screen.
document
  .querySelector('.rail [aria-current]')
  ?.scrollIntoView({ block: 'nearest', inline: 'center' });

setInterval(() => {
  for (const since of document.querySelectorAll('[data-since]')) {
    const seconds = Math.max(0, Math.floor((Date.now() - Number(since.dataset.since)) / 1000));
    since.textContent = `${seconds} s`;
  }
}, 1000);

/** Lists look again for those of their things that are still changing. */
setInterval(() => {
  if (document.hidden) return;
  if (document.querySelector('[name=live]')) htmx.trigger('#live', 'poll');
}, 1000);

/**
 * The question stands in the address, of which servers and proxies read 8 KB: as many marks as fit, some
 * 80 bytes each, and then the next ones, so that every thing gets its turn however many there are.
 */
const MARKS_AT_ONCE = 80;
let nextMark = 0;
document.addEventListener('htmx:configRequest', ({ target, detail: { formData } }) => {
  if (target.id !== 'live') return;
  const marks = formData.getAll('live');
  if (nextMark >= marks.length) nextMark = 0;
  formData.delete('live');
  for (const mark of marks.slice(nextMark, nextMark + MARKS_AT_ONCE)) formData.append('live', mark);
  nextMark += MARKS_AT_ONCE;
});

document.addEventListener('click', async ({ target }) => {
  const button = target.closest?.('[data-copy]');
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  source.select();
  try {
    await navigator.clipboard.writeText(source.value);
  } catch {
    document.execCommand('copy');
  }
  button.textContent = 'Copied';
});
for (const button of document.querySelectorAll('[data-copy]')) button.hidden = false;

/** What was done need not be said for ever; what was refused stays until it is put away. */
const NOTICE_MS = 8000;
const notice = document.getElementById('notice');
let clearing;
notice.addEventListener('htmx:afterSwap', () => {
  clearTimeout(clearing);
  if (notice.querySelector('.done')) clearing = setTimeout(clearNotice, NOTICE_MS);
});
notice.addEventListener('click', clearNotice);

/** Whoever presses something is told when nobody answers; parts that look by themselves look again. */
document.addEventListener('htmx:sendError', ({ target }) => {
  if (!target.closest('form, a')) return;
  clearTimeout(clearing);
  const text = document.createElement('p');
  text.className = 'notice refused';
  text.innerHTML = '<strong>Not done.</strong> The server does not answer. Try again when it does.';
  notice.replaceChildren(text);
});

function clearNotice() {
  notice.replaceChildren();
}

/** Escape puts away the notice and closes what is open. */
document.addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape') return;
  clearNotice();
  for (const panel of document.querySelectorAll('details.panel[open]')) {
    panel.open = false;
    panel.querySelector('summary').focus();
  }
});
