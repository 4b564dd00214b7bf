//! Connections on which nobody has shown yet who they are, limited by address.
//!
//! Whoever has no token can still open connections, and there is room for so many at
//! once. So that one address cannot take all the room, its connections are counted
//! until a request on them shows a known token. Beyond the limit the oldest of them
//! make way, because an honest client shows its token in its first request, at once.
//! One that is answered at the moment is never closed, and one that has only just
//! come is spared as long as there are not many of these, so that a crowd of clients
//! of one address, or a proxy, may connect at the same moment.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How long a connection counts as having only just come.
const JUST_COME: Duration = Duration::from_secs(1);

/// How many times the limit there may be with those that have only just come.
const BURST: usize = 8;

/// The connections on which nobody is known yet.
#[derive(Debug)]
pub(super) struct Newcomers {
    most: usize,
    /// With those that have only just come.
    most_at_once: usize,
    all: Mutex<All>,
}

#[derive(Debug, Default)]
struct All {
    next: u64,
    /// By address, and in the order in which they came.
    by_address: HashMap<IpAddr, BTreeMap<u64, Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    since: Instant,
    state: Arc<State>,
}

/// What a connection and the list of newcomers both know of it.
#[derive(Debug, Default)]
struct State {
    /// Whether it is no longer in the list.
    known: AtomicBool,
    /// Requests that are answered at the moment.
    answering: AtomicUsize,
    make_way: Notify,
}

/// A connection, from its acceptance to its end.
#[derive(Debug)]
pub(super) struct Newcomer {
    newcomers: Arc<Newcomers>,
    address: IpAddr,
    number: u64,
    state: Arc<State>,
}

/// A request is being answered, until this is dropped.
pub(super) struct Answering(Arc<State>);

impl Newcomers {
    /// At most `most` from one address; 0 is no limit. No address gets more than half
    /// of the `room` that there is for connections.
    pub(super) fn new(most: usize, room: usize) -> Arc<Self> {
        let half = (room / 2).max(1);
        let most = most.min(half);
        Arc::new(Newcomers {
            most,
            most_at_once: most.saturating_mul(BURST).min(half),
            all: Mutex::default(),
        })
    }

