// Maps of sampled cells beside the images that they come from, linked both ways. mount(root, data, told) draws them into
// an element; `data` is what gald_viz/figures/linked_points.py makes of a layout. Names are set as text, never as markup.
// told({ selected: [numbers of samples] }) and told({ pixel: { image, x, y } }) say what the reader chose.

const STYLE = `
.points { font: 13px/1.35 'Source Sans', 'Source Sans Pro', 'Segoe UI', Helvetica, Arial, sans-serif; position: relative; }
.points h4 { margin: 0; font-size: 17px; }
.points .sub, .points .hint { opacity: .7; margin: 0 0 6px; }
.points .grid { display: grid; gap: 10px; }
.points figure { margin: 0; min-width: 0; }
.points figcaption { font-weight: 600; text-align: center; white-space: pre-line; font-size: 12px; }
.points canvas { width: 100%; display: block; cursor: crosshair; border-radius: 3px; touch-action: none; }
.points canvas:focus-visible { outline: 2px solid #0b6e99; }
.points .map { background: color-mix(in srgb, currentColor 3%, transparent); outline: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
.points .legend { display: flex; flex-wrap: wrap; gap: 3px 10px; margin: 6px 0; align-items: center; }
.points .legend button { all: unset; cursor: pointer; display: inline-flex; gap: 5px; align-items: center; padding: 1px 3px; }
.points .legend button:focus-visible { outline: 2px solid #0b6e99; }
.points .legend i { width: 11px; height: 11px; border-radius: 50%; display: inline-block; }
.points .said { min-height: 1.4em; font-variant-numeric: tabular-nums; }
.points .tip { position: absolute; display: none; z-index: 9; padding: 6px; border-radius: 4px; pointer-events: none;
  background: #fff; color: #1f2430; border: 1px solid #98a1b0; box-shadow: 0 2px 8px #0004; width: 136px; font-size: 12px; }
.points .tip canvas { width: 136px; height: 136px; }
`;
const NEAR = 10, PATCH = 136, MARK = '#e6007e', MAP_SHAPE = 0.82;

async function opened(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}

// A canvas with as many dots as the screen shows, and its size in CSS pixels.
function prepared(canvas, shape) {
  const width = canvas.clientWidth || 300, height = Math.round(width * shape), dense = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * dense)) {
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
  }
  const context = canvas.getContext('2d');
  context.setTransform(dense, 0, 0, dense, 0, 0);
  context.clearRect(0, 0, width, height);
  return [context, width, height];
}

