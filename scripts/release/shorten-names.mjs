// Gives the functions that a WASM module imports from its script short names, in both of them.
//
// wasm-bindgen calls them `__wbg_scrollY_87300ba09c8cf783`: the hash keeps apart what several crates import,
// nobody reads it, and no compression makes it smaller. All of them are more than four kilobytes, compressed.
//
// Usage: shorten-names.mjs FOLDER, where wasm-bindgen has written NAME.js and NAME_bg.wasm.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const IMPORT_SECTION = 2;
const FUNCTION = 0;

const [folder] = process.argv.slice(2);
for (const name of readdirSync(folder).filter((name) => name.endsWith('_bg.wasm'))) {
  const wasm = join(folder, name);
  const script = wasm.replace('_bg.wasm', '.js');
  const shorts = new Map();
  const module = rename(readFileSync(wasm), (name) => {
    if (!shorts.has(name)) shorts.set(name, `f${shorts.size.toString(36)}`);
    return shorts.get(name);
  });
  let text = readFileSync(script, 'utf8');
  for (const [name, short] of shorts) {
    // Each is a property of the object with the imports, and nowhere else.
    const parts = text.split(`${name}:`);
    if (parts.length !== 2) throw new Error(`${script} has ${parts.length - 1} functions ${name}`);
    text = parts.join(`${short}:`);
  }
  writeFileSync(script, text);
  writeFileSync(wasm, module);
}

/** The module with other names of what it imports (https://webassembly.github.io/spec/core/binary/modules.html). */
function rename(bytes, shorten) {
  let at = 8;
  const parts = [bytes.subarray(0, at)];
  const readNumber = () => {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      number += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return number;
    }
  };
  const readBytes = (length) => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const start = at;
    const id = bytes[at++];
    const end = readNumber() + at;
    if (id === IMPORT_SECTION) {
      const section = [];
      const count = readNumber();
      for (let index = 0; index < count; index += 1) {
        const from = readBytes(readNumber());
        const name = readBytes(readNumber()).toString();
        const rest = at;
        if (bytes[at++] !== FUNCTION) throw new Error(`the import ${name} is no function`);
        readNumber();
        section.push(vector(from), vector(Buffer.from(shorten(name))), bytes.subarray(rest, at));
      }
      parts.push(Buffer.from([id]), vector(Buffer.concat([number(count), ...section])));
    } else {
      parts.push(bytes.subarray(start, end));
    }
    at = end;
  }
  return Buffer.concat(parts);
}

/** A length, and then the bytes. */
function vector(bytes) {
  return Buffer.concat([number(bytes.length), bytes]);
}

/** A number in LEB128. */
function number(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}
