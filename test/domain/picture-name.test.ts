import { expect, it } from 'vitest';
import { pictureName } from '../../src/domain/picture-name.js';

it.each([
  ['A lighthouse at dusk!', 'a-lighthouse-at-dusk.png'],
  ['Ein Fuchs, übermütig (früh)', 'ein-fuchs-übermütig-früh.png'],
  ['../../etc/passwd', 'etc-passwd.png'],
  ['!!!', 'picture.png'],
  ['word '.repeat(40), `${Array.from({ length: 12 }, () => 'word').join('-')}.png`],
])('names what %j became', (prompt, name) => {
  expect(pictureName({ prompt, format: 'png' })).toBe(name);
});