function within(polygon, x, y) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i], [xj, yj] = polygon[j];
    if ((yi > y) !== (yj > y) && x < (xj - xi) * (y - yi) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

function star(context, x, y) {
  for (const [color, width] of [['#fff', 5], [MARK, 2.5]]) {
    context.strokeStyle = color; context.lineWidth = width;
    context.beginPath();
    context.moveTo(x - 8, y); context.lineTo(x + 8, y); context.moveTo(x, y - 8); context.lineTo(x, y + 8);
    context.stroke();
  }
}

// A map or an image: where its samples lie on the canvas, and how it is drawn.
function mapView(data, panel) {
  const [[x0, x1], [y0, y1]] = panel.limits;
  const across = (x1 - x0) || 1, down = (y1 - y0) || 1, edge = 0.05;
  const to = (x, y, w, h) => [w * (edge + (1 - 2 * edge) * (x - x0) / across), h * (1 - edge - (1 - 2 * edge) * (y - y0) / down)];
  const clipped = ([x, y], w, h) => [Math.min(w - 6, Math.max(6, x)), Math.min(h - 6, Math.max(6, y))];
  return { shape: MAP_SHAPE, members: data.cls.map((_, i) => i), under: () => {},
    at: (i, w, h) => to(panel.x[i], panel.y[i], w, h),
    pixel: (found, w, h) => clipped(to(...found.points[panel.number], w, h), w, h) };
}

function imageView(data, picture, number) {
  const { width, height } = data.images[number];
  const members = data.cls.map((_, i) => i).filter((i) => data.image[i] === number);
  return { shape: height / width, members, number,
    under: (context, w, h) => { context.globalAlpha = 0.75; context.drawImage(picture, 0, 0, w, h); context.globalAlpha = 1; },
    at: (i, w, h) => [w * (data.px[i] + 0.5) / width, h * (data.py[i] + 0.5) / height],
    pixel: (found, w, h) => found.image === number ? [w * (found.x + 0.5) / width, h * (found.y + 0.5) / height] : null };
}

function drawView(view, data, state) {
  const [context, w, h] = prepared(view.canvas, view.shape);
  view.under(context, w, h);
  // A map's paper is the page's, light or dark, and so are the rims of its dots; an image is its own.
  const own = view.number !== undefined, page = getComputedStyle(view.canvas).color;
  const ink = own ? '#1f2430' : page, strong = own ? '#000' : page;
  const dot = (i, radius, rim) => {
    const [x, y] = view.at(i, w, h);
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.fillStyle = data.colors[data.cls[i]];
    context.fill();
    context.lineWidth = rim; context.strokeStyle = rim > 1 ? strong : ink;
    context.stroke();
  };
  const any = state.chosen.size > 0;
  context.globalAlpha = any ? 0.13 : 0.85;
  // Many dots are small, so that they do not hide each other.
  const small = Math.min(3.4, Math.max(1.3, 3.4 * Math.sqrt(1200 / view.members.length)));
  for (const i of view.members) if (!state.chosen.has(i)) dot(i, small, small > 2.4 ? 0.6 : 0.3);
  context.globalAlpha = 1;
  for (const i of view.members) if (state.chosen.has(i)) dot(i, 4.4, 1.4);
  if (state.hover !== null && view.members.includes(state.hover)) dot(state.hover, 6.5, 2.4);
  const there = state.pixel && view.pixel(state.pixel, w, h);
  if (there) star(context, ...there);
  if (state.lasso && state.lasso.view === view) {
    context.beginPath();
    state.lasso.path.forEach(([x, y], i) => i ? context.lineTo(x, y) : context.moveTo(x, y));
    context.closePath();
    context.fillStyle = '#2f6db522'; context.fill();
    context.strokeStyle = '#2f6db5'; context.lineWidth = 1.5; context.stroke();
  }
}

function nearest(view, point, reach = Infinity) {
  const w = view.canvas.clientWidth, h = Math.round(w * view.shape);
  let best = null, least = reach;
  for (const i of view.members) {
    const [x, y] = view.at(i, w, h), far = Math.hypot(x - point[0], y - point[1]);
    if (far < least) { least = far; best = i; }
  }
  return best;
}

// The patch round a cell's centre, with the cell framed and what is known of it.
function showTip(tip, data, pictures, i, place, box) {
  const number = data.image[i], { width, height, cell } = data.images[number], picture = pictures[number];
  const side = Math.min(Math.max(64, 6 * Math.max(...cell)), width, height);
  const left = Math.min(Math.max(data.px[i] - side / 2, 0), width - side);
  const top = Math.min(Math.max(data.py[i] - side / 2, 0), height - side);
  const shrink = picture.naturalWidth / width, zoom = PATCH / side, context = tip.patch.getContext('2d');
  context.clearRect(0, 0, PATCH, PATCH);
  context.drawImage(picture, left * shrink, top * shrink, side * shrink, side * shrink, 0, 0, PATCH, PATCH);
  context.strokeStyle = MARK; context.lineWidth = 2;
  context.strokeRect((data.px[i] + 0.5 - left - cell[0] / 2) * zoom, (data.py[i] + 0.5 - top - cell[1] / 2) * zoom, cell[0] * zoom, cell[1] * zoom);
  const said = data.names[data.predicted[i]] || 'nothing';
  tip.words.textContent = `${data.names[data.cls[i]]}${data.predicted[i] === data.cls[i] ? ', predicted so' : `, predicted ${said}`} · ${data.images[number].id} (${data.px[i]}, ${data.py[i]})`;
  tip.style.display = 'block';
  tip.style.left = `${Math.max(0, Math.min(place[0] + 14, box.clientWidth - 152))}px`;
  tip.style.top = `${place[1] + 14}px`;
  box.dataset.hover = i;
}

function summary(data, state) {
  const count = new Map();
  let wrong = 0;
  for (const i of state.chosen) {
    count.set(data.cls[i], (count.get(data.cls[i]) || 0) + 1);
    if (data.predicted[i] !== data.cls[i]) wrong += 1;
  }
  if (!count.size) return 'Nothing is chosen: drag a lasso in a map or an image, or click a point, an image or a class.';
  const parts = [...count].sort((a, b) => b[1] - a[1]).map(([k, n]) => `${n} ${data.names[k]}`);
  return `${state.chosen.size} ${state.chosen.size > 1 ? 'cells' : 'cell'} chosen: ${parts.join(', ')}; ${wrong} predicted as another class.`;
}

function listen(view, data, state, actions) {
  const canvas = view.canvas;
  const at = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    state.lasso = { view, path: [at(event)] };
  });
  canvas.addEventListener('pointermove', (event) => {
    const point = at(event);
    if (state.lasso?.view === view) { state.lasso.path.push(point); actions.draw(); return; }
    actions.hover(nearest(view, point, NEAR), event);
  });
  canvas.addEventListener('pointerleave', () => actions.hover(null));
  canvas.addEventListener('pointerup', (event) => {
    const path = state.lasso?.view === view ? state.lasso.path : [], end = at(event);
    state.lasso = null;
    if (!path.length) return;
    const moved = Math.max(...path.map(([x, y]) => Math.hypot(x - path[0][0], y - path[0][1])));
    if (moved > 5) {
      const w = canvas.clientWidth, h = Math.round(w * view.shape);
      const inside = view.members.filter((i) => within(path, ...view.at(i, w, h)));
      actions.choose(event.shiftKey ? [...state.chosen, ...inside] : inside);
    } else if (view.number === undefined) {
      const one = nearest(view, end, NEAR);
      actions.choose(one === null ? [] : event.shiftKey ? [...state.chosen, one] : [one]);
    } else {
      const { width, height } = data.images[view.number], w = canvas.clientWidth, h = w * view.shape;
      const clip = (value, size) => Math.min(size - 1, Math.max(0, Math.floor(value)));
      actions.pixel({ image: view.number, x: clip(end[0] * width / w, width), y: clip(end[1] * height / h, height) });
    }
  });
  canvas.addEventListener('pointercancel', () => { state.lasso = null; actions.draw(); });
  canvas.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key], from = view.members.indexOf(state.hover);
    if (step && view.members.length) {
      const i = view.members[(from + step + view.members.length) % view.members.length];
      const [x, y] = view.at(i, canvas.clientWidth, Math.round(canvas.clientWidth * view.shape)), box = canvas.getBoundingClientRect();
      actions.hover(i, { clientX: box.left + x, clientY: box.top + y });
    } else if (event.key === 'Enter' && state.hover !== null) actions.choose([state.hover]);
    else if (event.key === 'Escape') actions.choose([]);
    else return;
    event.preventDefault();
  });
}

