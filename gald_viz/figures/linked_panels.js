// Panels of one image with one zoom and one cursor. mount(root, data, chosen) draws them into an element;
// `data` is what gald_viz/figures/linked.py makes of an image; its `pixel`, if any, is kept: ringed in every panel, as is
// the one of the last click. keep(root, pixel) keeps another one. Names are set as text, never as markup.

const STYLE = `
.linked { font: 13px/1.35 'Source Sans', 'Source Sans Pro', 'Segoe UI', Helvetica, Arial, sans-serif; }
.linked .bar { display: flex; flex-wrap: wrap; gap: 6px 18px; align-items: center; margin: 0 0 6px; }
.linked .bar label { display: inline-flex; gap: 6px; align-items: center; white-space: nowrap; }
.linked .bar input[type=range] { width: 96px; }
.linked .grid { display: grid; gap: 8px; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); }
.linked figure { margin: 0; min-width: 0; }
.linked figcaption { font-weight: 600; margin: 0 0 2px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.linked canvas { width: 100%; display: block; cursor: crosshair; border-radius: 3px; touch-action: none; }
.linked canvas:focus-visible { outline: 2px solid #0b6e99; }
.linked .scale { display: flex; gap: 6px; align-items: center; font-size: 11px; opacity: .8; margin-top: 2px; }
.linked .scale i { flex: 1; height: 7px; border-radius: 2px; }
.linked .legend { display: flex; flex-wrap: wrap; gap: 3px 10px; margin: 0 0 8px; }
.linked .legend button { all: unset; cursor: pointer; display: inline-flex; gap: 5px; align-items: center; padding: 1px 3px; }
.linked .legend button:focus-visible { outline: 2px solid #0b6e99; }
.linked .legend button[aria-pressed=false] { opacity: .4; text-decoration: line-through; }
.linked .legend i { width: 12px; height: 12px; border-radius: 2px; display: inline-block; }
.linked .read { overflow-x: auto; min-height: 112px; margin: 0 0 6px; }
.linked table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.linked td, .linked th { padding: 1px 14px 1px 0; text-align: left; white-space: nowrap; }
.linked .hint { opacity: .7; }
`;
const NOTHING = 255, UNLABELLED = [225, 228, 233], WRONG = [206, 36, 54], BAND = [247, 205, 110];
const DIMMED = 0.35;  // how much of its colour a pixel keeps that is less sure than asked for

async function pixels(source, width, height) {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = width; canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}

// Of a grey picture one number a pixel.
async function numbers(source, width, height) {
  if (!source) return null;
  const rgba = await pixels(source, width, height), values = new Uint8Array(width * height);
  for (let i = 0; i < values.length; i++) values[i] = rgba[4 * i];
  return values;
}

async function decoded(data) {
  const read = (source) => numbers(source, data.width, data.height);
  const answers = await Promise.all(data.answers.map(async (one) => ({
    name: one.name, classes: await read(one.classes), probability: await read(one.probability),
    entropy: await read(one.entropy),
  })));
  const heats = await Promise.all(data.heats.map(async (one) => ({ ...one, values: await read(one.values) })));
  return { photo: await pixels(data.photo, data.width, data.height), label: await read(data.label),
           band: await read(data.band), answers, heats };
}

