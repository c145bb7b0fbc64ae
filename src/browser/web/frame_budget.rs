//! How much of the list is drawn before the browser may paint.

use super::now;

/// How long it may take before the first frame that shows something, in milliseconds: somebody waits for it.
const FIRST: u64 = 4;
/// How long it may take in every frame after that.
const LATER: u64 = 20;
/// As many rows are drawn however long it takes: as many as most windows hold.
pub(super) const AT_LEAST: usize = 24;
/// How many rows are drawn between two looks at the clock.
const BETWEEN: usize = 8;
/// How many rows are compared with what they should be between two looks at the clock.
const COMPARED: usize = 128;

/// What is left of the time until the browser may paint.
pub(super) struct Budget {
    drawn: usize,
    compared: usize,
    until: u64,
    is_over: bool,
}

impl Budget {
    /// `is_later` is whether a frame has shown already what there was time for before it.
    pub(super) fn new(is_later: bool) -> Self {
        let time = if is_later { LATER } else { FIRST };
        Self {
            drawn: 0,
            compared: 0,
            until: now().0 + time,
            is_over: false,
        }
    }

    /// Takes the time for one more row, if there is any.
    pub(super) fn take(&mut self) -> bool {
        if self.drawn >= AT_LEAST && self.drawn.is_multiple_of(BETWEEN) {
            self.look();
        }
        self.drawn += 1;
        !self.is_over
    }

    /// Takes the time to compare one more row with what it should be.
    pub(super) fn compare(&mut self) {
        self.compared += 1;
        if self.compared.is_multiple_of(COMPARED) {
            self.look();
        }
    }

    fn look(&mut self) {
        self.is_over |= now().0 >= self.until;
    }

    /// Whether there was no time for something.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }
}
