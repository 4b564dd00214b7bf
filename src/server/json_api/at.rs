//! Values of a body that know where they stand.

use crate::server::answer::Refusal;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;

static NOTHING: Value = Value::Null;

/// A value of a body, and where it stands. `null` is the same as nothing.
#[derive(Clone, Copy)]
pub(in crate::server) struct At<'a> {
    value: &'a Value,
    place: Place<'a>,
}

#[derive(Clone, Copy)]
enum Place<'a> {
    Body,
    Field(&'a Place<'a>, &'static str),
    Entry(&'a Place<'a>, usize),
}

/// What can be read from a value.
pub(in crate::server) trait Read: Sized {
    /// Reads it; the value is not `null`.
    ///
    /// # Errors
    ///
    /// 400: what is wrong, and where.
    fn read(at: &At<'_>) -> Result<Self, Refusal>;
}

impl<'a> At<'a> {
    /// The whole body.
    pub(in crate::server) fn body(value: &'a Value) -> Self {
        At {
            value,
            place: Place::Body,
        }
    }

    /// A field of an object; nothing if there is nothing.
    ///
    /// # Errors
    ///
    /// 400 if this is something, but no object.
    pub(in crate::server) fn field(&'a self, name: &'static str) -> Result<At<'a>, Refusal> {
        let value = match self.value {
            Value::Object(fields) => fields.get(name).unwrap_or(&NOTHING),
            Value::Null if !matches!(self.place, Place::Body) => &NOTHING,
            _ => return Err(self.wrong("an object")),
        };
        let place = Place::Field(&self.place, name);
        Ok(At { value, place })
    }

    /// The same, if there is something.
    ///
    /// # Errors
    ///
    /// 400 if there is nothing.
    pub(in crate::server) fn present(self) -> Result<At<'a>, Refusal> {
        match self.value {
            Value::Null => Err(self.refused("is missing")),
            _ => Ok(self),
        }
    }

    /// What is read from something.
    ///
    /// # Errors
    ///
    /// 400 if there is nothing, or something else.
    pub(in crate::server) fn required<T: Read>(self) -> Result<T, Refusal> {
        T::read(&self.present()?)
    }

    /// The entries of a list; `null` is an empty one, as Go and .NET write it.
    ///
    /// # Errors
    ///
    /// 400 if the field is not there, or is no list.
    pub(in crate::server) fn list<T: Read>(self) -> Result<Vec<T>, Refusal> {
        match self.value {
            Value::Null if !std::ptr::eq(self.value, &raw const NOTHING) => Ok(Vec::new()),
            _ => self.required(),
        }
    }

    /// What is read, if there is something.
    ///
    /// # Errors
    ///
    /// 400 if there is something else.
    pub(in crate::server) fn optional<T: Read>(self) -> Result<Option<T>, Refusal> {
        match self.value {
            Value::Null => Ok(None),
            _ => T::read(&self).map(Some),
        }
    }

    /// The text, if it has at most `most` characters.
    ///
    /// # Errors
    ///
    /// 400 if there is nothing, something else, or a longer text.
    pub(in crate::server) fn text_within(self, most: usize) -> Result<String, Refusal> {
        let text: String = self.required()?;
        match is_longer(&text, most) {
            true => Err(self.refused(&format!("must not have more than {most} characters"))),
            false => Ok(text),
        }
    }

    /// 400: something else should be here.
    pub(in crate::server) fn wrong(&self, expected: &str) -> Refusal {
        self.refused(&format!("must be {expected}"))
    }

    /// 400: what is wrong here.
    fn refused(&self, what: &str) -> Refusal {
        let mut pointer = String::new();
        self.place.point(&mut pointer);
        Refusal::bad(format!("{} {what}", self.place)).at(pointer)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Body => f.write_str("the body"),
            _ => {
                f.write_str("`")?;
                self.write(f)?;
                f.write_str("`")
            }
        }
    }
}

/// Whether a text has more characters than that.
pub(in crate::server) fn is_longer(text: &str, most: usize) -> bool {
    // No text has more characters than bytes.
    text.len() > most && text.chars().count() > most
}

