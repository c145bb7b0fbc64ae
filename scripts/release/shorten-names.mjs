// Gives what a WASM module imports from its script, and exports to it, short names in both of them.
//
// wasm-bindgen calls a function `__wbg_scrollY_87300ba09c8cf783`: the hash keeps apart what several crates import, nobody
// reads it, and no compression makes it smaller. All of them are more than four kilobytes, compressed.
//
// Usage: shorten-names.mjs FOLDER, where wasm-bindgen has written NAME.js and NAME_bg.wasm.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXPORT, IMPORT, Reader, assemble, number, sections, vector } from './wasm-module.mjs';

const FUNCTION = 0;
const SHORT_MODULE = 'w';

const [folder] = process.argv.slice(2);
for (const name of readdirSync(folder).filter((name) => name.endsWith('_bg.wasm'))) {
  const wasm = join(folder, name);
  const script = wasm.replace('_bg.wasm', '.js');
  const module = readFileSync(wasm);
  const all = sections(module);
  let text = readFileSync(script, 'utf8');
  /** Writes a short text for each place of a long one, which has as many places as expected. */
  const replace = (long, short, isExpected) => {
    const parts = text.split(long);
    if (!isExpected(parts.length - 1)) throw new Error(`${script} has ${parts.length - 1} times ${long}`);
    text = parts.join(short);
  };
  const change = { [IMPORT]: renameImports, [EXPORT]: renameExports };
  const renamed = all.map(({ kind, bytes }) => ({ kind, bytes: change[kind]?.(bytes, replace) ?? bytes }));
  writeFileSync(script, text);
  writeFileSync(wasm, assemble(module, renamed));
}

/** Each import is a property of an object, and nowhere else; that object is the module that all are from. */
function renameImports(bytes, replace) {
  const reader = new Reader(bytes);
  const count = reader.number();
  const modules = new Set();
  const parts = [number(count)];
  for (let index = 0; index < count; index += 1) {
    modules.add(reader.name());
    const name = reader.name();
    const rest = reader.at;
    if (reader.byte() !== FUNCTION) throw new Error(`the import ${name} is no function`);
    reader.number();
    const short = `f${index.toString(36)}`;
    replace(`${name}:`, `${short}:`, (places) => places === 1);
    parts.push(text(SHORT_MODULE), text(short), bytes.subarray(rest, reader.at));
  }
  if (modules.size !== 1) throw new Error(`the imports are from ${[...modules]}`);
  for (const module of modules) replace(`"${module}":`, `${SHORT_MODULE}:`, (places) => places === 1);
  return Buffer.concat(parts);
}

/** Each export is a property of `wasm`, as often as the script needs it. */
function renameExports(bytes, replace) {
  const reader = new Reader(bytes);
  const count = reader.number();
  const parts = [number(count)];
  for (let index = 0; index < count; index += 1) {
    const name = reader.name();
    const rest = reader.at;
    reader.byte();
    reader.number();
    const short = `e${index.toString(36)}`;
    replace(new RegExp(`\\bwasm\\.${name}\\b`), `wasm.${short}`, () => true);
    parts.push(text(short), bytes.subarray(rest, reader.at));
  }
  return Buffer.concat(parts);
}

function text(text) {
  return vector(Buffer.from(text));
}
