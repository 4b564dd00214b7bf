//! Frameworks made, changed and taken away.

use super::body::Document;
use super::merge::{merged, over, whole};
use super::precondition::{check, wanted};
use super::reading::answer;
use super::refusal::{Sent, not_written};
use crate::framework::{Framework, Payload};
use crate::server::answer::{Refusal, empty};
use crate::server::app::App;
use crate::server::call::Call;
use crate::server::endpoint::Outcome;
use crate::store::{
    EditError, FrameworkDocument, Stamp, Store, StoreError, StoredFramework, Wanted,
};
use axum::http::StatusCode;
use std::sync::Arc;

pub(super) async fn create(app: Arc<App>, mut call: Call) -> Outcome {
    let document = Document::of(&mut call).await?;
    let _turn = app.frameworks.turn(document.size()).await;
    let stamp = app.stamp(&call.caller);
    let stored = app.ask(move |store| {
        let (framework, document) = whole(&document)?;
        let sent = Sent::whole(&framework);
        let stored = store.create_framework(document, stamp);
        stored.map_err(|error| not_written(error, &sent))
    });
    Ok(answer(stored.await??))
}

pub(super) async fn update(app: Arc<App>, mut call: Call) -> Outcome {
    let document = Document::of(&mut call).await?;
    let _turn = app.frameworks.turn(document.size()).await;
    let change = Change {
        id: call.part("id").to_owned(),
        wanted: wanted(&call),
        stamp: app.stamp(&call.caller),
        document,
    };
    let stored = app.ask(move |store| change.make(store));
    Ok(answer(stored.await??))
}

pub(super) async fn delete(app: Arc<App>, call: Call) -> Outcome {
    let id = call.part("id").to_owned();
    let (wanted, stamp) = (wanted(&call), app.stamp(&call.caller));
    app.stored(move |store| store.delete_framework(&id, wanted, stamp))
        .await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

pub(super) async fn clone(app: Arc<App>, call: Call) -> Outcome {
    let id = call.part("id").to_owned();
    let stamp = app.stamp(&call.caller);
    let stored = app.stored(move |store| store.clone_framework(&id, stamp));
    Ok(answer(stored.await?))
}

/// A change that a client wants.
struct Change {
    id: String,
    wanted: Wanted,
    stamp: Stamp,
    document: Document,
}

/// A change that has been checked against a version.
struct Checked {
    seen: StoredFramework,
    framework: Framework,
    next: FrameworkDocument,
    fields: Vec<&'static str>,
}

/// What a change is found to be.
enum Kind {
    /// A system framework is switched on or off.
    Switch(Box<Framework>),
    Edit(Box<Checked>),
}

impl Change {
    /// Checks the change while others may write, then makes it.
    fn make(self, store: &Store) -> Result<StoredFramework, Refusal> {
        match self.judged(store)? {
            Kind::Switch(framework) => self.switch(store, &framework),
            Kind::Edit(checked) => self.edit(store, *checked),
        }
    }

    /// In the order of the contract: the document's form, the framework's id, who
    /// may change it, which version of it, and the document's content.
    fn judged(&self, store: &Store) -> Result<Kind, Refusal> {
        self.document.read(|payload| {
            let seen = store.framework(&self.id)?;
            if seen.system {
                return self.judged_switch(&seen, payload);
            }
            check(&self.wanted, &seen.version)?;
            let (framework, next) = over(&seen, payload)?;
            let fields = payload.fields();
            Ok(Kind::Edit(Box::new(Checked {
                seen,
                framework,
                next,
                fields,
            })))
        })
    }

    /// A system framework may be sent whole, as it was answered: it must say `active`, and
    /// nothing else in it may differ.
    fn judged_switch(
        &self,
        seen: &StoredFramework,
        payload: &Payload<'_>,
    ) -> Result<Kind, Refusal> {
        let changed = over(seen, payload);
        let is_switch = match &changed {
            Ok((_, next)) => payload.fields().contains(&"active") && next.text == seen.text,
            // A wrong value of `active` is told as such, anything else is an edit.
            Err(_) => payload.says_only("active"),
        };
        if !is_switch {
            return Err(StoreError::System.into());
        }
        check(&self.wanted, &seen.version)?;
        changed.map(|(framework, _)| Kind::Switch(Box::new(framework)))
    }

    fn switch(self, store: &Store, framework: &Framework) -> Result<StoredFramework, Refusal> {
        let stored = store.set_active(&self.id, self.wanted, self.stamp, framework.active);
        let fields = &["active"];
        stored.map_err(|error| not_written(error, &Sent { framework, fields }))
    }

    fn edit(self, store: &Store, checked: Checked) -> Result<StoredFramework, Refusal> {
        let Checked {
            seen,
            framework,
            next,
            fields,
        } = checked;
        let document = self.document;
        let edit = move |current: &StoredFramework| match current.version == seen.version {
            true => Ok(next),
            // Somebody else was faster: it is their version that is changed.
            false => merged(current, &document).map(|(_, next)| next),
        };
        let stored = store.update_framework(&self.id, self.wanted, self.stamp, edit);
        stored.map_err(|error| match error {
            EditError::Refused(refusal) => refusal,
            EditError::Store(error) => {
                let (framework, fields) = (&framework, fields.as_slice());
                not_written(error, &Sent { framework, fields })
            }
        })
    }
}
