'use strict';
// A line chart in SVG: several curves, optional band with a predicted point, a cursor that follows
// the pointer or the arrow keys. It knows nothing of runs.

const SVG = 'http://www.w3.org/2000/svg';

function svg(name, attributes, parent, text) {
  const node = document.createElementNS(SVG, name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}

const DASHES = ['', '7 3', '2 3', '9 3 2 3', '4 2', '12 4', '1 4', '6 2 1 2'];

/** Colour and dashes tell curves apart, each without the other; 64 pairs differ. */
const color = index => `var(--run-${index % 8})`;
const dash = index => DASHES[(index + Math.floor(index / 8)) % 8];

/** A number in few characters: 12,345, 1.2M, 3.4e-5. */
function short(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return '–';
  if (size === 0) return '0';
  if (size >= 1e15 || size < 1e-3) return value.toExponential(2).replace('e+', 'e').replace(/\.?0+e/, 'e');
  for (const [unit, letter] of [[1e12, 'T'], [1e9, 'G'], [1e6, 'M']]) {
    if (size >= unit) return trim(value / unit, 3) + letter;
  }
  if (size >= 10000) return Math.round(value).toLocaleString('en');
  return trim(value, 4);
}

function trim(value, digits) {
  const text = value.toPrecision(digits);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : Number(text).toLocaleString('en');
}

class Scale {
  constructor(low, high, from, to, log) {
    this.log = log && low > 0;
    if (!(high > low)) {
      const pad = Math.abs(low) * 0.05 || 1;
      high = low + pad;
      low = this.log ? low : low - pad;
    }
    Object.assign(this, { low, high, from, to });
  }
  at(value) {
    const f = this.log ? Math.log : x => x;
    return this.from + (this.to - this.from) * (f(value) - f(this.low)) / (f(this.high) - f(this.low));
  }
  back(pixel) {
    const share = (pixel - this.from) / (this.to - this.from);
    return this.log ? this.low * Math.pow(this.high / this.low, share) : this.low + (this.high - this.low) * share;
  }
  ticks(count) {
    if (this.log) {
      const decades = Math.log10(this.high / this.low);
      const factors = decades > 4 ? [1] : decades > 1.2 ? [1, 2, 5] : [1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9];
      const ticks = [];
      for (let e = Math.floor(Math.log10(this.low)); e <= Math.log10(this.high); e++) {
        for (const f of factors) {
          const tick = f * Math.pow(10, e);
          if (tick >= this.low * 0.9999 && tick <= this.high * 1.0001) ticks.push(tick);
        }
      }
      if (ticks.length > 1) return ticks.filter((_, i) => i % Math.ceil(ticks.length / (count + 2)) === 0);
    }
    const rough = (this.high - this.low) / count;
    const unit = Math.pow(10, Math.floor(Math.log10(rough)));
    const step = unit * [1, 2, 5, 10].find(f => f * unit >= rough);
    const ticks = [];
    for (let k = Math.ceil(this.low / step - 1e-9); k * step <= this.high * (1 + 1e-12); k++) {
      ticks.push(Number((k * step).toPrecision(12)));
    }
    return ticks;
  }
}

class Chart {
  /**
   * @param spec {title, unit, wide, height, format}
   * @param onCursor called with x (or null) and this chart when the cursor moves: charts move together
   */
  constructor(spec, parent, onCursor) {
    this.spec = spec;
    this.curves = [];
    this.figure = document.createElement('figure');
    if (spec.wide) this.figure.className = 'wide';
    const caption = document.createElement('figcaption');
    caption.textContent = spec.title + (spec.unit ? `, ${spec.unit}` : '');
    this.readout = document.createElement('span');
    this.readout.className = 'readout';
    caption.append(this.readout);
    this.root = svg('svg', { class: 'chart', tabindex: 0, role: 'img' });
    this.tip = document.createElement('div');
    this.tip.className = 'tip';
    this.tip.setAttribute('aria-live', 'polite');
    this.figure.append(caption, this.root, this.tip);
    parent.append(this.figure);
    this.root.addEventListener('pointermove', event => onCursor(this.xAt(event), this));
    this.root.addEventListener('pointerleave', () => onCursor(null));
    this.root.addEventListener('blur', () => onCursor(null));
    this.root.addEventListener('keydown', event => this.key(event, onCursor));
    new ResizeObserver(() => this.draw()).observe(this.figure);
  }

  xAt(event) {
    return this.x ? this.x.back(event.clientX - this.root.getBoundingClientRect().left) : null;
  }

  key(event, onCursor) {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === 'Escape') onCursor(null);
    if (by === undefined || !this.x) return;
    event.preventDefault();
    const now = this.cursor === null || this.cursor === undefined ? this.x.to : this.x.at(this.cursor);
    onCursor(this.x.back(Math.min(this.x.to, Math.max(this.x.from, now + by * (this.x.to - this.x.from) / 100))), this);
  }

  /** @param data {curves: [{name, index, points: [[x, y]], raw, dots}], forecast, logX, logY, xLabel, xEnd} */
  show(data) {
    Object.assign(this, data);
    this.draw();
  }

  pointAt(cursor, here) {
    this.cursor = cursor;
    this.here = here;
    this.drawCursor();
  }

  draw() {
    const width = this.root.clientWidth || 600;
    const height = this.spec.height || 230;
    const box = { left: 52, right: width - 14, top: 10, bottom: height - 24 };
    this.root.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.root.style.height = height + 'px';
    this.root.replaceChildren();
    this.box = box;
    const shown = this.curves.filter(curve => curve.points.length);
    const labels = shown.map(c => `${c.name} ${this.value(c.points[c.points.length - 1][1])}`);
    this.root.setAttribute('aria-label', `${this.spec.title}: ${labels.join('; ') || 'no values yet'}`);
    if (!shown.length && !this.forecast) {
      this.x = null;
      svg('text', { x: width / 2, y: height / 2, 'text-anchor': 'middle', class: 'empty' }, this.root, 'no values yet');
      this.readout.textContent = '';
      return;
    }
    this.scales(shown, box);
    this.axes(box);
    this.band(box);
    const clip = svg('clipPath', { id: 'clip-' + this.spec.id }, this.root);
    svg('rect', { x: box.left, y: box.top - 2, width: box.right - box.left + 4, height: box.bottom - box.top + 4 }, clip);
    const inner = svg('g', { 'clip-path': `url(#clip-${this.spec.id})` }, this.root);
    shown.forEach(curve => this.line(inner, curve));
    this.mark(box);
    this.overlay = svg('g', {}, this.root);
    this.drawCursor();
  }

  scales(shown, box) {
    let left = Infinity, right = -Infinity;
    const values = [];
    for (const curve of shown) {
      for (const [x, y] of curve.raw || curve.points) {
        if (this.logX && x <= 0) continue;
        left = Math.min(left, x);
        right = Math.max(right, x);
        values.push(y);
      }
    }
    if (this.forecast) {
      right = Math.max(right, this.forecast.x);
      left = Math.min(left, this.logX ? this.forecast.x / 100 : 0);
      values.push(this.forecast.low, this.forecast.high);
    }
    if (this.xEnd) right = Math.max(right, this.xEnd);
    if (!this.logX) left = Math.min(left, 0);
    values.sort((a, b) => a - b);
    // The first steps of a run would squeeze the rest, and a band above all: their top is cut off.
    const part = this.logY ? 1 : this.forecast ? 0.93 : 0.985;
    let low = values[0], high = values[Math.min(values.length - 1, Math.floor(values.length * part))];
    if (this.forecast) high = Math.max(high, this.forecast.high);
    if (this.spec.fromZero && !this.logY) low = Math.min(0, low);
    const pad = (high - low) * 0.06;
    if (!this.logY) { low -= this.spec.fromZero ? 0 : pad; high += pad; }
    this.x = new Scale(left, right, box.left, box.right, this.logX);
    this.y = new Scale(low, high, box.bottom, box.top, this.logY);
  }

  axes(box) {
    for (const tick of this.y.ticks(this.spec.wide ? 6 : 4)) {
      const y = this.y.at(tick);
      svg('line', { x1: box.left, x2: box.right, y1: y, y2: y, class: 'grid' }, this.root);
      svg('text', { x: box.left - 7, y: y + 4, 'text-anchor': 'end' }, this.root, (this.spec.tick || short)(tick));
    }
    svg('line', { x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom, class: 'base' }, this.root);
    let free = -Infinity;
    for (const tick of this.x.ticks(Math.max(3, (box.right - box.left) / 110))) {
      const x = this.x.at(tick);
      if (x < free || x > box.right - 60) continue;
      free = x + 52;
      svg('text', { x, y: box.bottom + 17, 'text-anchor': 'middle' }, this.root, this.xFormat(tick));
    }
    svg('text', { x: box.right, y: box.bottom + 17, 'text-anchor': 'end' }, this.root, this.xLabel);
  }

  band(box) {
    const f = this.forecast;
    if (!f) return;
    const top = this.y.at(f.high), bottom = this.y.at(f.low);
    svg('rect', { x: box.left, y: top, width: this.x.at(f.x) - box.left, height: bottom - top, class: 'band' }, this.root);
  }

  mark(box) {
    const f = this.forecast;
    if (!f) return;
    const x = this.x.at(f.x), y = this.y.at(f.predicted), top = this.y.at(f.high), bottom = this.y.at(f.low);
    svg('line', { x1: x, x2: x, y1: top, y2: bottom, class: 'mark', 'stroke-width': 2 }, this.root);
    for (const end of [top, bottom]) svg('line', { x1: x - 5, x2: x + 5, y1: end, y2: end, class: 'mark', 'stroke-width': 2 }, this.root);
    svg('path', { d: `M${x} ${y - 5}l5 5l-5 5l-5 -5z`, class: 'mark' }, this.root);
    if (f.actual) svg('circle', { cx: x, cy: this.y.at(f.actual), r: 4.5, fill: 'var(--box)', stroke: f.color, 'stroke-width': 2.5 }, this.root);
    const lines = [[f.high, top - 6], [f.predicted, y + 4], [f.low, bottom + 14]];
    for (const [value, at] of lines) {
      if (value !== f.predicted && bottom - top < 46) continue;
      const edge = value === f.predicted ? x - 11 : x;
      svg('text', { x: edge, y: at, 'text-anchor': 'end', class: 'mark halo' }, this.root,
        value === f.predicted ? 'sealed ' + value.toFixed(3) : value.toFixed(3));
    }
  }

  line(parent, curve) {
    if (curve.faint) {
      svg('path', { d: this.path(curve.points), class: 'faint', stroke: color(curve.index) }, parent);
      return;
    }
    const style = { stroke: color(curve.index), 'stroke-dasharray': dash(curve.index) };
    if (curve.raw) svg('path', { d: this.path(curve.raw), class: 'faint', stroke: style.stroke }, parent);
    svg('path', { d: this.path(curve.points), class: 'curve', ...style }, parent);
    if (curve.dots || curve.points.length === 1) {
      const every = Math.ceil(curve.points.length / 60);
      curve.points.forEach(([x, y], i) => {
        if (i % every === 0) svg('circle', { cx: this.x.at(x), cy: this.y.at(y), r: 2.6, fill: style.stroke }, parent);
      });
    }
  }

  path(points) {
    let path = '';
    for (const [x, y] of points) {
      if (this.x.log && x <= 0 || this.y.log && y <= 0) continue;
      path += `${path ? 'L' : 'M'}${this.x.at(x).toFixed(1)} ${this.y.at(y).toFixed(1)}`;
    }
    return path;
  }

  drawCursor() {
    if (!this.x || !this.overlay) return;
    this.overlay.replaceChildren();
    this.tip.replaceChildren();
    const at = this.cursor === undefined ? null : this.cursor;
    const values = [];
    for (const curve of this.curves) {
      const point = at === null ? curve.points[curve.points.length - 1] : this.pointOf(curve, at);
      if (point) values.push({ curve, point });
    }
    this.caption(values);
    if (at === null) return;
    const x = this.x.at(at);
    svg('line', { x1: x, x2: x, y1: this.box.top, y2: this.box.bottom, class: 'cursor' }, this.overlay);
    for (const { curve, point } of values) {
      const y = this.y.at(point[1]);
      if (y < this.box.top - 3) continue;
      svg('circle', { cx: this.x.at(point[0]), cy: y, r: 4, fill: color(curve.index), opacity: curve.faint ? 0.6 : 1 }, this.overlay);
    }
    if (this.here) this.showTip(at, values);
  }

  /** The curve's point near x, none where the curve does not reach it. */
  pointOf(curve, x) {
    if (!curve.points.length) return null;
    const point = nearest(curve.points, x);
    const beyond = point === curve.points[0] || point === curve.points[curve.points.length - 1];
    return beyond && Math.abs(this.x.at(point[0]) - this.x.at(x)) > 14 ? null : point;
  }

  caption(values) {
    this.readout.replaceChildren();
    const shown = this.curves.length > 2 ? values.filter(value => !value.curve.faint) : values;
    shown.forEach(({ curve, point }, i) => {
      const named = this.curves.length > 1 || curve.faint;
      this.readout.append(i ? ' · ' : '', named ? curve.name + ' ' : '', this.valueOf(curve, point));
    });
  }

  showTip(at, values) {
    const head = document.createElement('div');
    head.textContent = `${this.xFormat(at)} ${this.xLabel}`;
    this.tip.append(head);
    for (const { curve, point } of values) {
      const row = document.createElement('div');
      row.append(curve.name + ' ', this.valueOf(curve, point));
      this.tip.append(row);
    }
    const chart = this.root.getBoundingClientRect(), figure = this.figure.getBoundingClientRect();
    const x = chart.left - figure.left + this.x.at(at), right = x > figure.width / 2;
    this.tip.style.left = right ? 'auto' : x + 12 + 'px';
    this.tip.style.right = right ? figure.width - x + 12 + 'px' : 'auto';
    this.tip.style.top = chart.top - figure.top + 14 + 'px';
  }

  valueOf(curve, point) {
    const value = document.createElement('i');
    value.style.color = color(curve.index);
    value.textContent = this.value(point[1]);
    return value;
  }

  value(number) {
    return this.spec.format ? this.spec.format(number) : short(number);
  }
}

/** The point whose x is nearest; points are sorted by x. */
function nearest(points, x) {
  let low = 0, high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle][0] < x) low = middle; else high = middle;
  }
  return Math.abs(points[low][0] - x) <= Math.abs(points[high][0] - x) ? points[low] : points[high];
}
