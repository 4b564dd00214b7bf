//! Work done by many threads, its results taken in order.

use super::PipelineError;
use rayon::ThreadPool;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Does `count` pieces of work in the pool and gives each result to `sink`,
/// in order. Every thread has a `W` of its own, and all of them come back.
///
/// No result waits for more than `ahead` earlier ones. The error that ends it
/// is the one of the earliest piece of work that has one, whatever the
/// threads do. Work that panics is an error, too.
pub(super) fn in_order<W: Send, T: Send>(
    pool: &ThreadPool,
    count: usize,
    ahead: usize,
    begin: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize) -> Result<T, PipelineError> + Sync,
    sink: impl FnMut(T) -> Result<(), PipelineError> + Send,
) -> Result<Vec<W>, PipelineError> {
    let order = Order {
        state: Mutex::new(State {
            next: 0,
            taken: 0,
            stop: count,
            ready: BTreeMap::new(),
            error: None,
        }),
        moved: Condvar::new(),
        ahead: ahead.max(1),
    };
    let sink = Mutex::new(sink);
    let workers = Mutex::new(Vec::new());
    pool.scope(|scope| {
        for _ in 0..pool.current_num_threads().min(count) {
            scope.spawn(|_| {
                let mut worker = begin();
                while let Some(number) = order.next() {
                    let done = calmly(|| work(&mut worker, number));
                    order.done(number, done);
                    order.drain(&sink);
                }
                lock(&workers).push(worker);
            });
        }
    });
    match lock(&order.state).error.take() {
        Some((_, error)) => Err(error),
        None => Ok(std::mem::take(&mut *lock(&workers))),
    }
}

struct Order<T> {
    state: Mutex<State<T>>,
    moved: Condvar,
    ahead: usize,
}

struct State<T> {
    /// The next piece of work to be begun.
    next: usize,
    /// How many results the sink has taken.
    taken: usize,
    /// Work from here on is not begun any more.
    stop: usize,
    ready: BTreeMap<usize, T>,
    /// The earliest error so far.
    error: Option<(usize, PipelineError)>,
}

impl<T> Order<T> {
    /// The next piece of work, once it is not too far ahead of the sink.
    fn next(&self) -> Option<usize> {
        let mut state = lock(&self.state);
        if state.next >= state.stop {
            return None;
        }
        let number = state.next;
        state.next += 1;
        // Whoever has the earliest piece never waits, so somebody always goes on.
        while number >= state.taken + self.ahead && number < state.stop {
            state = self
                .moved
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        (number < state.stop).then_some(number)
    }

    fn done(&self, number: usize, result: Result<T, PipelineError>) {
        let mut state = lock(&self.state);
        match result {
            Ok(result) => {
                state.ready.insert(number, result);
            }
            Err(error) => state.fail(number, error),
        }
        self.moved.notify_all();
    }

    /// Gives the sink what is ready and next in order.
    fn drain(&self, sink: &Mutex<impl FnMut(T) -> Result<(), PipelineError>>) {
        let mut sink = lock(sink);
        loop {
            let (number, result) = {
                let mut state = lock(&self.state);
                let number = state.taken;
                match state.ready.remove(&number) {
                    Some(result) if number < state.stop => (number, result),
                    _ => return,
                }
            };
            let taken = calmly(|| sink(result));
            let mut state = lock(&self.state);
            state.taken += 1;
            if let Err(error) = taken {
                state.fail(number, error);
            }
            self.moved.notify_all();
        }
    }
}

impl<T> State<T> {
    fn fail(&mut self, number: usize, error: PipelineError) {
        self.stop = self.stop.min(number);
        if self
            .error
            .as_ref()
            .is_none_or(|(earliest, _)| number < *earliest)
        {
            self.error = Some((number, error));
        }
    }
}

/// A panic in a library that reads files must not take the process down, and
/// must not leave other threads waiting for a result that never comes.
pub(super) fn calmly<T>(
    work: impl FnOnce() -> Result<T, PipelineError>,
) -> Result<T, PipelineError> {
    // What a panic says is about the program, and helps nobody who has the file.
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(PipelineError::GaveUp(PANICKED.into())))
}

/// What is said of a panic.
pub(super) const PANICKED: &str = "a file of it is damaged, or the program has a fault";

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{PipelineError, in_order};

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
    }

    fn gave_up(text: &str) -> PipelineError {
        PipelineError::GaveUp(text.into())
    }

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        for threads in [1, 2, 3, 8] {
            let mut seen = Vec::new();
            let workers = in_order(
                &pool(threads),
                200,
                3,
                || 0u64,
                |done, number| {
                    *done += 1;
                    std::thread::sleep(std::time::Duration::from_micros(number as u64 * 7 % 50));
                    Ok(number)
                },
                |number| {
                    seen.push(number);
                    Ok(())
                },
            );
            assert_eq!(seen, (0..200).collect::<Vec<_>>());
            assert_eq!(workers.unwrap().iter().sum::<u64>(), 200);
        }
    }

    #[test]
    fn the_earliest_error_wins_and_nothing_after_it_is_taken() {
        for threads in [1, 2, 8] {
            let mut seen = Vec::new();
            let end = in_order(
                &pool(threads),
                100,
                8,
                || (),
                |(), number| match number {
                    17 => {
                        std::thread::sleep(std::time::Duration::from_millis(5));
                        Err(gave_up("17"))
                    }
                    18.. => Err(gave_up("later")),
                    _ => Ok(number),
                },
                |number| {
                    seen.push(number);
                    Ok(())
                },
            );
            assert!(matches!(end, Err(PipelineError::GaveUp(text)) if text == "17"));
            assert_eq!(seen, (0..17).collect::<Vec<_>>());
        }
    }

    #[test]
    fn panics_and_failing_sinks_are_errors() {
        let end = in_order(
            &pool(2),
            5,
            2,
            || (),
            |(), _| -> Result<(), _> { panic!("boom") },
            |()| Ok(()),
        );
        assert!(matches!(end, Err(PipelineError::GaveUp(text)) if text == super::PANICKED));
        let end = in_order(
            &pool(2),
            50,
            2,
            || (),
            |(), n| Ok(n),
            |n| match n {
                3 => Err(gave_up("full")),
                _ => Ok(()),
            },
        );
        assert!(matches!(end, Err(PipelineError::GaveUp(text)) if text == "full"));
    }

    #[test]
    fn no_work_is_no_work() {
        let workers = in_order(&pool(2), 0, 2, || (), |(), n| Ok(n), |_| Ok(()));
        assert!(workers.unwrap().is_empty());
    }
}
