// The bytes of the page back to columns: times in microseconds after the first, addresses (y W + x) 2 + p.
async function inflated(text) {
  const packed = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Steps of time as whole numbers of 7 bits a byte, low ones first; products, for shifts end at 32 bits.
function unpackedTimes(bytes, count) {
  const times = new Float64Array(count);
  let time = 0, place = 0;
  for (let i = 0; i < count; i++) {
    let weight = 1, byte;
    do {
      byte = bytes[place++];
      time += (byte & 127) * weight;
      weight *= 128;
    } while (byte > 127);
    times[i] = time;
  }
  return [times, place];
}

// One plane of bytes after another, low ones first.
function unpackedAddresses(bytes, count, place) {
  const addresses = new Uint32Array(count);
  for (let shift = 0; place < bytes.length; shift += 8) {
    for (let i = 0; i < count; i++) addresses[i] |= bytes[place++] << shift;
  }
  return addresses;
}

async function unpacked(text, count) {
  const bytes = await inflated(text);
  const [times, place] = unpackedTimes(bytes, count);
  return { times, addresses: unpackedAddresses(bytes, count, place) };
}

// How many of the sorted `times` are at most `time`.
function upTo(times, time) {
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= time) low = middle + 1; else high = middle;
  }
  return low;
}
