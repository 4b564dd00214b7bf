//! What a YAML scalar is: the core schema of YAML 1.2, where `yes` is a text.

use super::Value;
use granit_parser::{ScalarStyle, Tag};
use std::borrow::Cow;

/// The value of a scalar, by its tag if it has one, else by its look.
pub(super) fn value<'t>(text: Cow<'t, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value<'t> {
    let Some(tag) = tag else {
        return match style {
            ScalarStyle::Plain => by_look(text),
            _ => Value::Text(text),
        };
    };
    // The lone `!` says "no look-up": a text.
    if tag.core_suffix() == Some("str") || is_non_specific(tag) {
        return Value::Text(text);
    }
    let value = by_look(text);
    let fits = match (tag.core_suffix(), &value) {
        (Some("null"), Value::Null) | (Some("bool"), Value::Bool(_)) => true,
        (Some("int"), Value::Number(number)) => !is_float(number),
        (Some("float"), Value::Number(_)) => true,
        _ => false,
    };
    if fits { value } else { tagged(tag) }
}

/// The value of a list or an object: `value`, unless its tag says otherwise.
pub(super) fn collection<'t>(value: Value<'t>, tag: Option<&Tag>) -> Value<'t> {
    let Some(tag) = tag else { return value };
    let fits = match (tag.core_suffix(), &value) {
        (Some("seq"), Value::List(_)) | (Some("map"), Value::Object(_)) => true,
        _ => is_non_specific(tag),
    };
    if fits { value } else { tagged(tag) }
}

fn is_non_specific(tag: &Tag) -> bool {
    tag.handle().len() + tag.suffix().len() == 1
}

fn tagged<'t>(tag: &Tag) -> Value<'t> {
    Value::Tagged(format!("{}{}", tag.original_handle(), tag.suffix()))
}

fn by_look(text: Cow<'_, str>) -> Value<'_> {
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        other => match decimal(other) {
            Some(number) => Value::Number(Cow::Owned(number)),
            None if is_number(other) => Value::Number(text),
            None => Value::Text(text),
        },
    }
}

/// A number in octal or hexadecimal, rewritten in decimal.
fn decimal(text: &str) -> Option<String> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'o', _, ..] => (&text[2..], 8),
        [b'0', b'x', _, ..] => (&text[2..], 16),
        _ => return None,
    };
    // `from_str_radix` takes a sign that YAML does not.
    if !digits.starts_with(|c: char| c.is_digit(radix)) {
        return None;
    }
    Some(u128::from_str_radix(digits, radix).ok()?.to_string())
}

/// Whether a text looks like a number in decimal, an infinity or no number.
fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(bare, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let is_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match bare.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (bare, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|e| {
        let digits = e.strip_prefix(['-', '+']).unwrap_or(e);
        !digits.is_empty() && is_digits(digits)
    });
    whole.len() + fraction.len() > 0 && is_digits(whole) && is_digits(fraction) && exponent_fits
}

fn is_float(number: &str) -> bool {
    number.contains(['.', 'e', 'E'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(text: &str) -> String {
        match by_look(text.into()) {
            Value::Null => "null".into(),
            Value::Bool(b) => b.to_string(),
            Value::Number(n) => format!("number {n}"),
            Value::Text(t) => format!("text {t}"),
            _ => "other".into(),
        }
    }

    #[test]
    fn the_core_schema() {
        for (text, expected) in [
            ("", "null"),
            ("~", "null"),
            ("NULL", "null"),
            ("nUll", "text nUll"),
            ("True", "true"),
            ("FALSE", "false"),
            ("yes", "text yes"),
            ("on", "text on"),
            ("n", "text n"),
            ("12", "number 12"),
            ("-0", "number -0"),
            ("+3", "number +3"),
            ("007", "number 007"),
            ("0x1F", "number 31"),
            ("0o17", "number 15"),
            ("0x", "text 0x"),
            ("0x+1", "text 0x+1"),
            ("0o8", "text 0o8"),
            ("0b1", "text 0b1"),
            ("1_000", "text 1_000"),
            ("1:30", "text 1:30"),
            ("1.5", "number 1.5"),
            (".5", "number .5"),
            ("5.", "number 5."),
            (".", "text ."),
            ("1e9", "number 1e9"),
            ("1e", "text 1e"),
            ("e1", "text e1"),
            ("1e+", "text 1e+"),
            ("-", "text -"),
            (".inf", "number .inf"),
            ("-.INF", "number -.INF"),
            (".nan", "number .nan"),
            ("-.nan", "text -.nan"),
            ("1.2.3", "text 1.2.3"),
            ("2023-10-19", "text 2023-10-19"),
            ("é", "text é"),
            ("0é", "text 0é"),
        ] {
            assert_eq!(look(text), expected, "{text:?}");
        }
    }
}
