//! Input inside an address.

use std::fmt;

/// A part of a path: whatever could end it is written as a code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'a>(pub(super) &'a str);

impl fmt::Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                    write!(f, "{}", char::from(byte))?;
                }
                // Browsers take `.` and `..` for steps, even as codes: those are left
                // to the page that they lead to, which is another one of ours.
                b'.' => f.write_str(".")?,
                _ => write!(f, "%{byte:02X}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Segment;
    use proptest::prelude::*;

    #[test]
    fn a_part_stays_a_part() {
        assert_eq!(Segment("hr-2.0").to_string(), "hr-2.0");
        assert_eq!(
            Segment("a/b?c#d \"é").to_string(),
            "a%2Fb%3Fc%23d%20%22%C3%A9"
        );
    }

    proptest! {
        #[test]
        fn nothing_gets_out_of_it(text in any::<String>()) {
            let part = Segment(&text).to_string();
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_~.%".contains(c);
            prop_assert!(part.chars().all(plain));
        }
    }
}
