// A rectangle of pixels and a span of time, and what lies in them.
class Selection {
  constructor(facts) {
    this.facts = facts;
    this.clear();
  }

  clear() {
    this.box = null;
    this.span = null;
  }

  get isEmpty() {
    return this.box === null && this.span === null;
  }

  // Both corners are part of it, whichever was first.
  setBox(x0, y0, x1, y1) {
    const [left, top] = [Math.min(x0, x1), Math.min(y0, y1)];
    this.box = { left, top, width: Math.abs(x1 - x0) + 1, height: Math.abs(y1 - y0) + 1 };
  }

  setSpan(from, to) {
    this.span = [Math.min(from, to), Math.max(from, to)];
  }

  count({ times, addresses }) {
    const [width, height] = this.facts.sensor_size;
    const box = this.box || { left: 0, top: 0, width, height };
    const [from, to] = this.span || [0, this.facts.duration_us];
    const counts = [0, 0];
    const stop = upTo(times, to);
    for (let i = upTo(times, from - 1); i < stop; i++) {
      const pixel = addresses[i] >>> 1;
      const [x, y] = [(pixel % width) - box.left, Math.floor(pixel / width) - box.top];
      if (x >= 0 && x < box.width && y >= 0 && y < box.height) counts[addresses[i] & 1]++;
    }
    return counts;
  }

  // The rows as the file counts them.
  get fileTop() {
    const { box, facts } = this;
    return facts.origin === "lower-left" ? facts.sensor_size[1] - box.top - box.height : box.top;
  }

  get command() {
    const { name, first_us: first } = this.facts;
    const words = ["spikelet events crop", name.quoted, name.part];
    if (this.span) {
      words.push("--start", String(BigInt(first) + BigInt(this.span[0])));
      words.push("--stop", String(BigInt(first) + BigInt(this.span[1]) + 1n));
    }
    if (this.box) words.push("--box", [this.box.left, this.fileTop, this.box.width, this.box.height].join(","));
    return words.join(" ");
  }

  numbers(events) {
    const [width, height] = this.facts.sensor_size;
    const box = this.box || { left: 0, top: 0, width, height };
    const microseconds = this.span ? this.span[1] - this.span[0] + 1 : this.facts.duration_us + 1;
    const [off, on] = this.count(events).map((count) => count * this.facts.stride);
    const about = this.facts.stride > 1 ? "about " : "";
    const rate = ((on + off) * 1e6) / microseconds;
    return [
      `${about}${whole(on + off)} events (${whole(on)} on, ${whole(off)} off)`,
      `${box.width} x ${box.height} pixels`,
      `${whole(microseconds)} us`,
      `${about}${short(rate)} events/s`,
      `${about}${short(rate / (box.width * box.height))} events/s per pixel`,
    ].join(" \u00b7 ");
  }
}

function whole(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

function short(number) {
  return number >= 1000 ? whole(Math.round(number)) : String(Number(number.toPrecision(3)));
}
