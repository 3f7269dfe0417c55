// dev
export async function start() { const url = process.env.FAKE || 'http://127.0.0.1:8801'; return { url, get: async p => (await fetch(url + p)).json(), stop: async () => {} }; }
