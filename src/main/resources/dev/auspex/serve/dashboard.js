'use strict';
// Asks the server for runs and their curves, and fills the page. All names come from files, so they
// only ever enter the page as text.

const EVERY_MILLIS = 1500;
const PARTS = ['embedding', 'attention', 'mlp', 'head'];
const percent = value => (100 * value).toFixed(value < 0.1 ? 1 : 0) + '%';
const bytes = value => value >= 1e9 ? (value / 1e9).toFixed(2) + ' GB' : Math.round(value / 1e6) + ' MB';
const loss = value => value.toFixed(3);

const CHARTS = [
  { id: 'bpb', title: 'Held-out text', unit: 'bits per byte', wide: true, height: 330, format: loss, heldout: 'heldout_bpb' },
  { id: 'loss', title: 'Training loss', unit: 'nats per token', wide: true, height: 270, format: loss, key: 'loss', smooth: true },
  { id: 'norm', title: 'Gradient norm', key: 'grad_norm', smooth: true },
  { id: 'parts', title: 'Gradient norm by part', format: value => value.toPrecision(2), parts: true, smooth: true },
  { id: 'rate', title: 'Learning rate', key: 'learning_rate', fromZero: true },
  { id: 'speed', title: 'Speed', unit: 'tokens/s', key: 'tokens_per_second', smooth: true, fromZero: true },
  { id: 'share', title: 'Share of the measured matmul rate', key: 'matmul_share', format: percent, tick: percent, smooth: true, fromZero: true },
  { id: 'memory', title: 'Memory of the process', key: 'resident_bytes', format: bytes, tick: bytes, fromZero: true },
];

const $ = id => document.getElementById(id);
const curves = new Map(); // run name -> {generation, columns, heldout}
const indices = new Map(); // run name -> index of its colour, kept while the page is open
let runs = [], current = null, chosen = new Set(), automatic = true, connected = true;

const charts = CHARTS.map(spec => new Chart(spec, $('charts'), (x, by) => charts.forEach(chart => chart.pointAt(x, chart === by))));

function remember(key, value) {
  try { localStorage.setItem('auspex-' + key, value); } catch { /* private mode: not remembered */ }
}
function recall(key) {
  try { return localStorage.getItem('auspex-' + key); } catch { return null; }
}

async function ask(path) {
  const reply = await fetch(path);
  if (!reply.ok) throw new Error(path + ': ' + reply.status);
  return reply.json();
}

async function refresh() {
  try {
    const answer = await ask('/api/runs');
    current = answer.current || newest(answer.runs);
    runs = answer.runs.sort((a, b) => rank(a) - rank(b));
    if (automatic) chosen = new Set(choice());
    await Promise.all(shownRuns().map(fetchCurves));
    connected = true;
  } catch (error) {
    connected = false;
  }
  render();
  setTimeout(refresh, document.hidden ? 4 * EVERY_MILLIS : EVERY_MILLIS);
}

/** The current run, its ladder, its neighbours, their ladders. */
function rank(run) {
  if (run.name === current) return 0;
  return run.name.startsWith(current + '/') ? 1 : run.name.includes('/') ? 3 : 2;
}

/** With no run of its own the page leads with the one that changed last. */
function newest(all) {
  const sorted = all.filter(run => run.changed).sort((a, b) => a.changed < b.changed ? 1 : -1);
  return sorted.length ? sorted[0].name : all.length ? all[0].name : null;
}

/** Until the reader chooses: the current run or, before it has begun, what is being trained for it. */
function choice() {
  if (runs.some(run => run.name === current)) return [current];
  return runs.filter(run => run.state === 'training').map(run => run.name);
}

async function fetchCurves(run) {
  const known = curves.get(run.name) || { generation: -1, columns: {}, count: 0, heldout: [] };
  if (known.changed === run.changed && known.count) return;
  const from = Math.max(0, known.count - 1); // the last point may still be filling
  const answer = await ask(`/api/curves?run=${encodeURIComponent(run.name)}&generation=${known.generation}&from=${from}`);
  const columns = answer.from === 0 ? {} : known.columns;
  const added = (answer.curves.step || []).length;
  for (const key of new Set([...Object.keys(columns), ...Object.keys(answer.curves)])) {
    const before = (columns[key] || Array(answer.from).fill(null)).slice(0, answer.from);
    columns[key] = before.concat(answer.curves[key] || Array(added).fill(null));
  }
  curves.set(run.name, {
    generation: answer.generation, columns, count: answer.from + added, heldout: answer.heldout, changed: run.changed,
  });
}

