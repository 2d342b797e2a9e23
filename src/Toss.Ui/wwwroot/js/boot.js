// The runtime of .NET goes on after an await by setTimeout(f, 0), which browsers hold back for 4 ms once it is nested. A
// message is not held back. Before the runtime starts, or it keeps the slow one.
const later = setTimeout.bind(globalThis);
const forget = clearTimeout.bind(globalThis);
const waiting = new Map();
const channel = new MessageChannel();
let last = 2 ** 30;
channel.port1.onmessage = ({ data }) => {
  const act = waiting.get(data);
  if (act) {
    waiting.delete(data);
    act();
  }
};
globalThis.setTimeout = (act, delay, ...values) => {
  if (typeof act !== 'function' || delay > 0) return later(act, delay, ...values);
  const id = last++;
  waiting.set(id, () => act(...values));
  channel.port2.postMessage(id);
  return id;
};
globalThis.clearTimeout = id => {
  if (!waiting.delete(id)) forget(id);
};

// The languages that there are words in; the runtime takes the same one.
document.documentElement.lang = navigator.language.startsWith('de') ? 'de' : 'en';

// As the agent said last (page.js).
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing for pages.
}

await Blazor.start();
