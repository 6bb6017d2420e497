import { describe, expect, it } from 'vitest';
import { fileNameWords } from '../../src/metadata/file-name-words.js';

describe('fileNameWords', () => {
  it.each([
    ['IMG_2041 HarborAtDawn (2).jpg', ['harbor', 'dawn']],
    ['DSC01234.JPG', []],
    ['PXL_20230501_061000123.MP.jpg', []],
    ['old-town_bridge-03.final.webp', ['old', 'town', 'bridge']],
    ['Straße in Köln.png', ['straße', 'köln']],
    ['日本の海.avif', ['日本の海']],
    ['3f9ab2c4-77de-4c1b-9e2f-aa01bc22de10.jpg', []],
    ['uploads/2024/red car.jpg', ['red', 'car']],
    ['beach beach Beach.jpg', ['beach']],
    ['no extension', ['no', 'extension']],
    ['', []],
  ])('finds the words of %j', (fileName, words) => {
    expect(fileNameWords(fileName)).toEqual(words);
  });
});
