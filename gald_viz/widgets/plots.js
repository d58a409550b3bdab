// Draws plotly figures below one another. A click on a panel of the image sets `pixel`; traces that are named like `ring`
// follow `mark`.

// plotly.js, run once a page: the text of another widget, that all figures share.
function plotly(model) {
  window.galdPlotly ??= model.widget_manager.get_model(model.get('library')).then(async (library) => {
    await import(URL.createObjectURL(new Blob([library.get('code')], { type: 'text/javascript' })));
    return window.Plotly;
  }).catch((error) => { window.galdPlotly = undefined; throw error; });
  return window.galdPlotly;
}

const WIDTH = 900; // pixels that the figures are laid out for

// What plotly can go on from: after a figure of another kind, axes would keep places of the one before.
const kindOf = (data, layout) => [...Object.keys(layout), ...data.map((trace) => trace.type)].join();

function marked(data, model) {
  const mark = model.get('mark');
  for (const trace of data) if (mark.length && trace.name === model.get('ring')) {
    trace.x = [mark[0], mark[0]];
    trace.y = [mark[1], mark[1]];
  }
  return data;
}

// The pixel under the pointer. Plotly tells a click by the cell of the trace below it, which may be many pixels wide; and
// it hands the click on to the rectangle of the panel, which carries the panel's name, such as x2y2.
function clickedPixel(event, plot, unit) {
  const panel = event.target.dataset?.subplot?.match(/^x(\d*)y(\d*)$/);
  const x = panel && plot.layout[`xaxis${panel[1]}`], y = panel && plot.layout[`yaxis${panel[2]}`];
  if (!x || x.ticksuffix !== unit) return null;
  const box = event.target.getBoundingClientRect(), [left, right] = x.range, [bottom, top] = y.range;
  return [
    Math.round(left + (right - left) * (event.clientX + 0.5 - box.left) / box.width),
    Math.round(top + (bottom - top) * (event.clientY + 0.5 - box.top) / box.height),
  ];
}

function draw(model, el) {
  const config = { displaylogo: false };
  let queue = Promise.resolve(), width = 0, gone = false, Plotly = null;
  const added = () => {
    const plot = document.createElement('div');
    plot.addEventListener('click', (event) => {
      const pixel = clickedPixel(event, plot, model.get('unit'));
      if (!pixel) return;
      model.set('pixel', pixel);
      model.save_changes();
    });
    el.append(plot);
    return plot;
  };
  const show = async () => {
    const figures = JSON.parse(model.get('figures'));
    while (el.children.length > figures.length) { Plotly.purge(el.lastChild); el.lastChild.remove(); }
    for (const [number, { data, layout }] of figures.entries()) {
      const plot = el.children[number] || added(), kind = kindOf(data, layout);
      const put = plot.kind === kind ? Plotly.react : Plotly.newPlot;
      plot.kind = kind;
      await put(plot, marked(data, model), { width: width || WIDTH, ...layout }, config);
    }
  };
  const move = async () => {
    const ring = model.get('ring'), [x, y] = model.get('mark');
    for (const plot of el.children) {
      const rings = plot.data?.flatMap((trace, number) => trace.name === ring ? [number] : []);
      if (rings?.length) await Plotly.restyle(plot, { x: [[x, x]], y: [[y, y]] }, rings);
    }
  };
  // One after another: a figure is not drawn while it is being drawn.
  const then = (step) => {
    queue = queue.then(async () => {
      Plotly ??= await plotly(model);
      if (!gone) await step();
    }).catch((error) => console.error(error));
  };
  const sized = new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now && now !== width) { width = now; then(show); }
  });
  sized.observe(el);
  const redraw = () => then(show), moved = () => then(move);
  model.on('change:figures', redraw);
  model.on('change:mark', moved);
  // JupyterLab may tell no size of what lies outside its window: it is drawn all the same, and again when it does.
  redraw();
  return () => {
    sized.disconnect();
    model.off('change:figures', redraw);
    model.off('change:mark', moved);
    gone = true;
    // A figure that is taken away while it is being drawn makes plotly fail.
    queue.then(() => { for (const plot of el.children) Plotly?.purge(plot); });
  };
}
