//! The time budget for drawing rows before the browser paints a frame.

use super::now;

/// The time before the first frame after a change, in milliseconds: the person waits for it.
const FIRST_FRAME_MS: u64 = 4;
/// The time in every later frame, in milliseconds.
const LATER_FRAMES_MS: u64 = 20;
/// The rows that are drawn in a frame however long they take: as many as fit into most windows.
pub(super) const MIN_ROWS_PER_FRAME: usize = 24;
/// The rows that are drawn between two readings of the clock.
const ROWS_PER_CLOCK_READ: usize = 8;
/// The rows that are compared with their content between two readings of the clock.
const COMPARISONS_PER_CLOCK_READ: usize = 128;

/// The time that is left until the browser may paint.
pub(super) struct FrameBudget {
    drawn: usize,
    compared: usize,
    until: u64,
    is_over: bool,
}

impl FrameBudget {
    /// `is_later` says whether a frame has shown a part of the change already.
    pub(super) fn new(is_later: bool) -> Self {
        let time = if is_later {
            LATER_FRAMES_MS
        } else {
            FIRST_FRAME_MS
        };
        Self {
            drawn: 0,
            compared: 0,
            until: now().0 + time,
            is_over: false,
        }
    }

    /// Spends time on one more row. Returns whether there is any left.
    pub(super) fn take(&mut self) -> bool {
        if self.drawn >= MIN_ROWS_PER_FRAME && self.drawn.is_multiple_of(ROWS_PER_CLOCK_READ) {
            self.read_clock();
        }
        self.drawn += 1;
        !self.is_over
    }

    /// Spends time on comparing one more row with its content.
    pub(super) fn compare(&mut self) {
        self.compared += 1;
        if self.compared.is_multiple_of(COMPARISONS_PER_CLOCK_READ) {
            self.read_clock();
        }
    }

    fn read_clock(&mut self) {
        self.is_over |= now().0 >= self.until;
    }

    /// Whether the time is over.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }
}
