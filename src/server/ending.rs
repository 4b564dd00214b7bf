//! Being told to end.

use std::io;

/// Hears when the process is told to end: by `SIGTERM` or Ctrl-C.
///
/// From the moment that this is there, neither ends the process by itself. Nor does a
/// file that has reached the size that the system allows (`SIGXFSZ`): to write on is an
/// error then, as on a full disk.
#[derive(Debug)]
pub struct Ending {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
}

impl Ending {
    /// Listens from now on; inside a runtime.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Ending {
            #[cfg(unix)]
            signals: {
                use tokio::signal::unix::{SignalKind, signal};
                // Once it has been listened to, the signal does nothing else any more.
                let too_large = rustix::process::Signal::XFSZ.as_raw();
                drop(signal(SignalKind::from_raw(too_large))?);
                [
                    signal(SignalKind::interrupt())?,
                    signal(SignalKind::terminate())?,
                ]
            },
        })
    }

    /// Waits until it is told.
    pub(super) async fn told(self) {
        #[cfg(unix)]
        {
            let [mut interrupted, mut terminated] = self.signals;
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
            }
        }
        // Where it cannot be heard, the process just ends when it is killed.
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
