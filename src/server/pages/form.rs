//! What a browser sends with a form.

use crate::server::answer::Refusal;
use crate::server::call::Call;
use axum::http::StatusCode;

/// The fields of a form.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// What stands in a field; nothing if it is not there.
    pub(super) fn field(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

/// The form that was sent, of at most so many bytes.
///
/// # Errors
///
/// 415 if it is something else; those of a [body](Call::body).
pub(super) async fn form(call: &mut Call, most: usize) -> Result<Form, Refusal> {
    if call.media_type().as_deref() != Some("application/x-www-form-urlencoded") {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Refusal::new(
            status,
            "what was sent is no form of this page",
        ));
    }
    let body = call.body(most).await?;
    Ok(Form(form_urlencoded::parse(&body).into_owned().collect()))
}
