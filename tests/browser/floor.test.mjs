// The page runs on browsers as old as Chromium 85, and its vendored files are those that VENDOR.md names.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'node:test';
import { parse } from 'acorn';

const UI = fileURLToPath(new URL('../../src/serve/ui/', import.meta.url));
/** What Chromium 85 does not know, with the version that does. */
const NO_CSS = {
  'inset (87)': /[{;\s]inset(-\w+)?:/,
  ':is and :where (88)': /:(is|where)\(/,
  ':has (105)': /:has\(/,
  'aspect-ratio (88)': /aspect-ratio:/,
  'nesting (112)': /^\s*&/m,
  'container queries (105)': /@container|container-type/,
  'color-mix (111)': /color-mix\(/,
  'dvh and its like (108)': /\d[dsl]v[hw]\b/,
  'cascade layers (99)': /@layer/,
  'accent-color (93)': /accent-color/,
};
const NO_JS = {
  'Array.at (92)': /\.at\(-/,
  'structuredClone (98)': /structuredClone/,
  'crypto.randomUUID, in no insecure context': /randomUUID/,
  'Object.hasOwn (93)': /Object\.hasOwn\b/,
  'findLast (97)': /\.findLast/,
  'toSorted and its like (110)': /\.(toSorted|toReversed|toSpliced)\(/,
  'AbortSignal.timeout (103)': /AbortSignal\.timeout/,
};

const paths = readdirSync(UI, { recursive: true }).map(String).sort();
const read = (path) => readFileSync(UI + path, 'utf8');
const scripts = paths.filter((path) => /\.m?js$/.test(path));
const sheets = paths.filter((path) => path.endsWith('.css'));

test('every script is ES2020', () => {
  assert.ok(scripts.length > 10);
  for (const path of scripts) {
    assert.doesNotThrow(() => parse(read(path), { ecmaVersion: 2020, sourceType: 'module' }), path);
  }
});

test('no script calls what Chromium 85 does not have', () => {
  for (const path of scripts.filter((one) => one.startsWith('js/'))) {
    for (const [what, pattern] of Object.entries(NO_JS)) {
      assert.doesNotMatch(read(path), pattern, `${path} uses ${what}`);
    }
  }
});

test('no sheet says what Chromium 85 does not understand', () => {
  assert.ok(sheets.length > 2);
  for (const path of sheets) {
    for (const [what, pattern] of Object.entries(NO_CSS)) {
      assert.doesNotMatch(read(path), pattern, `${path} uses ${what}`);
    }
  }
});

test('nothing is named outside the page', () => {
  for (const path of [...scripts, ...sheets, 'index.html']) {
    const outside = read(path).replace(/http:\/\/www\.w3\.org\/[\w/]+/g, '').match(/https?:\/\/[^\s"'`)]+/);
    assert.equal(outside, null, `${path} names ${outside}`);
  }
});

test('every module a view needs at once is preloaded', () => {
  const index = read('index.html');
  const needed = new Set();
  const follow = (path) => {
    for (const [, name] of read(path).matchAll(/^(?:import|export) .*?from '(.+?)';$/gm)) {
      const next = new URL(name, `file:///${path}`).pathname.slice(1);
      if (!needed.has(next)) {
        needed.add(next);
        follow(next);
      }
    }
  };
  follow('js/main.js');
  for (const path of needed) {
    assert.ok(index.includes(`<link rel="modulepreload" href="${path}">`), path);
  }
});

test('the vendored files are those that VENDOR.md names', () => {
  const rows = [...read('vendor/VENDOR.md').matchAll(/^\| `(\S+)` .* \| `([0-9a-f]{64})` \|$/gm)];
  const named = rows.map(([, path]) => path).sort();
  const there = paths.filter((path) => /^vendor\/.*\.(mjs|woff2)$/.test(path) && !path.endsWith('.d.mts'));
  assert.deepEqual(named, there.map((path) => path.replace('vendor/', '')).sort());
  for (const [, path, digest] of rows) {
    const bytes = readFileSync(`${UI}vendor/${path}`);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), digest, path);
  }
});
