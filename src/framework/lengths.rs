//! How long the texts of a framework may be.

use crate::diagnostic::Code;
use crate::document::{Node, Reader};

/// The longest name of a tag, in characters, wherever it comes from.
pub(super) const TAG_NAME: usize = 500;

/// The most characters of every other kind of text.
pub(super) struct Lengths {
    pub(super) short_name: usize,
    pub(super) name: usize,
    /// Descriptions of frameworks and of tags.
    pub(super) description: usize,
    pub(super) tag_source: usize,
    pub(super) rule_name: usize,
    pub(super) rule_id: usize,
}

impl Lengths {
    /// For files: no limit, because the caller chooses the files.
    pub(super) const IN_FILES: Lengths = Lengths {
        short_name: usize::MAX,
        name: usize::MAX,
        description: usize::MAX,
        tag_source: usize::MAX,
        rule_name: usize::MAX,
        rule_id: usize::MAX,
    };

    /// In payloads: lists of what is stored have to stay readable. A rule id that
    /// comes from a short name and a rule name is never longer than one that is sent
    /// may be.
    pub(super) const IN_PAYLOADS: Lengths = Lengths {
        short_name: 400,
        name: 1_000,
        description: 262_144,
        tag_source: 400,
        rule_name: 500,
        rule_id: 1_000,
    };
}

/// A text of at most `most` characters.
pub(super) fn text(reader: &mut Reader<'_>, node: &Node<'_>, most: usize) -> Option<String> {
    let text = reader.text(node)?;
    is_within(reader, node, &text, most).then_some(text)
}

/// A text of 1 to `most` characters.
pub(super) fn name(reader: &mut Reader<'_>, node: &Node<'_>, most: usize) -> Option<String> {
    let name = reader.name(node)?;
    is_within(reader, node, &name, most).then_some(name)
}

fn is_within(reader: &mut Reader<'_>, node: &Node<'_>, text: &str, most: usize) -> bool {
    // No text has more characters than bytes.
    let length = match text.len() <= most {
        true => return true,
        false => text.chars().count(),
    };
    if length <= most {
        return true;
    }
    let message = format!(
        "{} has {length} characters, the limit is {most}",
        reader.path().label()
    );
    let help = Some("shorten it".into());
    reader.error(Code::TooLong, node.head(), message, help);
    false
}
