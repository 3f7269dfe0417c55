// @ts-check
// The live link: one stream of events, and a watch on it. An EventSource ends for good at an answer other than 200, and
// never notices a dead socket.
import { S, applyPlant, applyShift, applySnapshot, applyTile, emit, setClock } from './store.js';

/** @typedef {import('../types/api').Heartbeat} Heartbeat */

/** The heartbeat comes every 5 s: after two missed ones the page says so. */
const SILENT_MS = 12000;
/** A stream that ended is made anew in 2 s by itself. */
const CLOSED_MS = 4000;
/** How often a silent stream is made anew, and how often that is looked at. */
const REBUILD_MS = 5000;
const WATCH_MS = 1000;
/** A page nobody sees gives its connection back after this. */
const HIDDEN_MS = 30000;
/** A strip's past, which people change, is fetched anew at least this often. */
const REFRESH_MS = 300000;
/** Changes of the past come in swarms: one fetch serves those of this time. */
const GATHER_MS = 1000;

/** @type {EventSource | null} */
let source = null;
/** When the stream was made and last said anything, by the monotonic clock. */
let madeAt = 0;
let heardAt = 0;
let closedAt = 0;
let refreshedAt = 0;
let hiddenTimer = 0;
let gatherTimer = 0;
/** How many changes the stream brought. */
let changes = 0;

/** Opens the link and keeps it for the life of the page. */
export function keepLink() {
  connect();
  setInterval(watch, WATCH_MS);
  document.addEventListener('visibilitychange', showOrHide);
}

function connect() {
  if (source) {
    source.close();
  }
  madeAt = performance.now();
  source = new EventSource('/api/v1/events');
  source.onerror = () => {
    if (S.net === 'live') {
      closedAt = performance.now();
      setNet('connecting');
    }
  };
  hear(source, 'snapshot', (snapshot) => {
    refreshedAt = performance.now();
    const isAgain = S.filled;
    S.stale = snapshot.stale;
    applySnapshot(snapshot);
    reloadFor(snapshot.build);
    if (isAgain) {
      boot();
    }
  });
  hear(source, 'm', (tile) => {
    changes += 1;
    if (applyTile(tile)) {
      refreshSoon();
    }
  });
  hear(source, 'plant', applyPlant);
  hear(source, 'shift', (change) => {
    applyShift(change);
    refreshSoon();
  });
  hear(source, 'hb', heartbeat);
  hear(source, 'resync', refresh);
}

/** @param {EventSource} from @param {string} name @param {(data: any) => void} then */
function hear(from, name, then) {
  from.addEventListener(name, (event) => {
    if (from !== source) {
      return;
    }
    heardAt = performance.now();
    then(JSON.parse(/** @type {MessageEvent} */ (event).data));
    if (!S.stale || S.vouched === 0) {
      S.vouched = heardAt;
    }
    setNet('live');
  });
}

/** @param {Heartbeat} beat */
function heartbeat(beat) {
  setClock(beat.now);
  if (S.stale !== beat.stale) {
    S.stale = beat.stale;
    emit('net');
  }
  reloadFor(beat.build);
}

/** @param {import('./store.js').State['net']} net */
function setNet(net) {
  if (S.net !== net) {
    S.net = net;
    emit('net');
  }
}

function watch() {
  if (!source) {
    return;
  }
  const at = performance.now();
  const isSilent = at - heardAt > SILENT_MS && at - madeAt > REBUILD_MS;
  const isClosed = S.net === 'connecting' && closedAt > 0 && at - closedAt > CLOSED_MS;
  if (S.filled && S.net !== 'lost' && (at - heardAt > SILENT_MS || isClosed)) {
    setNet('lost');
  }
  const isDead = source.readyState === EventSource.CLOSED && at - madeAt > REBUILD_MS;
  if (isSilent || isDead) {
    connect();
  }
  if (S.net === 'live' && at - refreshedAt > REFRESH_MS) {
    refresh();
  }
}

function showOrHide() {
  clearTimeout(hiddenTimer);
  if (document.hidden) {
    hiddenTimer = setTimeout(disconnect, HIDDEN_MS);
  } else if (!source) {
    // As after a broken stream: a moment to hear the news before the screen calls itself lost.
    closedAt = performance.now();
    heardAt = closedAt;
    connect();
  }
}

function disconnect() {
  if (source) {
    source.close();
  }
  source = null;
  setNet('connecting');
}

function refreshSoon() {
  if (gatherTimer === 0) {
    gatherTimer = setTimeout(refresh, GATHER_MS);
  }
}

/** Everything anew. A failure needs no word: the next refresh is never far. */
async function refresh() {
  clearTimeout(gatherTimer);
  gatherTimer = 0;
  refreshedAt = performance.now();
  const before = changes;
  const answer = await fetch('/api/v1/snapshot').catch(() => null);
  const snapshot = answer && answer.ok ? await answer.json() : null;
  if (snapshot && before !== changes) {
    // What came meanwhile may be newer than the answer, and would not be told again.
    refreshSoon();
  } else if (snapshot) {
    applySnapshot(snapshot);
  }
}

/** Targets, reasons and names anew: the agent may have started again with others. A failure leaves those known. */
async function boot() {
  const answer = await fetch('/api/v1/bootstrap').catch(() => null);
  if (answer && answer.ok) {
    S.boot = await answer.json();
    emit('look', 'plant');
  }
}

/** Loads the page of another build, once.
 * @param {string} build */
function reloadFor(build) {
  const isOther = S.boot && S.boot.build !== build;
  if (isOther && sessionStorage.getItem('reloaded') !== build) {
    sessionStorage.setItem('reloaded', build);
    location.reload();
  }
}
