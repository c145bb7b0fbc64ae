//! What reaches the page from elsewhere: the server's stream of events, the other pages of this browser,
//! and the service worker.
//!
//! One page of a browser leads: it has the stream, and sends what all of them have to send. The page that
//! somebody looks at takes the lead. Where the browser has no locks (it has them by https and on this
//! machine only) every page leads as long as it is visible.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::{document, request_animation_frame, window};
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, Event, EventSource, MessageEvent, PageTransitionEvent};

use crate::browser::Report;
use crate::domain::encoding::decode;
use crate::domain::{Change, Cursor};

/// Names the lock and the channel.
const NAME: &str = "todo-list";

/// How long a frame is, in milliseconds.
const FRAME: u32 = 16;

/// Pages of other sessions have nothing to do with this one.
fn name() -> String {
    NAME.to_owned() + &super::login_session::session_id()
}

#[wasm_bindgen]
extern "C" {
    type Locks;

    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = locks)]
    static LOCKS: Option<Locks>;

    #[wasm_bindgen(method)]
    fn request(this: &Locks, name: &str, options: &JsValue, granted: &JsValue) -> Promise;

    type Resources;

    /// What the inline script closes if this module fails: after a panic it can do nothing any more.
    #[wasm_bindgen(thread_local_v2, js_name = moduleResources)]
    static RESOURCES: Resources;

    #[wasm_bindgen(method, setter)]
    fn set_stream(this: &Resources, stream: &EventSource);

    /// `release` gives up the lock.
    #[wasm_bindgen(method, setter = releaseLead)]
    fn set_release_lead(this: &Resources, release: &Function);
}

type Attend = dyn Fn(Report);

thread_local! {
    static ATTEND: RefCell<Option<Arc<Attend>>> = const { RefCell::new(None) };
    static LISTENER: RefCell<JsValue> = const { RefCell::new(JsValue::UNDEFINED) };
    static CHANNEL: RefCell<Option<BroadcastChannel>> = const { RefCell::new(None) };
    static STREAM: RefCell<Option<EventSource>> = const { RefCell::new(None) };
    /// What has come since the page has last taken something in; `None` if it can take in more at once.
    static GATHERED: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
    /// Whether this page leads, and whether it waits to be the next.
    static LEADS: Cell<bool> = const { Cell::new(false) };
    static WAITS: Cell<bool> = const { Cell::new(false) };
}

/// Calls back with all that reaches the page.
pub fn attend(attend: impl Fn(Report) + 'static) {
    ATTEND.set(Some(Arc::new(attend)));
    let listener = Closure::<dyn Fn(Event)>::new(|event: Event| hear(&event)).into_js_value();
    for event in ["visibilitychange", "online", "offline", "pageshow"] {
        listen(&window(), event, &listener);
    }
    if let Ok(channel) = BroadcastChannel::new(&name()) {
        listen(&channel, "message", &listener);
        CHANNEL.set(Some(channel));
    }
    let workers = window().navigator().service_worker();
    if !workers.is_undefined() {
        listen(&workers, "message", &listener);
    }
    LISTENER.set(listener);
    // The page is hydrated in one task: when this runs, it is.
    super::after(0, || report(Report::Opened));
}

fn listen(target: &web_sys::EventTarget, event: &str, listener: &JsValue) {
    // It never fails on an event target.
    let _ = target.add_event_listener_with_callback(event, listener.unchecked_ref());
}

fn report(report: Report) {
    let attend = ATTEND.with_borrow(Clone::clone);
    attend.inspect(|attend| attend(report));
}

fn hear(event: &Event) {
    let kind = event.type_();
    let message: &MessageEvent = event.unchecked_ref();
    let heard = match kind.as_str() {
        "visibilitychange" | "online" | "offline" | "pageshow" => come_or_go(event, &kind),
        "message" => match message.data().as_string() {
            Some(text) => text
                .split_once(' ')
                .and_then(|(kind, data)| read(kind, data)),
            // Only the service worker sends something else than texts.
            None => Reflect::get(&message.data(), &"kept".into())
                .ok()
                .and_then(|kept| kept.as_string()?.parse().ok())
                .map(Report::PageKept),
        },
        kind => {
            let data = if kind == "heartbeat" {
                message.last_event_id()
            } else {
                message.data().as_string().unwrap_or_default()
            };
            if kind == "change" {
                return gather(data);
            }
            take_in_gathered();
            tell_others(kind, &data);
            read(kind, &data)
        }
    };
    heard.into_iter().for_each(report);
}

/// A change is taken in at once. What comes right after it waits for the next frame: somebody else may do much,
/// and here somebody may be typing.
fn gather(change: String) {
    let is_gathering = GATHERED.with_borrow_mut(|gathered| {
        let is_gathering = gathered.is_some();
        gathered.get_or_insert_default().push(change);
        is_gathering
    });
    if !is_gathering {
        take_in_gathered();
        GATHERED.set(Some(Vec::new()));
        gather_on();
    }
}

