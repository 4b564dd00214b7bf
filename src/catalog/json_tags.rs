//! Tag lists that are written as JSON text: `["Email"]`, or
//! `[{"name": "PII", "source": "scanner"}]`.

use super::convert::Fault;
use super::forms::TagNames;
use super::text::Text;
use crate::diagnostic::quoted;
use ahash::RandomState;
use arrow::array::{
    Array, ArrayRef, DictionaryArray, Int32Array, LargeListViewArray, StringArray, StructArray,
};
use arrow::datatypes::Field;
use arrow::error::ArrowError;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Bytes of texts that are remembered from batch to batch.
const MOST_BYTES: usize = 8 << 20;

/// Reads such lists, each text once for as long as it is remembered.
#[derive(Debug)]
pub(super) struct JsonLists {
    keys: TagNames,
    /// Text → its elements, or what is wrong with it.
    known: HashMap<Box<str>, Elements, RandomState>,
    /// Bytes of all known texts.
    bytes: usize,
    names: Vec<String>,
    sources: Vec<Option<String>>,
    /// The elements as an array, as long as none is added.
    array: Option<ArrayRef>,
}

/// The elements of a text: the first one, and how many.
type Elements = Result<(i64, i64), String>;

/// Rows whose texts are no lists of tags, ascending, and why.
type Faults = Vec<(usize, String)>;

impl JsonLists {
    pub(super) fn new(keys: &TagNames) -> Self {
        JsonLists {
            keys: keys.clone(),
            known: HashMap::default(),
            bytes: 0,
            names: Vec::new(),
            sources: Vec::new(),
            array: None,
        }
    }

    /// The lists of rows' texts. A null or empty text has no tags.
    pub(super) fn read(&mut self, texts: &ArrayRef) -> Result<(ArrayRef, Faults), Fault> {
        if self.bytes > MOST_BYTES {
            *self = JsonLists::new(&self.keys);
        }
        let texts = Text::of(texts)?;
        let (mut starts, mut sizes, mut faults) = (Vec::new(), Vec::new(), Faults::new());
        for row in 0..texts.len() {
            let (start, size) = match texts.get(row).map(|text| self.elements(text)) {
                None => (0, 0),
                Some(Ok(elements)) => elements,
                Some(Err(reason)) => {
                    faults.push((row, reason));
                    (0, 0)
                }
            };
            starts.push(start);
            sizes.push(size);
        }
        let values = self.array()?;
        let element = Arc::new(Field::new("element", values.data_type().clone(), true));
        let lists =
            LargeListViewArray::try_new(element, starts.into(), sizes.into(), values, None)?;
        Ok((Arc::new(lists), faults))
    }

    fn elements(&mut self, text: &str) -> Elements {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let before = self.names.len();
        let found = match self.parse(text) {
            Ok(()) => Ok((before as i64, (self.names.len() - before) as i64)),
            Err(error) => {
                self.names.truncate(before);
                self.sources.truncate(before);
                Err(told(&error, text))
            }
        };
        if self.names.len() > before {
            self.array = None;
        }
        // A table's entry and a fault's text take something, too.
        self.bytes += text.len() + 64;
        self.known.insert(text.into(), found.clone());
        found
    }

    fn parse(&mut self, text: &str) -> Result<(), serde_json::Error> {
        // As some warehouses write a list that is not there.
        if text.trim_ascii().is_empty() {
            return Ok(());
        }
        let mut json = serde_json::Deserializer::from_str(text);
        let tags = Tags {
            keys: &self.keys,
            names: &mut self.names,
            sources: &mut self.sources,
        };
        tags.deserialize(&mut json)?;
        json.end()
    }

    /// All elements, as structs of keys into dictionaries: so each of them is
    /// looked up once, however often its text comes.
    fn array(&mut self) -> Result<ArrayRef, Fault> {
        if let Some(array) = &self.array {
            return Ok(Arc::clone(array));
        }
        let bytes: usize = self.names.iter().map(String::len).sum();
        let sources = self.sources.iter().flatten().map(String::len);
        let most = i32::MAX as usize;
        if self.names.len() > most || bytes > most || sources.sum::<usize>() > most {
            let what = "a batch has too many tags in JSON text".into();
            return Err(ArrowError::ComputeError(what).into());
        }
        let names: StringArray = self.names.iter().map(Some).collect();
        let sources: StringArray = self.sources.iter().map(Option::as_deref).collect();
        let mut fields = Vec::new();
        let mut parts: Vec<ArrayRef> = Vec::new();
        for (name, values) in [("name", names), ("source", sources)] {
            let keys = Int32Array::from_iter_values(0..values.len() as i32);
            let part = DictionaryArray::try_new(keys, Arc::new(values))?;
            fields.push(Field::new(name, part.data_type().clone(), true));
            parts.push(Arc::new(part));
        }
        let array: ArrayRef = Arc::new(StructArray::try_new(fields.into(), parts, None)?);
        self.array = Some(Arc::clone(&array));
        Ok(array)
    }
}

fn told(error: &serde_json::Error, text: &str) -> String {
    // The words may repeat the text, which may be long.
    let why = quoted(&error.to_string()).to_string();
    let why = why.trim_matches('`');
    format!("is not a JSON list of tags: {why}; found {}", quoted(text))
}

/// A list of tags, or null.
struct Tags<'t> {
    keys: &'t TagNames,
    names: &'t mut Vec<String>,
    sources: &'t mut Vec<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Tags<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tags<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of tags")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(tag) = list.next_element_seed(OneTag(self.keys))? {
            if let Some((name, source)) = tag {
                self.names.push(name);
                self.sources.push(source);
            }
        }
        Ok(())
    }
}