// What each panel is: a title, a text alternative, and the colour of pixel i as [r, g, b, share of the colour].
function panelsOf(data, maps, state) {
  const palette = [...data.colors], colour = (k) => palette[k] || UNLABELLED;
  const classes = (ids, probability) => (i) => {
    const k = ids[i];
    if (state.hidden.has(k)) return null;
    const sure = !probability || probability[i] >= 2.55 * state.threshold;
    return [...colour(k), state.opacity * (sure ? 1 : DIMMED)];
  };
  const panels = [{ title: 'image', colour: () => null }];
  if (maps.label) panels.push({ title: 'label', colour: classes(maps.label, null) });
  for (const one of maps.answers) panels.push({ title: `answer: ${one.name}`, colour: classes(one.classes, one.probability) });
  if (maps.label) {
    const last = maps.answers[maps.answers.length - 1];
    panels.push({ title: `errors of ${last.name}, with the boundary band`, colour: (i) => {
      if (maps.label[i] === NOTHING) return [...UNLABELLED, 1];
      if (state.hidden.has(maps.label[i])) return null;
      if (last.classes[i] !== maps.label[i]) return [...WRONG, 0.9];
      return maps.band[i] < state.band ? [...BAND, 0.6] : [255, 255, 255, 0.55];
    } });
  }
  for (const one of maps.heats) panels.push({ title: one.name, heat: one,
    colour: (i) => [...data.ramp[one.values[i]], Math.max(state.opacity, 0.05)] });
  return panels;
}

function painted(panel, data, maps) {
  const count = data.width * data.height, out = new Uint8ClampedArray(4 * count), photo = maps.photo;
  for (let i = 0; i < count; i++) {
    const over = panel.colour(i), at = 4 * i, share = over ? over[3] : 0;
    for (let c = 0; c < 3; c++) out[at + c] = photo[at + c] + share * ((over ? over[c] : 0) - photo[at + c]);
    out[at + 3] = 255;
  }
  return new ImageData(out, data.width, data.height);
}

// One view rectangle for all panels: x, y of its corner and its width in image pixels.
function zoomed(view, data, factor, x, y) {
  const width = Math.min(data.width, Math.max(8, view.width * factor)), ratio = width / view.width;
  view.x = x - (x - view.x) * ratio; view.y = y - (y - view.y) * ratio; view.width = width;
  kept(view, data);
}

function kept(view, data) {
  const height = view.width * data.height / data.width;
  view.x = Math.min(Math.max(view.x, 0), data.width - view.width);
  view.y = Math.min(Math.max(view.y, 0), data.height - height);
}

function readOut(table, data, maps, pixel) {
  table.replaceChildren();
  const [x, y] = pixel, i = y * data.width + x, name = (k) => data.names[k] || 'not labelled';
  const there = (value) => Math.round((value + 0.5) * data.scale - 0.5);
  const head = element('tr', table);
  const known = maps.label && maps.label[i] !== NOTHING;
  for (const word of [`pixel (${there(x)}, ${there(y)})`, 'class', 'probability', 'entropy', known ? 'label' : ''])
    element('th', head, word);
  for (const one of maps.answers) {
    const row = element('tr', table);
    element('td', row, one.name);
    element('td', row, name(one.classes[i]));
    element('td', row, `${(one.probability[i] / 2.55).toFixed(0)} %`);
    element('td', row, one.entropy ? (one.entropy[i] / 255).toFixed(2) : '–');
    if (known) element('td', row, one.classes[i] === maps.label[i] ? `✓ ${name(maps.label[i])}` : `✗ ${name(maps.label[i])}`);
  }
  const heats = maps.heats.map((one) =>
    `${one.name} ${(one.low + (one.high - one.low) * one.values[i] / 255).toFixed(3)} ${one.unit}`.trim());
  if (heats.length) element('td', element('tr', table), heats.join(' · '), { colspan: 5 });
}

function knob(bar, text, unit, [low, high, step], value, changed) {
  const label = element('label', bar, text), input = element('input', label, '', { type: 'range', min: low, max: high, step });
  input.value = value;
  const shown = element('span', label, `${value}${unit}`);
  input.addEventListener('input', () => { shown.textContent = `${input.value}${unit}`; changed(Number(input.value)); });
}

