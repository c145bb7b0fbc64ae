// Lists what a WASM module consists of, largest first: by crate (and by module for our own), then by function.
//
// A function counts for the crate that its name begins with, including code that the compiler inlined into it. Generic
// code counts for the crate that defines it. Percentages refer to the module before compression.
//
// Usage: list-wasm.mjs FILE. The module must contain the names of its functions.
import { readFileSync } from 'node:fs';

// The binary format (https://webassembly.github.io/spec/core/binary/modules.html): the ids of the sections used here,
// and the length of the header in bytes.
const [CUSTOM, IMPORT, CODE, DATA] = [0, 2, 10, 11];
const HEADER = 8;

/** Reads numbers and vectors from bytes in sequence. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  get more() {
    return this.at < this.bytes.length;
  }

  byte() {
    return this.bytes[this.at++];
  }

  /** A number in LEB128. */
  number() {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      number += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return number;
    }
  }

  /** A length and that many bytes. */
  vector() {
    const length = this.number();
    return this.bytes.subarray(this.at, (this.at += length));
  }

  name() {
    return this.vector().toString();
  }
}

/** The sections of a module: kind and bytes. */
function sections(module) {
  const reader = new Reader(module.subarray(HEADER));
  const sections = [];
  while (reader.more) sections.push({ kind: reader.byte(), bytes: reader.vector() });
  return sections;
}

/** The names of the functions by index. */
function functionNames(sections) {
  const names = new Map();
  for (const { kind, bytes } of sections) {
    const reader = new Reader(bytes);
    if (kind !== CUSTOM || reader.name() !== 'name') continue;
    while (reader.more) {
      const isFunctions = reader.byte() === 1;
      const part = new Reader(reader.vector());
      if (!isFunctions) continue;
      for (let count = part.number(); count > 0; count -= 1) names.set(part.number(), part.name());
    }
  }
  return names;
}

const ROWS = 30;

const all = sections(readFileSync(process.argv[2])).filter(({ kind }) => kind !== CUSTOM);
const names = functionNames(sections(readFileSync(process.argv[2])));
const bytesOf = (wanted) => all.find(({ kind }) => kind === wanted)?.bytes ?? Buffer.of(0);
const total = all.reduce((sum, { bytes }) => sum + bytes.length, 0);

const imported = new Reader(bytesOf(IMPORT)).number();
const code = new Reader(bytesOf(CODE));
const functions = Array.from({ length: code.number() }, (_, index) => ({
  name: names.get(imported + index) ?? '(no name)',
  bytes: code.vector().length,
}));
if (names.size === 0) throw new Error('the functions have no names');

const crates = new Map([['(data)', bytesOf(DATA).length]]);
for (const { name, bytes } of functions) crates.set(crate(name), (crates.get(crate(name)) ?? 0) + bytes);
const counted = [...crates.values()].reduce((sum, bytes) => sum + bytes, 0);
crates.set('(imports, types, tables)', total - counted);

print('By crate', [...crates].map(([name, bytes]) => ({ name, bytes })));
print('By function', functions);
console.log(`\n${total} bytes, ${functions.length} functions, ${imported} imports`);

/** The crate of a function: the first path of its name, like `<todo_list::domain::list::List as core::clone::Clone>`. */
function crate(name) {
  const path = /([a-z]\w*)(?:\[[0-9a-f]+\])?::(\w*)/.exec(name);
  if (!path) return '(made by tools)';
  return path[1] === 'todo_list' ? `todo_list::${path[2]}` : path[1];
}

function print(title, rows) {
  console.log(`\n${title}`);
  for (const { name, bytes } of rows.sort((a, b) => b.bytes - a.bytes).slice(0, ROWS)) {
    const share = `${((100 * bytes) / total).toFixed(1)} %`;
    console.log(`${String(bytes).padStart(7)} ${share.padStart(7)}  ${name.replace(/::h[0-9a-f]{16}$/, '').slice(0, 120)}`);
  }
}
