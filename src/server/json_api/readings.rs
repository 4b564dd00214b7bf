//! The names in a path, as one client or another means them.

use crate::server::call::Call;
use crate::store::StoreError;

/// Names in a path as they were sent and, if they hold a `+`, with spaces for it:
/// clients that send a space as `+` do so everywhere.
pub(in crate::server) struct Readings<const N: usize> {
    sent: [String; N],
    spaced: Option<[String; N]>,
}

impl<const N: usize> Readings<N> {
    /// Those of the parts that the endpoint names so.
    pub(in crate::server) fn of(call: &Call, names: [&str; N]) -> Self {
        let sent = names.map(|name| call.part(name).to_owned());
        let any = names.iter().any(|name| call.part_of_a_form(name).is_some());
        let spaced = any.then(|| {
            names.map(|name| {
                let spaced = call.part_of_a_form(name);
                spaced.unwrap_or_else(|| call.part(name).to_owned())
            })
        });
        Readings { sent, spaced }
    }

    /// Without the readings that do not pass; `None` if none does.
    pub(in crate::server) fn that(self, passes: impl Fn(&[String; N]) -> bool) -> Option<Self> {
        let spaced = self.spaced.filter(&passes);
        match passes(&self.sent) {
            true => Some(Readings { spaced, ..self }),
            false => spaced.map(|sent| Readings { sent, spaced: None }),
        }
    }

    /// What the first reading that leads anywhere leads to.
    ///
    /// # Errors
    ///
    /// Whatever the store says.
    pub(in crate::server) fn find<T>(
        &self,
        ask: impl Fn(&[String; N]) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match (ask(&self.sent), &self.spaced) {
            (Err(StoreError::NotFound(_)), Some(spaced)) => ask(spaced),
            (found, _) => found,
        }
    }
}