/// Gathers for a frame, and for as long as it takes the browser to show what was taken in before: half of its time
/// is for the person.
fn gather_on() {
    let begin = super::now().0;
    let rest = move || {
        let busy = super::now().0.saturating_sub(begin);
        super::after(u32::try_from(busy).unwrap_or(FRAME), || {
            if take_in_gathered() {
                GATHERED.set(Some(Vec::new()));
                gather_on();
            }
        });
    };
    if document().hidden() {
        // There are no frames.
        super::after(FRAME, rest);
    } else {
        request_animation_frame(rest);
    }
}

/// Takes in what has been gathered, and ends gathering. Answers whether there was anything.
fn take_in_gathered() -> bool {
    let changes = GATHERED.take().unwrap_or_default().join(" ");
    if changes.is_empty() {
        return false;
    }
    tell_others("change", &changes);
    read("change", &changes).into_iter().for_each(report);
    true
}

/// What the stream says, or another page that has the stream or has changed what is stored.
fn read(kind: &str, data: &str) -> Option<Report> {
    Some(match kind {
        "change" => Report::Changes(data.split(' ').map(read_change).collect::<Option<_>>()?),
        "heartbeat" => Report::Head(data.parse().ok()?),
        "reset" => Report::Reset,
        "error" => Report::Lost,
        "fails" => Report::Fails(true),
        "works" => Report::Fails(false),
        _ => Report::Stored,
    })
}

fn read_change(data: &str) -> Option<Arc<Change>> {
    // One character for each byte.
    let bytes: Vec<u8> = window().atob(data).ok()?.chars().map(|c| c as u8).collect();
    decode(&bytes).ok()
}

/// Somebody comes to this page or leaves it, or the network does.
fn come_or_go(event: &Event, kind: &str) -> Option<Report> {
    let page: &PageTransitionEvent = event.unchecked_ref();
    if kind == "pageshow" && !page.persisted() {
        // It was only just opened.
        return None;
    }
    if kind == "offline" {
        return Some(Report::Lost);
    }
    if !document().hidden() {
        return Some(Report::Back);
    }
    LOCKS.with(Option::is_none).then(|| {
        LEADS.set(false);
        Report::Leads(false)
    })
}

/// Takes the lead among the pages of this browser.
pub fn lead() {
    if !LEADS.get() {
        request(!document().hidden());
    }
}

fn request(steal: bool) {
    let granted = Closure::once_into_js(move || {
        LEADS.set(true);
        WAITS.set(WAITS.get() && steal);
        report(Report::Leads(true));
        // The page leads until it is closed, or another one takes the lead.
        Promise::new(&mut |release, _| {
            RESOURCES.with(|resources| resources.set_release_lead(&release));
        })
    });
    LOCKS.with(|locks| {
        let Some(locks) = locks else {
            let granted: &Function = granted.unchecked_ref();
            let _ = granted.call0(&JsValue::UNDEFINED);
            return;
        };
        let lost = Closure::once(move |_: JsValue| {
            LEADS.set(false);
            report(Report::Leads(false));
            if !WAITS.replace(true) {
                request(false);
            }
        });
        let options = Object::new();
        let _ = Reflect::set(&options, &"steal".into(), &steal.into());
        let _ = locks.request(&name(), &options, &granted).catch(&lost);
        lost.forget();
    });
}

/// Opens the stream of the server's events after a cursor, in place of one that may be open.
pub fn follow(cursor: Cursor) {
    unfollow();
    let url = format!("/api/v1/events?format=compact&cursor={cursor}");
    let Ok(stream) = EventSource::new(&url) else {
        return;
    };
    LISTENER.with_borrow(|listener| {
        for event in ["change", "heartbeat", "reset", "error"] {
            listen(&stream, event, listener);
        }
    });
    RESOURCES.with(|resources| resources.set_stream(&stream));
    STREAM.set(Some(stream));
}

/// Closes the stream.
pub fn unfollow() {
    if let Some(stream) = STREAM.take() {
        stream.close();
    }
}

/// Whether the stream has ended for good: the browser will not open it again by itself.
#[must_use]
pub fn stream_has_ended() -> bool {
    STREAM.with_borrow(|stream| {
        stream
            .as_ref()
            .is_some_and(|stream| stream.ready_state() == EventSource::CLOSED)
    })
}

/// Tells the other pages of this browser.
pub fn tell_others(kind: &str, data: &str) {
    CHANNEL.with_borrow(|channel| {
        if let Some(channel) = channel {
            // It fails only after it was closed.
            let _ = channel.post_message(&format!("{kind} {data}").into());
        }
    });
}

/// Asks the service worker to keep the page as it is now, and says when it has done so. Answers whether there is
/// one.
#[must_use]
pub fn keep_page() -> bool {
    let workers = window().navigator().service_worker();
    let worker = (!workers.is_undefined()).then(|| workers.controller());
    let asked = worker
        .flatten()
        .map(|worker| worker.post_message(&"keep".into()));
    asked.is_some()
}

/// Asks the browser not to clear what is stored when it needs room.
pub fn persist() {
    let storage = window().navigator().storage();
    if !storage.is_undefined() {
        drop(storage.persist());
    }
}
