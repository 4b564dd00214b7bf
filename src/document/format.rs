//! How a document is written.

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON, strictly.
    Json,
    /// YAML 1.2.
    Yaml,
}

impl Format {
    /// The format of a file: by its name, else by its first character.
    ///
    /// ```
    /// use classmark::framework::Format;
    /// assert_eq!(Format::of_name("a/HR.JSON", ""), Format::Json);
    /// assert_eq!(Format::of_name("hr.yml", "{}"), Format::Yaml);
    /// assert_eq!(Format::of_name("stdin", " [{}]"), Format::Json);
    /// assert_eq!(Format::of_name("stdin", "name: HR"), Format::Yaml);
    /// ```
    pub fn of_name(file_name: &str, text: &str) -> Format {
        let extension = file_name.rsplit_once('.').map(|(_, extension)| extension);
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Format::Json,
            Some("yaml" | "yml") => Format::Yaml,
            _ if text.trim_start().starts_with(['{', '[']) => Format::Json,
            _ => Format::Yaml,
        }
    }
}