function legend(root, data, maps, state, repaint) {
  const present = new Set();
  for (const ids of [maps.label, ...maps.answers.map((one) => one.classes)]) if (ids) for (const k of ids) present.add(k);
  const box = element('div', root, '', { class: 'legend', role: 'group', 'aria-label': 'classes: press to hide or show' });
  for (const k of [...present].filter((id) => id < data.names.length).sort((a, b) => a - b)) {
    const button = element('button', box, '', { type: 'button', 'aria-pressed': String(!state.hidden.has(k)) });
    element('i', button).style.background = `rgb(${data.colors[k].join(',')})`;
    element('span', button, data.names[k]);
    button.addEventListener('click', () => {
      state.hidden.has(k) ? state.hidden.delete(k) : state.hidden.add(k);
      button.setAttribute('aria-pressed', String(!state.hidden.has(k)));
      repaint();
    });
  }
}

function listen(canvas, data, state, draw, move, chosen) {
  const at = (event) => {
    const box = canvas.getBoundingClientRect(), share = state.view.width / box.width;
    return [state.view.x + (event.clientX - box.left) * share, state.view.y + (event.clientY - box.top) * share];
  };
  const whole = ([x, y]) => [Math.min(data.width - 1, Math.max(0, Math.floor(x))), Math.min(data.height - 1, Math.max(0, Math.floor(y)))];
  let held = null;
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    zoomed(state.view, data, event.deltaY > 0 ? 1.25 : 0.8, ...at(event));
    draw();
  }, { passive: false });
  canvas.addEventListener('pointerdown', (event) => {
    held = { from: at(event), moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    const now = at(event);
    if (held && (held.moved || Math.hypot(now[0] - held.from[0], now[1] - held.from[1]) > 0.01 * state.view.width)) {
      held.moved = true;
      state.view.x += held.from[0] - now[0]; state.view.y += held.from[1] - now[1];
      kept(state.view, data);
    }
    move(whole(now));
  });
  canvas.addEventListener('pointerup', (event) => { if (held && !held.moved) chosen(whole(at(event))); held = null; });
  canvas.addEventListener('dblclick', () => { state.view = { x: 0, y: 0, width: data.width }; draw(); });
  canvas.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const [x, y] = state.pixel;
    if (step) move(whole([x + step[0], y + step[1]]));
    else if (event.key === '+' || event.key === '-') zoomed(state.view, data, event.key === '+' ? 0.8 : 1.25, x, y);
    else if (event.key === '0') state.view = { x: 0, y: 0, width: data.width };
    else if (event.key === 'Enter') chosen([x, y]);
    else return;
    event.preventDefault();
    draw();
  });
}

// A canvas has the image's pixels, whatever its size on the screen: `dot` of them are one there.
function ring(context, x, y, dot) {
  for (const [style, radius] of [['#000', 6.5], ['#fff', 4.7]]) {
    context.strokeStyle = style; context.lineWidth = 1.8 * dot;
    context.beginPath(); context.arc(x, y, radius * dot, 0, 7); context.stroke();
  }
}

// The pixel (x, y) of the image; what an element shows that is not mounted yet gets it from its data.
function keep(root, pixel) {
  const state = root.linkedState;
  if (!state?.draw || !pixel?.length) return;
  state.kept = pixel.map((value) => Math.floor((value + 0.5) / state.scale));
  state.pixel = state.kept;
  state.draw();
}

