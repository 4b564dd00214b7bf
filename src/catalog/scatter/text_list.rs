//! Strings one behind the other.

/// A list of strings in one piece of memory.
#[derive(Debug, Default)]
pub(super) struct TextList {
    text: String,
    ends: Vec<u32>,
}

impl TextList {
    pub(super) fn with_room_for(strings: usize, bytes: usize) -> Self {
        TextList {
            text: String::with_capacity(bytes),
            ends: Vec::with_capacity(strings),
        }
    }

    /// The strings that end where `ends` says; `None` when they do not.
    pub(super) fn of_parts(text: Vec<u8>, ends: Vec<u32>) -> Option<Self> {
        let list = TextList {
            text: String::from_utf8(text).ok()?,
            ends,
        };
        let sound = list.ends.is_sorted()
            && list.ends.last().map_or(0, |end| *end as usize) == list.text.len()
            && list
                .ends
                .iter()
                .all(|end| list.text.is_char_boundary(*end as usize));
        sound.then_some(list)
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes that all strings take.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Bytes of memory.
    pub(super) fn held(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>()
    }

    pub(super) fn push(&mut self, string: &str) {
        self.text.push_str(string);
        self.ends.push(self.text.len() as u32);
    }

    pub(super) fn get(&self, place: usize) -> &str {
        let start = match place {
            0 => 0,
            _ => self.ends.get(place - 1).copied().unwrap_or_default(),
        };
        let end = self.ends.get(place).copied().unwrap_or_default();
        self.text
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|place| self.get(place))
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }
}
