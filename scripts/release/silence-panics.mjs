// Takes out of a WASM module what only panics say.
//
// Browsers have no standard error, so nobody reads it: a panic in the page formats its words, drops them, and stops by
// the instruction `unreachable`. Here the functions that panics begin with stop by it at once; what only they have
// called is never reached then, and wasm-opt removes it. `Debug`, which few but panics ask for, prints nothing. The places
// in the source stay behind in the data, and are overwritten with zeros.
//
// Usage: silence-panics.mjs FROM TO. FROM is what rustc has made, with the names of its functions.
import { readFileSync, writeFileSync } from 'node:fs';
import { CODE, DATA, IMPORT, Reader, assemble, functionNames, number, sections, vector } from './wasm-module.mjs';

/** What never returns, of the standard library and hashbrown, by the names that rustc gives. */
const PANICS = new RegExp(
  [
    '4core9panicking',
    '(?:unwrap|expect|assert)_failed$',
    'panic_already_(?:mutably_)?borrowed$',
    'panic_(?:poisoned|access_error)$',
    'raw_vec12handle_error$',
    '5alloc18handle_alloc_error$',
    '17capacity_overflow',
  ].join('|'),
);
const DEBUG = /5Debug3fmt|\.\.Debug\$GT\$3fmt/;

/** A body without locals: `unreachable`, `end`. */
const STOP = Buffer.from([0x00, 0x00, 0x0b]);
/** A body without locals: `i32.const 0`, `end`, which is `Ok(())`. */
const SUCCEED = Buffer.from([0x00, 0x41, 0x00, 0x0b]);

const [from, to] = process.argv.slice(2);
const module = readFileSync(from);
const all = sections(module);
const bodies = new Map();
for (const [index, name] of functionNames(all)) {
  if (PANICS.test(name)) bodies.set(index, STOP);
  else if (DEBUG.test(name)) bodies.set(index, SUCCEED);
}
let places = 0;
const silenced = all.map(({ kind, bytes }) => ({ kind, bytes: silence(kind, bytes) }));
// Another version of rustc may name or lay out these things differently: that should not go unnoticed.
if (bodies.size < 10 || places < 10) throw new Error(`${bodies.size} functions and ${places} places are too few`);
writeFileSync(to, assemble(module, silenced));

function silence(kind, bytes) {
  if (kind === CODE) return withOtherBodies(bytes);
  if (kind === DATA) return withoutPlaces(bytes);
  return bytes;
}

function withOtherBodies(bytes) {
  // Only functions are imported, and they are counted first.
  const imported = new Reader(all.find(({ kind }) => kind === IMPORT).bytes).number();
  const reader = new Reader(bytes);
  const code = Array.from({ length: reader.number() }, () => reader.vector());
  return Buffer.concat([
    number(code.length),
    ...code.map((body, index) => vector(bodies.get(imported + index) ?? body)),
  ]);
}

/** The data with zeros for every `core::panic::Location` (address and length of a path, line, column) and its path. */
function withoutPlaces(bytes) {
  const data = Buffer.from(bytes);
  const all = segments(data);
  const paths = [];
  for (const { start, data } of all) {
    for (let at = -start & 3; at + 16 <= data.length; at += 4) {
      const [address, length, line, column] = [0, 4, 8, 12].map((offset) => data.readUInt32LE(at + offset));
      if (length > 300 || line === 0 || line > 100_000 || column === 0 || column > 1_000) continue;
      const home = all.find((other) => address >= other.start && address + length <= other.start + other.data.length);
      const path = home?.data.subarray(address - home.start, address - home.start + length);
      if (!path || !/^[\w./@+-]+\.rs\0?$/.test(path.toString('latin1'))) continue;
      data.fill(0, at, at + 16);
      paths.push(path);
    }
  }
  for (const path of paths) path.fill(0);
  places = paths.length;
  return data;
}

/** The segments of the data, each with the address that it is put to. They are windows into the bytes. */
function segments(bytes) {
  const reader = new Reader(bytes);
  return Array.from({ length: reader.number() }, () => {
    const [mode, constant] = [reader.byte(), reader.byte()];
    if (mode !== 0 || constant !== 0x41) throw new Error('a segment of the data has no fixed address');
    const start = reader.number();
    reader.byte();
    return { start, data: reader.vector() };
  });
}
