//! Panics that the pipeline turns into errors are not told twice.

use std::panic;
use std::thread;

/// Keeps the message of a panic in a worker thread to itself: the pipeline
/// catches it and says the same as an error. Any other panic speaks.
pub(crate) fn hush_workers() {
    let speak = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let here = thread::current();
        let worker = here
            .name()
            .is_some_and(|name| name.starts_with("classmark-"));
        if !worker {
            speak(panic);
        }
    }));
}
