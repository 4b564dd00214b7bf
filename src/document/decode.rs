//! Bytes → text.

use super::Limits;
use crate::diagnostic::{Code, Diagnostic, Source};
use std::sync::Arc;

/// The text of a document's bytes: UTF-8, with or without a byte-order mark.
///
/// # Errors
///
/// `not-utf8` and `too-large`.
///
/// ```
/// use classmark::compliance::{Limits, decode};
/// let source = decode("a.json", b"\xef\xbb\xbf{}", &Limits::default()).unwrap();
/// assert_eq!(source.text(), "{}");
/// let finding = decode("a.json", b"{\xff}", &Limits::default()).unwrap_err();
/// assert_eq!(finding.message, "the document is no UTF-8: byte 1 is `0xff`");
/// ```
pub fn decode(name: &str, bytes: &[u8], limits: &Limits) -> Result<Arc<Source>, Diagnostic> {
    let size = bytes.len();
    if size > limits.max_bytes {
        let message = format!(
            "the document has {size} bytes, the limit is {}",
            limits.max_bytes
        );
        return Err(Diagnostic::error(Code::TooLarge, message)
            .at(&Source::new(name, ""), 0..0, "")
            .with_help("split it into several documents"));
    }
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => {
            return Ok(Source::new(
                name,
                text.strip_prefix('\u{feff}').unwrap_or(text),
            ));
        }
        Err(error) => error,
    };
    let at = error.valid_up_to();
    let (valid, rest) = bytes.split_at(at);
    let byte = rest.first().copied().unwrap_or_default();
    let message = format!("the document is no UTF-8: byte {at} is `0x{byte:02x}`");
    // As much of the text as there is: enough to name the line.
    let readable = Source::new(name, String::from_utf8_lossy(valid));
    Err(Diagnostic::error(Code::NotUtf8, message)
        .at(&readable, at..at, "")
        .with_help("save the document as UTF-8"))
}
