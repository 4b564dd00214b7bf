//! What was read: files and classification frameworks.

use super::escaped::{Escaped, Name};
use super::numbers::Grouped;
use crate::output::{Basis, FrameworkRecord, InputRecord};
use std::io::{self, Write};

pub(super) fn write_inputs(to: &mut dyn Write, basis: &Basis) -> io::Result<()> {
    writeln!(to, "<section id=\"inputs\">\n<h2>Inputs</h2>")?;
    write_files(to, &basis.inputs)?;
    write_frameworks(to, &basis.frameworks)?;
    writeln!(to, "</section>")
}

fn write_files(to: &mut dyn Write, inputs: &[InputRecord]) -> io::Result<()> {
    if inputs.is_empty() {
        return writeln!(to, "<p>No file was read.</p>");
    }
    writeln!(
        to,
        "<table class=\"files\">\n<caption>Files read</caption>\n<thead><tr><th scope=\"col\">File and fingerprint</th><th scope=\"col\">Read as</th><th scope=\"col\" class=\"n\">Rows</th><th scope=\"col\" class=\"n\">Bytes</th></tr></thead>\n<tbody>"
    )?;
    for input in inputs {
        let rows = input.rows.map_or("–".into(), |r| Grouped(r).to_string());
        writeln!(
            to,
            "<tr><th scope=\"row\">{}<br><code>{}</code></th><td>{}</td><td class=\"n\">{rows}</td><td class=\"n\">{}</td></tr>",
            Name(&input.path),
            Escaped(&input.fingerprint),
            Escaped(input.role),
            Grouped(input.bytes)
        )?;
    }
    writeln!(to, "</tbody>\n</table>")
}

fn write_frameworks(to: &mut dyn Write, frameworks: &[FrameworkRecord]) -> io::Result<()> {
    if frameworks.is_empty() {
        return writeln!(to, "<p>No classification framework was read.</p>");
    }
    writeln!(
        to,
        "<table class=\"declared\">\n<caption>Classification frameworks</caption>\n<thead><tr><th scope=\"col\">Framework</th><th scope=\"col\">Version</th><th scope=\"col\" class=\"n\">Rules</th><th scope=\"col\">State</th></tr></thead>\n<tbody>"
    )?;
    for framework in frameworks {
        write_framework(to, framework)?;
    }
    writeln!(to, "</tbody>\n</table>")
}

fn write_framework(to: &mut dyn Write, framework: &FrameworkRecord) -> io::Result<()> {
    write!(
        to,
        "<tr><th scope=\"row\">{} <span class=\"quiet\">({})</span>",
        Name(&framework.name),
        Name(&framework.short_name)
    )?;
    if let Some(file) = &framework.file {
        write!(to, "<br><code>{}</code>", Escaped(file))?;
    }
    let version = framework.version.as_deref();
    let state = if framework.active {
        "active"
    } else {
        "<strong>inactive</strong>, not evaluated"
    };
    writeln!(
        to,
        "</th><td>{}</td><td class=\"n\">{}</td><td>{state}</td></tr>",
        version.map_or("–".into(), |v| Name(v).to_string()),
        Grouped(framework.rules.try_into().unwrap_or(u64::MAX))
    )
}
