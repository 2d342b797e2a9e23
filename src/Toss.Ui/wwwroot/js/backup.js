// Backups to and from the person's disk, for BackupTransfer.cs: they may be larger than this page's memory, so the browser moves them.

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

// The passphrase goes in the body: addresses are kept and written down. What comes is counted on its way into the browser's own store.
export async function take(url, headers, passphrase, name, bar, about) {
  let response;
  try {
    response = await fetch(url, { method: 'POST', headers, body: new TextEncoder().encode(passphrase) });
    if (!response.ok) return await codeOf(response);
    let done = 0;
    const counted = response.body.pipeThrough(new TransformStream({
      transform(piece, onward) {
        done += piece.byteLength;
        show(bar, done, about);
        onward.enqueue(piece);
      },
    }));
    const whole = await new Response(counted, { headers: { 'Content-Type': 'application/octet-stream' } }).blob();
    const address = URL.createObjectURL(whole);
    const link = document.createElement('a');
    link.href = address;
    link.download = name;
    link.click();
    // The browser has begun with it by then.
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    return null;
  } catch {
    return 'no-daemon';
  }
}

// The length, the passphrase and the file are one body, of which the browser reads the file as it sends it. What is answered is JSON
// either way.
export function give(url, headers, passphrase, id, bar) {
  const file = document.getElementById(id)?.files[0];
  const words = new TextEncoder().encode(passphrase);
  const body = new Blob([new Uint8Array([words.length >> 8, words.length & 255]), words, file]);
  return new Promise(resolve => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = sent => show(bar, sent.loaded, sent.total);
    request.onload = () => resolve(request.responseText);
    request.onerror = () => resolve('');
    request.send(body);
  });
}
