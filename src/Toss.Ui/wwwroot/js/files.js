// Files that a person drops on the page or picks, for PageFiles.cs. They may be larger than this page's memory: the browser reads them
// as it sends them.

// One more than is sent at once: the agent refuses so many, and no more of a huge folder is looked at.
const most = 10001;
// Folders in one another; the same.
const deepest = 65;
// Between what is told of how far it is: a bar that moves.
const step = 100;
// Characters of what is told of one set.
const longest = 4194304;
// What JSON has for times, years 1 to 9999.
const [firstTime, lastTime] = [-62135596800000, 253402300800000];

const chosen = new Map();
const requests = new Map();
let last = 0;
let page = null;
let over = null;
let marked = null;
// Something of this page itself is dragged: browsers call its pictures files too.
let own = false;
// What only this page has yet.
const leaving = new Set();

function say(to) {
  if (to === over) return;
  over = to;
  page.invokeMethodAsync('Over', to);
}

function mark(element) {
  if (element === marked) return;
  if (marked) delete marked.dataset.over;
  marked = element;
  if (marked) marked.dataset.over = '';
}

function leave() {
  mark(null);
  say(null);
}

// Null where it is none of ours: text that is dragged, or a field that takes files itself.
function targetOf(event) {
  if (own || !event.dataTransfer?.types.includes('Files')) return null;
  const at = event.target.nodeType === Node.ELEMENT_NODE ? event.target : event.target.parentElement;
  return at?.closest('input[type="file"]:not(.choose)') ? null : at;
}

// What is dropped on a page that does not care replaces the page.
function hover(event) {
  const at = targetOf(event);
  if (!at) {
    leave();
    return;
  }
  event.preventDefault();
  if (document.querySelector('dialog[open]')) {
    event.dataTransfer.dropEffect = 'none';
    leave();
    return;
  }
  event.dataTransfer.dropEffect = 'copy';
  const card = at.closest('[data-drop]');
  mark(card);
  say(card?.dataset.drop ?? '');
}

function out(event) {
  // Of the window, and not from one element to the next.
  if (!event.relatedTarget) leave();
}

async function drop(event) {
  const at = targetOf(event);
  if (!at) return;
  event.preventDefault();
  leave();
  if (document.querySelector('dialog[open]')) return;
  const to = at.closest('[data-drop]')?.dataset.drop ?? '';
  // Now: after the first wait nothing of it is there any more.
  const roots = [...event.dataTransfer.items]
    .filter(item => item.kind === 'file')
    .map(item => item.webkitGetAsEntry?.() ?? item.getAsFile())
    .filter(one => one);
  const found = { entries: [], files: [], unread: 0, folders: new Set() };
  for (const root of roots) {
    if (root instanceof File) add(found, [root.name], root);
    else await walk(found, root, [topName(found, root)]);
  }
  give(found, to);
}

function begin() {
  own = true;
}

function end() {
  own = false;
}

// The browser asks before it closes a page that has files for the agent.
function closing(event) {
  if (leaving.size) event.preventDefault();
}

// What was dragged may be gone before its end is told; who presses again has ended it.
const events = [['dragstart', begin], ['dragend', end], ['pointerdown', end], ['dragenter', hover], ['dragover', hover], ['dragleave', out], ['drop', drop]];

export function hold(reference) {
  page = reference;
  for (const [name, act] of events) document.addEventListener(name, act);
  window.addEventListener('beforeunload', closing);
}

export function letGo() {
  for (const [name, act] of events) document.removeEventListener(name, act);
  window.removeEventListener('beforeunload', closing);
  mark(null);
}

// The field is empty afterwards: the same file may be picked again.
export function take(id, to) {
  const field = document.getElementById(id);
  const found = { entries: [], files: [], unread: 0, folders: new Set() };
  for (const file of field?.files ?? []) add(found, [file.name], file);
  if (field) field.value = '';
  give(found, to);
}

function give(found, to) {
  if (!found.entries.length && !found.unread) return;
  const id = ++last;
  chosen.set(id, found.files);
  leaving.add(id);
  // It takes as long as the sending; nobody waits for it here.
  page.invokeMethodAsync('Given', id, found.unread, JSON.stringify({ files: found.entries, device: to || null }));
}

function add(found, names, file) {
  const time = file?.lastModified;
  const modified = time >= firstTime && time < lastTime ? new Date(time).toISOString() : null;
  // Half a character is none in JSON.
  found.entries.push({ names: names.map(name => name.toWellFormed?.() ?? name), size: file ? file.size : null, modified });
  if (file) found.files.push(file);
}

// Two folders of one name, from two places, stay two.
function topName(found, { isDirectory, name }) {
  if (!isDirectory) return name;
  let own = name;
  for (let number = 2; found.folders.has(own); number++) own = `${name} (${number})`;
  found.folders.add(own);
  return own;
}

async function walk(found, entry, names) {
  if (found.entries.length >= most || names.length > deepest) return;
  try {
    if (entry.isFile) {
      add(found, names, await new Promise((resolve, reject) => entry.file(resolve, reject)));
      return;
    }
    add(found, names, null);
    const reader = entry.createReader();
    // A part at a time; none is the end.
    for (let some; (some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))).length;) {
      for (const one of some) await walk(found, one, [...names, one.name]);
    }
  } catch {
    found.unread++;
  }
}

// The length of the list, the list and the files are one body. What is answered comes line by line once all of it is sent. Gives
// what was answered in place of that, nothing where all went well, and null where the connection broke.
export function send(id, url, headers, list, told) {
  const words = new TextEncoder().encode(list);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, words.length);
  const body = new Blob([length, words, ...chosen.get(id) ?? []]);
  const head = length.length + words.length;
  const request = new XMLHttpRequest();
  requests.set(id, request);
  let [read, at] = [0, 0];
  const readLines = () => {
    if (request.status !== 200) return;
    const text = request.responseText;
    for (let end; (end = text.indexOf('\n', read)) >= 0; read = end + 1) {
      told.invokeMethodAsync('Told', text.slice(read, end));
    }
  };
  return new Promise(resolve => {
    const finish = answer => {
      forget(id);
      resolve(answer);
    };
    request.open('POST', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => {
      const now = performance.now();
      if (loaded < total && now - at < step) return;
      at = now;
      told.invokeMethodAsync('Came', Math.max(0, loaded - head));
    };
    request.upload.onload = () => leaving.delete(id);
    request.onprogress = () => {
      readLines();
      // Days of figures are not kept: who has it stands in history.
      if (read > longest) request.abort();
    };
    request.onload = () => {
      readLines();
      finish(request.status === 200 ? '' : request.responseText);
    };
    request.onerror = () => finish(null);
    request.onabort = () => finish(null);
    request.send(body);
  });
}

export function stop(id) {
  requests.get(id)?.abort();
  forget(id);
}

function forget(id) {
  requests.delete(id);
  chosen.delete(id);
  leaving.delete(id);
}
