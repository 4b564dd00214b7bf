//! Signals that ask the process to end: the command gives its work up, so that
//! nothing is left behind, and the process ends by the signal.

pub(crate) use system::{end, name, received, watch};

#[cfg(unix)]
mod system {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::{emulate_default_handler, signal_name};
    use std::sync::atomic::{AtomicI32, Ordering};
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::{Duration, Instant};

    /// The signal that was received; 0: none.
    static RECEIVED: AtomicI32 = AtomicI32::new(0);
    /// A second signal within this time is the first one again: `timeout` sends
    /// it to the process and to its group.
    const SAME: Duration = Duration::from_millis(300);

    /// Notes signals from now on. A second signal ends the process at once.
    pub(crate) fn watch() {
        let (ready, is_ready) = channel();
        let watcher = thread::Builder::new().name("classmark-signals".into());
        let started = watcher.spawn(move || {
            let signals = [SIGINT, SIGTERM, SIGHUP];
            let wanted = signals.into_iter().filter(|signal| !is_ignored(*signal));
            // Without handlers signals end the process as they always do.
            if let Ok(signals) = Signals::new(wanted) {
                let _ = ready.send(());
                note(signals);
            }
        });
        if started.is_ok() {
            // An error says that there are no handlers.
            let _ = is_ready.recv();
        }
    }

    fn note(mut signals: Signals) {
        let mut first = None;
        for signal in signals.forever() {
            match first {
                None => {
                    first = Some(Instant::now());
                    RECEIVED.store(signal, Ordering::Relaxed);
                }
                Some(first) if first.elapsed() > SAME => end(signal),
                Some(_) => {}
            }
        }
    }

    /// Whether the process was started with the signal ignored, as `nohup` does
    /// and shells do for jobs in the background: then it stays ignored.
    fn is_ignored(signal: i32) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        match mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()) {
            Some(mask) => mask & (1 << (signal - 1)) != 0,
            // Not known: of the three only this one is ignored on purpose.
            None => signal == SIGHUP,
        }
    }

    /// The signal that was received, if any.
    pub(crate) fn received() -> Option<i32> {
        Some(RECEIVED.load(Ordering::Relaxed)).filter(|signal| *signal != 0)
    }

    /// Ends the process as the signal would have.
    pub(crate) fn end(signal: i32) -> ! {
        let _ = emulate_default_handler(signal);
        std::process::exit(128 + signal)
    }

    /// `SIGINT`.
    pub(crate) fn name(signal: i32) -> &'static str {
        signal_name(signal).unwrap_or("a signal")
    }
}

#[cfg(not(unix))]
mod system {
    /// Signals end the process as they always do.
    pub(crate) fn watch() {}

    /// None is noted.
    pub(crate) fn received() -> Option<i32> {
        None
    }

    /// Ends the process.
    pub(crate) fn end(_: i32) -> ! {
        std::process::exit(1)
    }

    /// What a signal is called.
    pub(crate) fn name(_: i32) -> &'static str {
        "a signal"
    }
}