    /// Takes a connection in, and has an older one make way for it if there are too
    /// many from its address. `None` if it has to go itself, because none can.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr, now: Instant) -> Option<Newcomer> {
        let state = Arc::new(State::default());
        let mut number = 0;
        if self.most == 0 {
            state.known.store(true, Ordering::Release);
        } else {
            let mut all = self.all();
            let here = all.by_address.entry(address).or_default();
            if here.len() >= self.most && !self.make_room(here, now) {
                return None;
            }
            let waiting = Waiting {
                since: now,
                state: Arc::clone(&state),
            };
            all.next += 1;
            number = all.next;
            let here = all.by_address.entry(address).or_default();
            here.insert(number, waiting);
        }
        Some(Newcomer {
            newcomers: Arc::clone(self),
            address,
            number,
            state,
        })
    }

    /// Whether there is room for one more among those of an address.
    fn make_room(&self, here: &mut BTreeMap<u64, Waiting>, now: Instant) -> bool {
        let is_burst = here.len() < self.most_at_once;
        let oldest = here
            .iter()
            .find(|(_, one)| one.state.answering.load(Ordering::Acquire) == 0)
            .map(|(number, one)| (*number, now.saturating_duration_since(one.since)));
        match oldest {
            Some((_, age)) if is_burst && age < JUST_COME => true,
            Some((number, _)) => {
                if let Some(one) = here.remove(&number) {
                    one.state.make_way.notify_one();
                }
                true
            }
            None => is_burst,
        }
    }

    fn remove(&self, address: IpAddr, number: u64) {
        let mut all = self.all();
        if let Some(here) = all.by_address.get_mut(&address) {
            here.remove(&number);
            if here.is_empty() {
                all.by_address.remove(&address);
            }
        }
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Newcomer {
    /// A request on it has shown a known token: it counts no longer.
    pub(super) fn is_known(&self) {
        if !self.state.known.swap(true, Ordering::AcqRel) {
            self.newcomers.remove(self.address, self.number);
        }
    }

    /// A request on it is being answered.
    pub(super) fn answering(&self) -> Answering {
        self.state.answering.fetch_add(1, Ordering::AcqRel);
        Answering(Arc::clone(&self.state))
    }

    /// Waits until it is to make way for others.
    pub(super) async fn has_to_go(&self) {
        self.state.make_way.notified().await;
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        self.is_known();
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answering.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::{BURST, JUST_COME, Newcomer, Newcomers};
    use std::net::IpAddr;
    use std::sync::Arc;
    use std::time::Instant;

    const ROOM: usize = 100;
    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn waiting(newcomers: &Arc<Newcomers>, address: IpAddr) -> usize {
        let all = newcomers.all();
        all.by_address.get(&address).map_or(0, |here| here.len())
    }

    /// Whether it has been told to make way.
    fn has_to_go(one: &Newcomer) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(async {
            tokio::select! {
                biased;
                () = one.has_to_go() => true,
                () = std::future::ready(()) => false,
            }
        })
    }

    #[test]
    fn the_oldest_makes_way_and_only_at_its_own_address() {
        let newcomers = Newcomers::new(2, ROOM);
        let start = Instant::now();
        let other = newcomers.admit(THERE, start).unwrap();
        let first = newcomers.admit(HERE, start).unwrap();
        let second = newcomers.admit(HERE, start).unwrap();
        let _third = newcomers.admit(HERE, start + JUST_COME).unwrap();
        assert!(has_to_go(&first) && !has_to_go(&second) && !has_to_go(&other));
        assert_eq!(waiting(&newcomers, HERE), 2);
        drop((first, second));
        assert_eq!(waiting(&newcomers, HERE), 1);
        assert_eq!(waiting(&newcomers, THERE), 1);
    }

    #[test]
    fn who_is_known_does_not_count() {
        let newcomers = Newcomers::new(1, ROOM);
        let start = Instant::now();
        let admit = |_| {
            let one = newcomers.admit(HERE, start).unwrap();
            one.is_known();
            one
        };
        let known: Vec<_> = (0..20).map(admit).collect();
        assert_eq!(waiting(&newcomers, HERE), 0);
        let later = start + 2 * JUST_COME;
        let _last = newcomers.admit(HERE, later).unwrap();
        assert!(newcomers.admit(HERE, later + JUST_COME).is_some());
        assert!(known.iter().all(|one| !has_to_go(one)));
    }

    #[test]
    fn who_is_answered_stays_and_a_crowd_is_let_in() {
        let newcomers = Newcomers::new(1, ROOM);
        let start = Instant::now();
        let crowd: Vec<_> = (0..BURST)
            .map(|_| newcomers.admit(HERE, start).unwrap())
            .collect();
        assert!(
            crowd.iter().all(|one| !has_to_go(one)),
            "they have just come"
        );
        let answering: Vec<_> = crowd.iter().map(Newcomer::answering).collect();
        assert!(newcomers.admit(HERE, start + 2 * JUST_COME).is_none());
        drop(answering);
        let _one = newcomers.admit(HERE, start).unwrap();
        assert!(has_to_go(&crowd[0]), "many have just come");
        assert!(!has_to_go(&crowd[1]));
    }

    #[test]
    fn no_address_gets_all_the_room() {
        let newcomers = Newcomers::new(64, 10);
        let start = Instant::now();
        let all: Vec<_> = (0..10).map(|_| newcomers.admit(HERE, start)).collect();
        assert_eq!(waiting(&newcomers, HERE), 5);
        let gone = all.iter().flatten().filter(|one| has_to_go(one));
        assert_eq!(gone.count(), 5);
    }

    #[test]
    fn no_limit_counts_nobody() {
        let newcomers = Newcomers::new(0, ROOM);
        let start = Instant::now();
        let all: Vec<_> = (0..100).map(|_| newcomers.admit(HERE, start)).collect();
        assert!(all.iter().all(Option::is_some));
        assert_eq!(waiting(&newcomers, HERE), 0);
    }
}