impl Place<'_> {
    /// Appends the JSON pointer. Names of fields are ours: nothing has to be escaped.
    fn point(&self, pointer: &mut String) {
        match self {
            Place::Body => {}
            Place::Field(outer, name) => {
                outer.point(pointer);
                pointer.push('/');
                pointer.push_str(name);
            }
            Place::Entry(outer, place) => {
                outer.point(pointer);
                pointer.push('/');
                pointer.push_str(&place.to_string());
            }
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Body => Ok(()),
            Place::Field(Place::Body, name) => f.write_str(name),
            Place::Field(outer, name) => {
                outer.write(f)?;
                write!(f, ".{name}")
            }
            Place::Entry(outer, place) => {
                outer.write(f)?;
                write!(f, "[{place}]")
            }
        }
    }
}

impl Read for String {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        let text = at.value.as_str().map(str::to_owned);
        text.ok_or_else(|| at.wrong("a string"))
    }
}

impl Read for bool {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        at.value.as_bool().ok_or_else(|| at.wrong("true or false"))
    }
}

impl Read for i64 {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        let whole = at
            .value
            .as_i64()
            .or_else(|| at.value.as_f64().and_then(whole));
        whole.ok_or_else(|| at.wrong("an integer of 64 bits"))
    }
}

/// `1.0` is an integer, too, as JSON Schema has it.
fn whole(number: f64) -> Option<i64> {
    // The least integer is a number of this kind, the one after the greatest, too.
    let range = i64::MIN as f64..-(i64::MIN as f64);
    let whole = number.fract() == 0.0 && range.contains(&number);
    whole.then_some(number as i64)
}

impl<T: Read> Read for Vec<T> {
    fn read(at: &At<'_>) -> Result<Self, Refusal> {
        let Value::Array(entries) = at.value else {
            return Err(at.wrong("a list"));
        };
        let entries = entries.iter().enumerate().map(|(n, value)| {
            let place = Place::Entry(&at.place, n);
            At { value, place }.required()
        });
        entries.collect()
    }
}

/// One of a few words; `expected` names them.
///
/// # Errors
///
/// 400 if it is none of them.
pub(in crate::server) fn word<T: DeserializeOwned>(
    at: &At<'_>,
    expected: &str,
) -> Result<T, Refusal> {
    let word = Some(at.value).filter(|value| value.is_string());
    let word = word.and_then(|value| T::deserialize(value).ok());
    word.ok_or_else(|| at.wrong(expected))
}

#[cfg(test)]
mod tests {
    use super::{At, Read};
    use serde_json::{Value, json};

    fn said<T: std::fmt::Debug>(found: Result<T, crate::server::answer::Refusal>) -> String {
        found.unwrap_err().message.unwrap()
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let body = json!({"data": {"names": ["a", 5, null]}, "n": 1.5, "list": {}});
        let body = At::body(&body);
        let data = body.field("data").unwrap();
        let names = data.field("names").unwrap();
        assert_eq!(
            said(names.required::<Vec<String>>()),
            "`data.names[1]` must be a string"
        );
        assert_eq!(
            said(names.required::<Vec<bool>>()),
            "`data.names[0]` must be true or false"
        );
        let absent = data.field("absent").unwrap();
        assert_eq!(
            said(absent.required::<String>()),
            "`data.absent` is missing"
        );
        assert_eq!(absent.optional::<String>().unwrap(), None);
        let below = absent.field("below").unwrap();
        assert_eq!(
            said(below.required::<i64>()),
            "`data.absent.below` is missing"
        );
        assert_eq!(
            said(body.field("list").unwrap().required::<Vec<i64>>()),
            "`list` must be a list"
        );
        assert_eq!(
            said(body.field("n").unwrap().field("m").map(|_| ())),
            "`n` must be an object"
        );
        for value in [json!(null), json!([]), json!("x"), json!(5)] {
            assert_eq!(
                said(At::body(&value).field("data").map(|_| ())),
                "the body must be an object"
            );
        }
    }

    #[test]
    fn integers_are_whole_and_exact() {
        let read = |value: &Value| i64::read(&At::body(value)).ok();
        for (value, expected) in [
            (json!(0), Some(0)),
            (json!(i64::MIN), Some(i64::MIN)),
            (json!(i64::MAX), Some(i64::MAX)),
            (json!(u64::MAX), None),
            (json!(-3.0), Some(-3)),
            (json!(1e18), Some(1_000_000_000_000_000_000)),
            (json!(-9223372036854775808.0), Some(i64::MIN)),
            (json!(9223372036854775808.0), None),
            (json!(9223372036854775808_u64), None),
            (json!(1e300), None),
            (json!(0.5), None),
            (json!("1"), None),
            (json!(true), None),
        ] {
            assert_eq!(read(&value), expected, "{value}");
        }
    }
}
