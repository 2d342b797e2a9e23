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

// It may be gone by now, with what it was about.
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
