// Backups to and from the person's disk, for BackupTransfer.cs: they may be larger than this page's memory, so the browser moves them.
// What fails is said by a code: the agent's own, or one of BackupTransfer's.

// The one that came and is not the person's yet.
let held = null;

async function codeOf(response) {
  try {
    return (await response.json()).error.code;
  } catch {
    return 'internal';
  }
}

function show(id, done, total) {
  const bar = document.getElementById(id);
  if (!bar || !total) return;
  bar.max = total;
  bar.value = Math.min(done, total);
}

// The length, the passphrase, and what follows it.
function bodyOf(passphrase, rest) {
  const words = new TextEncoder().encode(passphrase);
  return new Blob([new Uint8Array([words.length >> 8, words.length & 255]), words, rest]);
}

// The passphrase goes in the body: addresses are kept and written down. What comes is counted on its way into the browser's own store;
// it becomes a download when `keep` says so.
export async function take(url, headers, passphrase, bar, about) {
  held = null;
  let response;
  try {
    response = await fetch(url, { method: 'POST', headers, body: new TextEncoder().encode(passphrase) });
  } catch {
    return 'no-daemon';
  }
  if (!response.ok) return await codeOf(response);
  const source = response.body.getReader();
  let isBroken = false;
  let done = 0;
  const counted = new ReadableStream({
    async pull(onward) {
      let piece;
      try {
        piece = await source.read();
      } catch (failure) {
        isBroken = true;
        throw failure;
      }
      if (piece.done) return onward.close();
      done += piece.value.byteLength;
      show(bar, done, about);
      onward.enqueue(piece.value);
    },
    cancel: why => source.cancel(why),
  });
  try {
    held = await new Response(counted, { headers: { 'Content-Type': 'application/octet-stream' } }).blob();
    return null;
  } catch {
    return isBroken ? 'broken' : 'no-place';
  }
}

export function keep(name) {
  const address = URL.createObjectURL(held);
  held = null;
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun with it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

export function drop() {
  held = null;
}

async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

// An answer is read when all was sent: so what the beginning tells, a wrong passphrase before all, is asked first. Null if it is good.
export async function check(url, headers, passphrase, id, length) {
  const file = document.getElementById(id)?.files[0];
  if (!file || !await isReadable(file)) return 'unreadable';
  try {
    const response = await fetch(url, { method: 'POST', headers, body: bodyOf(passphrase, file.slice(0, length)) });
    return response.ok ? null : await codeOf(response);
  } catch {
    return 'no-daemon';
  }
}

// As the agent would say it.
const failed = code => JSON.stringify({ error: { code, message: code, hint: null } });

// The browser reads the file as it sends it. What is answered is JSON either way.
export function give(url, headers, passphrase, id, bar) {
  const file = document.getElementById(id)?.files[0];
  return new Promise(resolve => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = sent => show(bar, sent.loaded, sent.total);
    request.onload = () => resolve(request.responseText);
    // A file that was changed or taken away since it was chosen ends it too.
    request.onerror = async () => resolve(failed(file && await isReadable(file) ? 'broken' : 'unreadable'));
    request.send(bodyOf(passphrase, file));
  });
}
