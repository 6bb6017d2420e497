// Images: files that are dropped or chosen become cells at once, and live through their steps.
const AT_ONCE = 3;
const FINEST = 50;

const waiting = [];
let uploading = 0;

function add(files) {
  for (const file of files) waiting.push({ file, cell: placeholder(file) });
  next();
}

function next() {
  while (uploading < AT_ONCE && waiting.length > 0) {
    uploading += 1;
    const { file, cell } = waiting.shift();
    send(file, cell).finally(() => {
      uploading -= 1;
      next();
    });
  }
}

/** A cell of the right shape before a byte was sent. */
function placeholder(file) {
  document.getElementById('no-images')?.remove();
  const cell = document.createElement('li');
  cell.className = 'cell r150';
  cell.innerHTML = '<span class="name"></span><progress max="1" value="0"></progress>';
  cell.querySelector('.name').textContent = file.name;
  cell.querySelector('progress').setAttribute('aria-label', `Uploading ${file.name}`);
  document.getElementById('grid').prepend(cell);
  return cell;
}

async function send(file, cell) {
  try {
    const ratio = await ratioOf(file);
    cell.className = `cell r${Math.round(ratio * 100)}`;
    const { id } = await post(file, (share) => (cell.querySelector('progress').value = share));
    // The same bytes again are the image that is there.
    document.getElementById(`cell-${id}`)?.remove();
    const answer = await fetch(`/admin/images/${id}/cell?ratio=${ratio}`);
    if (!answer.ok) throw new Error('The image was stored; load the page again to see it.');
    cell.outerHTML = await answer.text();
  } catch (error) {
    refuse(cell, error.message);
  }
}

function refuse(cell, message) {
  cell.querySelector('progress')?.remove();
  const mark = document.createElement('span');
  mark.className = 'state-mark failed';
  mark.setAttribute('role', 'alert');
  mark.innerHTML =
    '<svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true"><path d="M5 .5 9.8 9.5H.2Z"/></svg>';
  mark.append(message);
  cell.append(mark);
}

/** As lists show it; what a browser cannot read is taken for a usual photograph. */
async function ratioOf(file) {
  try {
    const picture = await createImageBitmap(file);
    const ratio = Math.min(3, Math.max(0.5, picture.width / picture.height));
    picture.close();
    return Math.round(ratio * FINEST) / FINEST;
  } catch {
    return 1.5;
  }
}

function post(file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/api/v1/images');
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
    request.onerror = () => reject(new Error('Not sent: the server does not answer.'));
    request.onload = () => {
      const { status, response } = request;
      if (status >= 200 && status < 300) resolve(response);
      else reject(new Error(response?.detail ?? response?.title ?? `Refused (${status}).`));
    };
    const form = new FormData();
    form.append('file', file);
    request.send(form);
  });
}

const input = document.getElementById('files');
input.addEventListener('change', () => {
  add(input.files);
  input.value = '';
});

const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes('Files');
let over = 0;
document.addEventListener('dragenter', (event) => {
  if (!hasFiles(event)) return;
  over += 1;
  document.documentElement.classList.add('dropping');
});
document.addEventListener('dragleave', (event) => {
  if (!hasFiles(event)) return;
  over = Math.max(0, over - 1);
  if (over === 0) document.documentElement.classList.remove('dropping');
});
document.addEventListener('dragover', (event) => {
  if (hasFiles(event)) event.preventDefault();
});
document.addEventListener('drop', (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  over = 0;
  document.documentElement.classList.remove('dropping');
  add(event.dataTransfer.files);
});
