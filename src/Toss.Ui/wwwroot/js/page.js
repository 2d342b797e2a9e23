// What only the page's own script can do, for Browser.cs.

// A link of a pairing in the address is a secret: it leaves the address, and so the history, once it is read.
export function takeLink() {
  let link = '';
  try {
    link = decodeURIComponent(location.hash.slice(1));
  } catch {
    return null;
  }
  if (!link.startsWith('toss:')) return null;
  history.replaceState(history.state, '', location.pathname);
  return link;
}

export async function hasCamera() {
  if (!navigator.mediaDevices?.getUserMedia) return false;
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.some(device => device.kind === 'videoinput');
}

export function openDialog(dialog) {
  if (!dialog.open) dialog.showModal();
}

// Closed it gives the focus back, removed it does not. It may be gone by now, with what it was about.
export function closeDialog(dialog) {
  dialog?.close();
}

// The agent keeps it; here it is kept too, so that the page does not change its looks when the agent has answered.
export function setTheme(theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('theme', theme);
  } catch {
    // A browser that keeps nothing for pages.
  }
}

// Between looks at the picture: a person holds still for longer.
const pause = 120;
let stop = () => {};

export function stopScan() {
  stop();
}

export async function scan(id) {
  stop();
  let goesOn = true;
  stop = () => { goesOn = false; };
  const camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  const video = document.getElementById(id);
  try {
    const read = await reader();
    video.srcObject = camera;
    await video.play();
    while (goesOn && video.isConnected) {
      const text = await read(video);
      if (text?.startsWith('toss:')) return text;
      await new Promise(resolve => setTimeout(resolve, pause));
    }
    return null;
  } finally {
    for (const track of camera.getTracks()) track.stop();
    video.srcObject = null;
  }
}

// The browser's own where it has one, else jsQR, which is fetched only then.
async function reader() {
  if ('BarcodeDetector' in globalThis && (await BarcodeDetector.getSupportedFormats()).includes('qr_code')) {
    const detector = new BarcodeDetector({ formats: ['qr_code'] });
    return async video => (await detector.detect(video))[0]?.rawValue;
  }
  if (!globalThis.jsQR) await import('../lib/jsQR.js');
  const canvas = document.createElement('canvas');
  return async video => {
    const { videoWidth: width, videoHeight: height } = video;
    if (!width) return null;
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(video, 0, 0, width, height);
    return globalThis.jsQR(context.getImageData(0, 0, width, height).data, width, height)?.data;
  };
}

export function focusFirst(ids) {
  for (const id of ids) {
    const element = document.getElementById(id);
    if (element?.checkVisibility()) {
      element.focus();
      return;
    }
  }
}

export function hasFocus(id) {
  return document.getElementById(id)?.contains(document.activeElement) ?? false;
}

export function showRow(id, top, height) {
  const list = document.getElementById(id);
  if (!list) return;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + height > list.scrollTop + list.clientHeight) list.scrollTop = top + height - list.clientHeight;
}

// Keys that a browser would scroll or look for text with: what they do instead, the list itself says.
const listKeys = ['ArrowUp', 'ArrowDown', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown', 'Enter', ' ', 'Delete'];
let held = null;

export function holdKeys(list, search) {
  letKeys();
  held = event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { key, target } = event;
    if (target.id === list && listKeys.includes(key)) event.preventDefault();
    else if (target.id === search && ['ArrowDown', 'Enter'].includes(key)) event.preventDefault();
    else if (key === '/' && !target.closest('input, textarea, select, dialog')) {
      const field = document.getElementById(search);
      if (!field?.checkVisibility()) return;
      event.preventDefault();
      field.focus();
      field.select();
    }
  };
  document.addEventListener('keydown', held, true);
}

export function letKeys() {
  if (held) document.removeEventListener('keydown', held, true);
  held = null;
}

// Elements that go with all that is in them, and attributes that stay. What is left is shown in a frame without scripts, forms
// and anything from elsewhere: this keeps away what would stand there broken.
const dropped = 'script, style, link, meta, base, title, iframe, frame, frameset, object, embed, applet, input, button, select, '
  + 'textarea, svg, math, template, noscript, audio, video, source, track, portal, fencedframe, slot, dialog';
const kept = new Set(['style', 'src', 'alt', 'title', 'dir', 'lang', 'width', 'height', 'align', 'valign', 'colspan', 'rowspan', 'color',
  'face', 'size', 'bgcolor', 'border', 'cellpadding', 'cellspacing', 'start', 'type', 'value', 'open']);
const picture = /^data:image\/(png|jpeg|gif|webp|bmp)[;,]/i;
const fetching = /url|image|src|@|\\|expression/i;

export function clean(html) {
  // A document of this kind runs nothing and fetches nothing.
  const page = new DOMParser().parseFromString(html, 'text/html');
  for (const element of page.querySelectorAll(dropped)) element.remove();
  for (const form of page.querySelectorAll('form')) form.replaceWith(...form.childNodes);
  for (const element of page.querySelectorAll('*')) {
    for (const { name, value } of [...element.attributes]) {
      const stays = kept.has(name)
        && (name !== 'src' || (element.localName === 'img' && picture.test(value)))
        && (name !== 'style' || !fetching.test(value));
      if (!stays) element.removeAttribute(name);
    }
  }
  return page.body.innerHTML;
}