/// One tag: a name, or an object with a name and perhaps a source; or null.
struct OneTag<'t>(&'t TagNames);

/// A tag's name and source; `None`: it is null, or has no name.
type NamedTag = Option<(String, Option<String>)>;

impl<'de> DeserializeSeed<'de> for OneTag<'_> {
    type Value = NamedTag;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<NamedTag, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OneTag<'_> {
    type Value = NamedTag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a name, or an object with `{}`", self.0.name)
    }

    fn visit_unit<E>(self) -> Result<NamedTag, E> {
        Ok(None)
    }

    fn visit_str<E>(self, name: &str) -> Result<NamedTag, E> {
        Ok((!name.is_empty()).then(|| (name.to_owned(), None)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<NamedTag, A::Error> {
        let (mut name, mut source): (Option<Option<String>>, Option<Option<String>>) = (None, None);
        while let Some(key) = object.next_key::<String>()? {
            let part = if key == self.0.name {
                &mut name
            } else if self.0.source.as_ref() == Some(&key) {
                &mut source
            } else {
                object.next_value::<IgnoredAny>()?;
                continue;
            };
            if part.is_some() {
                let twice = format!("an object has `{key}` twice");
                return Err(serde::de::Error::custom(twice));
            }
            *part = Some(object.next_value()?);
        }
        let Some(name) = name else {
            let missing = format!("an object has no `{}`", self.0.name);
            return Err(serde::de::Error::custom(missing));
        };
        let name = name.filter(|name| !name.is_empty());
        Ok(name.map(|name| (name, source.flatten())))
    }
}

#[cfg(test)]
mod tests {
    use super::{Array, ArrayRef, Faults, JsonLists, StringArray, TagNames};
    use crate::catalog::lists::TagLists;
    use std::sync::Arc;

    fn lists() -> JsonLists {
        JsonLists::new(&TagNames {
            name: "name".into(),
            source: Some("source".into()),
        })
    }

    /// Tags per row as `source/name`, and the faults.
    fn read(lists: &mut JsonLists, texts: &[Option<&str>]) -> (Vec<Vec<String>>, Faults) {
        let array: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let (array, faults) = lists.read(&array).unwrap();
        assert_eq!(array.len(), texts.len());
        let tags = TagLists::of(&array).unwrap();
        let row = |row| {
            let tags = tags.elements(row).filter_map(|element| tags.tag(element));
            tags.map(|(source, name)| format!("{source}/{name}"))
                .collect()
        };
        ((0..texts.len()).map(row).collect(), faults)
    }

    #[test]
    fn lists_of_names_and_of_objects() {
        let texts = [
            Some(r#"["Email", "Name", null, ""]"#),
            Some(r#"[{"name": "PII", "source": "scanner"}, {"name": "x", "source": null}]"#),
            Some(r#" [ {"rank": [1, {}], "source": "", "name": "y"}, {"name": null}, "z" ] "#),
            Some(r#"["Email", "Name", null, ""]"#),
            Some("[]"),
            Some("null"),
            Some(""),
            Some(" \n"),
            None,
        ];
        let (mut lists, none) = (lists(), Vec::<String>::new());
        for _ in 0..2 {
            let (found, faults) = read(&mut lists, &texts);
            assert_eq!(faults, []);
            assert_eq!(found[0], ["curated/Email", "curated/Name"]);
            assert_eq!(found[1], ["scanner/PII", "curated/x"]);
            assert_eq!(found[2], ["curated/y", "curated/z"]);
            assert_eq!(found[3], found[0]);
            assert!(found[4..].iter().all(|tags| *tags == none), "{found:?}");
        }
    }

    #[test]
    fn what_is_no_list_is_a_fault_and_has_no_tags() {
        let long = format!("[{}", "\"x\",".repeat(10_000));
        let texts = [
            "Email",
            "{",
            "7",
            "\"Email\"",
            r#"{"name": "x"}"#,
            "[1]",
            "[[]]",
            "[true]",
            "[\"a\"",
            "[\"a\"] x",
            r#"["a", {"source": "x"}]"#,
            r#"[{"name": 3}]"#,
            r#"[{"name": "a", "name": "b"}]"#,
            r#"[{"name": "a", "source": []}]"#,
            &long,
        ];
        let deep = "[".repeat(100_000);
        let texts: Vec<Option<&str>> = texts.into_iter().chain([&*deep]).map(Some).collect();
        let (found, faults) = read(&mut lists(), &texts);
        assert!(found.iter().all(Vec::is_empty), "{found:?}");
        let rows: Vec<usize> = faults.iter().map(|(row, _)| *row).collect();
        assert_eq!(rows, (0..texts.len()).collect::<Vec<_>>());
        for (_, reason) in faults {
            assert!(
                reason.starts_with("is not a JSON list of tags: "),
                "{reason}"
            );
            assert!(reason.len() < 500, "{reason}");
        }
    }

    #[test]
    fn what_is_remembered_is_bounded_and_changes_nothing() {
        let mut lists = lists();
        let texts: Vec<String> = (0..40)
            .map(|n| format!("[\"{n}{}\"]", "x".repeat(1 << 20)))
            .collect();
        for text in texts.iter().chain(&texts) {
            let (found, faults) = read(&mut lists, &[Some(text), Some("[\"a\"]")]);
            assert_eq!(faults, []);
            assert_eq!(found[0], [format!("curated/{}", &text[2..text.len() - 2])]);
            assert_eq!(found[1], ["curated/a"]);
            assert!(lists.bytes < 12 << 20);
        }
    }
}
