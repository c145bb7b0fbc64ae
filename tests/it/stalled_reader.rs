//! A reader of the event stream that stops reading.

use todo_list::domain::{Command, Item, ItemId, List, Title};
use todo_list::server::store::new_item;

use crate::event_reader::Events;
use crate::event_stream::{add, rename};
use crate::spawn::{KEY, Server};

/// One change that exceeds every buffer stalls the stream until its reader continues. The changes meanwhile
/// exceed the history of the list.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_reader_is_told_once_to_reload_and_resumes() {
    // A hundred times two hundred kilobytes: more than the socket buffers hold.
    let title = Title::parse(&"\u{1F600}".repeat(500)).unwrap();
    let items: Vec<Item> = (0..100).map(|_| new_item(title.clone())).collect();
    let ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
    let id = ids[0];
    let server = Server::with_list(List::at_revision(KEY, 1, items)).await;
    let mut last = server.store.cursor();
    let mut events = Events::after(&server, last).await;
    events.expect("heartbeat", last).await;
    let both = |ids: Vec<_>| {
        [
            Command::RemoveAll { ids: ids.clone() },
            Command::Restore { ids },
        ]
    };
    for command in (0..100).flat_map(|_| both(ids.clone())) {
        server.store.run(None, command).await.unwrap();
    }
    rename(&server, id, List::MAX_HISTORY + 1, "").await;
    let head = server.store.cursor();
    let mut event = events.next().await.unwrap();
    while event.name == "change" {
        last.revision += 1;
        assert_eq!(event.id, last);
        event = events.next().await.unwrap();
    }
    assert_eq!((event.name.as_str(), event.id), ("reset", head));
    assert!(last.revision < head.revision - List::MAX_HISTORY as u64);
    add(&server, "after").await;
    assert_eq!(events.change().await.revision, head.revision + 1);
}
