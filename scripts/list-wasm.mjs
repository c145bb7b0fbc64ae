// Lists what a WASM module consists of, the largest first: by crate (the modules of ours apart), then single functions.
//
// A function counts for the crate that its name begins with, with all that the compiler has put into it from elsewhere, and
// generic code counts for the crate that it is written in. Percentages are of the module before compression.
//
// Usage: list-wasm.mjs FILE. The module still has the names of its functions.
import { readFileSync } from 'node:fs';
import { CODE, CUSTOM, DATA, IMPORT, Reader, functionNames, sections } from './release/wasm-module.mjs';

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
