//! The possible content of a disk after a power cut, from a record of all writes.
//!
//! Synced data is on the disk. Of the data that was written to a file since its last sync, the disk may hold
//! nothing, everything, or any sectors, as a disk with a cache does.

use std::collections::BTreeMap;

/// The size of an atomic write, in bytes.
const SECTOR: usize = 512;

/// A change or a sync, as the shim (`tests/faults/shim`) records it.
#[derive(Debug)]
pub struct Record {
    /// The kind: a character that the shim writes.
    pub kind: u8,
    /// The file name; empty for the folder itself.
    pub file: String,
    offset: u64,
    bytes: Vec<u8>,
    /// The offset in the log at which the record ends, which serves as its time.
    pub end: usize,
}

/// Reads the log of a shim.
pub fn parse(log: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    let mut at = 0;
    let mut take = |length: usize| {
        at += length;
        (&log[at - length..at], at)
    };
    let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
    loop {
        let (kind, _) = take(1);
        let (length, _) = take(2);
        let (file, _) = take(usize::from(u16::from_le_bytes(length.try_into().unwrap())));
        let (offset, _) = take(8);
        let (length, mut end) = take(8);
        let mut bytes: &[u8] = &[];
        if matches!(kind[0], b'w' | b'r') {
            (bytes, end) = take(usize::try_from(number(length)).unwrap());
        }
        records.push(Record {
            kind: kind[0],
            file: String::from_utf8(file.into()).unwrap(),
            offset: number(offset),
            bytes: bytes.into(),
            end,
        });
        if end == log.len() {
            return records;
        }
    }
}

/// How much of the unsynced writes survives.
#[derive(Clone, Copy, Debug)]
pub enum Luck {
    /// None of it.
    Nothing,
    /// All of it.
    Everything,
    /// Each sector with a probability of one half, from this seed.
    Sectors(u64),
}

/// The content of each file, by name.
pub type Disk = BTreeMap<String, Vec<u8>>;

fn apply(disk: &mut Disk, name: &str, record: &Record, mut is_kept: impl FnMut() -> bool) {
    let file = disk.entry(name.into()).or_default();
    let offset = usize::try_from(record.offset).unwrap();
    match record.kind {
        b't' if is_kept() => file.resize(offset, 0),
        b'w' => {
            for (index, sector) in record.bytes.chunks(SECTOR).enumerate() {
                if is_kept() {
                    let begin = offset + index * SECTOR;
                    let end = begin + sector.len();
                    file.resize(file.len().max(end), 0);
                    file[begin..end].copy_from_slice(sector);
                }
            }
        }
        _ => {}
    }
}

/// Returns what the disk could hold after the first `count` records, on top of its content before.
pub fn disk_after(mut disk: Disk, records: &[Record], count: usize, luck: Luck) -> Disk {
    let mut unsynced: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    // A new name is on the disk once the folder is synced.
    let mut renames: Vec<(&str, &str)> = Vec::new();
    for record in &records[..count] {
        let name = record.file.as_str();
        match record.kind {
            b's' if name.is_empty() => renames.clear(),
            b's' => {
                for waiting in unsynced.remove(name).unwrap_or_default() {
                    apply(&mut disk, name, waiting, || true);
                }
            }
            b'u' => {
                unsynced.remove(name);
                disk.remove(name);
            }
            b'r' => {
                let to = std::str::from_utf8(&record.bytes).unwrap();
                let waiting = unsynced.remove(name).unwrap_or_default();
                unsynced.insert(to, waiting);
                let content = disk.remove(name).unwrap_or_default();
                disk.insert(to.into(), content);
                renames.push((name, to));
            }
            _ => unsynced.entry(name).or_default().push(record),
        }
    }
    let mut coin = match luck {
        Luck::Sectors(seed) => seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        _ => 1,
    };
    let mut is_kept = || match luck {
        Luck::Nothing => false,
        Luck::Everything => true,
        Luck::Sectors(_) => {
            // Xorshift64 (Marsaglia, 2003).
            coin ^= coin << 13;
            coin ^= coin >> 7;
            coin ^= coin << 17;
            coin & 1 == 1
        }
    };
    for (name, waiting) in unsynced {
        for record in waiting {
            apply(&mut disk, name, record, &mut is_kept);
        }
    }
    for (from, to) in renames.into_iter().rev() {
        if !is_kept() {
            let content = disk.remove(to).unwrap_or_default();
            disk.insert(from.into(), content);
        }
    }
    disk
}
