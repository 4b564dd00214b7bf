//! As much of a parser as it takes to hold a page to being well-formed.

/// An element's name and attributes.
#[derive(Debug)]
pub(crate) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    pub(crate) fn value(&self, attribute: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let found = attributes.find(|(name, _)| name == attribute)?;
        Some(&found.1)
    }

    /// The level, if it is a heading.
    pub(crate) fn heading(&self) -> Option<u32> {
        let level = self.name.strip_prefix('h')?;
        level.parse().ok()
    }

    /// Its name and those of its attributes.
    pub(crate) fn shape(&self) -> String {
        let names: Vec<&str> = self.attributes.iter().map(|(name, _)| &**name).collect();
        format!("{} {}", self.name, names.join(" "))
    }
}

const VOID: [&str; 4] = ["meta", "link", "br", "input"];

/// The elements of a page in order, if every one is closed where it was opened,
/// every attribute has its quotes, and no text holds what should be escaped.
pub(crate) fn parse(page: &str) -> Result<Vec<Element>, String> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").ok_or("no doctype")?;
    let (mut elements, mut open) = (Vec::new(), Vec::<String>::new());
    while let Some((text, after)) = rest.split_once('<') {
        check_text(text)?;
        if let Some(closing) = after.strip_prefix('/') {
            let (name, after) = closing.split_once('>').ok_or("an end without an end")?;
            if open.pop().as_deref() != Some(name) {
                return Err(format!("</{name}> closes something else"));
            }
            rest = after;
            continue;
        }
        let (element, alone, after) = start(after)?;
        rest = after;
        if ["style", "script"].contains(&&*element.name) {
            let end = format!("</{}>", element.name);
            rest = rest
                .split_once(&end)
                .ok_or("a style or script without an end")?
                .1;
        } else if !alone && !VOID.contains(&&*element.name) {
            open.push(element.name.clone());
        }
        elements.push(element);
    }
    check_text(rest)?;
    match open.last() {
        Some(name) => Err(format!("<{name}> is never closed")),
        None => Ok(elements),
    }
}

/// An element after its `<`; whether it closes itself; what follows.
fn start(text: &str) -> Result<(Element, bool, &str), String> {
    let ends = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    let (name, mut rest) = text.split_at(text.find(ends).ok_or("a tag without an end")?);
    if name.is_empty() {
        return Err(format!("a bare < before {:?}", text.get(..20)));
    }
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\n']);
        if let Some(after) = rest.strip_prefix("/>") {
            let name = name.to_owned();
            return Ok((Element { name, attributes }, true, after));
        }
        if let Some(after) = rest.strip_prefix('>') {
            let name = name.to_owned();
            return Ok((Element { name, attributes }, false, after));
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let end = rest
            .find(|c| !is_name(c))
            .ok_or("an attribute without an end")?;
        let (attribute, after) = rest.split_at(end);
        if attribute.is_empty() {
            return Err(format!("no attribute in <{name}>: {:?}", rest.get(..20)));
        }
        rest = after;
        let mut value = "";
        if let Some(after) = rest.strip_prefix("=\"") {
            let quoted = after.split_once('"').ok_or("a value without an end")?;
            (value, rest) = quoted;
            check_text(value)?;
        }
        attributes.push((attribute.to_owned(), value.to_owned()));
    }
}

/// Text, of an element or an attribute, is escaped and can be seen.
fn check_text(text: &str) -> Result<(), String> {
    if text.contains(['<', '>']) || text.contains(|c: char| c.is_control() && !"\n\t".contains(c)) {
        return Err(format!("unescaped: {text:?}"));
    }
    for (at, _) in text.match_indices('&') {
        let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
        if !entities.iter().any(|entity| text[at..].starts_with(entity)) {
            return Err(format!("a bare &: {text:?}"));
        }
    }
    Ok(())
}

#[test]
fn what_is_not_well_formed_is_seen() {
    let fails = |body: &str| parse(&format!("<!DOCTYPE html>{body}")).is_err();
    assert!(!fails("<p class=\"a\" hidden>x &amp; y<br></p>"));
    for body in [
        "<p>",
        "<p></b>",
        "<p>a & b</p>",
        "<p>></p>",
        "<p a=\"></p>",
        "<p \"></p>",
        "a < b",
    ] {
        assert!(fails(body), "{body}");
    }
}
