// Status, from the same API as everything else. What comes from other devices reaches the page as text only.
const headers = { 'Toss-Control-Version': '1' };
const at = id => document.getElementById(id);

function show(now) {
  at('name').textContent = now.device.name;
  at('state').textContent = `Relay: ${now.relay.state}${now.paused ? ', paused' : ''}`;
  at('current').textContent = now.current ? now.current.preview || now.current.state : 'Nothing yet.';
  at('devices').replaceChildren(...now.devices.filter(device => !device.self).map(device => {
    const line = document.createElement('li');
    line.textContent = `${device.name}: ${device.path ? device.path.kind : device.online ? 'online' : 'away'}`;
    return line;
  }));
}

// Each event says that something changed; the snapshot that a new stream begins with says how everything is.
async function watch() {
  const answer = await fetch('/api/events', { headers });
  if (!answer.ok) throw new Error(answer.statusText);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '', seen = false;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const end = text.lastIndexOf('\n\n');
    if (end < 0) continue;
    const events = text.slice(0, end).split('\n\n').filter(one => one.startsWith('id: ')).map(one => JSON.parse(one.slice(one.indexOf('\ndata: ') + 7)));
    text = text.slice(end + 2);
    const snapshot = events.findLast(one => one.event === 'snapshot');
    if (snapshot) { show(snapshot); seen = true; }
    if (seen && events.some(one => one.event !== 'snapshot')) { await reader.cancel(); return; }
  }
}

// However much happens: once a second is as often as anybody looks.
for (;;) {
  const next = new Promise(done => setTimeout(done, 1000));
  try { await watch(); await next; }
  catch { at('state').textContent = 'Toss does not answer; run `toss ui` again.'; await new Promise(done => setTimeout(done, 2000)); }
}