function shownRuns() {
  return runs.filter(run => chosen.has(run.name));
}

/** `quickstart/ladder/dim-16` is the run `dim-16` of `quickstart/ladder`. */
function lastPart(name) {
  return name.slice(name.lastIndexOf('/') + 1);
}

function folderOf(name) {
  return name.slice(0, Math.max(0, name.length - lastPart(name).length - 1));
}

function indexOf(name) {
  if (!indices.has(name)) indices.set(name, indices.size);
  return indices.get(name);
}

// ---- numbers ----

function figure(label, value) {
  const box = document.createElement('div');
  box.className = 'figure';
  const b = document.createElement('b');
  b.textContent = value;
  const span = document.createElement('span');
  span.textContent = label;
  box.append(b, span);
  return box;
}

function duration(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  const s = Math.round(seconds), two = n => String(n).padStart(2, '0');
  if (s >= 86400) return `${Math.floor(s / 86400)} d ${Math.floor(s / 3600) % 24} h`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

function renderFigures(run) {
  const last = (run && run.last_step) || {};
  const heldout = (run && run.last_heldout) || {};
  const show = (value, format) => value === undefined || value === null ? '–' : format(value);
  const done = run && run.state === 'finished';
  $('figures').replaceChildren(
    figure('training loss', show(last.loss, loss)),
    figure('held-out bits/byte', show(heldout.heldout_bpb, loss)),
    figure('tokens per second', show(last.tokens_per_second, v => Math.round(v).toLocaleString('en'))),
    figure('of the matmul rate', show(last.matmul_share, percent)),
    figure('gradient norm', show(last.grad_norm, v => v.toPrecision(3))),
    figure('learning rate', show(last.learning_rate, v => short(Number(v.toPrecision(3))))),
    figure('memory, peak ' + show(last.peak_bytes, bytes).replace(/ .*/, ''), show(last.resident_bytes, bytes)),
    done ? figure('time training', show(last.seconds, duration)) : figure('time left', show(last.seconds_left, duration)));
}

const STATES = {
  training: 'training', finished: 'finished', waiting: 'waiting for the first step', quiet: 'no step lately',
};

function renderHead(run) {
  const state = !connected ? 'lost' : run ? run.state : 'waiting';
  $('name').textContent = run ? run.name : 'Auspex';
  $('state').className = 'state ' + state;
  const text = !connected ? (run && run.state === 'finished' ? 'finished; the server has ended'
    : 'no connection: the command has ended, or was stopped') : run ? STATES[state] : 'no run yet';
  if ($('state').textContent !== text) $('state').textContent = text;
  const step = run && run.last_step ? run.last_step.step : 0;
  const share = run && run.steps ? step / run.steps : 0;
  $('progress').firstElementChild.style.width = 100 * share + '%';
  $('progress').setAttribute('aria-valuenow', Math.floor(100 * share));
  const about = [];
  if (run && run.steps) about.push(`step ${step.toLocaleString('en')} of ${run.steps.toLocaleString('en')}`);
  if (run && run.parameters) about.push(`${short(run.parameters)} parameters`);
  if (run && run.last_step) about.push(`${short(run.last_step.tokens)} tokens`, `${short(run.last_step.flops)} FLOPs`);
  $('about').textContent = about.join(' · ');
  document.title = run ? `${Math.floor(100 * share)}% ${run.name} · Auspex` : 'Auspex';
}

function renderForecast(run) {
  const f = run && run.forecast;
  $('forecast').hidden = !f;
  if (!f) return;
  const metric = f.metric === 'heldout_bpb' ? 'bits per byte' : f.metric;
  const parts = [`Sealed ${new Date(f.time).toLocaleString()}, before the first step: ${f.predicted.toFixed(4)} ${metric}, ` +
    `${Math.round(100 * f.level)}% interval ${f.low.toFixed(4)} to ${f.high.toFixed(4)}` +
    (typeof f.compute_ratio === 'number' ? `, at ${short(f.compute_ratio)} times the compute of the largest run it rests on. ` : '. ')];
  const actual = run.result && run.result[f.metric];
  if (actual) {
    const inside = f.low <= actual && actual <= f.high;
    const verdict = document.createElement('span');
    verdict.className = inside ? 'inside' : 'outside';
    verdict.textContent = inside ? 'inside the interval' : 'outside the interval';
    parts.push(`Came ${actual.toFixed(4)}, `, verdict, '. ');
  }
  const seal = document.createElement('code');
  seal.textContent = 'seal ' + String(f.seal).slice(0, 12);
  $('forecast').replaceChildren(...parts, seal);
}

function renderRuns() {
  const list = $('runs');
  const wanted = runs.map(run => run.name).join('\n');
  if (list.dataset.names !== wanted) {
    list.dataset.names = wanted;
    list.replaceChildren(...runs.flatMap((run, i) => {
      const folder = folderOf(run.name);
      return i && folder !== folderOf(runs[i - 1].name) ? [heading(folder), runLabel(run)] : [runLabel(run)];
    }));
    if (!runs.length) list.textContent = 'none yet';
  }
  const labels = list.querySelectorAll('label');
  runs.forEach((run, i) => {
    labels[i].querySelector('input').checked = chosen.has(run.name);
    const score = run.result ? run.result.heldout_bpb : run.last_heldout && run.last_heldout.heldout_bpb;
    const state = run.state === 'training' && run.steps && run.last_step ? percent(run.last_step.step / run.steps) : run.state;
    labels[i].querySelector('small').textContent = state + (score ? `, ${score.toFixed(3)} bits/byte` : '');
  });
}

function heading(folder) {
  const text = document.createElement('h2');
  text.textContent = folder || 'other runs';
  return text;
}

function runLabel(run) {
  const label = document.createElement('label');
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.addEventListener('change', () => {
    automatic = false;
    if (box.checked) chosen.add(run.name); else chosen.delete(run.name);
    Promise.all(shownRuns().map(fetchCurves)).catch(() => {}).then(render);
  });
  const swatch = svg('svg', { class: 'swatch', viewBox: '0 0 21 8', 'aria-hidden': 'true' });
  const index = indexOf(run.name);
  svg('line', { x1: 0, x2: 21, y1: 4, y2: 4, stroke: color(index), 'stroke-dasharray': dash(index) }, swatch);
  const name = document.createElement('span');
  name.className = 'label';
  name.textContent = lastPart(run.name);
  label.title = run.name;
  label.append(box, swatch, name, document.createElement('small'));
  return label;
}

// ---- curves ----

/** Exponential smoothing that starts at the first value without bias (as Adam corrects its means). */
function smoothed(points, weight) {
  if (weight <= 0 || points.length < 3) return points;
  let mean = 0, mass = 0;
  return points.map(([x, y]) => {
    mean = weight * mean + (1 - weight) * y;
    mass = weight * mass + (1 - weight);
    return [x, mean / mass];
  });
}

function axisOf(run, data, axis) {
  if (axis === 'seconds') {
    const steps = data.columns.step || [], seconds = data.columns.seconds || [];
    const pairs = steps.map((step, i) => [step, seconds[i]]);
    return step => pairs.length ? nearest(pairs, step)[1] : 0;
  }
  const factor = { step: 1, tokens: run.tokens_per_step, flops: run.flops_per_step }[axis] || 1;
  return step => step * factor;
}

function curveOf(run, data, spec, settings, key) {
  const x = axisOf(run, data, settings.axis);
  const steps = data.columns.step || [], values = data.columns[key] || [];
  const raw = [];
  for (let i = 0; i < steps.length; i++) {
    if (values[i] !== null && values[i] !== undefined) {
      raw.push([settings.axis === 'seconds' ? data.columns.seconds[i] : x(steps[i]), values[i]]);
    }
  }
  const points = spec.smooth ? smoothed(raw, settings.smoothing) : raw;
  return { points, raw: points === raw ? null : raw };
}

function curvesFor(spec, settings) {
  const found = [], alone = shownRuns().length === 1;
  for (const run of shownRuns()) {
    const data = curves.get(run.name);
    if (!data) continue;
    if (spec.heldout) {
      const x = axisOf(run, data, settings.axis);
      const points = data.heldout.filter(line => spec.heldout in line && !line.last).map(line => [x(line.step), line[spec.heldout]]);
      const last = data.heldout.find(line => line.last);
      if (last) points.push([x(last.step), last[spec.heldout]]);
      const training = trainingBits(run, data, settings);
      if (training.length) found.push({ name: alone ? 'training' : lastPart(run.name) + ' training', index: indexOf(run.name), points: training, faint: true });
      found.push({ name: alone ? 'held-out' : lastPart(run.name), index: indexOf(run.name), points, dots: true });
    } else if (spec.parts) {
      if (run.name !== leading()) continue;
      PARTS.forEach((part, i) => {
        const curve = curveOf(run, data, spec, settings, 'grad_norms.' + part);
        if (curve.points.length) found.push({ name: part, index: i, points: curve.points });
      });
    } else {
      found.push({ name: lastPart(run.name), index: indexOf(run.name), ...curveOf(run, data, spec, settings, spec.key) });
    }
  }
  return found;
}

/**
 * The smoothed training loss in bits per byte, so that there is a curve between measurements. A byte's
 * share of a token comes from a held-out measurement, of the run or else of its ladder on the same text.
 */
function trainingBits(run, data, settings) {
  const measured = data.heldout[0] || run.result
    || (runs.find(other => other.result && other.name.startsWith(run.name + '/ladder/')) || {}).result;
  if (!measured) return [];
  const { points } = curveOf(run, data, { smooth: true }, settings, 'loss');
  return points.map(([x, nats]) => [x, nats * measured.heldout_bpb / measured.heldout_loss]);
}

/** The run whose numbers, forecast and gradient parts are shown: the current one where it is chosen. */
function leading() {
  const shown = shownRuns();
  if (!shown.length || shown.some(run => run.name === current)) return current;
  return (shown.find(run => run.state === 'training') || shown[0]).name;
}

function forecastFor(run, settings) {
  const f = run && run.forecast;
  const x = f && f.metric === 'heldout_bpb' && lastStepOf(run, settings);
  return x ? { ...f, x, actual: run.result && run.result.heldout_bpb, color: color(indexOf(run.name)) } : null;
}

/** Where the run's last step lies on the axis; on that of time by its speed so far. */
function lastStepOf(run, settings) {
  if (!run.steps) return null;
  if (settings.axis !== 'seconds') return axisOf(run, { columns: {} }, settings.axis)(run.steps);
  return run.last_step ? run.last_step.seconds / run.last_step.step * run.steps : null;
}

function render() {
  const settings = {
    axis: $('axis').value, logX: $('log-x').checked, logY: $('log-y').checked, smoothing: Number($('smoothing').value),
  };
  const run = runs.find(r => r.name === leading());
  renderHead(run);
  renderFigures(run);
  renderForecast(run);
  renderRuns();
  const xFormat = settings.axis === 'seconds' ? duration : v => settings.axis === 'step' ? Math.round(v).toLocaleString('en') : short(v);
  const xLabel = { step: 'steps', tokens: 'tokens', flops: 'FLOPs', seconds: 'training' }[settings.axis];
  for (const chart of charts) {
    chart.show({
      curves: curvesFor(chart.spec, settings), forecast: chart.spec.heldout ? forecastFor(run, settings) : null,
      logX: settings.logX, logY: settings.logY, xFormat, xLabel, xEnd: run && run.state !== 'finished' ? lastStepOf(run, settings) : null,
    });
  }
}

for (const id of ['axis', 'log-x', 'log-y', 'smoothing']) {
  const control = $(id), saved = recall(id);
  if (saved !== null) { if (control.type === 'checkbox') control.checked = saved === 'true'; else control.value = saved; }
  control.addEventListener('input', () => {
    remember(id, control.type === 'checkbox' ? control.checked : control.value);
    $('smoothing-value').textContent = Number($('smoothing').value).toFixed(2);
    render();
  });
}
$('smoothing-value').textContent = Number($('smoothing').value).toFixed(2);
refresh();
