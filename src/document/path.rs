//! The JSON pointer to the value that is being read.

use std::fmt::Write;

/// A JSON pointer that grows and shrinks with the walk over a document.
#[derive(Debug, Default)]
pub(crate) struct Path {
    pointer: String,
}

impl Path {
    /// The pointer.
    pub(crate) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Steps into a field; the answer leads back.
    pub(super) fn enter_key(&mut self, key: &str) -> usize {
        let back = self.pointer.len();
        push_escaped(&mut self.pointer, key);
        back
    }

    /// Steps into an entry of a list; the answer leads back.
    pub(super) fn enter_index(&mut self, index: usize) -> usize {
        let back = self.pointer.len();
        // Writing to a string does not fail.
        let _ = write!(self.pointer, "/{index}");
        back
    }

    /// Steps back to where `enter_…` was called.
    pub(super) fn leave(&mut self, back: usize) {
        self.pointer.truncate(back);
    }

    /// The pointer to a field of the value here.
    pub(crate) fn to_key(&self, key: &str) -> String {
        let mut pointer = self.pointer.clone();
        push_escaped(&mut pointer, key);
        pointer
    }

    /// What people call the value here.
    pub(crate) fn label(&self) -> String {
        let mut steps = self.pointer.rsplit('/');
        let last = steps.next().unwrap_or_default();
        let is_index = !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit());
        match (is_index, steps.next()) {
            (_, None) => "the document".into(),
            (false, _) => format!("`{last}`"),
            (true, Some("")) => "each entry of the list".into(),
            (true, Some(list)) => format!("each entry of `{list}`"),
        }
    }
}

fn push_escaped(pointer: &mut String, key: &str) {
    pointer.push('/');
    if !key.bytes().any(|b| b == b'~' || b == b'/') {
        return pointer.push_str(key);
    }
    for c in key.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_escaped_and_left_again() {
        let mut path = Path::default();
        let root = path.enter_key("a/b~c");
        let field = path.enter_index(3);
        assert_eq!(path.pointer(), "/a~1b~0c/3");
        path.leave(field);
        assert_eq!(path.to_key("~1"), "/a~1b~0c/~01");
        path.leave(root);
        assert_eq!(path.pointer(), "");
    }

    #[test]
    fn labels_name_the_field_or_the_list() {
        let mut path = Path::default();
        assert_eq!(path.label(), "the document");
        path.enter_key("rules");
        assert_eq!(path.label(), "`rules`");
        path.enter_index(12);
        assert_eq!(path.label(), "each entry of `rules`");
        path.leave(0);
        path.enter_index(0);
        assert_eq!(path.label(), "each entry of the list");
    }
}
