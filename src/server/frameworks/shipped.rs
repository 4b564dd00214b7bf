//! Frameworks that come with the program.

use super::body::Document;
use super::merge::whole;
use crate::framework::Format;
use crate::store::{Shipped, Stamp, Store, StoreError, SystemFramework};

/// Their ids, the same wherever the program runs and for ever, and their texts.
const SHIPPED: [(&str, &str); 4] = [
    (
        "ebc75d9b-fc2d-457f-b192-c3c36cf6145d",
        include_str!("shipped/base.yaml"),
    ),
    (
        "7531f0e5-6940-40cc-8642-e9a48e89fe53",
        include_str!("shipped/record.yaml"),
    ),
    (
        "18174b5e-6ec8-4a54-8d8f-101bdcae096c",
        include_str!("shipped/regulation.yaml"),
    ),
    (
        "37f19061-d346-4e7d-9087-317fa61b205f",
        include_str!("shipped/risk.yaml"),
    ),
];

/// Takes in the frameworks that come with the program, not active at first.
///
/// # Errors
///
/// What the store says. A framework that it holds back is told in the log.
pub(in crate::server) fn ship(store: &Store, now: i64) -> Result<(), StoreError> {
    let frameworks = frameworks();
    let ids: Vec<String> = frameworks.iter().map(|f| f.id.clone()).collect();
    let shipped = store.ship(frameworks, Stamp::new(now, 0, "classmark"))?;
    for (id, shipped) in ids.iter().zip(shipped) {
        if let Shipped::HeldBack(clashes) = shipped {
            let rules: Vec<&str> = clashes.iter().map(|clash| clash.rule.as_str()).collect();
            tracing::warn!(
                id,
                ?rules,
                "a system framework stays at its older version: other active frameworks have \
                 rules of the same ids as the new one"
            );
        }
    }
    Ok(())
}

fn frameworks() -> Vec<SystemFramework> {
    let read = |(id, text): (&str, &'static str)| {
        // That each can be read is tested.
        let (_, document) = whole(&Document::new(text.as_bytes(), Format::Yaml)).ok()?;
        Some(SystemFramework {
            id: id.to_owned(),
            document,
        })
    };
    SHIPPED.into_iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::{Document, Format, SHIPPED, frameworks, whole};

    #[test]
    fn each_can_be_read_and_is_not_active() {
        let all: Vec<_> = SHIPPED
            .iter()
            .map(|(_, text)| {
                whole(&Document::new(text.as_bytes(), Format::Yaml))
                    .unwrap()
                    .0
            })
            .collect();
        assert_eq!(frameworks().len(), 4);
        assert!(all.iter().all(|framework| !framework.active));
        assert_eq!(crate::framework::check_together(&all), []);
    }
}
