//! Many steps back, and forward again.

use super::*;

fn command(seq: u64) -> CommandId {
    CommandId {
        client: client(0),
        seq,
    }
}

#[test]
fn steps_come_back_in_reverse_and_again_in_order() {
    let mut steps = UndoStack::default();
    assert!(!steps.can_undo() && !steps.can_redo());
    assert_eq!(steps.take(UndoKind::Undo), None);
    steps.record(vec![command(1)]);
    steps.record(vec![command(2), command(3)]);
    assert_eq!(
        steps.take(UndoKind::Undo),
        Some(vec![command(2), command(3)])
    );
    steps.reverted(UndoKind::Undo, vec![command(4), command(5)]);
    assert_eq!(steps.take(UndoKind::Undo), Some(vec![command(1)]));
    steps.reverted(UndoKind::Undo, vec![command(6)]);
    assert!(!steps.can_undo() && steps.can_redo());
    assert_eq!(steps.take(UndoKind::Redo), Some(vec![command(6)]));
    steps.reverted(UndoKind::Redo, vec![command(7)]);
    assert_eq!(steps.take(UndoKind::Undo), Some(vec![command(7)]));
}

#[test]
fn something_new_ends_what_could_be_done_again() {
    let mut steps = UndoStack::new(&[command(1)], &[command(2)]);
    assert!(steps.can_undo() && steps.can_redo());
    steps.record(vec![command(3)]);
    assert!(!steps.can_redo());
    assert_eq!(steps.take(UndoKind::Undo), Some(vec![command(3)]));
    assert_eq!(steps.take(UndoKind::Undo), Some(vec![command(1)]));
}

#[test]
fn a_refused_command_is_forgotten_and_a_renamed_one_is_followed() {
    let mut steps = UndoStack::default();
    steps.record(vec![command(1)]);
    steps.record(vec![command(2), command(3)]);
    steps.forget(command(1));
    steps.forget(command(2));
    steps.rename(command(3), command(30));
    assert_eq!(steps.take(UndoKind::Undo), Some(vec![command(30)]));
    assert!(!steps.can_undo());
}

#[test]
fn the_oldest_of_too_many_steps_is_forgotten() {
    let mut steps = UndoStack::default();
    for seq in 0..150 {
        steps.record(vec![command(seq)]);
    }
    let mut count = 0;
    while let Some(step) = steps.take(UndoKind::Undo) {
        assert_eq!(step, [command(149 - count)]);
        count += 1;
    }
    assert_eq!(count, 100);
}

#[test]
fn the_steps_of_an_earlier_page_come_before_those_of_this_one() {
    let mut earlier = UndoStack::default();
    earlier.record(vec![command(1)]);
    earlier.record(vec![command(2)]);
    let mut steps = UndoStack::new(&[command(2), command(3)], &[]);
    steps.resume(earlier.clone(), |id| id.seq <= 2);
    let all: Vec<_> = steps.commands().map(|id| id.seq).collect();
    assert_eq!(all, [3, 2, 1]);

    earlier.take(UndoKind::Undo);
    earlier.reverted(UndoKind::Undo, vec![command(4)]);
    let mut steps = UndoStack::new(&[command(2)], &[]);
    steps.resume(earlier, |id| id.seq <= 2);
    assert_eq!(steps.take(UndoKind::Redo), Some(vec![command(4)]));
    assert_eq!(steps.take(UndoKind::Undo), Some(vec![command(1)]));
    assert!(!steps.can_undo(), "the step was undone before");
}
