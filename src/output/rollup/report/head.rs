//! What stands before the first section: the document's head, its title, and
//! where everything is.

use super::Report;
use super::escaped::{Escaped, Name};
use super::numbers::{counted, length};
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// The style that all pages share.
pub(crate) const GROUND: &str = include_str!("ground.css");
const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// All up to and with the beginning of the page's main part.
pub(super) fn write_head(to: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    write_document_head(to, report)?;
    writeln!(
        to,
        "<body{}>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>",
        if report.is_large() {
            " class=\"large\""
        } else {
            ""
        }
    )?;
    write_header(to, report)?;
    write_contents(to, report)?;
    writeln!(to, "<main id=\"main\" tabindex=\"-1\">")
}

/// The end of the page. The script comes last: nothing that is read waits for it.
pub(super) fn write_foot(to: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    let tool = crate::output::ToolRecord::default();
    writeln!(
        to,
        "</main>\n<footer><p>Written by {} {}. The counts behind this page are in <code>rollup.json</code> and <code>rollup.parquet</code>, the findings in <code>assignments.parquet</code>. As of {}.</p></footer>",
        tool.name,
        tool.version,
        Escaped(&report.basis.as_of)
    )?;
    writeln!(to, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

fn write_document_head(to: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    writeln!(
        to,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
    )?;
    // What is not known by its hash does not run, wherever it may have come from.
    writeln!(
        to,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'\">",
        hash_source(&format!("{GROUND}{STYLE}")),
        hash_source(SCRIPT)
    )?;
    writeln!(
        to,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">"
    )?;
    write!(
        to,
        "<title>Compliance report, {}",
        Escaped(&report.basis.as_of)
    )?;
    for framework in &report.rollup.frameworks {
        write!(
            to,
            ", {} {}",
            Escaped(&framework.name),
            Escaped(&framework.version)
        )?;
    }
    writeln!(to, "</title>\n<style>{GROUND}{STYLE}</style>\n</head>")
}

fn write_header(to: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    let frameworks = &report.rollup.frameworks;
    let as_of = Escaped(&report.basis.as_of);
    writeln!(
        to,
        "<header>\n<p class=\"kicker\">classmark</p>\n<h1>Compliance report</h1>"
    )?;
    write!(
        to,
        "<p class=\"lede\">As of <time datetime=\"{as_of}\">{as_of}</time>. "
    )?;
    if frameworks.is_empty() {
        write!(to, "No compliance framework was given.")?;
    } else {
        write!(
            to,
            "Covers {}: ",
            counted(
                length(frameworks),
                "compliance framework",
                "compliance frameworks"
            )
        )?;
    }
    for (at, framework) in frameworks.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        write!(
            to,
            "{comma}{} (version {})",
            Name(&framework.name),
            Name(&framework.version)
        )?;
    }
    let end = if frameworks.is_empty() { "" } else { "." };
    writeln!(to, "{end}</p>\n</header>")
}

fn write_contents(to: &mut dyn Write, report: &Report<'_>) -> io::Result<()> {
    writeln!(to, "<nav aria-label=\"Contents\">\n<ul>")?;
    let link = |to: &mut dyn Write, id: &str, text: &str| {
        writeln!(to, "<li><a href=\"#{id}\">{text}</a></li>")
    };
    link(to, "scope", "What this rests on")?;
    for (f, framework) in (1..).zip(&report.rollup.frameworks) {
        link(to, &format!("f{f}"), &Name(&framework.name).to_string())?;
    }
    for (id, text) in [
        ("gaps", "Not evaluated"),
        ("sensitivity", "Sensitivity"),
        ("sources", "Data sources"),
        ("overrides", "Overrides"),
        ("rules", "Rules"),
        ("reading", "How to read this"),
        ("inputs", "Inputs"),
    ] {
        link(to, id, text)?;
    }
    writeln!(to, "</ul>\n</nav>")
}

/// What a content security policy calls an inline style or script.
pub(crate) fn hash_source(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| {
            bits << 8 | u32::from(three.get(at).copied().unwrap_or(0))
        });
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 63;
            let digit = DIGITS.get(digit as usize).copied().unwrap_or(b'=');
            // A digit beyond the bytes that are there is filled up.
            text.push(if place > three.len() {
                '='
            } else {
                digit.into()
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{base64, hash_source};

    #[test]
    fn a_hash_is_written_as_the_policy_wants_it() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("\u{3ff}", "z78="),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(
            hash_source(""),
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        );
    }

    #[test]
    fn neither_style_nor_script_ends_its_element() {
        assert!(!super::STYLE.contains("</") && !super::GROUND.contains("</"));
        assert!(!super::SCRIPT.contains("</"));
        assert!(!super::SCRIPT.contains("<!--"));
        assert!(!super::GROUND.contains('\r'));
        assert!(!super::STYLE.contains('\r') && !super::SCRIPT.contains('\r'));
    }
}
