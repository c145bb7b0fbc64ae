//! In place of the crate of this name: a value that only the thread that made it may touch, though it can be
//! sent to others.
//!
//! The original asks for the current thread at every touch. In a page there is only one thread, and the
//! standard library's way to name it is two and a half kilobytes, compressed: here it is not asked there. On
//! every other target nothing is different.

use std::fmt;
use std::mem::{self, ManuallyDrop};
use std::ops::{Deref, DerefMut};

/// A value of one thread. Whatever another thread does with it, but for dropping what needs no drop, panics.
pub struct SendWrapper<T> {
    data: ManuallyDrop<T>,
    thread: thread::Id,
}

// SAFETY: the value is reached by `deref`, `deref_mut`, `take` and `drop` only, and each of them has made sure
// that it runs in the thread that has made the wrapper. WASM without atomics, which is checked below, has one.
unsafe impl<T> Send for SendWrapper<T> {}
// SAFETY: the same.
unsafe impl<T> Sync for SendWrapper<T> {}

#[cfg(all(target_family = "wasm", target_feature = "atomics"))]
compile_error!("with atomics a page can have several threads: use the original crate");

#[cfg(target_family = "wasm")]
mod thread {
    pub type Id = ();

    pub fn current() -> Id {}
}

#[cfg(not(target_family = "wasm"))]
mod thread {
    pub type Id = std::thread::ThreadId;

    pub fn current() -> Id {
        std::thread::current().id()
    }
}

impl<T> SendWrapper<T> {
    /// Wraps a value of this thread.
    pub fn new(data: T) -> Self {
        Self {
            data: ManuallyDrop::new(data),
            thread: thread::current(),
        }
    }

    /// Whether this is the thread that has made the wrapper.
    pub fn valid(&self) -> bool {
        self.thread == thread::current()
    }

    /// The value.
    pub fn take(self) -> T {
        self.check();
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is never dropped, and nobody else can reach it.
        unsafe { ManuallyDrop::take(&mut this.data) }
    }

    fn check(&self) {
        assert!(self.valid(), "a value of another thread");
    }
}

impl<T> Deref for SendWrapper<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.check();
        &self.data
    }
}

impl<T> DerefMut for SendWrapper<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.check();
        &mut self.data
    }
}

impl<T> Drop for SendWrapper<T> {
    fn drop(&mut self) {
        if self.valid() || !mem::needs_drop::<T>() {
            // SAFETY: it is dropped once, here.
            unsafe { ManuallyDrop::drop(&mut self.data) }
        } else if !std::thread::panicking() {
            panic!("a value of another thread");
        }
    }
}

impl<T> fmt::Debug for SendWrapper<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendWrapper")
    }
}

impl<T: Clone> Clone for SendWrapper<T> {
    fn clone(&self) -> Self {
        Self::new(T::clone(self))
    }
}

#[cfg(feature = "futures")]
mod futures {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use futures_core::Stream;

    use super::SendWrapper;

    impl<T> SendWrapper<T> {
        fn pinned(self: Pin<&mut Self>) -> Pin<&mut T> {
            // SAFETY: `data` is never moved out of a wrapper that is pinned: `take` needs it by value.
            unsafe { self.map_unchecked_mut(|this| &mut **this) }
        }
    }

    impl<F: Future> Future for SendWrapper<F> {
        type Output = F::Output;

        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
            self.pinned().poll(context)
        }
    }

    impl<S: Stream> Stream for SendWrapper<S> {
        type Item = S::Item;

        fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
            self.pinned().poll_next(context)
        }
    }
}
