const SPEEDS = steps(-3, 2);
const DECAYS = steps(-4, 1);
// Shown for so many seconds where the recording is not told to play at its own speed.
const COMFORTABLE_SECONDS = 8;

function steps(from, to) {
  const all = [];
  for (let power = from; power <= to; power++) {
    for (const digit of [1, 2, 5]) all.push(Number((digit * 10 ** power).toPrecision(1)));
  }
  return all;
}

function nearest(values, wanted) {
  const off = (value) => Math.abs(Math.log(value / wanted));
  return values.reduce((best, value) => (off(value) < off(best) ? value : best));
}

function element(id) {
  return document.getElementById(id);
}

class Player {
  constructor(facts, events) {
    Object.assign(this, { facts, events, now: 0, isPlaying: false, before: null });
    this.picture = new Picture(element("picture"), facts);
    this.curve = new Curve(element("curve"));
    this.selection = new Selection(facts);
    this.fillControls();
    this.wireControls();
    this.wirePicture();
    this.wireCurve();
    window.addEventListener("keydown", (event) => this.key(event));
    this.recolour();
    new ResizeObserver(() => this.fit()).observe(element("stage"));
    this.fit();
  }

  fillControls() {
    const { facts } = this;
    const seconds = (facts.duration_us + 1) / 1e6;
    const speed = seconds > 2 && seconds < 60 ? 1 : nearest(SPEEDS, seconds / COMFORTABLE_SECONDS);
    options("speed", SPEEDS, (value) => `${value}x`, speed);
    options("decay", DECAYS, asSpan, nearest(DECAYS, Math.max(0.02 * speed, this.decayThatFills(seconds))));
    options("colours", Object.keys(COLOURS), String, Object.keys(COLOURS)[0]);
    element("dark").checked = !window.matchMedia("(prefers-color-scheme: light)").matches;
    element("title").textContent = facts.title;
    const [width, height] = facts.sensor_size;
    const all = `${whole(facts.events)} events`;
    const shown = facts.stride > 1 ? `1 of every ${facts.stride} shown: ${whole(facts.shown)} of ${all}` : all;
    element("about").textContent = `${width} x ${height} pixels \u00b7 ${seconds.toFixed(3)} s \u00b7 ${shown}`;
  }

  // Seconds in which one pixel of twenty has its event.
  decayThatFills(seconds) {
    const [width, height] = this.facts.sensor_size;
    return Math.max(1e-6, Math.min(seconds, (seconds * width * height) / (20 * Math.max(1, this.facts.shown))));
  }

  wireControls() {
    element("play").onclick = () => this.toggle();
    for (const id of ["decay", "polarity"]) element(id).onchange = () => this.draw();
    for (const id of ["colours", "dark"]) element(id).onchange = () => this.recolour();
    element("clear").onclick = () => this.clear();
    element("copy").onclick = () => this.copy();
  }

  wirePicture() {
    const canvas = element("picture");
    let corner = null;
    canvas.onpointerdown = (event) => {
      canvas.setPointerCapture(event.pointerId);
      corner = this.pixel(event);
    };
    canvas.onpointermove = (event) => {
      const [x, y] = this.pixel(event);
      element("pointer").textContent = `x ${x}, y ${this.fileRow(y)}`;
      if (corner && (x !== corner[0] || y !== corner[1])) {
        this.select(() => this.selection.setBox(...corner, x, y));
      }
    };
    canvas.onpointerup = canvas.onpointercancel = () => { corner = null; };
    canvas.onpointerleave = () => { element("pointer").textContent = ""; };
  }

