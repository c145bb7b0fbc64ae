//! Tests of the sync engine: how far a command comes, what a page shows meanwhile, and an exhaustive search over
//! a network that loses, doubles and reorders.

mod engine;
mod engine_without;
mod model;
mod outbox;
mod replica;
mod stored_commands;
mod undo_record;
mod updates;

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::tests::*;
use crate::domain::*;
