// Inks as [dark page, light page], each [paper, on, off].
const COLOURS = {
  "blue and orange": [["#0d1117", "#58b4ff", "#ff9a3c"], ["#ffffff", "#0057b8", "#c84e00"]],
  "green and red": [["#0d1117", "#4ade80", "#ff6b6b"], ["#ffffff", "#0f7a3a", "#c81e1e"]],
  "white and black": [["#6b7280", "#ffffff", "#000000"], ["#9ca3af", "#ffffff", "#000000"]],
};
// The fade as a table: a step of it is far below one grey level.
const FADE_STEPS = 2048;
const FADE_REACH = 6;

function rgb(hex) {
  return [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16));
}

// Colours from ink (0) to paper (FADE_STEPS) as the canvas holds them, red in the lowest byte.
function faded(paper, ink) {
  const [from, to] = [rgb(ink), rgb(paper)];
  return Uint32Array.from({ length: FADE_STEPS + 1 }, (_, step) => {
    const share = step === FADE_STEPS ? 0 : Math.exp((-step * FADE_REACH) / FADE_STEPS);
    const [r, g, b] = from.map((level, i) => Math.round(to[i] + (level - to[i]) * share));
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
}

// The last event of each pixel, faded by its age: exp(-age / decay).
class Picture {
  constructor(canvas, facts) {
    [canvas.width, canvas.height] = facts.sensor_size;
    this.context = canvas.getContext("2d", { alpha: false });
    this.image = this.context.createImageData(canvas.width, canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  setColours(paper, on, off) {
    this.inks = [faded(paper, off), faded(paper, on)];
    this.paper = this.inks[0][FADE_STEPS];
  }

  draw(events, now, { decay, polarity }) {
    const { times, addresses } = events;
    const [stop, perMicrosecond] = [upTo(times, now), FADE_STEPS / (FADE_REACH * decay)];
    this.pixels.fill(this.paper);
    for (let i = upTo(times, now - FADE_REACH * decay); i < stop; i++) {
      const sign = addresses[i] & 1;
      if (polarity === "both" || (polarity === "on") === (sign === 1)) {
        this.pixels[addresses[i] >>> 1] = this.inks[sign][((now - times[i]) * perMicrosecond) | 0];
      }
    }
    this.context.putImageData(this.image, 0, 0);
  }
}

// Events of each polarity per slice of the recording.
function histogram(events, duration, slices) {
  const counts = [new Float64Array(slices), new Float64Array(slices)];
  const scale = slices / (duration + 1);
  for (let i = 0; i < events.times.length; i++) {
    counts[events.addresses[i] & 1][Math.floor(events.times[i] * scale)]++;
  }
  return counts;
}

// Curve of the rate: on upward, off downward, the cursor and the selected span.
class Curve {
  constructor(canvas) {
    this.canvas = canvas;
  }

  fit(events, duration) {
    const ratio = window.devicePixelRatio || 1;
    const { canvas } = this;
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
    canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
    const slices = Math.max(1, Math.min(Math.floor(canvas.clientWidth / 2), duration + 1));
    this.counts = histogram(events, duration, slices);
    this.most = this.counts.map((each) => each.reduce((a, b) => Math.max(a, b), 0));
    this.duration = duration;
  }

  draw(now, span, [paper, on, off], ink) {
    const context = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    context.fillStyle = paper;
    context.fillRect(0, 0, width, height);
    const total = Math.max(1, this.most[0] + this.most[1]);
    const middle = Math.round((height - 4) * (this.most[1] / total)) + 2;
    this.bars(context, this.counts[1], on, { middle, scale: (height - 4) / total });
    this.bars(context, this.counts[0], off, { middle, scale: (4 - height) / total });
    context.fillStyle = ink;
    if (span) {
      context.globalAlpha = 0.22;
      context.fillRect(this.x(span[0]), 0, Math.max(1, this.x(span[1]) - this.x(span[0])), height);
      context.globalAlpha = 1;
    }
    context.fillRect(Math.min(width - 2, this.x(now)), 0, 2, height);
  }

  bars(context, counts, ink, { middle, scale }) {
    const wide = this.canvas.width / counts.length;
    context.fillStyle = ink;
    counts.forEach((count, i) => context.fillRect(i * wide, middle, Math.max(1, wide - 0.5), -count * scale));
  }

  x(time) {
    return Math.round((time / (this.duration + 1)) * this.canvas.width);
  }

  time(clientX) {
    const box = this.canvas.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (clientX - box.left) / box.width));
    return Math.round(share * this.duration);
  }
}
