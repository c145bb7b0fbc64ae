// The parts of a WASM module as bytes, to change single ones (https://webassembly.github.io/spec/core/binary/modules.html).

/** The kinds of sections that somebody here asks for. */
export const CUSTOM = 0;
export const IMPORT = 2;
export const EXPORT = 7;
export const CODE = 10;
export const DATA = 11;

const HEADER = 8;

/** Reads numbers and vectors from bytes, one after the other. */
export class Reader {
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

  take(length) {
    return this.bytes.subarray(this.at, (this.at += length));
  }

  /** A length, and then as many bytes. */
  vector() {
    return this.take(this.number());
  }

  name() {
    return this.vector().toString();
  }
}

/** The sections of a module, each a kind and its bytes. */
export function sections(module) {
  const reader = new Reader(module.subarray(HEADER));
  const sections = [];
  while (reader.more) sections.push({ kind: reader.byte(), bytes: reader.vector() });
  return sections;
}

/** The names of the functions by their index, if the module still has them. */
export function functionNames(sections) {
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

/** The module of these sections. */
export function assemble(module, sections) {
  const parts = sections.flatMap(({ kind, bytes }) => [Buffer.from([kind]), vector(bytes)]);
  return Buffer.concat([module.subarray(0, HEADER), ...parts]);
}

/** A length, and then the bytes. */
export function vector(bytes) {
  return Buffer.concat([number(bytes.length), bytes]);
}

/** A number in LEB128. */
export function number(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}
