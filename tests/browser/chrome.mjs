// Debian's Chromium for the tests: launched once a file with a fresh profile, and pages that note what goes wrong.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.GEMBA_CHROMIUM || '/usr/bin/chromium';
/** Nothing of the browser's own may call anywhere. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The screens of the design, as [width, height]. */
export const SCREENS = [
  [1920, 1080],
  [1280, 800],
  [1024, 768],
  [800, 1280],
  [390, 844],
  [360, 640],
];

export function launch() {
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
}

/** A page at `address`, once a tile, a machine or an empty plant is there. `page.faults` gathers its errors. */
export async function open(browser, address, [width, height] = [1280, 800]) {
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => message.type() === 'error' && page.faults.push(message.text()));
  await page.goto(address);
  await page.locator('.tile, .machine .band, .empty').first().waitFor();
  await page.evaluate(() => document.fonts.ready);
  return page;
}

/** The WCAG 2.2 AA rules of axe that a page, or a part of it, breaks, as text. */
export async function axe(page, part = 'html') {
  const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: source });
  return page.evaluate(async (within) => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const { violations } = await window.axe.run(within, { runOnly: tags });
    const place = (node) => `${node.target}: ${node.failureSummary}`;
    return violations.map((found) => `${found.id}: ${found.nodes.slice(0, 4).map(place).join(' | ')}`);
  }, part);
}