function framed(grid, caption, alt, kind) {
  const figure = element('figure', grid);
  element('figcaption', figure, caption);
  return element('canvas', figure, '', { tabindex: '0', role: 'img', 'aria-label': alt, class: kind });
}

function legend(box, data, choose) {
  const row = element('div', box, '', { class: 'legend', role: 'group', 'aria-label': 'classes: press to choose all cells of one' });
  for (const k of [...new Set(data.cls)].sort((a, b) => a - b)) {
    const button = element('button', row, '', { type: 'button' });
    element('i', button).style.background = data.colors[k];
    element('span', button, data.names[k]);
    button.addEventListener('click', () => choose(data.cls.map((_, i) => i).filter((i) => data.cls[i] === k)));
  }
  element('button', row, 'Choose none', { type: 'button' }).addEventListener('click', () => choose([]));
}

export async function mount(root, data, told) {
  root.linkedData = data;
  if (root.dataset.signature === data.signature) { root.linkedUpdate?.(data); return; }
  delete root.linkedUpdate;
  root.dataset.signature = data.signature;
  const pictures = await Promise.all(data.images.map((one) => opened(one.source)));
  if (root.dataset.signature !== data.signature) return;
  const { selected, pixel } = root.linkedData;  // it may have changed while the images were opened
  const state = { chosen: new Set(selected), hover: null, pixel, lasso: null };
  root.replaceChildren();
  element('style', root, STYLE);
  const box = element('div', root, '', { class: 'points', 'data-testid': 'linked-points' });
  element('h4', box, data.title);
  element('p', box, data.subtitle, { class: 'sub' });
  const row = (count, least) => element('div', box, '', { class: 'grid', style: `grid-template-columns: repeat(auto-fit, minmax(min(100%, ${least}px), ${count < 2 ? '620px' : '1fr'}))` });
  const maps = row(data.panels.length, 250);
  const views = data.panels.map((panel, number) => {
    const view = mapView(data, { ...panel, number });
    view.canvas = framed(maps, panel.title, `${panel.title}: every dot is a sampled cell, coloured by class`, 'map');
    return view;
  });
  const actions = {};
  legend(box, data, (chosen) => actions.choose(chosen));
  const said = element('div', box, '', { class: 'said', role: 'status', 'aria-live': 'polite' });
  element('p', box, 'Point at a dot to see its patch; drag a lasso (with Shift to add); click an image to find the pixel in the maps. Arrow keys, Enter and Esc do the same.', { class: 'hint' });
  const photos = row(data.images.length, data.images.length < 2 ? 320 : 230);
  pictures.forEach((picture, number) => {
    const view = imageView(data, picture, number), { id } = data.images[number];
    view.canvas = framed(photos, id, `${id}: the sampled cells in the image`, 'image');
    views.push(view);
  });
  const tip = element('div', box, '', { class: 'tip' });
  tip.patch = element('canvas', tip, '', { width: PATCH, height: PATCH });
  tip.words = element('div', tip);
  actions.draw = () => {
    for (const view of views) drawView(view, data, state);
    said.textContent = summary(data, state) + (state.pixel ? ` ✚ ${state.pixel.words}` : '');
    box.dataset.chosen = state.chosen.size;
    box.dataset.pixel = state.pixel ? `${state.pixel.image},${state.pixel.x},${state.pixel.y}` : '';
  };
  actions.hover = (i, event) => {
    if (i !== null && event) {
      const from = box.getBoundingClientRect();
      showTip(tip, data, pictures, i, [event.clientX - from.left, event.clientY - from.top], box);
    } else { tip.style.display = 'none'; delete box.dataset.hover; }
    if (state.hover !== i) { state.hover = i; actions.draw(); }
  };
  actions.choose = (chosen) => {
    state.chosen = new Set(chosen);
    actions.draw();
    told({ selected: [...state.chosen].sort((a, b) => a - b) });
  };
  actions.pixel = (pixel) => told({ pixel });
  root.linkedUpdate = (fresh) => {
    state.pixel = fresh.pixel;
    state.chosen = new Set(fresh.selected);
    actions.draw();
  };
  for (const view of views) listen(view, data, state, actions);
  new ResizeObserver(() => actions.draw()).observe(box);
  actions.draw();
}