  wireCurve() {
    const canvas = element("curve");
    let from = null;
    canvas.onpointerdown = (event) => {
      canvas.setPointerCapture(event.pointerId);
      from = { time: this.curve.time(event.clientX), isSpan: event.shiftKey };
      if (!from.isSpan) this.seek(from.time);
    };
    canvas.onpointermove = (event) => {
      if (!from) return;
      const time = this.curve.time(event.clientX);
      if (!from.isSpan) return this.seek(time);
      this.select(() => this.selection.setSpan(from.time, time));
    };
    canvas.onpointerup = canvas.onpointercancel = () => { from = null; };
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isChoice = event.target instanceof HTMLSelectElement;
    const isButton = event.target instanceof HTMLButtonElement || event.target instanceof HTMLInputElement;
    const step = Number(element("speed").value) * 1e6 / 30;
    const actions = {
      " ": isChoice || isButton ? null : () => this.toggle(),
      ArrowLeft: isChoice ? null : () => this.seek(this.now - step),
      ArrowRight: isChoice ? null : () => this.seek(this.now + step),
      Home: isChoice ? null : () => this.seek(0),
      End: isChoice ? null : () => this.seek(this.facts.duration_us),
      "-": () => turn("speed", -1),
      "+": () => turn("speed", 1),
      "=": () => turn("speed", 1),
      "[": () => turn("decay", -1),
      "]": () => turn("decay", 1),
      p: () => turn("polarity", 1, true),
      c: () => turn("colours", 1, true),
      l: () => element("loop").click(),
      d: () => element("dark").click(),
      Escape: () => this.clear(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  toggle(isPlaying = !this.isPlaying) {
    if (isPlaying && this.now >= this.facts.duration_us) this.now = 0;
    this.isPlaying = isPlaying && this.facts.duration_us > 0;
    this.before = null;
    element("play").textContent = this.isPlaying ? "Pause" : "Play";
    if (this.isPlaying) requestAnimationFrame((stamp) => this.tick(stamp));
    this.draw();
  }

  tick(stamp) {
    if (!this.isPlaying) return;
    if (this.before !== null) this.now += (stamp - this.before) * 1e3 * Number(element("speed").value);
    this.before = stamp;
    if (this.now >= this.facts.duration_us) {
      if (!element("loop").checked) {
        this.now = this.facts.duration_us;
        return this.toggle(false);
      }
      this.now = 0;
    }
    this.draw();
    requestAnimationFrame((next) => this.tick(next));
  }

  seek(time) {
    this.now = Math.min(this.facts.duration_us, Math.max(0, time));
    this.draw();
  }

  // The busiest moment: what a page shows that does not play at once.
  seekBusiest() {
    const totals = this.curve.counts[0].map((count, i) => count + this.curve.counts[1][i]);
    const slice = totals.reduce((best, count, i) => (count > totals[best] ? i : best), 0);
    this.seek(((slice + 1) / totals.length) * this.facts.duration_us);
  }

  clear() {
    this.select(() => this.selection.clear());
  }

  select(change) {
    change();
    const { selection } = this;
    element("selection").hidden = selection.isEmpty;
    element("numbers").textContent = selection.numbers(this.events);
    element("command").textContent = selection.command;
    this.draw();
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(element("command").textContent);
    } catch {
      // A frame of a notebook may not; the line is selected for the keyboard instead.
      window.getSelection().selectAllChildren(element("command"));
    }
  }

  recolour() {
    const isDark = element("dark").checked;
    document.documentElement.classList.toggle("dark", isDark);
    this.colours = COLOURS[element("colours").value][isDark ? 0 : 1];
    this.picture.setColours(...this.colours);
    if (this.curve.counts) this.draw();
  }

  fit() {
    const [width, height] = this.facts.sensor_size;
    const { clientWidth, clientHeight } = element("stage");
    this.scale = Math.min(clientWidth / width, clientHeight / height);
    const [w, h] = [width * this.scale, height * this.scale];
    for (const id of ["picture", "brush"]) {
      const { style } = element(id);
      // Smaller than it is, a picture of single pixels would lose some.
      style.imageRendering = this.scale < 1 ? "auto" : "pixelated";
      Object.assign(style, { width: `${w}px`, height: `${h}px`, left: `${(clientWidth - w) / 2}px`, top: "0" });
    }
    [element("brush").width, element("brush").height] = [Math.max(1, w), Math.max(1, h)];
    this.curve.fit(this.events, this.facts.duration_us);
    this.draw();
  }

  draw() {
    const polarity = element("polarity").value;
    this.picture.draw(this.events, this.now, { decay: Number(element("decay").value) * 1e6, polarity });
    const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink");
    this.curve.draw(this.now, this.selection.span, this.colours, ink);
    this.drawBrush();
    const at = BigInt(this.facts.first_us) + BigInt(Math.round(this.now));
    element("now").textContent = `${(this.now / 1e6).toFixed(6)} s`;
    element("file-time").textContent = `t = ${whole(at)} us`;
  }

  drawBrush() {
    const canvas = element("brush");
    const context = canvas.getContext("2d");
    const { box } = this.selection;
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!box) return;
    const sides = [box.left, box.top, box.width, box.height].map((side) => side * this.scale);
    context.lineWidth = 2;
    for (const [ink, dash] of [["#000000", []], ["#ffffff", [6, 6]]]) {
      context.strokeStyle = ink;
      context.setLineDash(dash);
      context.strokeRect(...sides);
    }
  }

  pixel(event) {
    const box = element("picture").getBoundingClientRect();
    const [width, height] = this.facts.sensor_size;
    const within = (place, most) => Math.min(most - 1, Math.max(0, Math.floor(place)));
    return [
      within((event.clientX - box.left) / this.scale, width),
      within((event.clientY - box.top) / this.scale, height),
    ];
  }

  fileRow(y) {
    return this.facts.origin === "lower-left" ? this.facts.sensor_size[1] - 1 - y : y;
  }
}

function options(id, values, spelled, chosen) {
  const select = element(id);
  for (const value of values) select.add(new Option(spelled(value), value, false, value === chosen));
}

function asSpan(seconds) {
  if (seconds < 1e-3) return `${Math.round(seconds * 1e6)} us`;
  return seconds < 1 ? `${Math.round(seconds * 1e3)} ms` : `${seconds} s`;
}

// The next choice of a list; the last one is followed by the first where it goes round.
function turn(id, by, isRound = false) {
  const select = element(id);
  const next = select.selectedIndex + by;
  const count = select.options.length;
  select.selectedIndex = isRound ? (next + count) % count : Math.min(count - 1, Math.max(0, next));
  select.dispatchEvent(new Event("change"));
}

async function start() {
  const facts = JSON.parse(element("facts").textContent);
  try {
    const events = await unpacked(element("data").textContent, facts.shown);
    element("data").remove();
    window.player = new Player(facts, events);
    if (facts.plays_at_once) window.player.toggle(true);
    else window.player.seekBusiest();
  } catch (error) {
    element("about").textContent = `the player did not start: ${error}`;
    throw error;
  }
}

start();
