// Stands between a page and the real gemba: breaks the link on demand, and tells of states that a plant is rarely in.
import { createServer, request } from 'node:http';

/** Starts it. `edit(event, data)` may change what passes: an event of the stream, or the answers `bootstrap`,
 * `snapshot` and `machine`; null keeps it back. */
export async function between(gemba) {
  const streams = new Set();
  const door = {
    url: '',
    edit: (_event, data) => data,
    refuse: 0,
    streams: () => streams.size,
    /** Ends every stream as a broken network does. */
    cut: () => streams.forEach((stream) => stream.destroy()),
    /** Sends an event of our own to every page. */
    say: (event, data) => streams.forEach((stream) => stream.write(block(event, data))),
    close: () => {
      streams.forEach((stream) => stream.destroy());
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
  const server = createServer((from, to) => {
    if (door.refuse && from.url === '/api/v1/events') {
      to.writeHead(door.refuse).end();
      return;
    }
    const headers = { ...from.headers };
    if (named(from.url)) {
      delete headers['accept-encoding'];
    }
    const onward = { port: gemba.port, path: from.url, method: from.method, headers };
    const ask = request({ ...onward, agent: false }, (answer) => pass(door, streams, from, answer, to));
    ask.on('error', () => to.destroy());
    to.on('close', () => ask.destroy());
    from.pipe(ask);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  door.url = `http://127.0.0.1:${server.address().port}`;
  return door;
}

function pass(door, streams, from, answer, to) {
  if (from.url === '/api/v1/events' && answer.statusCode === 200) {
    streams.add(to);
    to.on('close', () => streams.delete(to));
    passStream(door, answer, to);
    return;
  }
  const name = named(from.url);
  if (!name || answer.statusCode !== 200) {
    to.writeHead(answer.statusCode, answer.headers);
    answer.pipe(to);
    return;
  }
  gather(answer, (body) => {
    const edited = JSON.stringify(door.edit(name, JSON.parse(body)));
    to.writeHead(200, { 'content-type': 'application/json' }).end(edited);
  });
}

/** What an address's answer is called when it may be edited. */
function named(path) {
  const names = { '/api/v1/bootstrap': 'bootstrap', '/api/v1/snapshot': 'snapshot' };
  return names[path] || (/^\/api\/v1\/machines\/[^/]+\/shift/.test(path) ? 'machine' : '');
}

function gather(answer, then) {
  const parts = [];
  answer.on('data', (part) => parts.push(part));
  answer.on('end', () => then(Buffer.concat(parts).toString('utf8')));
}

function passStream(door, answer, to) {
  to.writeHead(200, answer.headers);
  answer.setEncoding('utf8');
  let rest = '';
  answer.on('data', (part) => {
    const blocks = (rest + part).split('\n\n');
    rest = blocks.pop();
    blocks.forEach((text) => to.write(edited(door, text)));
  });
  answer.on('end', () => to.end());
  answer.on('error', () => to.destroy());
}

/** One event of the stream as `edit` wants it. */
function edited(door, text) {
  const event = /^event: ?(.*)$/m.exec(text);
  const data = /^data: ?(.*)$/m.exec(text);
  if (!event || !data) {
    return `${text}\n\n`;
  }
  const changed = door.edit(event[1], JSON.parse(data[1]));
  return changed === null ? '' : block(event[1], changed);
}

function block(event, data) {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** An edit that lets the snapshot through, changed by `change`, and after it only heartbeats: a page stands still. */
export function still(change = (snapshot) => snapshot) {
  return (event, data) => {
    if (event === 'snapshot') {
      return change(data);
    }
    return event === 'm' || event === 'plant' || event === 'shift' ? null : data;
  };
}