export async function mount(root, data, chosen) {
  if (root.dataset.signature === data.signature) return;
  root.dataset.signature = data.signature;
  const maps = await decoded(data);
  const before = root.linkedState;  // opacity and hidden classes outlive the image
  const state = root.linkedState = {
    opacity: before?.opacity ?? 0.6, threshold: before?.threshold ?? 0, band: before?.band ?? 5,
    hidden: before?.hidden ?? new Set(), pixel: [data.width >> 1, data.height >> 1], kept: null,
    view: { x: 0, y: 0, width: data.width }, scale: data.scale,
  };
  root.replaceChildren();
  element('style', root, STYLE);
  const box = element('div', root, '', { class: 'linked', 'data-testid': 'linked-panels' });
  const bar = element('div', box, '', { class: 'bar' });
  const panels = panelsOf(data, maps, state);
  const paint = () => { for (const panel of panels) panel.layer.getContext('2d').putImageData(painted(panel, data, maps), 0, 0); draw(); };
  knob(bar, 'Opacity', '', [0, 1, 0.05], state.opacity, (value) => { state.opacity = value; paint(); });
  knob(bar, 'Dim below', ' % sure', [0, 100, 1], state.threshold, (value) => { state.threshold = value; paint(); });
  if (maps.label) knob(bar, 'Boundary band', ' px', [0, data.widestBand, 1], state.band, (value) => { state.band = value; paint(); });
  element('span', bar, 'Wheel zooms, drag moves, double click shows all; arrow keys, + − 0 and Enter do the same.', { class: 'hint' });
  const read = element('div', box, '', { class: 'read', role: 'status', 'aria-live': 'polite' });
  const table = element('table', read, '', { class: 'readout' });
  legend(box, data, maps, state, paint);
  const grid = element('div', box, '', { class: 'grid' });
  for (const panel of panels) {
    const figure = element('figure', grid);
    element('figcaption', figure, panel.title, { title: panel.title });
    panel.canvas = element('canvas', figure, '', { tabindex: '0', role: 'img', 'aria-label': `${data.title}: ${panel.title}` });
    panel.canvas.width = data.width; panel.canvas.height = data.height;
    panel.layer = document.createElement('canvas');
    panel.layer.width = data.width; panel.layer.height = data.height;
    if (panel.heat) {
      const scale = element('div', figure, '', { class: 'scale' });
      element('span', scale, panel.heat.low.toFixed(2));
      const stops = data.ramp.filter((_, i) => i % 32 === 0 || i === 255).map((rgb) => `rgb(${rgb.join(',')})`);
      element('i', scale).style.background = `linear-gradient(90deg, ${stops.join(',')})`;
      element('span', scale, `${panel.heat.high.toFixed(2)} ${panel.heat.unit}`.trim());
    }
  }

  function draw() {
    const { x, y, width } = state.view, height = width * data.height / data.width;
    for (const { canvas, layer } of panels) {
      const context = canvas.getContext('2d');
      context.imageSmoothingEnabled = false;
      context.drawImage(layer, x, y, width, height, 0, 0, canvas.width, canvas.height);
      const zoom = canvas.width / width, cx = (state.pixel[0] + 0.5 - x) * zoom, cy = (state.pixel[1] + 0.5 - y) * zoom;
      for (const [style, thick] of [['#000', 3], ['#fff', 1.2]]) {
        context.strokeStyle = style; context.lineWidth = thick * canvas.width / 480;
        context.beginPath();
        context.moveTo(cx, 0); context.lineTo(cx, canvas.height); context.moveTo(0, cy); context.lineTo(canvas.width, cy);
        context.globalAlpha = 0.55; context.stroke(); context.globalAlpha = 1;
      }
      const dot = canvas.width / (canvas.clientWidth || 240);
      if (state.kept) ring(context, (state.kept[0] + 0.5 - x) * zoom, (state.kept[1] + 0.5 - y) * zoom, dot);
    }
    box.dataset.view = [x, y, width].map((value) => value.toFixed(1)).join(',');
    box.dataset.pixel = state.pixel.join(',');
    box.dataset.kept = state.kept ? state.kept.join(',') : '';
    readOut(table, data, maps, state.pixel);
  }
  const move = (pixel) => { state.pixel = pixel; draw(); };
  const choose = (pixel) => {
    state.kept = pixel;
    draw();
    chosen(pixel.map((value) => Math.round((value + 0.5) * data.scale - 0.5)));
  };
  for (const { canvas } of panels) listen(canvas, data, state, draw, move, choose);
  paint();
  state.draw = draw;
  keep(root, data.pixel);
}
